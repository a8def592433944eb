//! Finding prompts by words and filters.

use variorum_app::library::search::{self, Ask, Page};
use variorum_app::{environments, releases};
use variorum_domain::search::Piece;
use variorum_ports::rows::LibraryFilter;

use crate::world::World;

const SETTINGS: &str = "title: Acme\nenvironments: [production]\ncategories:\n  - {title: E-mail, path: prompts/email/, owner: Ann Lee, custodian: Bob}\n  - {title: Winning back, path: prompts/email/win-back, owner: Cleo}\n";

fn prompt(fields: &str, text: &str) -> String {
    format!("---\nmodel: acme/small\n{fields}---\n{text}\n")
}

async fn library() -> World {
    let world = World::new().await;
    let welcome = prompt(
        "variorum.title: Warm welcome\nvariorum.channels: [email, web]\nvariorum.tags: [vip]\nvariorum.owner: Ann Lee\n",
        "Write a friendly letter.\nMention the discount code.",
    );
    let back = prompt(
        "variorum.title: Come back\nvariorum.channel: email\nvariorum.expires: 2026-11-10\n",
        "A discount for customers who went away, and a warm word.",
    );
    let old = prompt(
        "variorum.title: Old discount\nvariorum.status: archived\n",
        "Discount.",
    );
    let files = [
        ("library.yaml", SETTINGS),
        ("prompts/email/welcome.prompt", welcome.as_str()),
        ("prompts/email/win-back/first.prompt", back.as_str()),
        ("prompts/ads/old.prompt", old.as_str()),
    ];
    world.save("Begin", &files).await.unwrap();
    world
}

async fn found(world: &World, ask: &Ask) -> Page {
    search::search(&world.ctx, &world.admin, ask, None, 50)
        .await
        .unwrap()
}

fn ids(page: &Page) -> Vec<&str> {
    page.found
        .iter()
        .map(|found| found.row.id.as_str())
        .collect()
}

fn text(text: &str) -> Ask {
    Ask {
        text: text.to_owned(),
        ..Ask::default()
    }
}

fn shown(pieces: &[Piece]) -> String {
    let show = |piece: &Piece| {
        if piece.hit {
            format!("[{}]", piece.text)
        } else {
            piece.text.clone()
        }
    };
    pieces.iter().map(show).collect()
}

#[tokio::test]
pub(crate) async fn words_find_prompts_with_passages() {
    let world = library().await;
    let page = found(&world, &text("WARM disc")).await;
    assert_eq!(ids(&page), ["email/welcome", "email/win-back/first"]);
    assert_eq!(page.total, 2);
    assert_eq!(shown(&page.found[0].title), "[Warm] welcome");
    assert_eq!(
        shown(&page.found[0].passage),
        "Write a friendly letter. Mention the [discount] code. "
    );
    let page = found(&world, &text("\"warm word\"")).await;
    assert_eq!(ids(&page), ["email/win-back/first"]);
    let page = found(&world, &text("discuont")).await;
    assert_eq!(ids(&page).len(), 2, "a slip is forgiven");
    assert_eq!(page.corrections[0].also, ["discount"]);
    assert!(found(&world, &text("zzzzzz")).await.found.is_empty());
}

