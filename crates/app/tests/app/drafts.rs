//! The life of drafts, and the emergency route of hotfixes.

use variorum_app::Error;
use variorum_app::changes::{self, ListChanges};
use variorum_app::emergency::{self, PublishHotfix};
use variorum_app::library::drafts::{self, CreateDraft, DraftFilter};
use variorum_app::library::{lifecycle, pending, update};
use variorum_domain::change::Verdict;
use variorum_domain::draft::DraftStatus;
use variorum_domain::id::Time;
use variorum_domain::notice::NoticeKind;

use crate::changes::{DRAFT, FIRST, RULES, Team, WELCOME, codes, give, save_text};
use crate::world::START;

#[tokio::test]
pub(crate) async fn a_draft_is_closed_opened_deleted_and_restored_where_it_stood() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    let (before, _) = drafts::get(team.ctx(), &team.ann, DRAFT).await.unwrap();
    lifecycle::close(team.ctx(), &team.ann, DRAFT, "called off")
        .await
        .unwrap();
    let (closed, files) = drafts::get(team.ctx(), &team.ann, DRAFT).await.unwrap();
    assert_eq!(
        (closed.status, closed.commit, files.len()),
        (DraftStatus::Closed, before.commit, 1)
    );
    let view = changes::get(team.ctx(), &team.ann, change.number)
        .await
        .unwrap();
    assert_eq!(view.change.status.name(), "closed");
    assert!(
        drafts::list(team.ctx(), &team.ann)
            .await
            .unwrap()
            .is_empty()
    );
    let taken = drafts::create(team.ctx(), &team.ann, DRAFT, None).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    lifecycle::reopen(team.ctx(), &team.ann, DRAFT, "on again")
        .await
        .unwrap();
    changes::reopen(team.ctx(), &team.ann, change.number)
        .await
        .unwrap();
    lifecycle::delete(team.ctx(), &team.ann, DRAFT, "away")
        .await
        .unwrap();
    let deleted = DraftFilter {
        status: Some(DraftStatus::Deleted),
        ..DraftFilter::default()
    };
    let page = drafts::page(team.ctx(), &team.ann, &deleted, None, 9)
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    lifecycle::reopen(team.ctx(), &team.ann, DRAFT, "")
        .await
        .unwrap();
    let (restored, _) = drafts::get(team.ctx(), &team.ann, DRAFT).await.unwrap();
    assert_eq!(
        (restored.status, restored.commit),
        (DraftStatus::Open, before.commit)
    );
}

#[tokio::test]
pub(crate) async fn an_experiment_warns_its_owner_and_is_archived_at_its_end() {
    let team = Team::new("").await;
    let days = |days: i64| START.plus_seconds(days * 86_400);
    let cmd = CreateDraft {
        name: "experiment/short".into(),
        title: "Short subjects".into(),
        ends_at: Some(days(5)),
        ..CreateDraft::default()
    };
    drafts::start(team.ctx(), &team.ann, &cmd).await.unwrap();
    let run = async || {
        lifecycle::expire(team.ctx(), team.ann.workspace)
            .await
            .unwrap()
    };
    assert_eq!(run().await, lifecycle::Expired::default());
    team.world.clock.set(days(2));
    assert_eq!(run().await.warned, ["experiment/short"]);
    assert_eq!(run().await, lifecycle::Expired::default(), "warned once");
    team.world.clock.set(days(5));
    assert_eq!(run().await.archived, ["experiment/short"]);
    assert_eq!(
        team.inbox(&team.ann).await,
        [NoticeKind::DraftEnded, NoticeKind::DraftEnds]
    );
    let (draft, _) = drafts::get(team.ctx(), &team.ann, "experiment/short")
        .await
        .unwrap();
    assert_eq!(draft.status, DraftStatus::Archived);
    let late = lifecycle::EditDraft {
        ends_at: Some(Some(days(9))),
        ..lifecycle::EditDraft::default()
    };
    let refused = lifecycle::edit(team.ctx(), &team.ann, "experiment/short", &late).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

#[tokio::test]
pub(crate) async fn a_draft_of_another_draft_is_updated_from_it() {
    let team = Team::new("").await;
    drafts::create(team.ctx(), &team.ann, "campaign/autumn-de", Some(DRAFT))
        .await
        .unwrap();
    team.save(&team.ann, "Two.", "Autumn.").await;
    let updated = update::update(team.ctx(), &team.ann, "campaign/autumn-de", &[])
        .await
        .unwrap();
    assert_eq!(updated.from, DRAFT);
    let (parent, _) = drafts::get(team.ctx(), &team.ann, DRAFT).await.unwrap();
    assert_eq!(
        updated.commit, parent.commit,
        "nothing was saved on it, so it simply moves on"
    );
}

#[tokio::test]
pub(crate) async fn a_branch_without_a_row_goes_on_working() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let mut tx = team.ctx().store.begin(team.ann.workspace).await.unwrap();
    let head = tx
        .get_ref(team.ann.workspace, "refs/heads/campaign/autumn")
        .await
        .unwrap();
    tx.move_ref(
        team.ann.workspace,
        "refs/heads/old/one",
        None,
        head,
        Time(1),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let listed = drafts::list(team.ctx(), &team.ann).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed[1].row.is_none() && listed[1].status == DraftStatus::Open);
    lifecycle::close(team.ctx(), &team.ann, "old/one", "")
        .await
        .unwrap();
    lifecycle::reopen(team.ctx(), &team.ann, "old/one", "")
        .await
        .unwrap();
    let (draft, _) = drafts::get(team.ctx(), &team.ann, "old/one").await.unwrap();
    assert_eq!(Some(draft.commit), head);
}

