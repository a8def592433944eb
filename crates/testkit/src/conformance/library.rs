//! The index over the files on `main`.

use variorum_domain::search::Query;
use variorum_ports::rows::{FolderRow, LibraryFilter, LibraryRow, ScoreRow};
use variorum_ports::{Store, StoreError};

use super::{Checked, fresh};
use crate::build::library_row;

/// Rows are replaced by path, deleted, paged and found by id.
pub async fn library(store: &dyn Store) -> Checked {
    let id = fresh(store, "library").await?;
    let other = fresh(store, "library").await?;
    let rows: Vec<LibraryRow> = (0..700)
        .map(|n| library_row(&format!("f{}/p{n:04}.prompt", n % 3)))
        .collect();
    let all = LibraryFilter::default();
    let mut tx = store.begin(id).await?;
    tx.put_library_rows(id, &[]).await?;
    tx.put_library_rows(id, &rows).await?;
    let newer = LibraryRow {
        version: 2,
        errors: 1,
        ..rows[0].clone()
    };
    tx.put_library_rows(id, &[rows[0].clone(), newer.clone()])
        .await?;
    tx.delete_library_rows(id, &[rows[1].path.clone(), "none".to_owned()])
        .await?;
    tx.delete_library_rows(id, &[]).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    let (mut after, mut seen) = (None::<String>, Vec::new());
    loop {
        let page = tx.library(id, &all, after.as_deref(), 100).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.path.clone());
        seen.extend(page);
    }
    let mut expected = rows.clone();
    expected.remove(1);
    expected[0] = newer.clone();
    expected.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        seen == expected,
        "pages show every row once, by path, in its newest form"
    );
    assert_eq!(tx.library_count(id, &all).await?, 699);
    assert_eq!(tx.library_count(other, &all).await?, 0);
    assert_eq!(tx.library_row(id, &newer.path).await?, Some(newer.clone()));
    assert_eq!(tx.library_row(id, &rows[1].path).await?, None);
    assert_eq!(tx.library_row(other, &newer.path).await?, None);
    assert_eq!(tx.library_row_by_id(id, &newer.id).await?, Some(newer));
    assert_eq!(tx.library_row_by_id(id, "none").await?, None);
    let folders = tx.folders(id).await?;
    let counts = [("f0", 234), ("f1", 232), ("f2", 233)];
    let counts = counts.map(|(name, files)| FolderRow {
        folder: name.to_owned(),
        files,
    });
    assert_eq!(folders, counts);
    Ok(())
}

fn filter() -> LibraryFilter {
    LibraryFilter::default()
}

fn words(words: &[&str]) -> LibraryFilter {
    LibraryFilter {
        query: Query::parse(&words.join(" ")),
        ..filter()
    }
}

fn folder(name: &str) -> LibraryFilter {
    LibraryFilter {
        folder: Some(name.to_owned()),
        ..filter()
    }
}

/// Five files, told apart by the last letter of their names.
fn rows_to_filter() -> [LibraryRow; 5] {
    let row = |path: &str, text: &str| LibraryRow {
        text: text.to_owned(),
        ..library_row(path)
    };
    let (workflow, sms) = ("workflow".to_owned(), "sms".to_owned());
    let (acme, de) = ("acme".to_owned(), "de".to_owned());
    [
        row("email/a.prompt", "größe 100% off"),
        LibraryRow {
            kind: workflow,
            ..row("email/sub/b.prompt", "100 percent o_ff größer")
        },
        LibraryRow {
            channel: sms,
            ..row("email-old/c.prompt", "back\\slash")
        },
        LibraryRow {
            brand: acme,
            ..row("email0/d.prompt", "日本語 text")
        },
        LibraryRow {
            region: de,
            errors: 2,
            ..row("ads/e.prompt", "")
        },
    ]
}

/// Filters and the files each of them finds.
fn cases() -> Vec<(LibraryFilter, &'static str)> {
    let kinds = vec![
        "workflow".to_owned(),
        "suite".to_owned(),
        "partial".to_owned(),
    ];
    let email = Some("email".to_owned());
    vec![
        (filter(), "eacdb"),
        (words(&["größe"]), "ab"),
        (words(&["GRÖSSE"]), "ab"),
        (words(&["Größe", "percent"]), "b"),
        (words(&["%"]), ""),
        (words(&["o_f"]), "b"),
        (words(&["back\\sl"]), "c"),
        (words(&["日本"]), "d"),
        (words(&["'; drop table library; --"]), ""),
        (LibraryFilter { kinds, ..filter() }, "b"),
        (folder("email"), "ab"),
        (folder("email/"), "ab"),
        (folder("email/sub"), "b"),
        (folder("mail"), ""),
        (
            LibraryFilter {
                channel: Some("sms".to_owned()),
                ..filter()
            },
            "c",
        ),
        (
            LibraryFilter {
                brand: Some("acme".to_owned()),
                ..filter()
            },
            "d",
        ),
        (
            LibraryFilter {
                region: Some("de".to_owned()),
                ..filter()
            },
            "e",
        ),
        (
            LibraryFilter {
                with_errors: true,
                ..filter()
            },
            "e",
        ),
        (
            LibraryFilter {
                with_errors: true,
                ..folder("email")
            },
            "",
        ),
        (
            LibraryFilter {
                channel: email,
                ..folder("email")
            },
            "ab",
        ),
    ]
}

