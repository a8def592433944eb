//! The emergency route: a hotfix goes into the library, into a release and live in one step, and a
//! review is owed for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use variorum_domain::access::{self, Action, Actor, Role, role_at};
use variorum_domain::change::{Blocker, Change, Merged, NewChange};
use variorum_domain::draft::DraftKind;
use variorum_domain::id::{ActorId, ChangeNumber, Oid, ReleaseNumber};
use variorum_domain::limits::{REASON_CHARS_MAX, SUBJECT_CHARS_MAX};
use variorum_domain::notice::NoticeKind;
use variorum_domain::policy::Way;
use variorum_domain::prompt::Severity;
use variorum_domain::record::ChangeRecord;
use variorum_domain::release::Environment;

use crate::changes::{self, Judged, happening, target, who};
use crate::context::Context;
use crate::impact::Broken;
use crate::library::{head_or_missing, lifecycle, main_settings, ref_name};
use crate::notices::{Notify, notify};
use crate::work::Work;
use crate::{Error, Result, environments, releases, serving};

/// What blocks even in an emergency: what would be live would be broken or unclear.
const ALWAYS_BLOCKS: [&str; 5] = [
    "conflict",
    "error-in-file",
    "nothing-new",
    "draft-gone",
    "not-open",
];

/// A hotfix to be published.
#[derive(Debug, Clone, Default)]
pub struct PublishHotfix {
    /// The draft, `hotfix/…`.
    pub draft: String,
    /// Why it cannot wait.
    pub reason: String,
    /// The environment; the library's first where not given.
    pub environment: Option<String>,
}

/// A hotfix that is live.
#[derive(Debug, Clone)]
pub struct Published {
    /// The change, for which a review is owed.
    pub change: Change,
    /// The commit on `main`.
    pub commit: Oid,
    /// The release.
    pub release: ReleaseNumber,
    /// The environment.
    pub environment: Environment,
    /// The contracts it breaks, which did not stop it.
    pub broken: Arc<Broken>,
}

/// Publishes a hotfix and makes it live at once. Review rules wait; errors do not.
pub async fn publish(ctx: &Context, actor: &Actor, cmd: &PublishHotfix) -> Result<Published> {
    access::check_somewhere(actor, Action::EmergencyPublish)?;
    access::check(actor, Action::CreateRelease, "")?;
    access::check(actor, Action::GoLive, "")?;
    check_command(cmd)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut change = change_of(ctx, &mut work, actor, cmd).await?;
    let judged = changes::judge(ctx, &mut work, &change).await?;
    let blocked = judged
        .blockers
        .iter()
        .filter(|one| ALWAYS_BLOCKS.contains(&one.code));
    let blocked: Vec<Blocker> = blocked.cloned().collect();
    if !blocked.is_empty() {
        return Err(Error::Refused(blocked));
    }
    let (commit, _) = changes::bring_in(ctx, &mut work, actor, &judged, Way::Emergency).await?;
    let head = judged.head.unwrap_or(commit);
    let merged = Merged {
        commit,
        head,
        at: ctx.clock.now(),
        by: who(actor),
    };
    change.merge_in_emergency(merged, &cmd.reason)?;
    work.tx.put_change(actor.workspace, &change).await?;
    lifecycle::published(ctx, &mut work, actor, &cmd.draft, head).await?;
    let release = releases::create_in(ctx, &mut work, actor, commit, &cmd.reason).await?;
    let before = environments::load(&mut work, cmd.environment.as_deref()).await?;
    let environment =
        environments::go_live_in(ctx, &mut work, actor, &before, release.number, &cmd.reason)
            .await?;
    tell(ctx, &mut work, actor, &change, &judged, &environment.name).await?;
    let what = happening("change.emergency", &change)
        .because(&cmd.reason)
        .with_evidence(serde_json::json!({
            "draft": cmd.draft,
            "commit": commit.to_string(),
            "release": release.number,
            "environment": environment.name,
            "review_owed_by": change.owed.as_ref().map(|owed| owed.by.0),
            "broken_contracts": judged.broken.breaches.iter().map(|one| &one.message).collect::<Vec<_>>(),
            "set_aside": judged.blockers.iter().map(|one| one.code).collect::<Vec<_>>(),
        }));
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    serving::refresh_after_commit(ctx, actor.workspace).await;
    for (topic, id) in [
        ("library", "main".to_owned()),
        ("release", release.number.to_string()),
        ("environment", environment.name.clone()),
        ("change", change.number.to_string()),
    ] {
        ctx.announce(actor.workspace, topic, id);
    }
    Ok(Published {
        change,
        commit,
        release: release.number,
        environment,
        broken: judged.broken,
    })
}

