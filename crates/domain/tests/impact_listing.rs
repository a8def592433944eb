//! What stands around a reach, and how it is shown.

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;
use variorum_domain::impact::{
    Around, Edge, EdgeKind, Graph, How, Key, Layer, Listing, Live, Reach, Thing, View, extend,
    reach,
};

/// A partial that two prompts include, one of them through another partial; a workflow runs one.
fn graph() -> Graph {
    let mut graph = Graph::default();
    let includes = |name: &str| Edge::new(EdgeKind::Includes, name);
    graph.set_file("prompts/_voice.prompt", []);
    graph.set_file("prompts/_frame.prompt", [&includes("voice")]);
    graph.set_file(
        "prompts/a.prompt",
        [
            &includes("frame"),
            &Edge::new(EdgeKind::Measures, "kpi:click"),
        ],
    );
    graph.set_file("prompts/b.prompt", [&includes("voice")]);
    graph.set_file(
        "prompts/b.de.prompt",
        [&Edge::new(EdgeKind::Varies, "prompts/b.prompt")],
    );
    graph.set_file(
        "workflows/w.workflow.yaml",
        [&Edge::new(EdgeKind::Runs, "prompts/a.prompt")],
    );
    graph.set_file(
        "suites/s.test.yaml",
        [&Edge::new(EdgeKind::Tests, "workflows/w.workflow.yaml")],
    );
    graph
}

fn around() -> Around {
    let paths = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Around {
        categories: vec![
            (
                "prompts/".into(),
                vec!["ann@acme.example".into(), String::new()],
            ),
            ("workflows/".into(), vec!["bob@acme.example".into()]),
            ("elsewhere/".into(), vec!["cat@acme.example".into()]),
        ],
        live: Live {
            releases: vec![
                (3, Arc::new(paths(&["prompts/a.prompt"]))),
                (4, Arc::new(HashSet::from(["prompts/z.prompt".to_owned()]))),
            ],
            environments: vec![("production".into(), 3), ("staging".into(), 4)],
            rollouts: vec![
                (7, "beta".into(), Arc::new(vec!["prompts/b.prompt".into()])),
                (8, "beta".into(), Arc::new(vec!["prompts/z.prompt".into()])),
            ],
        },
    }
}

fn reached<'g>(graph: &'g Graph, changed: &[&str]) -> (Layer<'g>, Reach) {
    let mut layer = Layer::over(graph);
    let nodes: Vec<_> = changed.iter().map(|name| layer.intern(name)).collect();
    let mut found = reach(&layer, &nodes, &|_| true);
    extend(&mut layer, &mut found, &around(), &|_| true);
    (layer, found)
}

fn rows(listing: &Listing<'_>) -> Vec<String> {
    let page = listing.page(&[], None, 100);
    let row = |place: usize| {
        format!(
            "{} {} {}",
            listing.thing(place).name(),
            listing.called(place),
            listing.reason(place)
        )
    };
    page.into_iter().map(row).collect()
}

#[test]
fn everything_is_reached_with_the_reason_why() {
    let graph = graph();
    let (layer, found) = reached(&graph, &["prompts/_voice.prompt"]);
    let listing = Listing::new(&layer, &found, &|_| true);
    assert_eq!(
        rows(&listing),
        [
            "prompt b `b` includes `_voice`",
            "prompt a `a` includes `_frame`, which includes `_voice`",
            "partial _voice it changes itself",
            "partial _frame `_frame` includes `_voice`",
            "variation b.de `b.de` is a variation of `b`, which includes `_voice`",
            "workflow workflows/w.workflow.yaml `workflows/w.workflow.yaml` runs `a`, which includes `_frame`, which includes `_voice`",
            "suite suites/s.test.yaml `suites/s.test.yaml` tests `workflows/w.workflow.yaml`, which runs `a`, which includes `_frame`, which includes `_voice`",
            "kpi click `a` is meant to move `click`; `a` includes `_frame`, which includes `_voice`",
            "owner ann@acme.example `_voice` lies in `prompts/`, which is answered for by `ann@acme.example`",
            "owner bob@acme.example `workflows/w.workflow.yaml` lies in `workflows/`, which is answered for by `bob@acme.example`; `workflows/w.workflow.yaml` runs `a`, which includes `_frame`, which includes `_voice`",
            "category prompts/ `_voice` lies in `prompts/`",
            "category workflows/ `workflows/w.workflow.yaml` lies in `workflows/`; `workflows/w.workflow.yaml` runs `a`, which includes `_frame`, which includes `_voice`",
            "release release 3 `a` is in `release 3`; `a` includes `_frame`, which includes `_voice`",
            "environment beta `b` is tried in `rollout 7`, which runs in `beta`; `b` includes `_voice`",
            "environment production `a` is in `release 3`, which is live in `production`; `a` includes `_frame`, which includes `_voice`",
            "rollout rollout 7 `b` is tried in `rollout 7`; `b` includes `_voice`",
        ]
    );
    let changed: Vec<_> = listing
        .counts()
        .into_iter()
        .filter(|count| count.1 > 0)
        .collect();
    assert_eq!(changed, [(Thing::Partial, 1, 1)]);
    let voice = listing.of(Thing::Partial)[0];
    assert_eq!(listing.how(voice), How::Changed);
}