#[tokio::test]
pub(crate) async fn a_hotfix_goes_live_at_once_and_a_review_is_owed() {
    let team = Team::new(RULES).await;
    drafts::create(team.ctx(), &team.bob, "hotfix/price", None)
        .await
        .unwrap();
    let fixed = FIRST.replace("Two.", "Right price.");
    save_text(team.ctx(), &team.bob, "hotfix/price", &fixed)
        .await
        .unwrap();
    let cmd = |draft: &str, reason: &str| PublishHotfix {
        draft: draft.into(),
        reason: reason.into(),
        environment: None,
    };
    for (actor, draft, reason) in [
        (&team.ann, "hotfix/price", "wrong price"),
        (&team.bob, DRAFT, "wrong price"),
        (&team.bob, "hotfix/price", " "),
    ] {
        let refused = emergency::publish(team.ctx(), actor, &cmd(draft, reason)).await;
        assert!(
            matches!(refused, Err(Error::Denied(_) | Error::Invalid { .. })),
            "{refused:?}"
        );
    }
    let live = emergency::publish(team.ctx(), &team.bob, &cmd("hotfix/price", "wrong price"))
        .await
        .unwrap();
    assert_eq!(live.environment.release, Some(live.release));
    assert_eq!(team.inbox(&team.cat).await, [NoticeKind::Emergency]);
    assert_eq!(team.inbox(&team.world.admin).await, [NoticeKind::Emergency]);
    let owed = ListChanges {
        owed: true,
        ..ListChanges::default()
    };
    let number = live.change.number;
    let list = async || {
        changes::list(team.ctx(), &team.cat, owed.clone(), None, 9)
            .await
            .unwrap()
    };
    assert_eq!(list().await[0].number, number);
    let own = give(team.ctx(), &team.bob, number, Verdict::Approve).await;
    assert!(own.is_err());
    assert_eq!(list().await.len(), 1);
    team.review(&team.cat, number, Verdict::Approve).await;
    assert!(list().await.is_empty());
}

#[tokio::test]
pub(crate) async fn an_emergency_does_not_publish_what_is_broken() {
    let team = Team::new("").await;
    drafts::create(team.ctx(), &team.bob, "hotfix/price", None)
        .await
        .unwrap();
    let broken = FIRST.replace("Two.", "{{#if x}}");
    save_text(team.ctx(), &team.bob, "hotfix/price", &broken)
        .await
        .unwrap();
    let cmd = PublishHotfix {
        draft: "hotfix/price".into(),
        reason: "wrong price".into(),
        environment: None,
    };
    let refused = emergency::publish(team.ctx(), &team.bob, &cmd)
        .await
        .unwrap_err();
    assert_eq!(codes(&refused), ["error-in-file"]);
    let all = changes::list(team.ctx(), &team.bob, ListChanges::default(), None, 9)
        .await
        .unwrap();
    assert!(all.is_empty(), "nothing is left behind");
}

