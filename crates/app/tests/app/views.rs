//! Searches that people keep: who sees them, who may change them.

use serde_json::{Map, Value, json};
use variorum_app::views::{ChangeView, KeepView, OwnedView, change, keep, list, remove, show};
use variorum_app::{Error, Result};
use variorum_domain::access::Role;
use variorum_domain::limits::VIEWS_PER_ACTOR_MAX;

use crate::changes::person;
use crate::world::World;

fn asked(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn new(name: &str, shared: bool) -> KeepView {
    KeepView {
        name: name.to_owned(),
        find: asked(&json!({"q": "welcome"})),
        shared,
        pinned: false,
    }
}

fn denied(result: &Result<OwnedView>) -> bool {
    matches!(result, Err(Error::Denied(_)))
}

#[tokio::test]
async fn private_views_are_not_there_for_others() {
    let world = World::new().await;
    let viewer = person(&world, "Vic", Role::Viewer).await;
    let author = person(&world, "Ada", Role::Author).await;
    let ctx = &world.ctx;
    let own = keep(ctx, &viewer, &new("Mine", false)).await.unwrap();
    assert!(denied(&keep(ctx, &viewer, &new("Ours", true)).await));
    let number = own.row.number;
    let shared = ChangeView {
        shared: Some(true),
        ..ChangeView::default()
    };
    assert!(denied(&change(ctx, &viewer, number, &shared).await));
    for other in [&author, &world.admin] {
        assert!(matches!(
            show(ctx, other, number).await,
            Err(Error::NotFound { .. })
        ));
        assert!(remove(ctx, other, number).await.is_err());
        assert_eq!(list(ctx, other).await.unwrap(), []);
    }
    remove(ctx, &viewer, number).await.unwrap();
}

#[tokio::test]
async fn shared_views_are_seen_by_all_and_changed_by_few() {
    let world = World::new().await;
    let viewer = person(&world, "Vic", Role::Viewer).await;
    let author = person(&world, "Ada", Role::Author).await;
    let publisher = person(&world, "Pam", Role::Publisher).await;
    let ctx = &world.ctx;
    let number = keep(ctx, &author, &new("Ours", true))
        .await
        .unwrap()
        .row
        .number;
    let seen = show(ctx, &viewer, number).await.unwrap();
    assert_eq!((seen.owner.as_str(), seen.may_change), ("Ada", false));
    let renamed = ChangeView {
        name: Some("Theirs".to_owned()),
        ..ChangeView::default()
    };
    assert!(denied(&change(ctx, &publisher, number, &renamed).await));
    assert!(remove(ctx, &publisher, number).await.is_err());
    let changed = change(ctx, &world.admin, number, &renamed).await.unwrap();
    assert_eq!(changed.row.name, "Theirs");
    assert_eq!(changed.row.owner, author.id, "it stays hers");
    remove(ctx, &world.admin, number).await.unwrap();
    assert_eq!(list(ctx, &author).await.unwrap(), []);
}

#[tokio::test]
async fn names_are_ones_own_and_limited_in_number() {
    let world = World::new().await;
    let author = person(&world, "Ada", Role::Author).await;
    let ctx = &world.ctx;
    keep(ctx, &author, &new("Mail", false)).await.unwrap();
    keep(ctx, &world.admin, &new("Mail", false)).await.unwrap();
    let twice = keep(ctx, &author, &new(" mail ", true)).await;
    assert!(matches!(twice, Err(Error::Conflict(_))));
    for n in 1..VIEWS_PER_ACTOR_MAX {
        keep(ctx, &author, &new(&format!("View {n}"), false))
            .await
            .unwrap();
    }
    let more = keep(ctx, &author, &new("One more", false)).await;
    assert!(matches!(more, Err(Error::Invalid { .. })));
}
