//! Results beside hypotheses: the note that real `git` reads, the index, and the record's form.

use variorum_app::transfer::export;
use variorum_app::{records, releases, rollouts};
use variorum_domain::id::RolloutNumber;
use variorum_domain::policy::{Field, POLICY_FILE};
use variorum_domain::record::{ChangeRecord, Note};
use variorum_ports::rows::RecordFilter;

use crate::decisions::finish_anyway;
use crate::restore::{guard, plan, start, two_releases};
use crate::world::{World, git};

const WELCOME: &str = "prompts/email/welcome.prompt";

/// A third version with a hypothesis, released.
async fn bet(world: &World) -> variorum_domain::id::Oid {
    let cmd = variorum_app::library::save::SaveVersion {
        note: Note {
            subject: "Shorten the note".into(),
            record: ChangeRecord {
                problem: "notes are too long".into(),
                hypothesis: "order +5%".into(),
                ..ChangeRecord::default()
            },
            ..Note::default()
        },
        files: vec![(
            WELCOME.into(),
            Some(b"---\nmodel: a/b\n---\nShort.\n".to_vec()),
        )],
        ..Default::default()
    };
    let saved = variorum_app::library::save::save_version(&world.ctx, &world.admin, cmd).await;
    releases::create(&world.ctx, &world.admin, None, "three")
        .await
        .unwrap();
    saved.unwrap().commit
}

#[tokio::test]
pub(crate) async fn the_result_of_a_rollout_stands_beside_its_hypothesis() {
    let world = World::new().await;
    two_releases(&world).await;
    let commit = bet(&world).await;
    for (release, reason) in [(2, "a try"), (3, "worse")] {
        let cmd = start(release, plan(vec![guard("order")]));
        let begun = rollouts::start(&world.ctx, &world.admin, cmd)
            .await
            .unwrap();
        if release == 2 {
            finish_anyway(&world, begun.number, None, reason).await;
        } else {
            rollouts::roll_back(&world.ctx, &world.admin, begun.number, reason)
                .await
                .unwrap();
        }
    }
    let exported = export::bundle(&world.ctx, &world.admin).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.bundle"), &exported.bundle).unwrap();
    git(
        dir.path(),
        &["clone", "-q", "--mirror", "a.bundle", "out.git"],
    );
    let repository = dir.path().join("out.git");
    git(&repository, &["fsck", "--strict", "--full"]);
    let shown = git(
        &repository,
        &["notes", "--ref=outcomes", "show", &commit.to_string()],
    );
    assert!(
        shown.starts_with("R-2 “Test” in production: rolled-back by Ann Lee\n\n"),
        "{shown}"
    );
    let trailers = trailers_of(dir.path(), &shown);
    for line in [
        "Rollout: R-2",
        "Release: 3",
        "KPI: order",
        "Decision: rolled-back",
        "Reason: worse",
    ] {
        assert!(
            trailers.lines().any(|known| known == line),
            "{line} in {trailers}"
        );
    }
    assert_eq!(
        git(&repository, &["rev-list", "--count", "refs/notes/outcomes"]),
        "2"
    );
    let filter = RecordFilter {
        kpi: Some("order".into()),
        problem: Some("too long".into()),
        ..RecordFilter::default()
    };
    let found = records::list(&world.ctx, &world.admin, &filter, None, 9)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].on_main && found[0].row.commit == commit);
    let outcome = &found[0].outcomes[0];
    assert_eq!(
        (found[0].outcomes.len(), outcome.rollout),
        (1, RolloutNumber(2))
    );
    let body: serde_json::Value = serde_json::from_str(&outcome.body).unwrap();
    assert_eq!(body["decision"], "rolled-back");
}

/// What `git interpret-trailers` reads of a note.
fn trailers_of(dir: &std::path::Path, shown: &str) -> String {
    let parsed = std::process::Command::new("git")
        .current_dir(dir)
        .args(["interpret-trailers", "--parse"])
        .stdin(std::fs::File::open(note_file(dir, shown)).unwrap())
        .output()
        .unwrap();
    String::from_utf8_lossy(&parsed.stdout).into_owned()
}

fn note_file(dir: &std::path::Path, text: &str) -> std::path::PathBuf {
    let file = dir.join("note.txt");
    std::fs::write(&file, text).unwrap();
    file
}

#[tokio::test]
pub(crate) async fn the_form_knows_what_the_rules_ask_for_and_the_last_measured_value() {
    use variorum_domain::event::{Event, EventKind};
    let world = World::new().await;
    two_releases(&world).await;
    let begun = rollouts::start(&world.ctx, &world.admin, start(2, plan(Vec::new())))
        .await
        .unwrap();
    let event = |unit: usize, kind| Event {
        id: format!("{kind:?}-{unit}"),
        kind,
        time: crate::world::START,
        unit: format!("u{unit}"),
        prompt: "email/welcome".into(),
        rollout: Some(begun.number),
        arm: Some(u8::try_from(unit % 2).unwrap()),
        kpi: if kind == EventKind::Outcome {
            "order".into()
        } else {
            String::new()
        },
        value: i64::from(kind == EventKind::Outcome),
        channel: String::new(),
        attributes: "{}".into(),
    };
    let exposures = (0..8).map(|unit| event(unit, EventKind::Exposure));
    let outcomes = [0, 1, 3].map(|unit| event(unit, EventKind::Outcome));
    let batch = exposures
        .chain(outcomes)
        .enumerate()
        .map(|(place, event)| (place, Ok(event)));
    variorum_app::events::ingest(&world.ctx, &world.admin, batch.collect())
        .await
        .unwrap();
    variorum_app::events::settle(&world.ctx).await.unwrap();
    rollouts::roll_back(&world.ctx, &world.admin, begun.number, "enough")
        .await
        .unwrap();
    let rules = "rules:\n  - {id: a, paths: [\"prompts/**\"], require: [baseline, hypothesis], exempt_when: wording_only}\n";
    world
        .save("Add rules", &[(POLICY_FILE, rules)])
        .await
        .unwrap();
    let paths = [WELCOME.to_owned()];
    let form = records::form(&world.ctx, &world.admin, &paths, false)
        .await
        .unwrap();
    let fields: Vec<Field> = form
        .duties
        .fields
        .iter()
        .map(|needed| needed.field)
        .collect();
    assert_eq!(fields, [Field::Baseline, Field::Hypothesis]);
    let order = form
        .kpis
        .iter()
        .find(|known| known.kpi.id == "order")
        .unwrap();
    let measured = order.measured.as_ref().unwrap();
    assert_eq!(
        measured.text,
        "order=0.25 n=4 from=2026-11-01 to=2026-11-01"
    );
    let revenue = form.kpis.iter().find(|known| known.kpi.id == "revenue");
    assert_eq!(revenue.unwrap().measured, None, "nobody measured it");
    let wording = records::form(&world.ctx, &world.admin, &paths, true)
        .await
        .unwrap();
    assert!(wording.duties.fields.is_empty());
}
