//! Suites at the doors of the library: what a change touches or reaches is run on what would stand.

use variorum_app::Error;
use variorum_app::changes::{self, OpenChange};
use variorum_app::library::drafts;
use variorum_domain::id::ChangeNumber;
use variorum_domain::prompt::Diagnostic;

use crate::world::World;

const GREET: &str = "prompts/greet.prompt";
const SIGN: &str = "prompts/_sign.prompt";
const POLICY: &str = "rules/change.yaml";
const SUITE: &str = "suites/greet.test.yaml";
const PEOPLE: &str = "datasets/people.csv";
const CASES: &str = "prompts: [file://../prompts/greet.prompt]\ntests:\n  - description: By name\n    \
    vars: {name: Ann}\n    assert:\n      - {type: contains, value: Hello Ann}\n      \
    - {type: contains, value: The team}\n  - description: Kind\n    assert: [{type: llm-rubric, value: kind}]\n  \
    - file://../datasets/people.csv\n";

async fn begun() -> World {
    let world = World::new().await;
    let files = [
        ("library.yaml", "title: Acme\n"),
        (GREET, "Hello {{name}}.\n{{> sign}}\n"),
        (SIGN, "The team.\n"),
        (PEOPLE, "name,__expected\nBob,contains:Bob\n"),
        (SUITE, CASES),
    ];
    world.save("Begin", &files).await.unwrap();
    world
}

/// What a save is refused for: code, path and line of each blocker.
fn refused<T: std::fmt::Debug>(
    saved: Result<T, Error>,
) -> Vec<(&'static str, String, Option<usize>)> {
    match saved {
        Err(Error::Refused(blockers)) => blockers
            .into_iter()
            .map(|one| (one.code, one.path, one.line))
            .collect(),
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
pub(crate) async fn what_makes_a_case_fail_is_refused_on_main() {
    let world = begun().await;
    let broken = world
        .save("Greet anew", &[(GREET, "Good day {{name}}.\n{{> sign}}\n")])
        .await;
    assert_eq!(
        refused(broken),
        [("case-failed", SUITE.to_owned(), Some(6))]
    );
    let shared = world.save("Sign anew", &[(SIGN, "All of us.\n")]).await;
    assert_eq!(
        refused(shared),
        [("case-failed", SUITE.to_owned(), Some(7))]
    );
    let data = world
        .save(
            "Another person",
            &[(PEOPLE, "name,__expected\nBob,contains:Cleo\n")],
        )
        .await;
    assert_eq!(refused(data), [("case-failed", PEOPLE.to_owned(), Some(2))]);
    let wrong = CASES.replace("type: contains,", "type: contians,");
    let unknown = refused(world.save("A mistake", &[(SUITE, &wrong)]).await);
    assert_eq!(unknown[0].0, "error-in-file");
    let both = [
        (GREET, "Good day {{name}}.\n{{> sign}}\n"),
        (SUITE, &CASES.replace("Hello Ann", "Good day Ann")),
    ];
    world
        .save("Both together", &both)
        .await
        .expect("text and suite go together");
}

#[tokio::test]
pub(crate) async fn what_failed_before_stands_in_nobodys_way() {
    let world = begun().await;
    world
        .save("Only tell", &[(POLICY, "tests: warn\n")])
        .await
        .unwrap();
    world
        .save("Greet anew", &[(GREET, "Good day {{name}}.\n{{> sign}}\n")])
        .await
        .expect("it is told only");
    world
        .save("Block again", &[(POLICY, "tests: block\n")])
        .await
        .unwrap();
    world
        .save("Kinder", &[(GREET, "Good day, {{name}}!\n{{> sign}}\n")])
        .await
        .expect("it failed before");
    let worse = [(GREET, "Good day.\n{{> sign}}\n")];
    assert_eq!(
        refused(world.save("Nobody named", &worse).await),
        [("case-failed", PEOPLE.to_owned(), Some(2))]
    );
}

async fn change(world: &World, files: &[(&str, &str)]) -> ChangeNumber {
    let name = "campaign/greeting";
    drafts::create(&world.ctx, &world.admin, name, None)
        .await
        .unwrap();
    world
        .save_on(Some(name), "Greet anew", files)
        .await
        .expect("a draft takes it");
    let open = OpenChange {
        draft: name.to_owned(),
        title: "Greet anew".to_owned(),
        ..OpenChange::default()
    };
    changes::open(&world.ctx, &world.admin, open)
        .await
        .unwrap()
        .number
}

#[tokio::test]
pub(crate) async fn a_change_shows_what_its_suites_came_to() {
    let world = begun().await;
    let number = change(&world, &[(GREET, "Good day {{name}}.\n{{> sign}}\n")]).await;
    let view = changes::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    let tried = &view.judged.tried;
    assert_eq!(
        (
            tried.suites,
            tried.cases.passed,
            tried.cases.failed,
            tried.cases.not_run
        ),
        (1, 1, 1, 1)
    );
    let failed: Vec<&Diagnostic> = view
        .judged
        .findings
        .iter()
        .filter(|one| one.code == "case-failed")
        .collect();
    assert_eq!(
        (failed.len(), failed[0].is_error(), failed[0].line),
        (1, true, 6)
    );
    assert!(
        failed[0].message.contains("got “Good day Ann."),
        "{failed:?}"
    );
    let blocked = view
        .judged
        .blockers
        .iter()
        .any(|one| one.code == "case-failed" && one.next.contains("what the case expects"));
    assert!(blocked, "{:?}", view.judged.blockers);
    world
        .save("Only tell", &[(POLICY, "tests: warn\n")])
        .await
        .unwrap();
    let view = changes::get(&world.ctx, &world.admin, number)
        .await
        .unwrap();
    assert!(
        view.judged
            .findings
            .iter()
            .any(|one| one.code == "case-failed" && !one.is_error())
    );
    assert!(
        !view
            .judged
            .blockers
            .iter()
            .any(|one| one.code == "case-failed")
    );
}

#[tokio::test]
pub(crate) async fn more_cases_than_a_change_runs_are_said_not_to_be_run() {
    let world = begun().await;
    let letters = "[a, b, c, d, e, f, g, h, i, j]";
    let many = format!(
        "prompts: [greet]\ntests: [{{vars: {{w: {letters}, x: {letters}, y: {letters}, name: {letters}}}}}]\n"
    );
    let number = change(&world, &[("suites/many.test.yaml", &many)]).await;
    let judged = changes::get(&world.ctx, &world.admin, number)
        .await
        .unwrap()
        .judged;
    let told: Vec<(&str, &str, bool)> = judged
        .findings
        .iter()
        .map(|one| (one.code, one.path.as_str(), one.is_error()))
        .collect();
    assert_eq!(told, [("suite-not-run", "suites/many.test.yaml", false)]);
    assert_eq!(judged.tried.suites, 0);
}
