//! Changes, rules, reviews, discussions and inboxes, against the real store.

use std::sync::Arc;

use variorum_app::changes::{self, EditChange, GiveReview, MergeChange, NewThread, OpenChange};
use variorum_app::library::drafts;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::library::{history, update};
use variorum_app::{Context, Error, notices};
use variorum_domain::access::{Action, Actor, Grant, Role};
use variorum_domain::change::{Anchor, Change, Side, Verdict};
use variorum_domain::draft::DraftStatus;
use variorum_domain::id::ChangeNumber;
use variorum_domain::notice::NoticeKind;
use variorum_domain::policy::POLICY_FILE;
use variorum_domain::record::{ChangeRecord, Note};

use crate::world::{World, note};

pub(crate) const WELCOME: &str = "prompts/email/welcome.prompt";
pub(crate) const FIRST: &str = "---\nmodel: openai/gpt-5-mini\n---\nOne.\nTwo.\nThree.\nFour.\n";
pub(crate) const DRAFT: &str = "campaign/autumn";
pub(crate) const RULES: &str = "refused_subjects: [update]\nrules:\n  - id: all\n    title: Prompts\n    paths: [\"prompts/**\"]\n    require: [problem]\n    approvals: [{group: publisher}]\n";

/// A library with rules, and people of each role.
pub(crate) struct Team {
    pub(crate) world: World,
    pub(crate) ann: Actor,
    pub(crate) bob: Actor,
    pub(crate) cat: Actor,
}

impl Team {
    pub(crate) async fn new(rules: &str) -> Self {
        let world = World::new().await;
        let mut files = vec![(WELCOME, FIRST)];
        if !rules.is_empty() {
            files.push((POLICY_FILE, rules));
        }
        world.save("First text", &files).await.unwrap();
        let ann = person(&world, "Ann Author", Role::Author).await;
        let bob = person(&world, "Bob Publisher", Role::Publisher).await;
        let cat = person(&world, "Cat Publisher", Role::Publisher).await;
        drafts::create(&world.ctx, &ann, DRAFT, None).await.unwrap();
        Self {
            world,
            ann,
            bob,
            cat,
        }
    }

    pub(crate) fn ctx(&self) -> &Context {
        &self.world.ctx
    }

    pub(crate) async fn save(&self, actor: &Actor, from: &str, to: &str) {
        let text = FIRST.replace(from, to);
        save_text(self.ctx(), actor, DRAFT, &text).await.unwrap();
    }

    pub(crate) async fn open(&self) -> Change {
        let cmd = OpenChange {
            draft: DRAFT.into(),
            title: "Autumn texts".into(),
            record: ChangeRecord {
                problem: "opens fell".into(),
                hypothesis: "open_rate +10%".into(),
                campaign: "autumn".into(),
                ..ChangeRecord::default()
            },
            ..OpenChange::default()
        };
        changes::open(self.ctx(), &self.ann, cmd).await.unwrap()
    }

    pub(crate) async fn review(&self, actor: &Actor, number: ChangeNumber, verdict: Verdict) {
        give(self.ctx(), actor, number, verdict).await.unwrap();
    }

    pub(crate) async fn blockers(&self, number: ChangeNumber) -> Vec<&'static str> {
        let view = changes::get(self.ctx(), &self.bob, number).await.unwrap();
        view.judged.blockers.iter().map(|one| one.code).collect()
    }

    pub(crate) async fn merge(
        &self,
        actor: &Actor,
        number: ChangeNumber,
    ) -> variorum_app::Result<changes::MergedChange> {
        changes::merge(self.ctx(), actor, &MergeChange { number, head: None }).await
    }

    pub(crate) async fn inbox(&self, actor: &Actor) -> Vec<NoticeKind> {
        let (lines, _) = notices::list(self.ctx(), actor, true, None, 50)
            .await
            .unwrap();
        lines.iter().map(|line| line.kind).collect()
    }
}

pub(crate) async fn give(
    ctx: &Context,
    actor: &Actor,
    number: ChangeNumber,
    verdict: Verdict,
) -> variorum_app::Result<Change> {
    let cmd = GiveReview {
        number,
        verdict,
        meaning: "approval".into(),
        note: "see above".into(),
        head: None,
    };
    changes::review(ctx, actor, cmd).await
}

pub(crate) async fn save_text(
    ctx: &Context,
    actor: &Actor,
    draft: &str,
    text: &str,
) -> variorum_app::Result<()> {
    let cmd = SaveVersion {
        draft: Some(draft.into()),
        note: note("Work on it"),
        files: vec![(WELCOME.into(), Some(text.as_bytes().to_vec()))],
        ..SaveVersion::default()
    };
    save_version(ctx, actor, cmd).await.map(drop)
}

