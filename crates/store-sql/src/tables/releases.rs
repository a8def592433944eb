//! Releases.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, ReleaseNumber, WorkspaceId};
use variorum_domain::release::Release;
use variorum_ports::StoreError;
use variorum_ports::store::Releases;

use super::expect_one;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

#[async_trait]
impl Releases for SqlTx {
    async fn put_release(&mut self, id: WorkspaceId, release: &Release) -> Result<(), StoreError> {
        let sql = "INSERT INTO releases (workspace, number, commit_oid, tree, digest, tag, \
                   prompts, note, created_at, created_by, created_by_name, manifest) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                   ON CONFLICT (workspace, number) DO NOTHING";
        let values = [
            Value::from(id),
            Value::from(release.number),
            Value::from(&release.commit),
            Value::from(&release.tree),
            Value::from(&release.digest),
            Value::from(&release.tag),
            Value::from(release.prompts),
            Value::from(&release.note),
            Value::from(release.created_at),
            Value::from(release.created_by),
            Value::from(&release.created_by_name),
            Value::from(&release.manifest),
        ];
        let touched = self.execute("release", sql, &values).await?;
        expect_one(touched, || format!("release {}", release.number))
    }

    async fn release(
        &mut self,
        id: WorkspaceId,
        number: ReleaseNumber,
    ) -> Result<Option<Release>, StoreError> {
        let sql = "SELECT number, commit_oid, tree, digest, tag, prompts, note, created_at, \
                   created_by, created_by_name, manifest FROM releases \
                   WHERE workspace = $1 AND number = $2";
        let row = self
            .fetch_one("release", sql, &[Value::from(id), Value::from(number)])
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn releases(
        &mut self,
        id: WorkspaceId,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Release>, StoreError> {
        let sql = "SELECT number, commit_oid, tree, digest, tag, prompts, note, created_at, \
                   created_by, created_by_name, '' AS manifest FROM releases \
                   WHERE workspace = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
        let values = [
            Value::from(id),
            Value::from(below.unwrap_or(i64::MAX)),
            Value::from(limit),
        ];
        let rows = self.fetch("release", sql, &values).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Release, StoreError> {
    Ok(Release {
        number: ReleaseNumber(row.int("number")?),
        commit: row.oid("commit_oid")?,
        tree: row.oid("tree")?,
        digest: row.digest("digest")?,
        tag: row.oid("tag")?,
        manifest: row.text("manifest")?,
        prompts: row.int("prompts")?,
        note: row.text("note")?,
        created_at: row.time("created_at")?,
        created_by: ActorId(row.int("created_by")?),
        created_by_name: row.text("created_by_name")?,
    })
}
