//! The graph of what leans on what, against a slow and obvious definition of reach.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use variorum_domain::impact::{Edge, EdgeKind, Graph, Layer, NodeId, Reach, View, alias_of, reach};

type Files = BTreeMap<String, BTreeSet<Edge>>;

/// Names by which a file can be referred to.
fn names(path: &str) -> BTreeSet<String> {
    std::iter::once(path.to_owned())
        .chain(alias_of(path))
        .collect()
}

/// The distance of everything reached: looked for again and again until nothing new is found.
fn closure(files: &Files, changed: &[String]) -> BTreeMap<String, u32> {
    let mut distances: BTreeMap<String, u32> =
        changed.iter().map(|path| (path.clone(), 0)).collect();
    for round in 1.. {
        let near: BTreeSet<String> = distances.keys().flat_map(|path| names(path)).collect();
        let leaning = files
            .iter()
            .filter(|(_, edges)| edges.iter().any(|edge| near.contains(&*edge.target_name())));
        let new: Vec<String> = leaning
            .map(|(path, _)| path.clone())
            .filter(|path| !distances.contains_key(path))
            .collect();
        if new.is_empty() {
            break;
        }
        distances.extend(new.into_iter().map(|path| (path, round)));
    }
    let mut belonging = BTreeMap::new();
    for (path, distance) in &distances {
        for edge in files
            .get(path)
            .into_iter()
            .flatten()
            .filter(|edge| edge.kind.belongs())
        {
            let at = belonging.entry(edge.to.clone()).or_insert(distance + 1);
            *at = (*at).min(distance + 1);
        }
    }
    for (name, distance) in belonging {
        distances.entry(name).or_insert(distance);
    }
    distances
}

fn reached(view: &dyn View, changed: &[String]) -> Reach {
    let nodes: Vec<NodeId> = changed.iter().filter_map(|path| view.find(path)).collect();
    reach(view, &nodes, &|_| true)
}

/// Everything that is reached, with its distance; every path is checked edge by edge.
fn found(view: &dyn View, files: &Files, changed: &[String]) -> BTreeMap<String, u32> {
    let reach = reached(view, changed);
    let mut result = BTreeMap::new();
    for (place, thing) in reach.things.iter().enumerate() {
        let why = reach.why(place);
        assert_eq!(why.len(), thing.depth as usize + 1);
        for pair in why.windows(2) {
            let (before, after) = (&reach.things[pair[0]], &reach.things[pair[1]]);
            let (_, kind) = after.from.unwrap();
            let (before, after) = (view.name(before.node), view.name(after.node));
            let (from, to) = if kind.belongs() && !files.contains_key(after) {
                (before, after)
            } else {
                (after, before)
            };
            let leads = files[from]
                .iter()
                .any(|edge| edge.kind == kind && names(to).contains(&*edge.target_name()));
            assert!(leads, "{from} does not lead to {to}");
        }
        result.insert(view.name(thing.node).to_owned(), thing.depth);
    }
    result
}

fn path(number: usize) -> String {
    match number % 4 {
        0 => format!("prompts/_p{number}.prompt"),
        1 => format!("skills/s{number}.md"),
        2 => format!("prompts/q{number}.prompt"),
        _ => format!("workflows/w{number}.workflow.yaml"),
    }
}

fn edge(number: usize) -> Edge {
    match number % 5 {
        0 => Edge::new(EdgeKind::Includes, format!("p{}", number / 5 % 4 * 4)),
        1 => Edge::new(
            EdgeKind::Runs,
            alias_of(&path(number)).unwrap_or_else(|| path(number)),
        ),
        2 => Edge::new(EdgeKind::Varies, path(number / 5)),
        3 => Edge::new(EdgeKind::Measures, format!("kpi:k{}", number % 3)),
        _ => Edge::new(EdgeKind::Owner, format!("owner:o{}", number % 2)),
    }
}

/// A file that is set, or taken out.
fn update() -> impl Strategy<Value = (String, Option<BTreeSet<Edge>>)> {
    let edges = prop::collection::vec(0..80_usize, 0..6);
    (0..16_usize, prop::option::weighted(0.8, edges)).prop_map(|(file, edges)| {
        (
            path(file),
            edges.map(|numbers| numbers.into_iter().map(edge).collect()),
        )
    })
}

fn apply(files: &mut Files, graph: &mut Graph, updates: &[(String, Option<BTreeSet<Edge>>)]) {
    for (path, edges) in updates {
        if let Some(edges) = edges {
            graph.set_file(path, edges);
            files.insert(path.clone(), edges.clone());
        } else {
            graph.remove_file(path);
            files.remove(path);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn reach_is_the_closure_whatever_was_updated(
        updates in prop::collection::vec(update(), 1..60),
        changed in prop::collection::btree_set(0..16_usize, 1..4),
    ) {
        let (mut files, mut graph) = (Files::new(), Graph::default());
        apply(&mut files, &mut graph, &updates);
        let changed: Vec<String> = changed.into_iter().map(path).filter(|path| graph.find(path).is_some()).collect();
        prop_assert_eq!(found(&graph, &files, &changed), closure(&files, &changed));
        prop_assert_eq!(graph.file_count(), files.len());
        prop_assert_eq!(graph.edge_count(), files.values().map(BTreeSet::len).sum::<usize>());
    }

    #[test]
    fn a_layer_is_the_graph_with_the_files_replaced(
        updates in prop::collection::vec(update(), 1..40),
        draft in prop::collection::vec(update(), 1..8),
        changed in 0..16_usize,
    ) {
        let (mut files, mut graph) = (Files::new(), Graph::default());
        apply(&mut files, &mut graph, &updates);
        let before = graph.clone();
        let mut layer = Layer::over(&before);
        for (path, edges) in &draft {
            layer.lay(path, edges.iter().flatten());
        }
        apply(&mut files, &mut graph, &draft);
        let changed: Vec<String> = draft.iter().map(|(path, _)| path.clone()).chain([path(changed)]).collect();
        let changed: Vec<String> = changed.into_iter().filter(|path| layer.find(path).is_some()).collect();
        prop_assert_eq!(found(&layer, &files, &changed), closure(&files, &changed));
    }
}

#[test]
fn what_others_belong_to_is_explained_by_what_may_be_shown() {
    let mut graph = Graph::default();
    let owner = Edge::new(EdgeKind::Owner, "owner:ann");
    graph.set_file(
        "prompts/a.prompt",
        [&owner, &Edge::new(EdgeKind::Includes, "voice")],
    );
    graph.set_file(
        "prompts/b.prompt",
        [&owner, &Edge::new(EdgeKind::Includes, "voice")],
    );
    graph.set_file("prompts/_voice.prompt", []);
    let changed = graph.find("prompts/_voice.prompt").unwrap();
    let secret = graph.find("prompts/a.prompt").unwrap();
    let reach = reach(&graph, &[changed], &|node| node != secret);
    let ann = reach
        .things
        .iter()
        .position(|thing| graph.name(thing.node) == "owner:ann")
        .unwrap();
    let why: Vec<&str> = reach
        .why(ann)
        .iter()
        .map(|place| graph.name(reach.things[*place].node))
        .collect();
    assert_eq!(
        why,
        ["prompts/_voice.prompt", "prompts/b.prompt", "owner:ann"]
    );
    assert_eq!((reach.changed, reach.leaning), (1, 3));
}