#[test]
fn a_file_nobody_refers_to_reaches_what_stands_around_it() {
    let graph = graph();
    let (layer, found) = reached(&graph, &["prompts/lonely.prompt"]);
    let listing = Listing::new(&layer, &found, &|_| true);
    let kinds: Vec<&str> = listing
        .counts()
        .iter()
        .map(|count| count.0.name())
        .collect();
    assert_eq!(kinds, ["prompt", "owner", "category"]);
}

#[test]
fn what_may_not_be_seen_is_counted_and_not_named() {
    let graph = graph();
    let (layer, found) = reached(&graph, &["prompts/_voice.prompt"]);
    let listing = Listing::new(&layer, &found, &|name| name != "prompts/a.prompt");
    // The prompt, its KPI, the release that holds nothing else, and where that is live.
    assert_eq!(listing.hidden(), 4);
    assert!(rows(&listing).iter().all(|row| !row.contains("`a`")));
    let workflow = listing.of(Thing::Workflow)[0];
    assert!(
        listing
            .reason(workflow)
            .contains("runs `a prompt you may not see`")
    );
}

#[test]
fn a_drawing_holds_every_way_to_what_it_shows() {
    let graph = graph();
    let (layer, found) = reached(&graph, &["prompts/_voice.prompt"]);
    let listing = Listing::new(&layer, &found, &|_| true);
    let whole = listing.drawing(50, 100);
    assert_eq!(
        (whole.places.len(), whole.left_out),
        (found.things.len(), 0)
    );
    let shown: Vec<String> = whole
        .edges
        .iter()
        .map(|edge| {
            format!(
                "{} {} {}",
                listing.called(edge.from),
                edge.kind.name(),
                listing.called(edge.to)
            )
        })
        .collect();
    for edge in [
        "a includes _frame",
        "_frame includes _voice",
        "b tried rollout 7",
        "release 3 live production",
        "b.de varies b",
    ] {
        assert!(shown.contains(&edge.to_owned()), "{edge} in {shown:?}");
    }
    let small = listing.drawing(1, 6);
    assert!(small.places.len() <= 6);
    assert_eq!(small.places.len() + small.left_out, found.things.len());
    for place in &small.places {
        assert!(
            listing
                .why(*place)
                .iter()
                .all(|(way, _)| small.places.contains(way))
        );
    }
}

proptest! {
    #[test]
    fn pages_hold_everything_once_and_in_order(limit in 1..9_usize, kinds in prop::collection::vec(0..18_usize, 0..4)) {
        let graph = graph();
        let (layer, found) = reached(&graph, &["prompts/_voice.prompt"]);
        let listing = Listing::new(&layer, &found, &|_| true);
        let kinds: Vec<Thing> = kinds.into_iter().map(|kind| Thing::ALL[kind]).collect();
        let whole = listing.page(&kinds, None, 100);
        let mut pages: Vec<usize> = Vec::new();
        loop {
            let after = pages.last().map(|place| listing.key(*place).to_text());
            let after = after.map(|text| Key::parse(&text).unwrap());
            let page = listing.page(&kinds, after.as_ref(), limit);
            prop_assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }
        prop_assert_eq!(&pages, &whole);
        let keys: Vec<Key> = whole.iter().map(|place| listing.key(*place)).collect();
        prop_assert!(keys.is_sorted());
        let wanted = found.things.iter().filter(|one| kinds.is_empty() || kinds.contains(&layer.thing(one.node)));
        prop_assert_eq!(wanted.count(), whole.len());
    }
}
