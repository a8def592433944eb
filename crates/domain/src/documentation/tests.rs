//! Tables of what is judged, read and refused, and a property of the score.

use proptest::prelude::*;

use super::*;
use crate::impact::EdgeKind;
use crate::policy::plain;
use crate::prompt::parse;

const WHOLE: &str = "---
description: First line of a mail.
input:
  schema:
    name: string, first name of the person
output:
  format: json
  schema:
    subject: string, at most 48 characters
variorum.intent: Bring a new contact to the first order
variorum.owner: ann@acme.example
variorum.outputs: A subject line
variorum.benchmarks: [open_rate 0.31]
---
Write to {{name}}.
";

fn said(text: &str) -> Documentation {
    Documentation::of(&parse(text), Vec::new())
}

/// What is missing: the item, in words, and where.
type Told<T> = (&'static str, T, Option<Position>);

fn scored(text: &str) -> (u8, Vec<Told<String>>) {
    let judged = judge(&Weights::default(), &said(text), &Around::default());
    let lacks = judged.lacks();
    let lacks = lacks.map(|lack| (lack.item.name(), lack.message.clone(), lack.at));
    (judged.score, lacks.collect())
}

#[test]
fn a_prompt_that_says_everything_scores_a_hundred() {
    assert_eq!(scored(WHOLE), (100, Vec::new()));
}

#[test]
fn what_is_missing_costs_its_weight_and_is_told_with_its_place() {
    let without = |line: &str| WHOLE.replace(line, "");
    let cases: [(String, u8, &[Told<&str>]); 7] = [
        (
            without("variorum.owner: ann@acme.example\n"),
            90,
            &[("owner", "nobody answers for it", Some((2, 1)))],
        ),
        (
            WHOLE.replace("variorum.owner: ann@acme.example", "variorum.owner: TBD"),
            90,
            &[("owner", "nobody answers for it", Some((11, 17)))],
        ),
        (
            without("variorum.intent: Bring a new contact to the first order\n"),
            100,
            &[],
        ),
        (
            without("variorum.intent: Bring a new contact to the first order\n")
                .replace("description: First line of a mail.\n", ""),
            75,
            &[("intent", "it is not said what it is for", Some((2, 1)))],
        ),
        (
            WHOLE.replace(
                ", first name of the person",
                "\n    extra: number, how many",
            ),
            90,
            &[("inputs", "it is not said what `name` holds", Some((5, 5)))],
        ),
        (
            WHOLE.replace("{{name}}.", "{{name}} of {{town}}."),
            90,
            &[(
                "inputs",
                "`town` is filled in and nothing says what it holds",
                Some((4, 3)),
            )],
        ),
        (
            without("variorum.outputs: A subject line\n").replace(", at most 48 characters", ""),
            80,
            &[(
                "outputs",
                "it is not said what `subject` of the answer holds",
                Some((9, 5)),
            )],
        ),
    ];
    for (text, score, lacks) in cases {
        let (found, told) = scored(&text);
        let told: Vec<Told<&str>> = told
            .iter()
            .map(|(item, message, at)| (*item, message.as_str(), *at))
            .collect();
        assert_eq!((found, told.as_slice()), (score, lacks), "{text}");
    }
}

#[test]
fn a_text_without_front_matter_says_nothing_and_has_no_places() {
    let (score, lacks) = scored("Write to {{name}}.\n");
    let items: Vec<&str> = lacks.iter().map(|(item, ..)| *item).collect();
    assert_eq!(
        items,
        ["intent", "inputs", "outputs", "benchmarks", "owner"]
    );
    assert_eq!(score, 10, "only that nothing is missing it builds on");
    assert!(lacks.iter().all(|(_, _, at)| at.is_none()));
}

#[test]
fn others_may_say_it_for_a_prompt() {
    let bare = said("---\nvariorum.intent: Greet\nvariorum.outputs: A line\n---\nHello\n");
    let around = Around {
        category_owner: "ann@acme.example".to_owned(),
        suites: vec!["suites/a.test.yaml".to_owned()],
    };
    let alone = judge(&Weights::default(), &bare, &Around::default());
    assert_eq!(alone.score, 75);
    assert_eq!(
        alone.lacking(),
        Item::Benchmarks.bit() + Item::Owner.bit(),
        "a suite and the category's owner are missing"
    );
    assert_eq!(judge(&Weights::default(), &bare, &around).score, 100);
}

#[test]
fn a_file_it_builds_on_and_that_is_gone_is_told() {
    let uses = |path: Option<&str>| Dependency {
        kind: EdgeKind::Includes,
        name: "voice".to_owned(),
        path: path.map(str::to_owned),
    };
    let with = |uses| Documentation::of(&parse(WHOLE), vec![uses]);
    let weights = Weights::default();
    let there = judge(
        &weights,
        &with(uses(Some("p/_voice.prompt"))),
        &Around::default(),
    );
    assert_eq!(there.score, 100);
    let gone = judge(&weights, &with(uses(None)), &Around::default());
    assert_eq!(gone.score, 90);
    let lack = gone.lacks().next().map(|lack| lack.message.clone());
    assert_eq!(
        lack.as_deref(),
        Some("it builds on `voice`, which is not in the library")
    );
}

const RULES: &str = "
weights: {owner: 30, dependencies: 0}
rules:
  - id: drafts
    paths: ['prompts/lab/**']
    enforce: off
  - id: voice
    title: Telephone
    paths: ['prompts/voice/**']
    enforce: refuse
    require: [intent, owner]
  - id: all
    title: Everything else
    paths: ['prompts/**']
    enforce: warn
    minimum: 80
";

#[test]
fn the_rules_are_read() {
    let standard = Standard::parse(RULES).expect("they are good");
    assert_eq!(standard.weights.of(Item::Owner), 30);
    assert_eq!(standard.weights.of(Item::Intent), 25);
    let found = |path: &str| {
        let rule = standard.rule(path)?;
        Some((rule.id.clone(), rule.enforce.name(), rule.minimum))
    };
    assert_eq!(
        found("prompts/lab/a.prompt"),
        Some(("drafts".to_owned(), "off", 0))
    );
    assert_eq!(
        found("prompts/voice/a.prompt"),
        Some(("voice".to_owned(), "refuse", 0))
    );
    assert_eq!(
        found("prompts/a.prompt"),
        Some(("all".to_owned(), "warn", 80))
    );
    assert_eq!(found("other/a.prompt"), None);
    assert!(standard.binding("prompts/lab/a.prompt").is_none());
    for empty in ["", "# nothing\n", "rules:\n"] {
        assert_eq!(Standard::parse(empty), Ok(Standard::default()), "{empty:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let cases = [
        (
            "rule: []\n",
            "1:1 unknown key `rule`; did you mean `rules`?",
        ),
        ("- a\n", "1:1 the rules must be a mapping of keys to values"),
        (
            "weights: {owner: -1}\n",
            "1:18 a weight must be a number from 0 to 1000",
        ),
        (
            "weights: {intent: 0, inputs: 0, outputs: 0, benchmarks: 0, dependencies: 0, owner: 0}\n",
            "1:10 at least one item must weigh something",
        ),
        (
            "rules:\n  - paths: ['**']\n    require: [intend]\n",
            "3:15 nothing of the standard is `intend`; did you mean `intent`?",
        ),
        (
            "rules:\n  - paths: ['**']\n    enforce: block\n    require: [intent]\n",
            "3:14 `enforce` must be `refuse`, `warn` or `off`",
        ),
        (
            "rules:\n  - paths: ['**']\n    minimum: 101\n",
            "3:14 `minimum` must be a score from 0 to 100",
        ),
        (
            "rules:\n  - paths: ['**']\n",
            "2:5 rule `rule-1` asks for nothing: give it `require` or `minimum`",
        ),
        (
            "rules:\n  - require: [owner]\n",
            "2:5 rule `rule-1` needs `paths`, e.g. `prompts/**`",
        ),
    ];
    for (text, expected) in cases {
        let found = Standard::parse(text).expect_err(text);
        let told: Vec<String> = found
            .iter()
            .map(|one| format!("{}:{} {}", one.line, one.column, one.message))
            .collect();
        assert!(told.contains(&expected.to_owned()), "{text}: {told:?}");
        assert!(found.iter().all(|one| one.path == STANDARD_FILE), "{text}");
    }
}

fn shift(rules: &str, before: Option<&str>, after: &str) -> Option<(&'static str, Vec<String>)> {
    let standard = Standard::parse(rules).expect("good rules");
    let (before, after) = (before.map(said), said(after));
    let around = Around::default();
    let before = before.as_ref().map(|before| (before, &around));
    let found = shortfall(
        &standard,
        "prompts/voice/a.prompt",
        before,
        (&after, &around),
    )?;
    let mut told: Vec<String> = found
        .blockers()
        .into_iter()
        .map(|one| one.message)
        .collect();
    told.extend(found.warnings().into_iter().map(|one| one.message));
    Some((found.enforce.name(), told))
}

#[test]
fn only_what_a_change_makes_worse_is_refused() {
    let no_owner = WHOLE.replace("variorum.owner: ann@acme.example\n", "");
    let nothing = "Hello\n";
    let refused = vec!["nobody answers for it; “Telephone” asks for `owner`".to_owned()];
    assert_eq!(shift(RULES, None, WHOLE), None);
    assert_eq!(
        shift(RULES, None, &no_owner),
        Some(("refuse", refused.clone())),
        "a new prompt must state what is asked"
    );
    assert_eq!(
        shift(RULES, Some(WHOLE), &no_owner),
        Some(("refuse", refused)),
        "taking it out is refused"
    );
    let spared = shift(RULES, Some(&no_owner), &no_owner.replace("Write", "Type"));
    let (enforce, told) = spared.expect("it is told");
    assert_eq!(enforce, "warn", "it lacked that before");
    assert_eq!(told.len(), 1);
    assert_eq!(
        shift(RULES, Some(&no_owner), nothing).map(|(enforce, _)| enforce),
        Some("refuse"),
        "one lack more is worse"
    );
    let held = RULES.replace(
        "require: [intent, owner]",
        "require: [owner]\n    existing: hold",
    );
    assert_eq!(
        shift(&held, Some(&no_owner), &no_owner).map(|(enforce, _)| enforce),
        Some("refuse")
    );
}

#[test]
fn a_lowest_score_is_held_in_the_same_way() {
    let rules = "rules: [{id: a, paths: ['**'], enforce: refuse, minimum: 95}]\n";
    let no_owner = WHOLE.replace("variorum.owner: ann@acme.example\n", "");
    let worse = no_owner.replace("variorum.benchmarks: [open_rate 0.31]\n", "");
    let told = vec!["its documentation scores 90 of 100; “a” asks for 95".to_owned()];
    assert_eq!(shift(rules, Some(WHOLE), &no_owner), Some(("refuse", told)));
    let enforce = |before: &str, after: &str| {
        let found = shift(rules, Some(before), after);
        found.map(|(enforce, _)| enforce)
    };
    assert_eq!(enforce(&no_owner, &no_owner), Some("warn"));
    assert_eq!(
        enforce(&worse, &no_owner),
        Some("warn"),
        "better is not refused"
    );
    assert_eq!(enforce(&no_owner, &worse), Some("refuse"));
    assert_eq!(enforce(&worse, WHOLE), None);
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("todo".to_owned()),
        Just("  ".to_owned()),
        "[a-z]{1,12}( [a-z]{1,8}){0,3}",
    ]
}

fn described() -> impl Strategy<Value = Described> {
    ("[a-z]{1,6}", texts()).prop_map(|(name, text)| Described {
        name,
        text,
        ..Described::default()
    })
}

prop_compose! {
    fn documentations()(
        intent in texts(),
        inputs in prop::collection::vec(described(), 0..12),
        outputs in prop::collection::vec(texts(), 0..2),
        fields in prop::collection::vec(described(), 0..5),
        benchmarks in prop::collection::vec(texts(), 0..2),
        owner in texts(),
        found in prop::collection::vec(any::<bool>(), 0..4),
    ) -> Documentation {
        let keep = |texts: Vec<String>| -> Vec<String> {
            texts.into_iter().filter(|text| !["", "todo"].contains(&plain(text).as_str())).collect()
        };
        let uses = found.into_iter().map(|found| Dependency {
            kind: EdgeKind::Includes,
            name: "part".to_owned(),
            path: found.then(|| "_part.prompt".to_owned()),
        });
        Documentation {
            intent,
            inputs,
            outputs: keep(outputs),
            fields,
            benchmarks: keep(benchmarks),
            owner,
            uses: uses.collect(),
            ..Documentation::default()
        }
    }
}

proptest! {
    /// The score is what exact fractions come to, a hundred exactly where nothing is missing; and a
    /// prompt that is left as it is never brings a refusal.
    #[test]
    fn the_score_follows_from_its_parts(
        said in documentations(),
        weights in prop::array::uniform6(1_u32..50),
    ) {
        let weights = Item::ALL.into_iter().zip(weights)
            .fold(Weights::default(), |all, (item, weight)| all.with(item, weight));
        let around = Around::default();
        let judged = judge(&weights, &said, &around);
        prop_assert_eq!(judged.score == 100, judged.lacks().next().is_none());
        let (mut reached, mut possible) = (0.0, 0.0);
        for standing in &judged.items {
            let weight = f64::from(weights.of(standing.item));
            prop_assert_eq!(standing.is_whole(), standing.lacks.is_empty());
            prop_assert_eq!(standing.of - standing.stated, standing.lacks.len());
            let count = |number: usize| f64::from(u32::try_from(number).expect("few"));
            reached += weight * count(standing.of - standing.lacks.len()) / count(standing.of);
            possible += weight;
        }
        let exact = 100.0 * reached / possible;
        let off = exact - f64::from(judged.score);
        prop_assert!((-0.001..1.01).contains(&off), "{} for {}", judged.score, exact);

        let rules = "rules: [{paths: ['**'], enforce: refuse, require: [intent, inputs, outputs, owner], minimum: 90}]";
        let standard = Standard { weights, ..Standard::parse(rules).expect("good rules") };
        let same = (&said, &around);
        let found = shortfall(&standard, "a.prompt", Some(same), same);
        prop_assert!(found.is_none_or(|found| found.enforce == Enforce::Warn));
    }
}