#[tokio::test]
pub(crate) async fn what_an_update_would_bring_is_shown_without_bringing_it() {
    let team = Team::new("").await;
    let quiet = pending::pending(team.ctx(), &team.ann, DRAFT)
        .await
        .unwrap();
    assert_eq!((quiet.behind, quiet.clashes.len()), (0, 0));
    team.save(&team.ann, "Two.", "Autumn.").await;
    let mains = FIRST.replace("Two.", "Winter.");
    team.world
        .save("Winter comes", &[(WELCOME, &mains)])
        .await
        .unwrap();
    let found = pending::pending(team.ctx(), &team.bob, DRAFT)
        .await
        .unwrap();
    let clash = &found.clashes[0];
    assert_eq!((found.from.as_str(), found.behind), ("main", 1));
    assert_eq!(clash.conflict.hunks[0].ours, "Autumn.\n");
    assert_eq!(clash.conflict.hunks[0].theirs, "Winter.\n");
    let last = |side: &pending::ClashSide| side.last.clone().map(|last| (last.by, last.subject));
    assert_eq!(
        last(&clash.ours).map(|(by, _)| by).as_deref(),
        Some("Ann Author")
    );
    assert_eq!(
        last(&clash.theirs).map(|(_, subject)| subject).as_deref(),
        Some("Winter comes")
    );
    assert_eq!(clash.theirs.text.as_deref(), Some(mains.as_str()));
    let (after, _) = drafts::get(team.ctx(), &team.ann, DRAFT).await.unwrap();
    assert_eq!(after.commit, found.head, "looking moves nothing");
}

#[tokio::test]
pub(crate) async fn a_decision_is_refused_where_either_side_has_moved_since() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let winter = FIRST.replace("Two.", "Winter.");
    let spring = FIRST.replace("Two.", "Spring.");
    team.world
        .save("Winter", &[(WELCOME, &winter)])
        .await
        .unwrap();
    let found = pending::pending(team.ctx(), &team.ann, DRAFT)
        .await
        .unwrap();
    let seen = update::Seen {
        head: Some(found.head),
        latest: Some(found.latest),
    };
    let decided = [(WELCOME.to_owned(), Some(winter.into_bytes()))];
    team.world
        .save("Spring", &[(WELCOME, &spring)])
        .await
        .unwrap();
    let late = update::update_seen(team.ctx(), &team.ann, DRAFT, &decided, seen).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    let now = pending::pending(team.ctx(), &team.ann, DRAFT)
        .await
        .unwrap();
    let seen = update::Seen {
        head: Some(now.head),
        latest: Some(now.latest),
    };
    let updated = update::update_seen(team.ctx(), &team.ann, DRAFT, &decided, seen).await;
    assert_eq!(updated.unwrap().from, "main");
}

#[tokio::test]
pub(crate) async fn a_file_that_one_side_deleted_shows_which_side_has_it() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let gone = variorum_app::library::save::SaveVersion {
        note: crate::world::note("Away with it"),
        files: vec![(WELCOME.to_owned(), None)],
        ..Default::default()
    };
    variorum_app::library::save::save_version(team.ctx(), &team.bob, gone)
        .await
        .unwrap();
    let found = pending::pending(team.ctx(), &team.ann, DRAFT)
        .await
        .unwrap();
    let clash = &found.clashes[0];
    assert_eq!((clash.ours.is_there, clash.theirs.is_there), (true, false));
    assert!(clash.ours.text.as_deref().unwrap().contains("Autumn."));
}

#[tokio::test]
pub(crate) async fn open_changes_are_listed_with_how_they_stand() {
    let team = Team::new(RULES).await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    let listed = changes::standing(team.ctx(), &team.bob).await.unwrap();
    let codes: Vec<_> = listed[0]
        .judged
        .blockers
        .iter()
        .map(|one| one.code)
        .collect();
    assert_eq!(codes, ["needs-approval"]);
    team.review(&team.bob, change.number, Verdict::Approve)
        .await;
    let listed = changes::standing(team.ctx(), &team.bob).await.unwrap();
    assert!(listed[0].judged.blockers.is_empty());
    assert_eq!(listed[0].judged.reviews.len(), 1);
    team.merge(&team.bob, change.number).await.unwrap();
    let listed = changes::standing(team.ctx(), &team.bob).await.unwrap();
    assert!(listed.is_empty());
}
