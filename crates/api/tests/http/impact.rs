//! Impact over HTTP: the shape of the answer, its pages, and what is refused.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

const SEGMENT: &str = "---\ninput:\n  schema:\n    name: string\nvariorum.kpis: [order]\n---\nSort {{name}}.\n{{> tone}}\n";
const LAUNCH: &str =
    "steps:\n  - id: sort\n    prompt: ads/segment\n    inputs:\n      name: {value: Ann}\n";

/// A library with a partial, a prompt that includes it and a workflow that runs that; and a draft
/// that renames a variable.
async fn world() -> World {
    let world = World::with_library().await;
    let files = [
        ("prompts/ads/segment.prompt", SEGMENT),
        ("prompts/_tone.prompt", "Be brief.\n"),
        ("workflows/launch.workflow.yaml", LAUNCH),
    ];
    let saved = world.save("Begin", None, &files).await;
    saved.must(StatusCode::CREATED);
    let draft = json!({"name": "campaign/rename"});
    world
        .post("/api/v1/drafts", draft)
        .await
        .must(StatusCode::CREATED);
    let text = SEGMENT.replace("name", "customer");
    let files = json!([{"path": "prompts/ads/segment.prompt", "content": text}]);
    let body = json!({"draft": "campaign/rename", "subject": "Rename", "files": files});
    world
        .post("/api/v1/versions", body)
        .await
        .must(StatusCode::CREATED);
    world
}

#[tokio::test]
async fn a_partial_s_impact_is_told_and_drawn() {
    let world = world().await;
    let reply = world
        .get("/api/v1/impact?prompt=prompts%2F_tone.prompt&kind=workflow")
        .await;
    assert_snapshot!(reply.shown(), @r#"
    200 {
      "of": {"kind":"partial","id":"prompts/_tone.prompt","title":"Tone"},
      "counts": [
        {"kind":"prompt","changed":0,"reached":1}, {"kind":"partial","changed":1,"reached":0},
        {"kind":"workflow","changed":0,"reached":1}, {"kind":"kpi","changed":0,"reached":1}
      ],
      "hidden": 0,
      "items": [
        {
          "id": "workflows/launch.workflow.yaml", "kind": "workflow", "name": "workflows/launch.workflow.yaml",
          "title": "Launch", "how": "leans", "layer": 2, "hidden": false,
          "reason": "`workflows/launch.workflow.yaml` runs `ads/segment`, which includes `_tone`.",
          "why": [
            {"id":"prompts/_tone.prompt","name":"_tone","edge":null},
            {"id":"prompts/ads/segment.prompt","name":"ads/segment","edge":"includes"},
            {"id":"workflows/launch.workflow.yaml","name":"workflows/launch.workflow.yaml","edge":"runs"}
          ]
        }
      ],
      "next": null,
      "graph": {
        "nodes": [
          {
            "id": "prompts/_tone.prompt", "kind": "partial", "name": "_tone", "title": "Tone", "how": "changed",
            "layer": 0, "hidden": false
          },
          {
            "id": "prompts/ads/segment.prompt", "kind": "prompt", "name": "ads/segment", "title": "Segment",
            "how": "leans", "layer": 1, "hidden": false
          },
          {
            "id": "workflows/launch.workflow.yaml", "kind": "workflow", "name": "workflows/launch.workflow.yaml",
            "title": "Launch", "how": "leans", "layer": 2, "hidden": false
          },
          {
            "id": "kpi:order", "kind": "kpi", "name": "order", "title": "First orders", "how": "belongs",
            "layer": 2, "hidden": false
          }
        ],
        "edges": [
          {
            "id": "prompts/ads/segment.prompt|includes|prompts/_tone.prompt",
            "from": "prompts/ads/segment.prompt", "to": "prompts/_tone.prompt", "kind": "includes",
            "phrase": "includes"
          },
          {
            "id": "prompts/ads/segment.prompt|measures|kpi:order", "from": "prompts/ads/segment.prompt",
            "to": "kpi:order", "kind": "measures", "phrase": "is meant to move"
          },
          {
            "id": "workflows/launch.workflow.yaml|runs|prompts/ads/segment.prompt",
            "from": "workflows/launch.workflow.yaml", "to": "prompts/ads/segment.prompt", "kind": "runs",
            "phrase": "runs"
          }
        ],
        "left_out": 0
      },
      "breaches": [], "breaches_unnamed": 0, "files_unread": 0, "collisions": []
    }
    "#);
}

#[tokio::test]
async fn a_draft_s_breaches_name_both_places() {
    let world = world().await;
    let reply = world
        .get("/api/v1/impact?draft=campaign%2Frename&kind=workflow")
        .await;
    let found = reply.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_snapshot!(serde_json::to_string_pretty(&found["breaches"][1]).unwrap(), @r#"
    {
      "severity": "error",
      "code": "input-removed",
      "message": "Step `sort` gives `name`, which `prompts/ads/segment.prompt` no longer has.",
      "next": "If `name` is now called `customer`, write `customer` there in the same change; otherwise keep `name`, or take it out there in the same change.",
      "provider": {
        "path": "prompts/ads/segment.prompt",
        "line": 4,
        "column": 5
      },
      "dependant": {
        "path": "workflows/launch.workflow.yaml",
        "line": 5,
        "column": 7
      },
      "subject": "name",
      "renamed_to": "customer"
    }
    "#);
    let change = json!({"draft": "campaign/rename", "title": "Rename"});
    world
        .post("/api/v1/changes", change)
        .await
        .must(StatusCode::CREATED);
    let shown = world.get("/api/v1/changes/1").await.json();
    assert_eq!(shown["broken_contracts"], found["breaches"]);
    assert_eq!(shown["blockers"][0]["code"], "broken-contract");
    let same = world.get("/api/v1/impact?change=1").await.json();
    assert_eq!(same["of"]["id"], "CH-1");
    assert_eq!(same["breaches"], found["breaches"]);
    let refused = world.post("/api/v1/changes/1/merge", json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn pages_follow_each_other_and_mistakes_are_told() {
    let world = world().await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/impact?prompt=_tone&limit=1&after={after}");
        let page = world.get(&path).await.json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].clone()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = next.replace('/', "%2F").replace(':', "%3A");
    }
    assert_eq!(
        seen,
        [
            "prompts/ads/segment.prompt",
            "prompts/_tone.prompt",
            "workflows/launch.workflow.yaml",
            "kpi:order"
        ]
    );
    for (path, status) in [
        ("/api/v1/impact", 422),
        ("/api/v1/impact?prompt=a&draft=b", 422),
        ("/api/v1/impact?prompt=_tone&kind=promt", 422),
        ("/api/v1/impact?prompt=_tone&after=nonsense", 422),
        ("/api/v1/impact?prompt=nowhere", 404),
        ("/api/v1/impact?draft=nowhere", 404),
        ("/api/v1/impact?change=99", 404),
    ] {
        let reply = world.get(path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.shown());
    }
}