pub(crate) async fn person(world: &World, name: &str, role: Role) -> Actor {
    let invite = variorum_app::members::Invite {
        name: name.into(),
        email: format!("{}@acme.example", name.to_lowercase().replace(' ', ".")),
        grants: vec![(role, String::new())],
    };
    let (row, _) = variorum_app::members::invite(&world.ctx, &world.admin, invite)
        .await
        .unwrap();
    variorum_app::auth::to_actor(row, Role::Administrator)
}

pub(crate) fn codes(error: &Error) -> Vec<&'static str> {
    match error {
        Error::Refused(blockers) => blockers.iter().map(|one| one.code).collect(),
        other => unreachable!("{other}"),
    }
}

#[tokio::test]
pub(crate) async fn a_change_goes_its_way_and_its_merge_says_who_approved() {
    let team = Team::new(RULES).await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    assert_eq!(team.inbox(&team.bob).await, [NoticeKind::ReviewAsked]);
    assert_eq!(team.blockers(change.number).await, ["needs-approval"]);
    let refused = team.merge(&team.bob, change.number).await.unwrap_err();
    assert_eq!(codes(&refused), ["needs-approval"]);
    let own = give(team.ctx(), &team.ann, change.number, Verdict::Approve).await;
    assert!(matches!(own, Err(Error::Invalid { .. })), "{own:?}");
    team.review(&team.bob, change.number, Verdict::RequestChanges)
        .await;
    assert_eq!(
        team.blockers(change.number).await,
        ["changes-requested", "needs-approval"]
    );
    team.review(&team.bob, change.number, Verdict::Approve)
        .await;
    assert!(team.blockers(change.number).await.is_empty());
    team.save(&team.ann, "Two.", "Late autumn.").await;
    assert_eq!(
        team.blockers(change.number).await,
        ["needs-approval"],
        "the approval is stale"
    );
    team.review(&team.bob, change.number, Verdict::Approve)
        .await;
    let author = team.merge(&team.ann, change.number).await;
    assert!(matches!(author, Err(Error::Denied(_))), "{author:?}");
    let merged = team.merge(&team.bob, change.number).await.unwrap();
    let (row, _) = history::commit(team.ctx(), &team.bob, merged.commit)
        .await
        .unwrap();
    assert_eq!(row.parents.len(), 2);
    assert_eq!(
        row.message,
        "Autumn texts\n\nProblem: opens fell\nHypothesis: open_rate +10%\nCampaign: autumn\n\
         Change: CH-1\nApproved-by: Bob Publisher <bob.publisher@acme.example> meaning=approval\n"
    );
    let again = team.merge(&team.bob, change.number).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let view = changes::get(team.ctx(), &team.ann, change.number)
        .await
        .unwrap();
    assert_eq!(view.judged.files.len(), 1, "what it changed is still shown");
    assert_eq!(view.draft.unwrap().status, DraftStatus::Published);
    assert_eq!(
        team.inbox(&team.ann).await,
        [
            NoticeKind::Merged,
            NoticeKind::Approved,
            NoticeKind::Approved,
            NoticeKind::ChangesRequested
        ]
    );
}

#[tokio::test]
pub(crate) async fn one_rule_binds_saves_publishing_and_changes_alike() {
    let team = Team::new(RULES).await;
    let problem = |subject: &str| Note {
        subject: subject.into(),
        record: ChangeRecord {
            problem: "p".into(),
            ..ChangeRecord::default()
        },
        ..Note::default()
    };
    let save = |subject: &'static str, path: &'static str| SaveVersion {
        note: problem(subject),
        files: vec![(path.into(), Some(b"x".to_vec()))],
        ..SaveVersion::default()
    };
    let direct = save_version(team.ctx(), &team.bob, save("Warmer", WELCOME)).await;
    assert_eq!(codes(&direct.unwrap_err()), ["needs-review"]);
    let empty = save_version(team.ctx(), &team.bob, save(" UPDATE. ", "notes.md")).await;
    assert_eq!(codes(&empty.unwrap_err()), ["refused-subject"]);
    save_version(team.ctx(), &team.bob, save("Warmer", "notes.md"))
        .await
        .unwrap();
    team.save(&team.ann, "Two.", "Autumn.").await;
    let published = drafts::publish(team.ctx(), &team.bob, DRAFT, &note("Update"), &[]).await;
    assert_eq!(
        codes(&published.unwrap_err()),
        ["refused-subject", "missing-field", "needs-review"]
    );
    let (_, total) = history::commits(team.ctx(), &team.bob, None, 0, 9)
        .await
        .unwrap();
    assert_eq!(total, 2, "what is refused leaves nothing");
}

