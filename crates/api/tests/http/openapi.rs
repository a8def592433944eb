//! The description is committed, complete, and true of the router.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use crate::world::World;

const COMMITTED: &str = include_str!("../../../../docs/openapi.json");

#[test]
fn the_committed_description_is_the_generated_one() {
    let generated = variorum_api::openapi::text().unwrap();
    assert!(
        generated == COMMITTED,
        "run `cargo run -p variorum-api --example openapi > docs/openapi.json` and commit it"
    );
}

pub(crate) fn operations() -> Vec<(String, String, Value)> {
    let described: Value = serde_json::from_str(COMMITTED).unwrap();
    let mut found = Vec::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    found
}

#[tokio::test]
async fn every_described_operation_is_routed_and_asks_who_calls() {
    let world = World::empty().await;
    let described = operations();
    assert!(described.len() >= 49, "{}", described.len());
    for (method, path, operation) in described {
        let address = path
            .replace("{number}", "1")
            .replace("{id}", "1")
            .replace("{name}", "a");
        let address = address.replace("{oid}", "a");
        let request = Request::builder().method(method.as_str()).uri(&address);
        let reply = world.call(request.body(Body::empty()).unwrap()).await;
        let expected = match path.as_str() {
            "/api/v1/openapi.json" => StatusCode::OK,
            // Whoever knows the secret of a source is its sender.
            "/hooks/{handle}" => StatusCode::NOT_FOUND,
            "/api/v1/session" if method == "POST" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::UNAUTHORIZED,
        };
        assert_eq!(reply.status, expected, "{method} {path}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(id.contains('_'), "{id} is not `<verb>_<resource>`");
    }
}

#[test]
fn every_property_is_described() {
    let described: Value = serde_json::from_str(COMMITTED).unwrap();
    let mut silent = Vec::new();
    for (name, schema) in described["components"]["schemas"].as_object().unwrap() {
        let parts = schema["allOf"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![schema.clone()]);
        let properties = parts
            .iter()
            .filter_map(|part| part["properties"].as_object())
            .flatten();
        for (property, shape) in properties {
            // A field that may be absent says it beside its reference.
            let choices = shape["oneOf"].as_array().cloned().unwrap_or_default();
            let places = std::iter::once(shape).chain(&choices);
            if places
                .filter_map(|place| place["description"].as_str())
                .all(str::is_empty)
            {
                silent.push(format!("{name}.{property}"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:?}");
}
