//! What the files on `main` refer to.

use variorum_domain::id::WorkspaceId;
use variorum_ports::rows::{EdgeKind, EdgeRow, LibraryFilter};
use variorum_ports::{Store, StoreError};

use super::{Checked, fresh};
use crate::build;

/// Edges are replaced by the file they leave, found by where they lead, and narrow the listing.
pub async fn library_edges(store: &dyn Store) -> Checked {
    let id = fresh(store, "edges").await?;
    let other = fresh(store, "edges").await?;
    let many: Vec<EdgeRow> = (0..1_500)
        .map(|n| edge(&format!("m{n:04}.prompt"), "voice"))
        .collect();
    let mut tx = store.begin(id).await?;
    tx.put_edges(id, &[], &[]).await?;
    tx.put_edges(id, &paths(&many), &many).await?;
    let twice = [edge("a", "voice"), edge("a", "legal"), edge("a", "voice")];
    tx.put_edges(id, &["a".to_owned()], &twice).await?;
    tx.commit().await?;
    let mut tx = store.begin(other).await?;
    tx.put_edges(other, &["a".to_owned()], &[edge("a", "legal")])
        .await?;
    tx.commit().await?;

    assert_eq!(leading_to(store, id, &["voice"]).await?.len(), 1_501);
    let odd = ["legal", "Voice", "voic_", "%", "legal"];
    assert_eq!(leading_to(store, id, &odd).await?, [edge("a", "legal")]);
    assert_eq!(leading_to(store, id, &[]).await?, []);

    let mut tx = store.begin(id).await?;
    let files = ["a", "b"].map(str::to_owned);
    tx.put_edges(id, &files, &[edge("b", "legal")]).await?;
    tx.put_edges(id, &paths(&many[1..]), &[]).await?;
    tx.commit().await?;
    assert_eq!(
        leading_to(store, id, &["voice", "legal"]).await?,
        [edge("b", "legal"), many[0].clone()],
        "edges that leave a file are replaced as a whole"
    );
    assert_eq!(
        leading_to(store, other, &["legal"]).await?,
        [edge("a", "legal")],
        "those of another workspace are left alone"
    );
    in_order(store, id).await?;
    narrowed(store, id).await
}

/// All edges are read page by page, in the order of bytes.
async fn in_order(store: &dyn Store, id: WorkspaceId) -> Checked {
    let of = |from: &str, kind, to: &str| EdgeRow {
        from_path: from.to_owned(),
        kind,
        to_ref: to.to_owned(),
    };
    // By the names of kinds: `includes` before `runs`.
    let expected = [
        of("Z", EdgeKind::Runs, "a"),
        edge("b", "legal"),
        edge("c", "Voice"),
        edge("c", "legal"),
        of("c", EdgeKind::Runs, "Voice"),
        edge("m0000.prompt", "voice"),
        of("ä", EdgeKind::Owner, "owner:a@b"),
    ];
    let mut tx = store.begin(id).await?;
    let files = ["c", "Z", "ä"].map(str::to_owned);
    let mut rows: Vec<EdgeRow> = expected.to_vec();
    rows.retain(|row| files.contains(&row.from_path));
    rows.reverse();
    tx.put_edges(id, &files, &rows).await?;
    assert_eq!(tx.edges(id, None, 99).await?, expected);
    let mut paged = Vec::new();
    loop {
        let page = tx.edges(id, paged.last(), 2).await?;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, expected);
    tx.put_edges(id, &files, &[]).await?;
    tx.commit().await
}

/// The listing shows only what refers to something.
async fn narrowed(store: &dyn Store, id: WorkspaceId) -> Checked {
    let mut tx = store.begin(id).await?;
    let rows = ["a", "b"].map(build::library_row);
    tx.put_library_rows(id, &rows).await?;
    let filter = LibraryFilter {
        refers_to: Some((EdgeKind::Includes, "legal".to_owned())),
        ..LibraryFilter::default()
    };
    assert_eq!(tx.library(id, &filter, None, 9).await?, [rows[1].clone()]);
    assert_eq!(tx.library_count(id, &filter).await?, 1);
    let asked = ["b", "none"].map(str::to_owned);
    assert_eq!(tx.library_rows(id, &asked).await?, [rows[1].clone()]);
    assert_eq!(tx.library_rows(id, &[]).await?, []);
    tx.commit().await?;
    kinds(store, id).await
}

/// A file refers to the same thing in several ways, and each way is asked for by itself.
async fn kinds(store: &dyn Store, id: WorkspaceId) -> Checked {
    let of = |kind| EdgeRow {
        kind,
        ..edge("a", "x")
    };
    let all = [EdgeKind::Includes, EdgeKind::Varies, EdgeKind::Runs].map(of);
    let mut tx = store.begin(id).await?;
    tx.put_edges(id, &["a".to_owned()], &all).await?;
    for one in &all {
        let found = tx.edges_to(id, one.kind, &["x".to_owned()]).await?;
        assert_eq!(found, std::slice::from_ref(one));
        let filter = LibraryFilter {
            refers_to: Some((one.kind, "x".to_owned())),
            ..LibraryFilter::default()
        };
        assert_eq!(tx.library_count(id, &filter).await?, 1, "{:?}", one.kind);
    }
    tx.commit().await
}

fn edge(from: &str, to: &str) -> EdgeRow {
    EdgeRow {
        from_path: from.to_owned(),
        kind: EdgeKind::Includes,
        to_ref: to.to_owned(),
    }
}

fn paths(edges: &[EdgeRow]) -> Vec<String> {
    edges.iter().map(|edge| edge.from_path.clone()).collect()
}

async fn leading_to(
    store: &dyn Store,
    id: WorkspaceId,
    names: &[&str],
) -> Result<Vec<EdgeRow>, StoreError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut tx = store.read().await?;
    let mut found = tx.edges_to(id, EdgeKind::Includes, &names).await?;
    found.sort();
    Ok(found)
}
