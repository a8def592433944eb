//! Every limit of the product in one table: a name, a value, a reason.

/// The largest file a version may hold; the longest prompt seen in the wild is under 100 KB.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Files changed in one save; a campaign touches dozens, an import uses its own path.
pub const FILES_PER_SAVE_MAX: usize = 1_000;
/// The longest path of a file in a library, as most file systems allow.
pub const PATH_BYTES_MAX: usize = 1_024;
/// The deepest folder nesting.
pub const PATH_DEPTH_MAX: usize = 32;
/// The longest subject line of a saved version.
pub const SUBJECT_CHARS_MAX: usize = 200;
/// The longest body or field of a change record.
pub const RECORD_FIELD_CHARS_MAX: usize = 4_000;
/// The longest name of a draft.
pub const BRANCH_NAME_CHARS_MAX: usize = 120;
/// The longest unit id of an event.
pub const UNIT_BYTES_MAX: usize = 256;
/// The longest event id.
pub const EVENT_ID_BYTES_MAX: usize = 128;
/// Events in one request.
pub const EVENTS_PER_REQUEST_MAX: usize = 10_000;
/// The largest attributes object of an event, as JSON text.
pub const EVENT_ATTRIBUTES_BYTES_MAX: usize = 4_096;
/// Events older than this are refused; ids are remembered a little longer, so that a retry can
/// never be counted twice.
pub const EVENT_AGE_DAYS_MAX: i64 = 45;
/// How far in the future an event's time may lie, for clocks that run ahead.
pub const EVENT_AHEAD_SECONDS_MAX: i64 = 300;
/// Outcomes kept per unit and rollout; more than this is a robot, and the first ones count.
pub const OUTCOMES_PER_UNIT_MAX: usize = 1_000;
/// The largest absolute value of one outcome in minor units; sums stay exact in 128 bits.
pub const OUTCOME_VALUE_MAX: i64 = 1_000_000_000_000;
/// Guards on one rollout.
pub const GUARDS_PER_ROLLOUT_MAX: usize = 12;
/// Cohorts that one guard watches, each by itself.
pub const COHORT_LEVELS_PER_GUARD_MAX: usize = 20;
/// Versions of `library.yaml` in which the commit of a KPI's definition is looked for.
pub const DEFINITION_VERSIONS_READ_MAX: usize = 100;
/// Events in which the usual totals of units are looked for at the start of a rollout.
pub const HISTORY_EVENTS_MAX: i64 = 1_000_000;
/// People with a total, below which no quantile of totals is taken from history.
pub const HISTORY_UNITS_MIN: usize = 1_000;
/// Conditions on who can be in a rollout.
pub const CONDITIONS_PER_ROLLOUT_MAX: usize = 20;
/// Values that one condition names.
pub const CONDITION_VALUES_MAX: usize = 100;
/// The length of the name of a layer.
pub const LAYER_NAME_CHARS_MAX: usize = 60;
/// Freezes in the settings of a library.
pub const FREEZES_MAX: usize = 100;
/// KPIs of a library.
pub const KPIS_MAX: usize = 200;
/// Attributes by which one KPI is looked at in parts.
pub const KPI_SEGMENTS_MAX: usize = 10;
/// Dated rates between currencies.
pub const RATES_MAX: usize = 5_000;
/// Arms of a rollout, the control among them.
pub const ARMS_PER_ROLLOUT_MAX: usize = 10;
/// The longest a hold-out lasts: customs of people change more than that in a year.
pub const HOLD_OUT_DAYS_MAX: i64 = 366;
/// The largest share that a hold-out keeps from what is new, in basis points.
pub const HOLD_OUT_SHARE_BP_MAX: u32 = 2_000;
/// Stages of one rollout.
pub const STAGES_PER_ROLLOUT_MAX: usize = 20;
/// The shortest window of a switchback: clocks and answers on their way blur shorter ones.
pub const SWITCHBACK_WINDOW_SECONDS_MIN: i64 = 600;
/// The longest window of a switchback.
pub const SWITCHBACK_WINDOW_SECONDS_MAX: i64 = 14 * 86_400;
/// The fewest pairs of windows that a switchback is planned for: with fewer, nothing can be told from
/// chance at 5 %.
pub const SWITCHBACK_PAIRS_MIN: u32 = 8;
/// The pairs of windows after which a switchback gives everybody the control.
pub const SWITCHBACK_PAIRS_MAX: u32 = 1_000;
/// Days from now within which the first window of a switchback begins.
pub const SWITCHBACK_DAYS_AHEAD_MAX: i64 = 90;
/// Windows of a switchback that are told one by one, the newest ones.
pub const SWITCHBACK_WINDOWS_TOLD_MAX: usize = 400;
/// Points kept of a curve drawn over time; the curve is thinned by half when it is full.
pub const SERIES_POINTS_MAX: usize = 240;
/// Rows of one page of a listing.
pub const PAGE_ROWS_MAX: usize = 200;
/// Bytes of one request body, imports apart.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The longest text of a reason.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Days an experiment draft lasts where nothing is said.
pub const EXPERIMENT_DAYS: i64 = 30;
/// The longest an experiment draft may last from now.
pub const DRAFT_DAYS_MAX: i64 = 366;
/// Days before a draft's end at which its owner is told.
pub const DRAFT_WARNING_DAYS: i64 = 3;
/// Hours within which somebody must look at what went live in an emergency.
pub const REVIEW_OWED_HOURS: i64 = 24;
/// Searches one person keeps under a name; more than this is found by nobody.
pub const VIEWS_PER_ACTOR_MAX: usize = 100;
/// The longest name of a kept search.
pub const VIEW_NAME_CHARS_MAX: usize = 80;
/// The longest question a kept search holds, as JSON.
pub const VIEW_FIND_BYTES_MAX: usize = 4_096;
/// Reviews of one change.
pub const REVIEWS_PER_CHANGE_MAX: usize = 500;
/// Discussion threads of one change.
pub const THREADS_PER_CHANGE_MAX: usize = 500;
/// Comments in one thread.
pub const COMMENTS_PER_THREAD_MAX: usize = 200;
/// The longest comment, review note or suggestion.
pub const COMMENT_CHARS_MAX: usize = 10_000;
/// Rules in one `rules/change.yaml`, and names in any of its lists.
pub const POLICY_RULES_MAX: usize = 200;
/// Versions of a file in conflict that are looked through for who changed it last.
pub const CONFLICT_VERSIONS_READ_MAX: usize = 200;
/// Open changes that are judged for one list of what waits.
pub const CHANGES_JUDGED_MAX: usize = 50;
/// Versions of a draft that are looked through for who wrote them.
pub const DRAFT_VERSIONS_READ_MAX: usize = 2_000;
/// Remotes of one workspace.
pub const REMOTES_MAX: usize = 20;
/// The longest name of a remote; it becomes part of the names of drafts.
pub const REMOTE_NAME_CHARS_MAX: usize = 30;
/// The longest address of a remote.
pub const REMOTE_URL_BYTES_MAX: usize = 1_024;
/// Branches and tags of one remote that are looked at.
pub const REMOTE_REFS_MAX: usize = 2_000;
/// Seconds until a remote that could not be reached is tried again, the first time.
pub const REMOTE_RETRY_SECONDS: i64 = 30;
/// The longest that waiting grows to.
pub const REMOTE_RETRY_SECONDS_MAX: i64 = 3_600;
/// The longest text kept of what went wrong.
pub const REMOTE_PROBLEM_CHARS_MAX: usize = 1_000;
/// Keys with which one person signs.
pub const KEYS_PER_ACTOR_MAX: usize = 50;
/// The longest name of a key.
pub const KEY_TITLE_CHARS_MAX: usize = 120;
/// Refs of one push.
pub const PUSH_REFS_MAX: usize = 100;
/// Bytes of the pack of one push; whole libraries come in by import.
pub const PUSH_PACK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Objects of one push.
pub const PUSH_OBJECTS_MAX: usize = 200_000;
/// Bytes of one object of a push; the tree of a flat folder is the largest there is.
pub const PUSH_OBJECT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of all objects of one push, inflated, so that a small pack cannot become a large memory.
pub const PUSH_TOTAL_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The longest chain of deltas in a push; `git` makes chains of 50.
pub const PUSH_DELTA_CHAIN_MAX: usize = 250;
/// New commits of one push; each is checked and indexed while other writers wait.
pub const PUSH_COMMITS_MAX: usize = 5_000;
/// Files changed by the commits of one push, each change counted.
pub const PUSH_CHANGES_MAX: usize = 50_000;
/// Lines of remarks that one push is answered with.
pub const PUSH_REMARKS_MAX: usize = 60;
/// Prompts that one push reads for remarks.
pub const PUSH_PROMPTS_READ_MAX: usize = 1_000;
/// Public keys one person signs with.
pub const SIGNING_KEYS_PER_PERSON_MAX: usize = 20;
/// Lines of an incident's story that are kept.
pub const INCIDENT_LINES_MAX: usize = 500;
/// The longest snooze.
pub const SNOOZE_DAYS_MAX: i64 = 14;
/// Days after which an incident that was acknowledged, and whose harm is over, ends by itself.
pub const SEEN_DAYS: i64 = 7;
/// The longest time a calendar is shown for.
pub const CALENDAR_DAYS_MAX: i64 = 62;
/// Messages that one round of sending tries.
pub const DELIVERIES_AT_ONCE: usize = 50;
/// Receivers of one step of a ladder.
pub const TOLD_AT_ONCE_MAX: usize = 200;
/// Prompts and channels of one workspace whose days are counted for the regression watch.
pub const WATCHED_SUBJECTS_MAX: usize = 20_000;
/// The longest time before a conversion in which touches are looked for.
pub const LOOKBACK_DAYS_MAX: i64 = 180;
/// Channels, prompts or versions among which conversions are shared out.
pub const ATTRIBUTED_NAMES_MAX: usize = 200;
/// Distinct paths kept of one question; journeys on further ones are counted as left out.
pub const PATHS_KEPT_MAX: usize = 200_000;
/// Touches of one journey; of more the newest count.
pub const TOUCHES_PER_JOURNEY_MAX: usize = 200;

