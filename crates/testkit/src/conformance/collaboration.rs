//! Drafts, changes, discussions, inboxes and the index over change records.

use variorum_domain::change::{
    Anchor, Change, ChangeStatus, Comment, NewChange, Review, Thread, Verdict, Who,
};
use variorum_domain::draft::{Draft, DraftStatus, NewDraft, Rest};
use variorum_domain::id::{
    ActorId, ChangeNumber, NoticeId, RolloutNumber, ThreadNumber, Time, WorkspaceId,
};
use variorum_domain::notice::{Notice, NoticeKind};
use variorum_domain::record::ChangeRecord;
use variorum_ports::Store;
use variorum_ports::rows::{ChangeFilter, CommitRow, OutcomeRow, RecordFilter};

use super::{Checked, fresh, is_conflict};
use crate::{FixedClock, build};

fn who(id: i64) -> Who {
    Who {
        id: ActorId(id),
        name: format!("Ann \"β\" O'Neil {id}"),
        email: format!("p{id}@acme.example"),
    }
}

fn draft(name: &str, ends_at: Option<Time>) -> Draft {
    Draft::start(NewDraft {
        name: name.to_owned(),
        title: String::new(),
        from: "main".to_owned(),
        owner: (ActorId(1), "Ann".to_owned()),
        at: FixedClock::START,
        ends_at,
    })
    .unwrap_or_else(|error| unreachable!("{error}"))
}

fn change(number: i64, draft: &str) -> Change {
    Change::open(NewChange {
        number: ChangeNumber(number),
        draft: draft.to_owned(),
        title: "Autumn — 標題".to_owned(),
        summary: String::new(),
        record: ChangeRecord::default(),
        author: who(number),
        at: FixedClock::START,
        asked: vec![who(9)],
    })
    .unwrap_or_else(|error| unreachable!("{error}"))
}

/// Drafts are kept by name, move by revision, and are found by their end while they have a branch.
pub async fn drafts(store: &dyn Store) -> Checked {
    let id = fresh(store, "drafts").await?;
    let other = fresh(store, "drafts").await?;
    let end = |days: i64| Some(FixedClock::START.plus_seconds(days * 86_400));
    let mut tx = store.begin(id).await?;
    let mut first = draft("campaign/a", end(9));
    for one in [&first, &draft("experiment/b", end(5)), &draft("z", None)] {
        tx.put_draft(id, one).await?;
    }
    assert!(
        is_conflict(&tx.put_draft(id, &first).await),
        "names are unique"
    );
    tx.commit().await?;

    let mut tx = store.read().await?;
    assert_eq!(tx.draft(id, "campaign/a").await?, Some(first.clone()));
    assert_eq!(tx.draft(other, "campaign/a").await?, None);
    let names = |rows: Vec<Draft>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
    assert_eq!(
        names(tx.drafts(id, None, 2).await?),
        ["campaign/a", "experiment/b"]
    );
    assert_eq!(names(tx.drafts(id, Some("experiment/b"), 2).await?), ["z"]);
    let late = FixedClock::START.plus_seconds(30 * 86_400);
    assert_eq!(
        names(tx.drafts_ending(id, late, 9).await?),
        ["experiment/b", "campaign/a"]
    );
    drop(tx);

    let rest = Rest {
        commit: build::oid("c"),
        at: FixedClock::START,
        by: "Ann".to_owned(),
        reason: String::new(),
    };
    let stale = first.clone();
    let mut tx = store.begin(id).await?;
    let ended = first.end(DraftStatus::Closed, rest);
    assert!(ended.is_ok());
    tx.put_draft(id, &first).await?;
    assert!(
        is_conflict(&tx.put_draft(id, &first).await),
        "each revision is written once"
    );
    assert_ne!(tx.draft(id, "campaign/a").await?, Some(stale));
    assert_eq!(
        names(tx.drafts_ending(id, late, 9).await?),
        ["experiment/b"]
    );
    tx.clear_workspace(id).await?;
    assert!(tx.drafts(id, None, 9).await?.is_empty());
    tx.commit().await
}

