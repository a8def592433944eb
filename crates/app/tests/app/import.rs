//! Real libraries with their whole history, in and out again.

use std::collections::HashMap;

use crate::world::{World, git, shared};
use variorum_app::library::history;
use variorum_app::transfer::split::Table;
use variorum_app::transfer::{export, fsck, import, split};
use variorum_domain::id::Oid;
use variorum_domain::library::FileKind;
use variorum_git::bundle::read_bundle;
use variorum_git::object::Kind;
use variorum_git::pack::{PackLimits, Stored};
use variorum_ports::rows::LibraryFilter;

fn clone(bundle: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = shared().join("data/history").join(bundle);
    git(
        dir.path(),
        &[
            "clone",
            "-q",
            "--mirror",
            file.to_str().unwrap(),
            "theirs.git",
        ],
    );
    let path = dir.path().join("theirs.git");
    (dir, path)
}

async fn round_trip(bundle: &str, commits: usize) {
    let world = World::new().await;
    let bytes = std::fs::read(shared().join("data/history").join(bundle)).unwrap();
    let imported = import::bundle(&world.ctx, &world.admin, &bytes)
        .await
        .unwrap();
    assert_eq!(imported.commits, commits);
    let (dir, theirs) = clone(bundle);
    let wanted = git(&theirs, &["rev-list", "--topo-order", "main"]);
    let mut wanted: Vec<&str> = wanted.lines().collect();
    wanted.sort_unstable();
    let mut ours = Vec::new();
    let mut skip = 0;
    loop {
        let (page, total) = history::commits(&world.ctx, &world.admin, None, skip, 200)
            .await
            .unwrap();
        if page.is_empty() {
            assert_eq!(total, commits);
            break;
        }
        skip += page.len();
        ours.extend(page.into_iter().map(|row| row.oid.to_string()));
    }
    ours.sort_unstable();
    assert_eq!(ours, wanted);
    let exported = export::bundle(&world.ctx, &world.admin).await.unwrap();
    std::fs::write(dir.path().join("ours.bundle"), &exported.bundle).unwrap();
    git(
        dir.path(),
        &["clone", "-q", "--mirror", "ours.bundle", "ours.git"],
    );
    let repository = dir.path().join("ours.git");
    git(&repository, &["fsck", "--strict", "--full"]);
    assert_eq!(
        git(&repository, &["rev-parse", "main"]),
        git(&theirs, &["rev-parse", "main"])
    );
    let checked = fsck::run(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(checked.errors, Vec::<String>::new());
}

#[tokio::test]
async fn marketing_skills_come_in_with_identical_ids_and_are_flagged_not_dropped() {
    round_trip("marketingskills_2026-01_to_2026-04.bundle", 95).await;
    let world = World::new().await;
    let file = shared().join("data/history/marketingskills_2026-01_to_2026-04.bundle");
    let bytes = std::fs::read(file).unwrap();
    import::bundle(&world.ctx, &world.admin, &bytes)
        .await
        .unwrap();
    let kinds = vec![FileKind::ForeignPrompt.name().to_owned()];
    let filter = LibraryFilter {
        kinds,
        ..LibraryFilter::default()
    };
    let (rows, total) = variorum_app::library::read::list(
        &world.ctx,
        &world.admin,
        &filter.clone().into(),
        None,
        200,
    )
    .await
    .unwrap();
    assert!(total >= 40, "{total}");
    assert!(
        rows.iter()
            .all(|row| row.problems.contains("not-dotprompt"))
    );
}

#[tokio::test]
async fn awesome_prompts_come_in_with_identical_ids() {
    round_trip(
        "awesome-chatgpt-prompts_2022-12_to_2025-12-31.bundle",
        2_294,
    )
    .await;
}

/// A repository whose one folder has many versions, packed in chains of deltas as long as Git makes
/// them.
fn long_chains(folder: &std::path::Path) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut stream = String::new();
    for number in 0..120 {
        writeln!(stream, "commit refs/heads/main").unwrap();
        let time = 1_700_000_000 + number * 60;
        writeln!(stream, "committer Ann Lee <ann@acme.example> {time} +0000").unwrap();
        writeln!(stream, "data 4\nSave").unwrap();
        let text = "A long text that stays as it is. ".repeat(20);
        for file in if number == 0 {
            0..80
        } else {
            number % 80..number % 80 + 1
        } {
            let text = format!("{text}\nRevision {number} of {file}\n");
            writeln!(stream, "M 100644 inline prompts/text-{file}.txt").unwrap();
            writeln!(stream, "data {}\n{text}", text.len()).unwrap();
        }
    }
    std::fs::write(folder.join("stream"), stream).unwrap();
    git(folder, &["init", "-q", "--bare", "-b", "main", "r.git"]);
    let repository = folder.join("r.git");
    let done = std::process::Command::new("git")
        .current_dir(&repository)
        .args(["fast-import", "--quiet"])
        .stdin(std::fs::File::open(folder.join("stream")).unwrap())
        .status()
        .unwrap();
    assert!(done.success());
    git(
        &repository,
        &["repack", "-adfq", "--depth=50", "--window=250"],
    );
    git(
        &repository,
        &["bundle", "create", "-q", "../r.bundle", "--all"],
    );
    std::fs::read(folder.join("r.bundle")).unwrap()
}

