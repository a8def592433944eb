//! Values at the edges of what can be stored.

use variorum_domain::id::{ActorId, ReleaseNumber, Time};
use variorum_domain::release::{Environment, Release};
use variorum_ports::rows::{CommitRow, ObjectRow};
use variorum_ports::{Store, StoreError};

use super::{Checked, fresh};
use crate::build;

const ODD: [&str; 8] = [
    "",
    " ",
    "'\"`;--$1 ?1 :x",
    "Zoë 🦀 ﷽ \u{10FFFF}",
    "a\tb\r\nc",
    "%_\\",
    "{list}",
    "null",
];

/// Odd texts and the ends of the integers come back as they were; a NUL character is refused.
pub async fn odd_values(store: &dyn Store) -> Checked {
    let id = fresh(store, "values").await?;
    let mut tx = store.begin(id).await?;
    let odd: Vec<CommitRow> = ODD
        .iter()
        .enumerate()
        .map(|(number, text)| CommitRow {
            message: (*text).to_owned(),
            author_name: (*text).to_owned(),
            authored_at: Time(i64::MIN),
            committed_at: Time(i64::MAX),
            ..build::commit(&format!("odd {number}"), &[])
        })
        .collect();
    tx.put_commits(id, &odd).await?;
    let release = Release {
        number: ReleaseNumber(i64::MIN),
        prompts: i64::MAX,
        created_at: Time(i64::MIN),
        created_by: ActorId(i64::MIN),
        note: ODD.concat(),
        ..build::release(1)
    };
    tx.put_release(id, &release).await?;
    let environment = Environment {
        revision: 1,
        ..Environment::empty(ODD[3])
    };
    tx.put_environment(id, &environment).await?;
    tx.commit().await?;

    let mut tx = store.read().await?;
    let oids: Vec<_> = odd.iter().map(|row| row.oid).collect();
    let mut found = tx.commits(id, &oids).await?;
    found.sort_by_key(|row| row.oid);
    let mut expected = odd;
    expected.sort_by_key(|row| row.oid);
    assert_eq!(found, expected);
    assert_eq!(tx.release(id, release.number).await?, Some(release));
    assert_eq!(tx.environment(id, ODD[3]).await?, Some(environment));
    drop(tx);

    let mut tx = store.begin(id).await?;
    let nul = CommitRow {
        message: "a\0b".to_owned(),
        ..build::commit("nul", &[])
    };
    let refused = tx.put_commits(id, &[nul]).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "both engines refuse a NUL"
    );
    Ok(())
}

/// Big objects come back whole.
pub async fn huge_values(store: &dyn Store) -> Checked {
    let id = fresh(store, "huge").await?;
    let rows: Vec<ObjectRow> = (0..6_u8)
        .map(|number| {
            let data: Vec<u8> = (0..2 << 20)
                .map(|at: u32| number ^ at.to_le_bytes()[1])
                .collect();
            build::object(&format!("huge {number}"), &data)
        })
        .collect();
    let mut tx = store.begin(id).await?;
    tx.put_objects(id, &rows).await?;
    tx.commit().await?;
    let mut tx = store.read().await?;
    for row in rows {
        let found = tx.objects(id, &[row.oid]).await?;
        assert!(found == [row], "an object of 2 MB comes back whole");
    }
    Ok(())
}