#[tokio::test]
pub(crate) async fn filters_narrow_and_facets_count() {
    let world = library().await;
    let filter = |change: fn(&mut LibraryFilter)| {
        let mut filter = LibraryFilter::default();
        change(&mut filter);
        Ask::from(filter)
    };
    let category = |name: &str| Ask {
        category: Some(name.to_owned()),
        ..text("discount")
    };
    let rows = [
        (
            filter(|f| f.channel = Some("web".into())),
            vec!["email/welcome"],
        ),
        (
            filter(|f| f.tags = vec!["VIP".into()]),
            vec!["email/welcome"],
        ),
        (
            filter(|f| f.owner = Some("ann lee".into())),
            vec!["email/welcome"],
        ),
        (
            filter(|f| f.status = Some("archived".into())),
            vec!["ads/old"],
        ),
        (category("e-mail"), vec!["email/welcome"]),
        (
            category("prompts/email/win-back"),
            vec!["email/win-back/first"],
        ),
        (
            Ask {
                expiring_days: Some(10),
                ..text("discount")
            },
            vec!["email/win-back/first"],
        ),
        (
            Ask {
                expiring_days: Some(9),
                ..text("discount")
            },
            vec![],
        ),
        (
            Ask {
                with_archived: true,
                ..text("old")
            },
            vec!["ads/old"],
        ),
        (text("old"), vec![]),
        (
            Ask {
                live: Some(String::new()),
                ..text("discount")
            },
            vec![],
        ),
    ];
    for (ask, expected) in rows {
        assert_eq!(ids(&found(&world, &ask).await), expected, "{ask:?}");
    }
}

#[tokio::test]
async fn facets_count_what_is_found() {
    let world = library().await;
    let unknown = Ask {
        category: Some("none".to_owned()),
        ..Ask::default()
    };
    let unknown = search::search(&world.ctx, &world.admin, &unknown, None, 5).await;
    assert_eq!(
        unknown.unwrap_err().to_string(),
        "category `none` does not exist"
    );
    let facets = search::facets(&world.ctx, &world.admin, &text("discount"))
        .await
        .unwrap();
    assert_eq!(
        facets.channels,
        [("email".to_owned(), 2), ("web".to_owned(), 1)]
    );
    assert_eq!(facets.tags, [("vip".to_owned(), 1)]);
    let categories = [
        ("prompts/email/".to_owned(), 1),
        ("prompts/email/win-back".to_owned(), 1),
    ];
    assert_eq!(facets.categories, categories);
}

#[tokio::test]
pub(crate) async fn what_is_live_is_found_as_such() {
    let world = library().await;
    let release = releases::create(&world.ctx, &world.admin, None, "begin")
        .await
        .unwrap();
    environments::go_live(
        &world.ctx,
        &world.admin,
        "production",
        release.number,
        "begin",
    )
    .await
    .unwrap();
    let new = prompt("", "A discount that is new.");
    world
        .save("One more", &[("prompts/new.prompt", &new)])
        .await
        .unwrap();
    for (environment, expected) in [("production", 2), ("", 2), ("preview", 0)] {
        let ask = Ask {
            live: Some(environment.into()),
            ..text("discount")
        };
        assert_eq!(
            found(&world, &ask).await.found.len(),
            expected,
            "{environment}"
        );
    }
}

#[tokio::test]
pub(crate) async fn new_categories_are_known_at_once() {
    let world = library().await;
    let settings = "title: Acme\nenvironments: [production]\ncategories:\n  - {title: Letters, path: prompts/email/w}\n";
    world
        .save("Sort anew", &[("library.yaml", settings)])
        .await
        .unwrap();
    let ask = Ask {
        category: Some("Letters".into()),
        ..Ask::default()
    };
    assert_eq!(
        ids(&found(&world, &ask).await),
        ["email/welcome", "email/win-back/first"]
    );
}

#[tokio::test]
pub(crate) async fn what_an_older_program_listed_is_found_after_a_start() {
    let mut world = library().await;
    let mut tx = world.ctx.store.begin(world.admin.workspace).await.unwrap();
    // As a data folder looks after the migration: rows are there, words are not.
    let rows = tx
        .library(world.admin.workspace, &LibraryFilter::default(), None, 99)
        .await
        .unwrap();
    let paths: Vec<String> = rows.iter().map(|row| row.path.clone()).collect();
    tx.delete_library_rows(world.admin.workspace, &paths)
        .await
        .unwrap();
    let setting = format!("listing:{}", world.admin.workspace);
    tx.put_setting(&setting, "2").await.unwrap();
    tx.commit().await.unwrap();
    assert!(found(&world, &text("discount")).await.found.is_empty());
    world.restart().await;
    assert_eq!(found(&world, &text("discount")).await.found.len(), 2);
}
