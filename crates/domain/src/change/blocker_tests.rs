//! What blocks: each fact by itself, and stories of reviews and pushes against a slow definition.

use proptest::prelude::*;

use super::*;
use crate::access::{Actor, ActorKind, Grant, Role, Uses};
use crate::change::state::tests::{change, who};
use crate::change::{Closing, Review};
use crate::id::{ActorId, Oid, Time, WorkspaceId};
use crate::impact::Place;
use crate::impact::Thing;
use crate::impact::contract::Breach;
use crate::policy::Policy;

const HEAD: Oid = Oid([1; 20]);
const RULES: &str = "refused_subjects: [update]\nunresolved_threads: block\nbroken_contracts: block\nsigned_commits: required\nup_to_date: required\nrules:\n  - {id: all, title: All, paths: [\"**\"], require: [problem], approvals: [{group: publisher}]}\n";

fn person(id: i64, role: Role) -> Actor {
    Actor {
        id: ActorId(id),
        workspace: WorkspaceId(1),
        kind: ActorKind::Person,
        name: format!("Person {id}"),
        email: format!("p{id}@acme.example"),
        grants: vec![Grant {
            role,
            prefix: String::new(),
        }],
        ceiling: Role::Administrator,
        uses: Uses::All,
    }
}

fn review(id: i64, verdict: Verdict, commit: Oid) -> Review {
    Review {
        by: who(id),
        verdict,
        meaning: "approval".into(),
        note: "n".into(),
        commit,
        at: Time(0),
    }
}