/// Attributes of events that can be asked for; further ones stay in the log only.
pub const ATTRIBUTE_KEYS_MAX: usize = 32;
/// Values of one attribute that can be told apart; all further ones count as "other".
pub const ATTRIBUTE_VALUES_MAX: usize = 4_096;
/// Characters of an attribute's value that tell it apart.
pub const ATTRIBUTE_VALUE_CHARS_MAX: usize = 120;
/// Texts of attributes remembered while events are coded.
pub const ATTRIBUTE_TEXTS_KEPT_MAX: usize = 4_096;
/// Prompts, KPIs and channels that can be told apart in the columns.
pub const COLUMN_NAMES_MAX: usize = 65_536;
/// Facets by which cohorts are told apart at once.
pub const COHORT_FACETS_MAX: usize = 3;
/// Combinations of levels that are counted apart; further ones count as "other".
pub const COHORT_LEVELS_KEPT_MAX: usize = 100_000;
/// Weeks of a retention curve.
pub const RETENTION_WEEKS_MAX: usize = 26;
/// Retention curves of one chart; the smaller cohorts are one.
pub const RETENTION_COHORTS_MAX: usize = 8;
/// Lines of a chart; the smaller ones are one.
pub const SERIES_LANES_MAX: usize = 64;
/// Lines of a series that are counted by themselves, those whose names came first.
pub const SERIES_LANES_COUNTED_MAX: usize = 512;
/// Points of one line of a series.
pub const SERIES_SPAN_POINTS_MAX: usize = 400;
/// How long a decision against a verdict may wait for a second person.
pub const DECISION_DAYS_MAX: i64 = 7;
/// The longest time before a unit's exposure that what it did may be looked at for.
pub const PRE_PERIOD_DAYS_MAX: u32 = 60;
