//! The index over the words of the files on `main`.

use std::collections::BTreeSet;

use variorum_domain::id::{Time, WorkspaceId};
use variorum_domain::search::Query;
use variorum_ports::rows::{EdgeKind, EdgeRow, LibraryFilter, LibraryRow, SearchPlace};
use variorum_ports::{Store, StoreError, Tx};

use super::{Checked, fresh};
use crate::build::library_row;

fn query(text: &str) -> LibraryFilter {
    LibraryFilter {
        query: Query::parse(text),
        ..LibraryFilter::default()
    }
}

fn row(path: &str, title: &str, intent: &str, text: &str) -> LibraryRow {
    LibraryRow {
        title: title.to_owned(),
        intent: intent.to_owned(),
        text: text.to_owned(),
        owner: String::new(),
        ..library_row(path)
    }
}

/// Nine files, told apart by the last letter of their names.
fn rows() -> Vec<LibraryRow> {
    let archived = "archived".to_owned();
    vec![
        row(
            "x/a.prompt",
            "Welcome letter",
            "Greets new customers",
            "Dear friend, good to have you.",
        ),
        row(
            "x/b.prompt",
            "Reminder",
            "Welcome again",
            "You left something in your basket.",
        ),
        row(
            "y/c.prompt",
            "Cart",
            "Sells",
            "We welcome you back to your basket, dear friend.",
        ),
        LibraryRow {
            channel: "ads, web".to_owned(),
            tags: "[\"Autumn sale\",\"vip\"]".to_owned(),
            ..row("y/z/d.prompt", "Größte Auswahl", "Wirbt", "Straße und Öl")
        },
        LibraryRow {
            brand: "acme".to_owned(),
            region: "de, at".to_owned(),
            owner: "Ann Lee".to_owned(),
            category: "y/".to_owned(),
            ..row("y/e.prompt", "日本語の案内", "案内", "日本の文")
        },
        LibraryRow {
            status: archived,
            ..row("z/f.prompt", "Old welcome", "", "no longer used")
        },
        LibraryRow {
            expires_at: Some(Time(1_000)),
            errors: 1,
            kind: "partial".to_owned(),
            ..row("z/g.prompt", "Voice", "", "a welcoming voice")
        },
        row("z/win-back_h.prompt", "Nothing", "", "win them or go back"),
        row("z/i.prompt", "Numbers", "", "100% of 2,000"),
    ]
}

/// Queries with the files each of them finds, in any order.
const WORDS: [(&str, &str); 19] = [
    ("welcome", "abcf"),
    ("welcom", "abcfg"),
    ("WELC letter", "a"),
    ("\"dear friend\"", "ac"),
    ("\"friend dear\"", ""),
    ("basket -welcome", ""),
    ("dear -basket", "a"),
    ("win-back", "h"),
    ("win back", "h"),
    ("grosste strasse ol", "d"),
    ("größte", "d"),
    ("日本", "e"),
    ("本日", ""),
    ("100", "i"),
    ("autumn", "d"),
    ("%", ""),
    ("facets: OR * NOT", ""),
    ("'; DROP TABLE library_texts; --", ""),
    ("w", "abcdfgh"),
];

/// Words, what else narrows, and the files that are found.
type Case = (&'static str, fn(&mut LibraryFilter), &'static str);