/// What makes one fact worse.
type Spoil = fn(&mut Facts<'_>);

/// A change with nothing in its way under the strictest rules.
struct Case {
    change: Change,
    note: Note,
    reviews: Vec<Review>,
    facts: fn(&mut Facts<'_>),
}

impl Case {
    fn fine() -> Self {
        let mut note = Note {
            subject: "Autumn texts".into(),
            ..Note::default()
        };
        note.record.problem = "too long".into();
        Self {
            change: change(),
            note,
            reviews: vec![review(2, Verdict::Approve, HEAD)],
            facts: |_| {},
        }
    }

    fn codes(&self) -> Vec<&'static str> {
        let policy = Policy::parse(RULES).unwrap();
        let people = [
            person(1, Role::Publisher),
            person(2, Role::Publisher),
            person(3, Role::Author),
        ];
        let touched = [Touched {
            path: "prompts/a.prompt".into(),
            wording_only: false,
        }];
        let barred = [ActorId(1)];
        let mut facts = Facts {
            change: &self.change,
            note: &self.note,
            standing: Standing {
                policy: &policy,
                reviews: &self.reviews,
                people: &people,
                barred: &barred,
                head: HEAD,
            },
            has_something: true,
            behind: 0,
            conflicts: Vec::new(),
            findings: &[],
            touched: &touched,
            open_threads: 0,
            reaching: &Reaching::default(),
            broken_contracts: &[],
            undocumented: &[],
            unsigned: None,
        };
        (self.facts)(&mut facts);
        blockers(&facts).iter().map(|one| one.code).collect()
    }
}

#[test]
fn each_fact_blocks_by_itself() {
    assert!(Case::fine().codes().is_empty());
    let facts: [(Spoil, &str); 7] = [
        (|facts| facts.has_something = false, "nothing-new"),
        (|facts| facts.behind = 1, "behind"),
        (|facts| facts.conflicts = vec!["a".into()], "conflict"),
        (|facts| facts.open_threads = 1, "unresolved-threads"),
        (
            |facts| {
                facts.unsigned = Some(Blocker::new(
                    "unsigned-commit",
                    "it is not signed",
                    "sign it",
                ));
            },
            "unsigned-commit",
        ),
        (|facts| facts.standing.head = Oid([7; 20]), "needs-approval"),
        (|facts| facts.standing.people = &[], "needs-approval"),
    ];
    for (change, code) in facts {
        let case = Case {
            facts: change,
            ..Case::fine()
        };
        assert_eq!(case.codes(), [code]);
    }
    let finding =
        Diagnostic::error("unknown-partial", (3, 1), "no such partial").at_path("a.prompt");
    let warning = Diagnostic::warning("unused", (3, 1), "not used");
    let contract = [breach(Severity::Error), breach(Severity::Warning)];
    let mut found = Vec::new();
    with_facts(|facts| {
        let findings = [warning.clone(), finding.clone()];
        let facts = Facts {
            findings: &findings,
            broken_contracts: &contract,
            ..facts
        };
        found = blockers(&facts)
            .iter()
            .map(|one| (one.code, one.line))
            .collect();
    });
    assert_eq!(
        found,
        [("error-in-file", Some(3)), ("broken-contract", Some(9))]
    );
}

fn breach(severity: Severity) -> Breach {
    Breach {
        severity,
        code: "input-removed",
        message: "step `a` gives `name`, which is gone".into(),
        next: "keep it".into(),
        provider: Place::new("prompts/a.prompt", (4, 3)),
        dependant: Place::new("w.workflow.yaml", (9, 1)),
        subject: "name".into(),
        renamed_to: None,
    }
}

/// What is reached, and what then stands in the way.
type Row = (&'static [(Thing, usize)], &'static [&'static str]);

#[test]
fn what_is_reached_asks_for_approvals_and_stops() {
    let text = "impact:\n  - {id: live, title: Rollouts, reaches: rollout, then: block}\n  - {id: wide, title: Wide, reaches: [prompt, variation], more_than: 2, approvals: [{group: publisher}]}\n";
    let policy = Policy::parse(text).unwrap();
    let people = [person(2, Role::Publisher)];
    let rows: [Row; 4] = [
        (&[(Thing::Prompt, 2)], &[]),
        (
            &[(Thing::Prompt, 1), (Thing::Variation, 2)],
            &["needs-approval"],
        ),
        (&[(Thing::Rollout, 1)], &["reach-refused"]),
        (
            &[(Thing::Rollout, 1), (Thing::Prompt, 3)],
            &["reach-refused", "needs-approval"],
        ),
    ];
    for (counts, expected) in rows {
        let reaching = Reaching {
            counts: counts.iter().copied().collect(),
            ..Reaching::default()
        };
        with_facts(|facts| {
            let standing = Standing {
                policy: &policy,
                people: &people,
                ..facts.standing
            };
            let facts = Facts {
                standing,
                reaching: &reaching,
                ..facts
            };
            let found = blockers(&facts);
            let codes: Vec<&str> = found.iter().map(|one| one.code).collect();
            assert_eq!(codes, expected, "{counts:?}");
            for one in &found {
                assert!(one.message.contains("it reaches "), "{}", one.message);
            }
        });
    }
}

#[test]
fn approvals_that_are_missing_are_asked_for_in_a_sentence() {
    let rule = |id: &str, approvals: &str| {
        format!("  - {{id: {id}, title: {id}, paths: [\"**\"], approvals: [{approvals}]}}\n")
    };
    let rows = [
        (
            rule("All", "{group: publisher}"),
            "“All” asks for one more approval from `publisher`",
        ),
        (
            rule("All", "{group: publisher, count: 3}"),
            "“All” asks for 3 more approvals from `publisher`",
        ),
        (
            rule("Law", "{group: publisher, meaning: compliance}"),
            "“Law” asks for one more approval from `publisher`, as `compliance`",
        ),
        (
            rule("Law", "{group: publisher}") + &rule("All", "{group: publisher}"),
            "“Law”, “All” ask for one more approval from `publisher`",
        ),
    ];
    let people = [person(2, Role::Publisher), person(3, Role::Publisher)];
    let touched = [Touched {
        path: "prompts/a.prompt".into(),
        wording_only: false,
    }];
    for (rules, expected) in rows {
        let policy = Policy::parse(&format!("rules:\n{rules}")).unwrap();
        with_facts(|facts| {
            let standing = Standing {
                policy: &policy,
                people: &people,
                ..facts.standing
            };
            let found = blockers(&Facts {
                standing,
                touched: &touched,
                ..facts
            });
            assert_eq!(found[0].message, expected);
            assert!(found[0].who.contains(&"Person 2".to_owned()));
        });
    }
}

fn with_facts(run: impl FnOnce(Facts<'_>)) {
    let case = Case::fine();
    let policy = Policy::default();
    run(Facts {
        change: &case.change,
        note: &case.note,
        standing: Standing {
            policy: &policy,
            reviews: &[],
            people: &[],
            barred: &[],
            head: HEAD,
        },
        has_something: true,
        behind: 0,
        conflicts: Vec::new(),
        findings: &[],
        touched: &[],
        open_threads: 0,
        reaching: &Reaching::default(),
        broken_contracts: &[],
        undocumented: &[],
        unsigned: None,
    });
}

#[test]
fn records_subjects_reviews_and_states_block() {
    let mut case = Case::fine();
    case.note.record.problem.clear();
    assert_eq!(case.codes(), ["missing-field"]);
    let mut case = Case::fine();
    case.note.subject = "Update.".into();
    assert_eq!(case.codes(), ["refused-subject"]);
    let mut case = Case::fine();
    case.reviews
        .push(review(3, Verdict::RequestChanges, Oid([9; 20])));
    assert_eq!(case.codes(), ["changes-requested"]);
    case.reviews.push(review(3, Verdict::Comment, HEAD));
    assert_eq!(
        case.codes(),
        ["changes-requested"],
        "a remark takes nothing back"
    );
    case.reviews.push(review(3, Verdict::Approve, HEAD));
    assert!(case.codes().is_empty());
    let mut case = Case::fine();
    case.change
        .close(Closing {
            at: Time(0),
            by: who(1),
            reason: String::new(),
        })
        .unwrap();
    assert_eq!(case.codes(), ["not-open"]);
}

#[test]
fn the_missing_approval_names_who_could_give_it() {
    let mut case = Case::fine();
    case.reviews.clear();
    let policy = Policy::parse(RULES).unwrap();
    let people = [
        person(1, Role::Publisher),
        person(2, Role::Publisher),
        person(3, Role::Author),
    ];
    let touched = [Touched {
        path: "a".into(),
        wording_only: false,
    }];
    with_facts(|facts| {
        let barred = [ActorId(1)];
        let facts = Facts {
            standing: Standing {
                policy: &policy,
                people: &people,
                barred: &barred,
                ..facts.standing
            },
            touched: &touched,
            ..facts
        };
        let found = blockers(&facts);
        assert_eq!(found[0].who, ["Person 2"]);
        assert_eq!(found[0].next, "ask one of: Person 2");
    });
}

#[derive(Debug, Clone)]
enum Move {
    Review(i64, u8),
    Push(i64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        (1..6_i64, 0..3_u8).prop_map(|(who, verdict)| Move::Review(who, verdict)),
        (1..6_i64).prop_map(Move::Push),
    ];
    proptest::collection::vec(one, 0..24)
}

proptest! {
    /// Against the slow obvious definition: walk the story backwards from each person's last word.
    #[test]
    fn no_story_of_reviews_and_pushes_merges_while_something_blocks(story in moves()) {
        let policy = Policy::parse("rules:\n  - {id: a, paths: [\"**\"], approvals: [{group: publisher, count: 2}]}\n").unwrap();
        let people: Vec<Actor> = (1..6).map(|id| person(id, if id == 5 { Role::Author } else { Role::Publisher })).collect();
        let mut barred = vec![ActorId(1)];
        let mut head = Oid([0; 20]);
        let mut reviews = Vec::new();
        for (turn, one) in story.iter().enumerate() {
            match one {
                Move::Push(id) => {
                    head = Oid([u8::try_from(turn + 1).unwrap(); 20]);
                    barred.push(ActorId(*id));
                }
                Move::Review(id, verdict) => {
                    let verdict = [Verdict::Approve, Verdict::RequestChanges, Verdict::Comment][usize::from(*verdict)];
                    reviews.push(review(*id, verdict, head));
                }
            }
        }
        let touched = [Touched { path: "a".into(), wording_only: false }];
        let case = Case::fine();
        let mut free = false;
        with_facts(|facts| {
            let standing = Standing { policy: &policy, reviews: &reviews, people: &people, barred: &barred, head };
            free = blockers(&Facts { standing, touched: &touched, change: &case.change, ..facts }).is_empty();
        });
        let last_word = |id: i64| story.iter().rposition(|one| matches!(one, Move::Review(by, verdict) if *by == id && *verdict != 2));
        let last_push = story.iter().rposition(|one| matches!(one, Move::Push(_)));
        let said = |id: i64, wanted: u8| last_word(id).filter(|at| matches!(story[*at], Move::Review(_, verdict) if verdict == wanted));
        let objects = (1..6).any(|id| said(id, 1).is_some());
        let wrote = |id: i64| id == 1 || story.iter().any(|one| matches!(one, Move::Push(by) if *by == id));
        let counted = (1..5).filter(|id| !wrote(*id) && said(*id, 0).is_some_and(|at| last_push.is_none_or(|push| push < at))).count();
        prop_assert_eq!(free, !objects && counted >= 2);
    }
}