#[tokio::test]
pub(crate) async fn rules_that_cannot_be_read_are_refused_with_their_place() {
    let team = Team::new("").await;
    let refused = team
        .world
        .save("Add rules", &[(POLICY_FILE, "main: closed\n")])
        .await;
    let Err(Error::Invalid { diagnostics, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((diagnostics[0].line, diagnostics[0].column), (1, 7));
    team.world
        .save("Add rules", &[(POLICY_FILE, "main: reviewed\n")])
        .await
        .unwrap();
    let refused = team.world.save("More", &[("a.md", "x")]).await.unwrap_err();
    assert_eq!(codes(&refused), ["needs-review"]);
}

#[tokio::test]
pub(crate) async fn whoever_wrote_a_part_does_not_approve_it() {
    let team = Team::new(RULES).await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    team.save(&team.bob, "Three.", "Bob's.").await;
    team.review(&team.bob, change.number, Verdict::Approve)
        .await;
    assert_eq!(team.blockers(change.number).await, ["needs-approval"]);
    team.review(&team.cat, change.number, Verdict::Approve)
        .await;
    assert!(team.blockers(change.number).await.is_empty());
}

#[tokio::test]
pub(crate) async fn errors_conflicts_and_texts_block_in_plain_words() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "{{#if x}}").await;
    let change = team.open().await;
    let view = changes::get(team.ctx(), &team.ann, change.number)
        .await
        .unwrap();
    let blocker = &view.judged.blockers[0];
    assert_eq!(
        (blocker.code, blocker.path.as_str()),
        ("error-in-file", WELCOME)
    );
    team.save(&team.ann, "Two.", "Autumn.").await;
    let mains = FIRST.replace("Two.", "Winter.");
    team.world
        .save("Winter", &[(WELCOME, &mains)])
        .await
        .unwrap();
    assert_eq!(team.blockers(change.number).await, ["conflict"]);
    let none = serde_json::Map::new();
    let found = changes::file(team.ctx(), &team.bob, change.number, WELCOME, &none)
        .await
        .unwrap();
    let draft_says = FIRST.replace("Two.", "Autumn.");
    assert_eq!(found.before.as_deref(), Some(mains.as_str()));
    assert_eq!(found.after.as_deref(), Some(draft_says.as_str()));
    let clash = update::update(team.ctx(), &team.ann, DRAFT, &[]).await;
    assert!(matches!(clash, Err(Error::Clash { .. })), "{clash:?}");
    let decided = [(
        WELCOME.to_owned(),
        Some(FIRST.replace("Two.", "Both.").into_bytes()),
    )];
    let updated = update::update(team.ctx(), &team.ann, DRAFT, &decided)
        .await
        .unwrap();
    assert_eq!(updated.from, "main");
    assert!(team.blockers(change.number).await.is_empty());
    let again = update::update(team.ctx(), &team.ann, DRAFT, &[]).await;
    assert!(matches!(again, Err(Error::Invalid { .. })), "{again:?}");
    let merged = team.merge(&team.bob, change.number).await.unwrap();
    assert_eq!(merged.versions[0].path, WELCOME);
}

#[tokio::test]
pub(crate) async fn a_change_may_be_brought_in_as_one_commit() {
    let team = Team::new("merge: squash\n").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    team.save(&team.ann, "Two.", "Late autumn.").await;
    let change = team.open().await;
    let merged = team.merge(&team.bob, change.number).await.unwrap();
    let (row, changed) = history::commit(team.ctx(), &team.bob, merged.commit)
        .await
        .unwrap();
    assert_eq!((row.parents.len(), changed.len()), (1, 1));
}