const FILTERS: [Case; 23] = [
    ("", |f| f.channel = Some("web".into()), "d"),
    ("öl", |f| f.channel = Some("ADS".into()), "d"),
    ("", |f| f.brand = Some("acme".into()), "e"),
    ("", |f| f.region = Some("at".into()), "e"),
    ("", |f| f.region = Some("a".into()), ""),
    ("", |f| f.owner = Some("ann lee".into()), "e"),
    ("", |f| f.category = Some("y/".into()), "e"),
    ("", |f| f.status = Some("archived".into()), "f"),
    ("welcome", |f| f.without_archived = true, "abc"),
    ("", |f| f.without_archived = true, "abcdeghi"),
    ("", |f| f.tags = list(&["autumn sale", "VIP"]), "d"),
    ("", |f| f.tags = list(&["vip", "other"]), ""),
    ("welcom", |f| f.kinds = list(&["partial"]), "g"),
    ("", |f| f.folder = Some("y".into()), "cde"),
    ("basket", |f| f.folder = Some("y/".into()), "c"),
    ("größte", |f| f.folder = Some("y/z".into()), "d"),
    ("", |f| f.expires_before = Some(Time(1_001)), "g"),
    ("voice", |f| f.expires_before = Some(Time(1_000)), ""),
    ("welcom", |f| f.with_errors = true, "g"),
    (
        "welcome",
        |f| f.ids = Some(list(&["x/a", "x/b", "none"])),
        "ab",
    ),
    ("", |f| f.ids = Some(Vec::new()), ""),
    (
        "welcome",
        |f| f.refers_to = Some((EdgeKind::Includes, "voice".into())),
        "b",
    ),
    (
        "",
        |f| (f.channel, f.folder) = (Some("web".into()), Some("y".into())),
        "d",
    ),
];

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn cases() -> Vec<(LibraryFilter, &'static str)> {
    let words = WORDS.map(|(words, expected)| (query(words), expected));
    let filters = FILTERS.map(|(words, narrow, expected)| {
        let mut filter = query(words);
        narrow(&mut filter);
        (filter, expected)
    });
    words.into_iter().chain(filters).collect()
}

/// Words and filters find the same files in the list, in ranked searches, in counts and in facets.
pub async fn searches(store: &dyn Store) -> Checked {
    let id = fresh(store, "search").await?;
    let other = fresh(store, "search").await?;
    let mut tx = store.begin(id).await?;
    tx.put_library_rows(id, &rows()).await?;
    let edge = EdgeRow {
        from_path: "x/b.prompt".to_owned(),
        kind: EdgeKind::Includes,
        to_ref: "voice".to_owned(),
    };
    tx.put_edges(id, &["x/b.prompt".to_owned()], &[edge])
        .await?;
    tx.commit().await?;
    let mut tx = store.begin(other).await?;
    tx.put_library_rows(other, &rows()[..1]).await?;
    tx.commit().await?;
    for id in [id, other] {
        let mut tx = store.begin(id).await?;
        assert!(tx.words_wait(id).await?, "words are left for later");
        tx.index_words(id).await?;
        assert!(!tx.words_wait(id).await?);
        tx.commit().await?;
    }
    let mut tx = store.read().await?;
    for (filter, expected) in cases() {
        let expected: BTreeSet<char> = expected.chars().collect();
        let listed = tx.library(id, &filter, None, 99).await?;
        assert_eq!(letters(listed.iter()), expected, "list, {filter:?}");
        let count = usize::try_from(tx.library_count(id, &filter).await?).ok();
        assert_eq!(count, Some(expected.len()), "count, {filter:?}");
        let facets = tx.library_facets(id, &filter).await?;
        let files: i64 = facets.iter().map(|facet| facet.files).sum();
        assert_eq!(
            usize::try_from(files).ok(),
            Some(expected.len()),
            "facets, {filter:?}"
        );
        let found = tx.search_library(id, &filter, None, 99).await?;
        let wanted = if filter.query.terms.is_empty() {
            BTreeSet::new()
        } else {
            expected
        };
        assert_eq!(
            letters(found.iter().map(|found| &found.row)),
            wanted,
            "search, {filter:?}"
        );
    }
    assert_eq!(tx.library_count(other, &query("welcome")).await?, 1);
    ranks(&mut *tx, id).await?;
    drop(tx);
    facets_of_many(store).await?;
    changes(store, id).await
}

