//! Workflows and variations over HTTP: what is drawn, what is refused, who differs.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{Reply, World};

const SETTINGS: &str = "title: Acme\nenvironments: [production]\nbrands: [finch]\nregions: [de]\n";
const SORT: &str = "---\ninput:\n  schema:\n    answers: string\noutput:\n  schema:\n    segment(enum): [new, old]\n---\nSort {{answers}}.\n";
const MAIL: &str = "---\ninput:\n  schema:\n    segment: string\nvariorum.open: [config.temperature]\n---\n{{! slot hi: how we greet }}Hi{{! /slot }} {{segment}}\n";
const FINCH: &str = "---\nconfig: {temperature: 0.2}\n---\n{{! slot hi }}Hey{{! /slot }}\n";
const FLOW: &str = "title: Lead\nattributes:\n  answers: string\nsteps:\n  - id: sort\n    prompt: sort\n    inputs:\n      answers: {from: attributes.answers}\n    next: which\n  - id: which\n    decide:\n      - when: {value: steps.sort.output.segment, equals: new}\n        go: mail\n      - otherwise: true\n        go: end\n  - id: mail\n    prompt: mail\n    inputs:\n      segment: {from: steps.sort.output.segment}\n";
const PATH: &str = "workflows/lead.workflow.yaml";

async fn world() -> World {
    let world = World::empty().await;
    let files = [
        ("library.yaml", SETTINGS),
        ("prompts/sort.prompt", SORT),
        ("prompts/mail.prompt", MAIL),
        ("prompts/mail.finch.prompt", FINCH),
        (PATH, FLOW),
    ];
    world
        .save("First", None, &files)
        .await
        .must(StatusCode::CREATED);
    world
}

/// A part of an answer, in few lines.
fn part(reply: &Reply, pointer: &str) -> String {
    let all = reply.json();
    let part = Reply {
        status: reply.status,
        headers: reply.headers.clone(),
        text: all.pointer(pointer).unwrap().to_string(),
    };
    part.shown()
}

fn only(reply: &Reply, names: &[&str]) -> Value {
    let all = reply.json();
    let kept = names
        .iter()
        .map(|name| ((*name).to_owned(), all[*name].clone()));
    Value::Object(kept.collect())
}