/// A draft has one open change; reviews and threads keep their order.
pub async fn changes(store: &dyn Store) -> Checked {
    let id = fresh(store, "changes").await?;
    let mut tx = store.begin(id).await?;
    let mut first = change(1, "campaign/a");
    tx.put_change(id, &first).await?;
    tx.put_change(id, &change(2, "campaign/b")).await?;
    let second_open = tx.put_change(id, &change(3, "campaign/a")).await;
    assert!(is_conflict(&second_open), "one open change a draft");
    first.status = ChangeStatus::Closed;
    first.revision += 1;
    tx.put_change(id, &first).await?;
    assert!(
        is_conflict(&tx.put_change(id, &first).await),
        "each revision is written once"
    );
    tx.put_change(id, &change(3, "campaign/a")).await?;
    tx.commit().await?;

    let mut tx = store.begin(id).await?;
    let stands_in_the_way = Change {
        status: ChangeStatus::Open,
        revision: first.revision + 1,
        ..first.clone()
    };
    assert!(is_conflict(&tx.put_change(id, &stands_in_the_way).await));
    drop(tx);

    let mut tx = store.begin(id).await?;
    let review = |verdict, at: i64| Review {
        by: who(at),
        verdict,
        meaning: "approval".to_owned(),
        note: "n".to_owned(),
        commit: build::oid("c"),
        at: Time(at),
    };
    for (verdict, at) in [(Verdict::Approve, 9), (Verdict::Comment, 3)] {
        tx.add_review(id, ChangeNumber(1), &review(verdict, at))
            .await?;
    }
    tx.add_review(id, ChangeNumber(2), &review(Verdict::RequestChanges, 1))
        .await?;
    let comment = Comment {
        by: who(1),
        text: "why?".to_owned(),
        at: Time(1),
    };
    let mut threads = Vec::new();
    for number in [2, 1] {
        let begun = Thread::begin(
            (ThreadNumber(number), ChangeNumber(1)),
            Anchor::default(),
            build::oid("c"),
            comment.clone(),
            None,
        );
        let thread = begun.unwrap_or_else(|error| unreachable!("{error}"));
        tx.put_thread(id, &thread).await?;
        threads.insert(0, thread);
    }
    assert!(is_conflict(&tx.put_thread(id, &threads[0]).await));
    tx.commit().await?;
    check_changes(store, id, &first, &threads).await
}

async fn check_changes(
    store: &dyn Store,
    id: WorkspaceId,
    first: &Change,
    threads: &[Thread],
) -> Checked {
    let mut tx = store.read().await?;
    assert_eq!(tx.change(id, ChangeNumber(1)).await?.as_ref(), Some(first));
    let open = tx.open_change(id, "campaign/a").await?;
    assert_eq!(open.map(|change| change.number), Some(ChangeNumber(3)));
    assert_eq!(tx.open_change(id, "none").await?, None);
    let filter = |status, draft: Option<&str>, author: Option<i64>, owed| ChangeFilter {
        status,
        draft: draft.map(str::to_owned),
        author: author.map(ActorId),
        owed,
    };
    let rows = [
        (filter(None, None, None, false), None, vec![3, 2, 1]),
        (filter(None, None, None, false), Some(3), vec![2, 1]),
        (
            filter(Some(ChangeStatus::Open), None, None, false),
            None,
            vec![3, 2],
        ),
        (
            filter(None, Some("campaign/a"), None, false),
            None,
            vec![3, 1],
        ),
        (filter(None, None, Some(2), false), None, vec![2]),
        (filter(None, None, None, true), None, vec![]),
    ];
    for (filter, below, expected) in rows {
        let found = tx.changes(id, &filter, below, 9).await?;
        let found: Vec<i64> = found.iter().map(|change| change.number.0).collect();
        assert_eq!(found, expected, "{filter:?} {below:?}");
    }
    let verdicts = tx.reviews(id, ChangeNumber(1)).await?;
    let verdicts: Vec<Verdict> = verdicts.iter().map(|review| review.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Approve, Verdict::Comment],
        "in the order they came"
    );
    assert_eq!(tx.threads(id, ChangeNumber(1)).await?, threads);
    assert_eq!(
        tx.thread(id, ThreadNumber(2)).await?.as_ref(),
        threads.get(1)
    );
    assert_eq!(tx.thread(id, ThreadNumber(9)).await?, None);
    Ok(())
}

