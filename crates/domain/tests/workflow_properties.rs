//! Properties of workflows that are made at random.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use proptest::prelude::*;
use variorum_domain::prompt::parse as parse_prompt;
use variorum_domain::workflow::{Interface, Surroundings, check, graph, parse};

const TYPES: [&str; 4] = ["string", "number", "boolean", "integer"];

/// A step: how many outputs of which types, and which step of those before it decides to follow.
#[derive(Debug, Clone)]
struct Made {
    outputs: Vec<usize>,
    /// How many inputs, and a seed that picks their sources.
    inputs: Vec<usize>,
    parallel: bool,
}

fn steps() -> impl Strategy<Value = Vec<Made>> {
    let one = (
        prop::collection::vec(0..TYPES.len(), 1..4),
        prop::collection::vec(any::<usize>(), 0..4),
        any::<bool>(),
    );
    let one = one.prop_map(|(outputs, inputs, parallel)| Made {
        outputs,
        inputs,
        parallel,
    });
    prop::collection::vec(one, 2..9)
}

/// A file and its prompts. Each step's inputs are fed from attributes and from steps that surely ran:
/// steps stand in a row, and some rows have a second step beside the first.
struct Built {
    source: String,
    around: Surroundings,
    /// The lines that feed something.
    feeds: Vec<String>,
}

fn build(steps: &[Made]) -> Built {
    let mut source = String::from("attributes:\n");
    for (at, kind) in TYPES.iter().enumerate() {
        let _ = writeln!(source, "  a{at}: {kind}");
    }
    source.push_str("steps:\n");
    // What can be read so far: reference and type.
    let mut known: Vec<(String, usize)> = (0..TYPES.len())
        .map(|at| (format!("attributes.a{at}"), at))
        .collect();
    let mut prompts = HashMap::new();
    let mut feeds = Vec::new();
    for (at, made) in steps.iter().enumerate() {
        let ids = if made.parallel {
            vec![format!("s{at}"), format!("t{at}")]
        } else {
            vec![format!("s{at}")]
        };
        let next = match steps.get(at + 1) {
            None => "end".to_owned(),
            Some(next) if next.parallel => format!("[s{}, t{}]", at + 1, at + 1),
            Some(_) => format!("s{}", at + 1),
        };
        let sources: Vec<(String, usize)> = made
            .inputs
            .iter()
            .map(|seed| known[seed % known.len()].clone())
            .collect();
        for id in &ids {
            let mut prompt = String::from("---\ninput:\n  schema:\n    always?: string\n");
            let _ = write!(
                source,
                "  - id: {id}\n    prompt: p{id}\n    next: {next}\n    inputs:\n      always: {{value: x}}\n"
            );
            for (number, (from, kind)) in sources.iter().enumerate() {
                let _ = writeln!(prompt, "    i{number}: {}", TYPES[*kind]);
                let line = format!("      i{number}: {{from: {from}}} # {id}\n");
                source.push_str(&line);
                feeds.push(line);
            }
            prompt.push_str("output:\n  schema:\n");
            for (number, kind) in made.outputs.iter().enumerate() {
                let _ = writeln!(prompt, "    o{number}: {}", TYPES[*kind]);
            }
            prompt.push_str("---\nx");
            prompts.insert(
                format!("p{id}"),
                Interface::of(&parse_prompt(&prompt), true),
            );
        }
        for id in ids {
            let outputs = made.outputs.iter().enumerate();
            known.extend(outputs.map(|(n, kind)| (format!("steps.{id}.output.o{n}"), *kind)));
        }
    }
    // The first row is one step, so that the workflow has one beginning.
    let around = Surroundings {
        prompts,
        ..Surroundings::default()
    };
    Built {
        source,
        around,
        feeds,
    }
}

proptest! {
    #[test]
    fn what_is_well_typed_checks_clean(mut made in steps()) {
        made[0].parallel = false;
        let built = build(&made);
        let workflow = parse(&built.source);
        let found = check(&workflow, &built.around);
        prop_assert_eq!(&found.diagnostics, &Vec::new(), "{}", built.source);
        let fed = found.feedings.iter().filter(|feeding| feeding.from.is_some()).count();
        prop_assert_eq!(fed, built.feeds.len());
        let graph = graph(&workflow);
        let ids: BTreeSet<_> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        prop_assert!(graph.edges.iter().all(|edge| ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str())));
    }

    #[test]
    fn any_one_feed_that_is_taken_away_is_found(mut made in steps(), which in any::<prop::sample::Index>()) {
        made[0].parallel = false;
        let built = build(&made);
        prop_assume!(!built.feeds.is_empty());
        let feed = which.get(&built.feeds);
        let source = built.source.replacen(feed, "", 1);
        let found = check(&parse(&source), &built.around).diagnostics;
        let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
        prop_assert_eq!(codes, ["missing-input"], "{}", source);
    }

    #[test]
    fn any_one_output_that_is_dropped_is_found_where_it_is_read(mut made in steps(), which in any::<prop::sample::Index>()) {
        made[0].parallel = false;
        let mut built = build(&made);
        let reads: Vec<(String, String)> = built.feeds.iter().filter_map(|feed| {
            let path = feed.split("steps.").nth(1)?;
            let (id, rest) = path.split_once(".output.")?;
            Some((id.to_owned(), rest.split('}').next()?.to_owned()))
        }).collect();
        prop_assume!(!reads.is_empty());
        let (id, field) = which.get(&reads);
        let prompt = built.around.prompts.get_mut(&format!("p{id}")).unwrap();
        prompt.output["properties"].as_object_mut().unwrap().remove(field);
        let found = check(&parse(&built.source), &built.around).diagnostics;
        let readers = reads.iter().filter(|read| **read == (id.clone(), field.clone())).count();
        prop_assert_eq!(found.len(), readers);
        prop_assert!(found.iter().all(|finding| finding.code == "unknown-output"));
    }

    #[test]
    fn no_text_whatever_makes_it_fail(text in "[ -~\\n]{0,200}", tail in 0_usize..400) {
        let _checked = check(&parse(&text), &Surroundings::default());
        let built = build(&[Made { outputs: vec![0], inputs: vec![1], parallel: false }]);
        let cut: String = built.source.chars().take(tail).chain(text.chars()).collect();
        let workflow = parse(&cut);
        let _graph = graph(&workflow);
        let _checked = check(&workflow, &built.around);
    }
}