/// Every filter narrows the list, alone and together; words are never patterns.
pub async fn library_filters(store: &dyn Store) -> Checked {
    let id = fresh(store, "filters").await?;
    let mut tx = store.begin(id).await?;
    tx.put_library_rows(id, &rows_to_filter()).await?;
    tx.index_words(id).await?;
    tx.commit().await?;
    for (filter, expected) in cases() {
        check_filter(store, id, &filter, expected).await?;
    }
    Ok(())
}

async fn check_filter(
    store: &dyn Store,
    id: variorum_domain::id::WorkspaceId,
    filter: &LibraryFilter,
    expected: &str,
) -> Result<(), StoreError> {
    let mut tx = store.read().await?;
    let rows = tx.library(id, filter, None, 99).await?;
    let mut found: Vec<char> = rows
        .iter()
        .filter_map(|row| row.path.trim_end_matches(".prompt").chars().next_back())
        .collect();
    let mut expected: Vec<char> = expected.chars().collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{filter:?}");
    let count = tx.library_count(id, filter).await?;
    assert_eq!(
        usize::try_from(count).ok(),
        Some(expected.len()),
        "{filter:?}"
    );
    Ok(())
}

fn judged(path: &str, category: &str, score: i64, lacking: i64) -> LibraryRow {
    LibraryRow {
        category: category.to_owned(),
        score: Some(score),
        lacking,
        documentation: format!("{{\"of\":\"{path}\"}}"),
        ..library_row(path)
    }
}

fn scores(category: &str, prompts: i64, scores: i64, full: i64, lacking: [i64; 6]) -> ScoreRow {
    ScoreRow {
        category: category.to_owned(),
        prompts,
        scores,
        full,
        lacking,
    }
}

/// Scores are kept with the rows, filtered by, and added up by category.
pub async fn library_scores(store: &dyn Store) -> Checked {
    let id = fresh(store, "scores").await?;
    let rows = [
        judged("a.prompt", "x/", 100, 0),
        judged("b.prompt", "x/", 40, 0b10_0011),
        judged("c.prompt", "", 75, 0b1),
        LibraryRow {
            status: "archived".to_owned(),
            ..judged("d.prompt", "x/", 0, 0b11_1111)
        },
        library_row("e.prompt"),
    ];
    let mut tx = store.begin(id).await?;
    tx.put_library_rows(id, &rows).await?;
    tx.index_words(id).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    let kept = tx.library_row(id, "b.prompt").await?;
    assert_eq!(kept.as_ref(), Some(&rows[1]));
    let rest = scores("", 1, 75, 0, [1, 0, 0, 0, 0, 0]);
    let all = [rest.clone(), scores("x/", 3, 140, 1, [2, 2, 1, 1, 1, 2])];
    assert_eq!(tx.library_scores(id, &filter()).await?, all);
    let used = LibraryFilter {
        without_archived: true,
        ..filter()
    };
    let some = [rest, scores("x/", 2, 140, 1, [1, 1, 0, 0, 0, 1])];
    assert_eq!(tx.library_scores(id, &used).await?, some);
    let elsewhere = fresh(store, "scores").await?;
    assert_eq!(tx.library_scores(elsewhere, &filter()).await?, []);
    drop(tx);
    for (score, items, word, expected) in [
        (Some(100), 0, "", "bcd"),
        (Some(41), 0, "", "bd"),
        (Some(0), 0, "", ""),
        (None, 0b1, "", "bcd"),
        (None, 0b10_0000, "", "bd"),
        (None, 0b10_0001, "", "bcd"),
        (None, 0b100, "", "d"),
        (Some(70), 0b1, "", "bd"),
        (None, 0b1, "title", "bcd"),
    ] {
        let filter = LibraryFilter {
            score_below: score,
            lacking: items,
            ..words(&[word])
        };
        check_filter(store, id, &filter, expected).await?;
    }
    Ok(())
}
