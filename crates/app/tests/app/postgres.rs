//! The same use cases on PostgreSQL: a real server of this test's own.
//!
//! One test, since each test process would start a server of its own.

use crate::world::move_to_postgres;
use crate::{
    changes, documentation, drafts, edges, impact, library, measure, outcomes, restore, search,
    sources, suites, switchback, variations, workflows,
};

macro_rules! cases {
    ($($module:ident :: $case:ident,)*) => {
        [$((concat!(stringify!($module), "::", stringify!($case)), $module::$case as fn())),*]
    };
}

/// Those that open the files of SQLite themselves are left out, and one that knows how SQLite ranks.
const CASES: &[(&str, fn())] = &cases![
    changes::a_change_goes_its_way_and_its_merge_says_who_approved,
    changes::one_rule_binds_saves_publishing_and_changes_alike,
    changes::rules_that_cannot_be_read_are_refused_with_their_place,
    changes::whoever_wrote_a_part_does_not_approve_it,
    changes::errors_conflicts_and_texts_block_in_plain_words,
    changes::a_change_may_be_brought_in_as_one_commit,
    changes::a_suggestion_becomes_a_version_with_both_names,
    changes::a_discussion_that_is_not_settled_blocks_where_the_rules_say_so,
    changes::of_two_who_bring_a_change_in_at_once_one_wins,
    changes::rights_below_a_path_bind_changes_too,
    changes::texts_of_an_open_change_are_edited_and_reviewers_asked_once,
    documentation::the_catalogue_follows_every_save,
    documentation::a_variation_says_what_its_base_says,
    documentation::categories_and_filters_tell_where_to_begin,
    documentation::what_the_standard_asks_for_is_refused_at_every_door,
    documentation::a_draft_tells_what_it_lacks_and_is_not_published,
    documentation::a_standard_that_cannot_be_read_is_refused_with_its_place,
    documentation::a_listing_of_an_older_program_is_scored_at_the_start,
    switchback::a_guard_takes_a_switchback_back_and_every_decision_is_reproduced,
    switchback::the_better_arm_is_found_and_everybody_gets_it,
    drafts::a_draft_is_closed_opened_deleted_and_restored_where_it_stood,
    drafts::an_experiment_warns_its_owner_and_is_archived_at_its_end,
    drafts::a_draft_of_another_draft_is_updated_from_it,
    drafts::a_branch_without_a_row_goes_on_working,
    drafts::a_hotfix_goes_live_at_once_and_a_review_is_owed,
    drafts::an_emergency_does_not_publish_what_is_broken,
    drafts::what_an_update_would_bring_is_shown_without_bringing_it,
    drafts::a_decision_is_refused_where_either_side_has_moved_since,
    drafts::a_file_that_one_side_deleted_shows_which_side_has_it,
    drafts::open_changes_are_listed_with_how_they_stand,
    edges::a_variation_that_gets_a_text_of_its_own_no_longer_varies_its_base,
    edges::a_broken_partial_is_counted_in_all_that_include_it_and_gone_when_it_is_mended,
    edges::a_partial_that_goes_and_comes_back_is_noticed_by_those_that_include_it,
    edges::circles_of_partials_come_to_an_end,
    edges::who_uses_a_partial_follows_every_save,
    edges::two_partials_of_one_name_are_an_error_on_both_and_on_what_includes_them,
    edges::a_name_that_is_taken_is_told_before_it_is_saved,
    impact::a_partial_reaches_everything_above_it_with_reasons,
    impact::the_table_comes_in_pages_and_by_kind,
    impact::whoever_sees_a_part_sees_the_rest_as_a_number,
    impact::a_breaking_rename_waits_until_the_workflow_is_mended_in_the_same_draft,
    impact::every_kind_of_contract_is_held,
    impact::the_rules_say_where_a_broken_contract_is_refused,
    impact::an_emergency_passes_with_broken_contracts_told,
    impact::what_is_live_and_what_runs_is_reached_and_told,
    impact::other_changes_of_the_same_prompts_are_told,
    impact::rules_about_what_is_reached_bind_every_door,
    impact::a_rollout_that_runs_can_stop_a_change,
    library::a_saved_version_has_a_number_a_history_and_a_comparison,
    library::ids_are_those_git_computes,
    library::two_people_who_change_different_parts_both_win,
    library::two_people_who_change_the_same_part_are_told_and_nothing_is_lost,
    library::a_draft_is_published_as_a_merge_and_conflicts_are_decided_by_a_person,
    library::what_is_refused_leaves_nothing,
    library::an_export_passes_git_fsck_and_fsck_finds_a_changed_object,
    library::names_that_git_cannot_keep_side_by_side_are_refused,
    library::a_conflict_is_shown_only_to_those_who_may_publish_there,
    library::a_token_of_limited_rights_cannot_renew_itself,
    library::a_prompt_that_cannot_be_released_does_not_reach_main_but_any_draft,
    library::what_is_broken_already_is_mended_step_by_step_and_the_rules_can_let_it_in,
    measure::an_event_counts_once_and_late_ones_count_by_the_window,
    measure::bad_lines_are_refused_one_by_one,
    measure::a_harmful_release_is_taken_back_by_itself_with_its_evidence,
    measure::a_viewer_changes_nothing,
    outcomes::the_result_of_a_rollout_stands_beside_its_hypothesis,
    outcomes::the_form_knows_what_the_rules_ask_for_and_the_last_measured_value,
    restore::a_roll_back_restores_byte_identical_answers,
    restore::going_live_and_back_moves_one_pointer,
    restore::the_same_content_has_the_same_digest_and_a_tag_in_git,
    restore::a_finished_rollout_gives_everybody_the_new_release,
    search::filters_narrow_and_facets_count,
    search::what_is_live_is_found_as_such,
    search::new_categories_are_known_at_once,
    search::what_an_older_program_listed_is_found_after_a_start,
    sources::a_delivery_becomes_events_once_however_often_it_is_sent,
    sources::what_an_attacker_sends_is_not_believed_and_stores_nothing,
    sources::a_secret_is_changed_without_losing_a_delivery_or_at_once,
    sources::a_source_that_is_paused_or_gone_takes_nothing,
    sources::strangers_do_not_push_out_what_was_believed,
    suites::what_makes_a_case_fail_is_refused_on_main,
    suites::what_failed_before_stands_in_nobodys_way,
    suites::a_change_shows_what_its_suites_came_to,
    suites::more_cases_than_a_change_runs_are_said_not_to_be_run,
    variations::a_variation_is_read_and_tried_as_what_it_comes_to,
    variations::what_the_base_locks_is_refused_with_the_line_at_every_save,
    variations::a_base_cannot_leave_its_variations_behind_on_main,
    variations::a_change_names_the_variations_a_draft_breaks_until_they_are_mended,
    variations::a_variation_of_a_prompt_that_opens_nothing_is_a_prompt_of_its_own,
    variations::settings_that_drop_a_brand_are_held_against_variations,
    variations::deleting_a_base_under_its_variations_is_refused,
    variations::the_most_specific_variation_is_served_and_named,
    variations::a_release_keeps_what_a_variation_came_to,
    workflows::a_workflow_is_listed_with_what_it_says_of_itself,
    workflows::what_does_not_fit_is_refused_with_its_place,
    workflows::a_prompt_cannot_change_under_a_workflow_on_main_but_both_can_together,
    workflows::a_broken_partial_reaches_the_workflow_by_its_prompt,
    workflows::what_was_broken_before_stands_in_nobodys_way,
    workflows::the_listing_follows_prompts_that_go_on_a_draft_and_are_published,
    workflows::a_release_names_its_workflows,
];

#[test]
fn the_use_cases_hold_on_postgresql_too() {
    move_to_postgres();
    for (name, case) in CASES {
        println!("{name}");
        case();
    }
}