#[tokio::test]
pub(crate) async fn a_suggestion_becomes_a_version_with_both_names() {
    let team = Team::new("unresolved_threads: block\n").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    let anchor = |line: usize| Anchor {
        path: WELCOME.into(),
        side: Some(Side::New),
        line: Some(line),
        ..Anchor::default()
    };
    let suggest = |line: usize, text: &str| NewThread {
        anchor: anchor(line),
        text: "warmer? @ann.author".into(),
        suggestion: Some(text.into()),
    };
    let nowhere = changes::comment(team.ctx(), &team.bob, change.number, suggest(99, "x")).await;
    assert!(matches!(nowhere, Err(Error::Invalid { .. })), "{nowhere:?}");
    let thread = changes::comment(
        team.ctx(),
        &team.bob,
        change.number,
        suggest(5, "Golden autumn."),
    )
    .await
    .unwrap();
    assert_eq!(team.blockers(change.number).await, ["unresolved-threads"]);
    let inbox = team.inbox(&team.ann).await;
    assert_eq!(inbox, [NoticeKind::Mentioned, NoticeKind::Commented]);
    changes::reply(team.ctx(), &team.ann, thread.number, "yes")
        .await
        .unwrap();
    let (thread, saved) = changes::accept(team.ctx(), &team.ann, thread.number)
        .await
        .unwrap();
    assert_eq!(thread.suggestion.unwrap().accepted, Some(saved.commit));
    let (row, _) = history::commit(team.ctx(), &team.ann, saved.commit)
        .await
        .unwrap();
    assert_eq!(row.author_name, "Ann Author");
    assert!(
        row.message
            .contains("Co-authored-by: Bob Publisher <bob.publisher@acme.example>")
    );
    let file = changes::file(
        team.ctx(),
        &team.ann,
        change.number,
        WELCOME,
        &serde_json::Map::new(),
    )
    .await
    .unwrap();
    assert!(file.after.unwrap().contains("Golden autumn.\nThree."));
    assert!(
        file.previews[1].messages[0]
            .text()
            .contains("Golden autumn.")
    );
    assert!(team.blockers(change.number).await.is_empty());
    let twice = changes::accept(team.ctx(), &team.ann, thread.number).await;
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
}

#[tokio::test]
pub(crate) async fn a_discussion_that_is_not_settled_blocks_where_the_rules_say_so() {
    let team = Team::new("unresolved_threads: block\n").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    let general = changes::comment(
        team.ctx(),
        &team.bob,
        change.number,
        NewThread {
            text: "Who proofreads?".into(),
            ..NewThread::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(team.blockers(change.number).await, ["unresolved-threads"]);
    changes::settle(team.ctx(), &team.ann, general.number, true)
        .await
        .unwrap();
    assert!(team.blockers(change.number).await.is_empty());
}

#[tokio::test]
pub(crate) async fn of_two_who_bring_a_change_in_at_once_one_wins() {
    let team = Arc::new(Team::new("").await);
    team.save(&team.ann, "Two.", "Autumn.").await;
    let number = team.open().await.number;
    let racers = (0..8).map(|turn| {
        let team = team.clone();
        tokio::spawn(async move {
            let actor = if turn % 2 == 0 { &team.bob } else { &team.cat };
            team.merge(actor, number).await.map(drop)
        })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            Err(Error::Conflict(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    let (rows, _) = history::commits(team.ctx(), &team.bob, None, 0, 9)
        .await
        .unwrap();
    let merges = rows.iter().filter(|row| row.parents.len() == 2).count();
    assert_eq!(merges, 1);
}

#[tokio::test]
pub(crate) async fn rights_below_a_path_bind_changes_too() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    let mut web = team.bob.clone();
    web.grants = vec![Grant {
        role: Role::Publisher,
        prefix: "prompts/web".into(),
    }];
    let refused = team.merge(&web, change.number).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    let mut service = team.cat.clone();
    service.kind = variorum_domain::access::ActorKind::Service;
    let refused = give(team.ctx(), &service, change.number, Verdict::Approve).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    assert!(variorum_domain::access::check(&service, Action::Publish, WELCOME).is_ok());
}

#[tokio::test]
pub(crate) async fn texts_of_an_open_change_are_edited_and_reviewers_asked_once() {
    let team = Team::new("").await;
    team.save(&team.ann, "Two.", "Autumn.").await;
    let change = team.open().await;
    let edit = |reviewers: &[&str]| EditChange {
        title: Some("Golden autumn".into()),
        reviewers: Some(reviewers.iter().map(|one| (*one).to_owned()).collect()),
        ..EditChange::default()
    };
    let cat = ["cat.publisher@acme.example"];
    changes::edit(team.ctx(), &team.ann, change.number, edit(&cat))
        .await
        .unwrap();
    let edited = changes::edit(team.ctx(), &team.ann, change.number, edit(&cat))
        .await
        .unwrap();
    assert_eq!(edited.title, "Golden autumn");
    assert_eq!(team.inbox(&team.cat).await, [NoticeKind::ReviewAsked]);
    let unknown = changes::edit(team.ctx(), &team.ann, change.number, edit(&["nobody@x"])).await;
    assert!(
        matches!(unknown, Err(Error::NotFound { .. })),
        "{unknown:?}"
    );
    let (lines, unread) = notices::list(team.ctx(), &team.cat, true, None, 9)
        .await
        .unwrap();
    assert_eq!(unread, 1);
    let left = notices::mark_read(team.ctx(), &team.cat, lines[0].id, false)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