fn check_command(cmd: &PublishHotfix) -> Result<()> {
    if DraftKind::of(&cmd.draft) != DraftKind::Hotfix {
        return Err(Error::invalid_with_hint(
            format!("`{}` is not a hotfix", cmd.draft),
            "only drafts named `hotfix/…` may go live without a review; make one",
        ));
    }
    let length = cmd.reason.chars().count();
    if cmd.reason.trim().is_empty() || length > REASON_CHARS_MAX {
        return Err(Error::invalid(format!(
            "say why it cannot wait, in 1 to {REASON_CHARS_MAX} characters"
        )));
    }
    Ok(())
}

/// The open change of the hotfix, or a new one.
async fn change_of(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    cmd: &PublishHotfix,
) -> Result<Change> {
    if let Some(open) = work.tx.open_change(work.workspace, &cmd.draft).await? {
        return Ok(open);
    }
    let (_, data) = head_or_missing(work, &ref_name(Some(&cmd.draft))?).await?;
    let newest = variorum_domain::record::Note::from_message(&data.message);
    let title: String = newest.subject.chars().take(SUBJECT_CHARS_MAX).collect();
    let change = Change::open(NewChange {
        number: ChangeNumber(work.tx.next_number(work.workspace, "change").await?),
        draft: cmd.draft.clone(),
        title: if title.trim().is_empty() {
            cmd.draft.clone()
        } else {
            title
        },
        summary: String::new(),
        record: ChangeRecord {
            problem: cmd.reason.clone(),
            ..newest.record
        },
        author: who(actor),
        at: ctx.clock.now(),
        asked: Vec::new(),
    })?;
    work.tx.put_change(work.workspace, &change).await?;
    Ok(change)
}

/// Tells everybody concerned: owners and custodians of what it touches, and all publishers.
async fn tell(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    change: &Change,
    judged: &Judged,
    environment: &str,
) -> Result<()> {
    let (library, _) = main_settings(work).await?;
    let people = changes::people(work).await?;
    let mut addresses = BTreeSet::new();
    for file in &judged.files {
        if let Some(category) = library.category_of(&file.path) {
            addresses.insert(category.owner.to_lowercase());
            addresses.insert(category.custodian.to_lowercase());
        }
    }
    let is_publisher = |person: &Actor| {
        judged
            .files
            .iter()
            .any(|file| role_at(person, &file.path).is_some_and(|role| role >= Role::Publisher))
    };
    let is_named = |person: &Actor| {
        addresses.contains(&person.email.to_lowercase())
            || addresses.contains(&person.name.to_lowercase())
    };
    let to: Vec<ActorId> = people
        .iter()
        .filter(|person| person.id != actor.id && (is_named(person) || is_publisher(person)))
        .map(|person| person.id)
        .collect();
    let notice = Notify {
        to,
        kind: NoticeKind::Emergency,
        target: target(change),
        text: format!(
            "{} made “{}” live in {environment} in an emergency; a review is owed within a day{}",
            actor.name,
            change.title,
            broken_words(&judged.broken)
        ),
    };
    notify(ctx, work, notice).await
}

/// What is told of broken contracts: an emergency passes with them, but not in silence.
fn broken_words(broken: &Broken) -> String {
    let errors = broken.breaches.iter();
    let mut errors = errors.filter(|one| one.severity == Severity::Error);
    match (errors.next(), errors.count() + broken.unnamed) {
        (None, _) => String::new(),
        (Some(first), 0) => format!("; it breaks what others rely on: {}", first.message),
        (Some(first), more) => format!(
            "; it breaks what others rely on: {}, and {more} more",
            first.message
        ),
    }
}