/// Everybody reads their own inbox, and marks lines as read once.
pub async fn notices(store: &dyn Store) -> Checked {
    let id = fresh(store, "notices").await?;
    let line = |actor: i64, text: &str| Notice {
        id: NoticeId(0),
        actor: ActorId(actor),
        kind: NoticeKind::Mentioned,
        target: "change:CH-1".to_owned(),
        text: text.to_owned(),
        at: FixedClock::START,
        read_at: None,
    };
    let mut tx = store.begin(id).await?;
    tx.add_notices(
        id,
        &[line(1, "a"), line(2, "b"), line(1, "c"), line(1, "d")],
    )
    .await?;
    tx.add_notices(id, &[]).await?;
    tx.commit().await?;
    let mut tx = store.begin(id).await?;
    let all = tx.notices(id, ActorId(1), false, None, 9).await?;
    let texts: Vec<&str> = all.iter().map(|notice| notice.text.as_str()).collect();
    assert_eq!(texts, ["d", "c", "a"]);
    assert_eq!(tx.unread_notices(id, ActorId(1)).await?, 3);
    let older = tx
        .notices(id, ActorId(1), false, Some(all[0].id.0), 1)
        .await?;
    assert_eq!(older[0].text, "c");
    let at = Time(5);
    assert_eq!(
        tx.read_notices(id, ActorId(1), all[1].id, false, at)
            .await?,
        1
    );
    assert_eq!(
        tx.read_notices(id, ActorId(1), all[1].id, true, at).await?,
        1,
        "c was read"
    );
    assert_eq!(
        tx.read_notices(id, ActorId(2), all[0].id, false, at)
            .await?,
        0,
        "not theirs"
    );
    let unread = tx.notices(id, ActorId(1), true, None, 9).await?;
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].text, "d");
    assert_eq!(
        tx.notices(id, ActorId(1), false, None, 9).await?[1].read_at,
        Some(at)
    );
    assert_eq!(tx.unread_notices(id, ActorId(2)).await?, 1);
    tx.commit().await
}

/// Storing a commit indexes its record; results stand beside it.
pub async fn records(store: &dyn Store) -> Checked {
    let id = fresh(store, "records").await?;
    let commit = |seed: &str, message: &str| CommitRow {
        message: message.to_owned(),
        ..build::commit(seed, &[])
    };
    let rows = [
        commit(
            "r1",
            "Shorten\n\nProblem: Long 50% SUBJECTS\nHypothesis: open_rate +10%\nCampaign: Autumn\n",
        ),
        commit("r2", "Nothing said"),
        commit(
            "r3",
            "Warm\n\nProblem: cold texts\nBaseline: click=0.2\nCampaign: autumn\n",
        ),
    ];
    let mut tx = store.begin(id).await?;
    tx.put_commits(id, &rows).await?;
    tx.put_commits(id, &rows).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    let filter = |kpi: &str, campaign: &str, problem: &str, words: &[&str]| RecordFilter {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        problem: (!problem.is_empty()).then(|| problem.to_owned()),
        hypothesis: None,
        campaign: (!campaign.is_empty()).then(|| campaign.to_owned()),
        kpi: (!kpi.is_empty()).then(|| kpi.to_owned()),
    };
    let cases = [
        (filter("", "", "", &[]), vec!["Warm", "Shorten"]),
        (filter("open_rate", "", "", &[]), vec!["Shorten"]),
        (filter("rate", "", "", &[]), vec![]),
        (filter("", "AUTUMN", "", &[]), vec!["Warm", "Shorten"]),
        (filter("", "autumn", "subjects 50%", &[]), vec!["Shorten"]),
        (filter("", "", "5_%", &[]), vec![]),
        (filter("click", "", "", &["warm", "cold"]), vec!["Warm"]),
    ];
    for (filter, expected) in cases {
        let found = tx.records(id, &filter, None, 9).await?;
        let found: Vec<&str> = found.iter().map(|row| row.subject.as_str()).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let newest = tx.records(id, &RecordFilter::default(), None, 1).await?;
    let older = tx
        .records(id, &RecordFilter::default(), Some(newest[0].seq), 9)
        .await?;
    assert_eq!(older.len(), 1);
    assert_eq!(older[0].record.campaign, "Autumn");
    let asked = [build::oid("r3"), build::oid("r2")];
    assert_eq!(tx.records_of(id, &asked).await?.len(), 1);
    drop(tx);
    outcomes(store, id).await
}

async fn outcomes(store: &dyn Store, id: WorkspaceId) -> Checked {
    let outcome = |seed: &str, rollout: i64, body: &str| OutcomeRow {
        commit: build::oid(seed),
        rollout: RolloutNumber(rollout),
        at: Time(rollout),
        body: body.to_owned(),
    };
    let mut tx = store.begin(id).await?;
    let first = [
        outcome("r1", 2, "{}"),
        outcome("r1", 1, "{}"),
        outcome("r3", 2, "{}"),
    ];
    tx.put_outcomes(id, &first).await?;
    tx.put_outcomes(id, &[outcome("r1", 2, "{\"a\":1}")])
        .await?;
    let found = tx.outcomes_of(id, &[build::oid("r1")]).await?;
    assert_eq!(
        found,
        [outcome("r1", 1, "{}"), outcome("r1", 2, "{\"a\":1}")]
    );
    assert_eq!(tx.commits_of_outcome(id, RolloutNumber(2)).await?.len(), 2);
    tx.commit().await
}