#[tokio::test]
async fn directories_come_in_at_most_one_step_from_a_whole_one() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = long_chains(folder.path());
    let bundle = read_bundle(&bytes, PackLimits::default()).unwrap();
    let mut longest = 0;
    bundle
        .pack
        .visit(|packed| {
            if let (Kind::Tree, Stored::Delta { chain, .. }) = (packed.object.kind, packed.stored) {
                longest = longest.max(chain);
            }
            Ok(())
        })
        .unwrap();
    assert!(longest > 8, "Git made chains of {longest} only");
    import::bundle(&world.ctx, &world.admin, &bytes)
        .await
        .unwrap();
    let mut tx = world.ctx.store.read().await.unwrap();
    let rows = tx
        .scan_objects(world.admin.workspace, 0, 10_000)
        .await
        .unwrap();
    let bases: HashMap<Oid, Option<Oid>> =
        rows.iter().map(|(_, row)| (row.oid, row.base)).collect();
    let trees = rows.iter().map(|(_, row)| row);
    // The root has one entry and is stored whole; the folder has eighty.
    let trees = trees.filter(|row| row.kind == i64::from(Kind::Tree.number()) && row.size > 1_000);
    let (deltas, whole): (Vec<_>, Vec<_>) = trees.partition(|row| row.base.is_some());
    assert!(
        deltas.len() > 2 * whole.len(),
        "{} of {}",
        deltas.len(),
        whole.len()
    );
    for row in deltas {
        assert_eq!(bases[&row.base.unwrap()], None, "{}", row.oid);
    }
    drop(tx);
    let checked = fsck::run(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(checked.errors, Vec::<String>::new());
    let ours = export::bundle(&world.ctx, &world.admin).await.unwrap();
    let ours = read_bundle(&ours.bundle, PackLimits::default()).unwrap();
    assert_eq!(ours.pack.len(), rows.len());
}

#[tokio::test]
async fn a_table_is_split_into_prompts_with_their_own_histories() {
    let world = World::new().await;
    let file = shared().join("data/history/awesome-chatgpt-prompts_2022-12_to_2025-12-31.bundle");
    let bytes = std::fs::read(file).unwrap();
    let table = Table {
        path: "prompts.csv".into(),
        name: "act".into(),
        text: "prompt".into(),
        folder: "prompts".into(),
    };
    let (imported, counts) = split::bundle(&world.ctx, &world.admin, &bytes, &table)
        .await
        .unwrap();
    let truth = std::fs::read_to_string(shared().join("data/GROUNDTRUTH.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
    let truth = &truth["prompt_events"];
    let expected = |name: &str| usize::try_from(truth["public"][name].as_u64().unwrap()).unwrap();
    assert_eq!(counts.added, expected("add"));
    assert_eq!(counts.updated, expected("update"));
    assert_eq!(counts.meta, expected("meta"));
    assert_eq!(counts.removed, expected("remove"));
    let same = expected("commits") - expected("commits_without_row_change");
    assert_eq!(imported.commits, same);
    let filter = LibraryFilter {
        kinds: vec!["prompt".into()],
        ..LibraryFilter::default()
    };
    let (rows, total) = variorum_app::library::read::list(
        &world.ctx,
        &world.admin,
        &filter.clone().into(),
        None,
        200,
    )
    .await
    .unwrap();
    assert_eq!(total, truth["prompts_at_end"].as_i64().unwrap());
    assert!(
        rows.iter().any(|row| row.version > 1),
        "some prompts have a history of their own"
    );
    let checked = fsck::run(&world.ctx, &world.admin).await.unwrap();
    assert_eq!(checked.errors, Vec::<String>::new());
}