#[tokio::test]
async fn a_workflow_is_ready_to_be_drawn() {
    let world = world().await;
    let listed = world.get("/api/v1/workflows?runs=mail").await.json();
    assert_eq!(listed["total"], 1);
    assert_eq!(listed["items"][0]["name"], "lead");
    let none = world.get("/api/v1/workflows?runs=male").await.json();
    assert_eq!(none["total"], 0);
    let reply = world.get("/api/v1/workflows/lead").await;
    reply.must(StatusCode::OK);
    let facts = [
        "name",
        "path",
        "version",
        "errors",
        "prompts",
        "diagnostics",
        "attributes",
    ];
    assert_snapshot!(only(&reply, &facts).to_string(), @r#"{"name":"lead","path":"workflows/lead.workflow.yaml","version":1,"errors":0,"prompts":[{"id":"mail","path":"prompts/mail.prompt","version":1},{"id":"sort","path":"prompts/sort.prompt","version":1}],"diagnostics":[],"attributes":{"type":"object","properties":{"answers":{"type":"string"}},"required":["answers"],"additionalProperties":false}}"#);
    assert_snapshot!(part(&reply, "/graph"), @r#"
    200 {
      "nodes": [
        {"id":".start","kind":"start","title":"Start","errors":0},
        {"id":"sort","kind":"prompt","title":"sort","errors":0},
        {"id":"which","kind":"decision","title":"which","errors":0},
        {"id":"mail","kind":"prompt","title":"mail","errors":0},
        {"id":".end","kind":"end","title":"End","errors":0}
      ],
      "edges": [
        {"from":".start","to":"sort","label":""}, {"from":"sort","to":"which","label":""},
        {"from":"which","to":"mail","label":"segment is new"}, {"from":"which","to":".end","label":"otherwise"},
        {"from":"mail","to":".end","label":""}
      ],
      "data": [
        {"from":".start","to":"sort","value":"attributes.answers","input":"answers","type":"text","required":true},
        {
          "from": "sort", "to": "mail", "value": "steps.sort.output.segment", "input": "segment", "type": "text",
          "required": true
        }
      ]
    }
    "#);
    assert_snapshot!(part(&reply, "/steps/2"), @r#"
    200 {
      "id": "mail", "title": "mail", "kind": "prompt", "line": 16, "prompt": "mail", "channel": null, "day": null,
      "for_each": null, "skip_when": null, "stop_when_kpi": null,
      "inputs": [
        {
          "input": "segment", "from": "steps.sort.output.segment", "source_step": "sort", "wanted": "text",
          "required": true, "line": 19
        }
      ],
      "output": {"type":"string"}, "branches": []
    }
    "#);
    let missing = world.get("/api/v1/workflows/led").await;
    missing.must(StatusCode::NOT_FOUND);
    assert_snapshot!(missing.json()["detail"].to_string(), @r#""Workflow `led` does not exist.""#);
}

#[tokio::test]
async fn older_versions_are_read_and_compared_like_any_file() {
    let world = world().await;
    let renamed = FLOW.replace("title: Lead", "title: Leads");
    world
        .save("Rename", None, &[(PATH, &renamed)])
        .await
        .must(StatusCode::CREATED);
    let first = world.get("/api/v1/workflows/lead?version=1").await.json();
    assert_eq!(
        (&first["title"], &first["version"]),
        (&json!("Lead"), &json!(1))
    );
    let part = "workflows%2Flead.workflow.yaml";
    let versions = world.get(&format!("/api/v1/prompts/{part}/versions")).await;
    assert_eq!(versions.json()["items"].as_array().unwrap().len(), 2);
    let compared = world
        .get(&format!("/api/v1/prompts/{part}/compare?from=1&to=2"))
        .await;
    let words = compared.json()["words"].to_string();
    assert!(words.contains("Leads"), "{words}");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_line_and_column_and_checked_before() {
    let world = world().await;
    let wrong = FLOW.replace("output.segment}\n", "output.segmnt}\n");
    let refused = world.save("Break", None, &[(PATH, &wrong)]).await;
    assert_snapshot!(refused.shown(), @r#"
    422 {
      "type": "/problems/invalid", "title": "This cannot be done as it is", "status": 422, "code": "invalid",
      "detail": "`workflows/lead.workflow.yaml` does not fit together, so nothing was saved.",
      "hint": "Mend the lines named, in the same version or before it, and save again.",
      "diagnostics": [
        {
          "severity": "error", "code": "unknown-output",
          "message": "Step `sort` has no output `segmnt`; did you mean `segment`?",
          "path": "workflows/lead.workflow.yaml", "line": 19, "column": 23
        }
      ]
    }
    "#);
    let body = json!({"path": "lead", "source": wrong});
    let checked = world.post("/api/v1/workflows/check", body).await;
    checked.must(StatusCode::OK);
    assert_eq!(checked.json()["diagnostics"], refused.json()["diagnostics"]);
    let bad = world
        .save(
            "Rename",
            None,
            &[("prompts/mail.prompt", &MAIL.replace("segment", "group"))],
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bad.json()["blockers"][0]["code"], "broken-contract");
    assert_eq!(bad.json()["blockers"][0]["path"], PATH);
}

#[tokio::test]
async fn who_differs_from_a_base_and_how() {
    let world = world().await;
    let matrix = world.get("/api/v1/prompts/mail/variations").await;
    assert_snapshot!(matrix.shown(), @r#"
    200 {
      "base": "mail", "path": "prompts/mail.prompt",
      "slots": [{"name":"hi","description":"how we greet","text":"Hi","line":7}],
      "fields": [{"field":"config.temperature","value":null}],
      "variations": [
        {
          "id": "mail.finch", "path": "prompts/mail.finch.prompt", "title": "Mail", "brand": "finch",
          "region": null, "layers": [], "version": 1, "independent": false,
          "slots": [{"slot":"hi","origin":"own","from":null,"text":"Hey","differs":true}],
          "fields": [{"field":"config.temperature","origin":"own","from":null,"value":0.2,"differs":true}],
          "diagnostics": []
        }
      ],
      "left_off": 0
    }
    "#);
    let same = world.get("/api/v1/prompts/mail.finch/variations").await;
    assert_eq!(
        same.text, matrix.text,
        "asked of a variation, it is its base's"
    );
    let shown = world.get("/api/v1/prompts/mail.finch").await;
    assert_snapshot!(part(&shown, "/variation"), @r#"
    200 {
      "base": "mail", "layers": [], "brand": "finch", "region": null,
      "slots": [{"slot":"hi","origin":"own","from":null,"text":"Hey","differs":true}],
      "fields": [{"field":"config.temperature","origin":"own","from":null,"value":0.2,"differs":true}],
      "effective": "---\ninput:\n  schema:\n    segment: string\nconfig: {\"temperature\":0.2}\nvariorum.brand: \"finch\"\n---\n{{! slot hi: how we greet }}Hey{{! /slot }} {{segment}}\n"
    }
    "#);
    assert_eq!(shown.json()["config"], json!({"temperature": 0.2}));
}

#[tokio::test]
async fn a_change_to_a_base_shows_each_variation_before_and_after() {
    let world = world().await;
    world
        .post("/api/v1/drafts", json!({"name": "campaign/a"}))
        .await
        .must(StatusCode::CREATED);
    let text = MAIL.replace("{{segment}}", "dear {{segment}}");
    let files = json!([{"path": "prompts/mail.prompt", "content": text}]);
    let version = json!({"draft": "campaign/a", "subject": "Warmer", "files": files});
    world
        .post("/api/v1/versions", version)
        .await
        .must(StatusCode::CREATED);
    let on_draft = world.get("/api/v1/drafts/campaign%2Fa/variations").await;
    assert_snapshot!(on_draft.shown(), @r#"
    200 {
      "items": [
        {
          "id": "mail.finch", "path": "prompts/mail.finch.prompt", "base": "mail", "touched": false,
          "before": "---\ninput:\n  schema:\n    segment: string\nconfig: {\"temperature\":0.2}\nvariorum.brand: \"finch\"\n---\n{{! slot hi: how we greet }}Hey{{! /slot }} {{segment}}\n",
          "after": "---\ninput:\n  schema:\n    segment: string\nconfig: {\"temperature\":0.2}\nvariorum.brand: \"finch\"\n---\n{{! slot hi: how we greet }}Hey{{! /slot }} dear {{segment}}\n",
          "fields": [],
          "words": [
            {"kind":"equal","text":"{{! slot hi: how we greet }}Hey{{! /slot }} "},
            {"kind":"insert","text":"dear "}, {"kind":"equal","text":"{{segment}}\n"}
          ],
          "partials_differ": false, "diagnostics": []
        }
      ],
      "left_off": 0
    }
    "#);
    let cmd = json!({"draft": "campaign/a", "title": "Warmer"});
    world
        .post("/api/v1/changes", cmd)
        .await
        .must(StatusCode::CREATED);
    let in_change = world.get("/api/v1/changes/1/variations").await;
    assert_eq!(in_change.text, on_draft.text);
    let file = world
        .get("/api/v1/changes/1/file?path=prompts/mail.finch.prompt")
        .await
        .json();
    assert_eq!(file["before"], file["after"], "its own file is not touched");
    assert!(file["effective_after"].as_str().unwrap().contains("dear"));
    assert_ne!(file["preview_before"], file["preview_after"]);
}

#[tokio::test]
async fn brand_and_region_choose_what_is_served() {
    let world = world().await;
    world
        .post("/api/v1/releases", json!({"note": "one"}))
        .await
        .must(StatusCode::CREATED);
    let live = json!({"release": 1, "reason": "go"});
    world
        .post("/api/v1/environments/production/go-live", live)
        .await
        .must(StatusCode::OK);
    let ask = |attributes: Value| json!({"prompt": "mail", "attributes": attributes, "variables": {"segment": "new"}});
    for (attributes, id, text) in [
        (
            json!({"brand": "finch", "region": "de", "age": 7}),
            "mail.finch",
            "Hey new",
        ),
        (json!({"brand": null, "region": "de"}), "mail", "Hi new"),
        (json!({}), "mail", "Hi new"),
        (Value::Null, "mail", "Hi new"),
    ] {
        let reply = world.post("/api/v1/resolve", ask(attributes.clone())).await;
        reply.must(StatusCode::OK);
        assert_eq!(reply.json()["prompt"], id, "{attributes}");
        assert_eq!(reply.json()["messages"][0]["content"], text, "{attributes}");
    }
    for attributes in [json!({"brand": 7}), json!("finch")] {
        let reply = world.post("/api/v1/resolve", ask(attributes)).await;
        reply.must(StatusCode::UNPROCESSABLE_ENTITY);
    }
}