/// Facets are right of few files and of many, though no two of them share kind, channel and so on, and
/// though there is more that no file has any longer.
async fn facets_of_many(store: &dyn Store) -> Result<(), StoreError> {
    let id = fresh(store, "search").await?;
    let owned = |n: usize, owner: String| LibraryRow {
        owner,
        ..row(&format!("m/{n}.prompt"), "Many", "", "One of many.")
    };
    let mut tx = store.begin(id).await?;
    for turn in 0..3 {
        let rows: Vec<LibraryRow> = (0..400)
            .map(|n| owned(n, format!("owner {turn} {n}")))
            .collect();
        tx.put_library_rows(id, &rows).await?;
        tx.index_words(id).await?;
    }
    tx.commit().await?;
    let mut tx = store.read().await?;
    for kept in [400, 200, 140, 40] {
        if kept < 400 {
            drop(tx);
            let gone: Vec<String> = (kept..kept * 10).map(|n| format!("m/{n}.prompt")).collect();
            let mut turn = store.begin(id).await?;
            turn.delete_library_rows(id, &gone).await?;
            turn.commit().await?;
            tx = store.read().await?;
        }
        for filter in [LibraryFilter::default(), query("many")] {
            let facets = tx.library_facets(id, &filter).await?;
            let owners: BTreeSet<&str> = facets.iter().map(|set| set.owner.as_str()).collect();
            assert_eq!(owners.len(), kept, "{filter:?}");
            assert!(owners.iter().all(|owner| owner.starts_with("owner 2 ")));
            assert!(facets.iter().all(|set| set.files == 1));
        }
    }
    Ok(())
}

fn letters<'r>(rows: impl Iterator<Item = &'r LibraryRow>) -> BTreeSet<char> {
    rows.filter_map(|row| row.path.trim_end_matches(".prompt").chars().next_back())
        .collect()
}

/// A word in the title counts more than one in the intent, and that more than one in the text; pages
/// go through all of them once.
async fn ranks(tx: &mut dyn Tx, id: WorkspaceId) -> Result<(), StoreError> {
    let filter = LibraryFilter {
        without_archived: true,
        ..query("welcome")
    };
    let all = tx.search_library(id, &filter, None, 99).await?;
    let paths: Vec<&str> = all.iter().map(|found| found.row.path.as_str()).collect();
    assert_eq!(paths, ["x/a.prompt", "x/b.prompt", "y/c.prompt"]);
    assert!(all.is_sorted_by(|a, b| a.score >= b.score));
    let (mut paged, mut after) = (Vec::new(), None::<SearchPlace>);
    loop {
        let page = tx.search_library(id, &filter, after.as_ref(), 1).await?;
        let Some(last) = page.last() else { break };
        after = Some(SearchPlace {
            score: last.score,
            path: last.row.path.clone(),
        });
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let words = tx.library_words(id, "welc", 10).await?;
    assert_eq!(words, ["welcome", "welcoming"]);
    assert_eq!(tx.library_words(id, "we", 1).await?, ["welcome"]);
    Ok(())
}

/// What changed is found by its new words only, and what is gone not at all.
async fn changes(store: &dyn Store, id: WorkspaceId) -> Result<(), StoreError> {
    let mut tx = store.begin(id).await?;
    let changed = row("x/a.prompt", "Farewell", "Says goodbye", "Take care.");
    let only_errors = LibraryRow {
        errors: 9,
        ..rows()[1].clone()
    };
    tx.put_library_rows(id, &[changed, only_errors]).await?;
    tx.delete_library_rows(id, &["y/c.prompt".to_owned()])
        .await?;
    let found = tx.search_library(id, &query("welcome"), None, 99).await?;
    assert_eq!(
        letters(found.iter().map(|found| &found.row)),
        BTreeSet::from(['b', 'f'])
    );
    assert_eq!(tx.library_count(id, &query("farewell")).await?, 1);
    tx.commit().await?;
    many(store, id).await?;
    let mut tx = store.begin(id).await?;
    tx.clear_workspace(id).await?;
    assert_eq!(tx.library_count(id, &query("farewell")).await?, 0);
    assert!(tx.library_words(id, "welc", 10).await?.is_empty());
    drop(tx);
    let mut tx = store.read().await?;
    assert_eq!(
        tx.library_count(id, &query("farewell")).await?,
        1,
        "a dropped turn leaves nothing behind"
    );
    Ok(())
}

/// A save with many files does not leave their words for later.
async fn many(store: &dyn Store, id: WorkspaceId) -> Result<(), StoreError> {
    let mut tx = store.begin(id).await?;
    let rows: Vec<LibraryRow> = (0..1_100)
        .map(|n| row(&format!("many/{n}.prompt"), "Many", "One of many", "Text."))
        .collect();
    tx.put_library_rows(id, &rows).await?;
    assert!(!tx.words_wait(id).await?);
    tx.commit().await?;
    let mut tx = store.read().await?;
    assert_eq!(tx.library_count(id, &query("many")).await?, 1_100);
    Ok(())
}
