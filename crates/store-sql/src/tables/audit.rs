//! The audit log: appended under its head, never changed.

use std::fmt::Write as _;

use async_trait::async_trait;
use variorum_domain::access::ActorKind;
use variorum_domain::audit::{By, Entry, Head};
use variorum_domain::id::{ActorId, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::EntryFilter;
use variorum_ports::store::AuditLog;

use super::{after_prefix, expect_one};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const SELECT: &str = "SELECT seq, workspace, at, by_id, by_kind, by_name, action, target, \
                      before_digest, after_digest, reason, evidence, prev, hash \
                      FROM audit_entries WHERE workspace = $1";

#[async_trait]
impl AuditLog for SqlTx {
    async fn audit_head(&mut self, id: WorkspaceId) -> Result<Head, StoreError> {
        let lock = self.for_update();
        let sql = format!("SELECT seq, hash FROM audit_heads WHERE workspace = $1{lock}");
        let row = self
            .fetch_one("audit head", sql, &[Value::from(id)])
            .await?;
        row.map_or(Ok(Head::EMPTY), |row| {
            Ok(Head {
                seq: row.int("seq")?,
                hash: row.digest("hash")?,
            })
        })
    }

    async fn append_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let what = || format!("audit entry {}", entry.seq);
        let touched = move_head(self, entry).await?;
        expect_one(touched, what)?;
        let sql = "INSERT INTO audit_entries (workspace, seq, at, by_id, by_kind, by_name, \
                   action, target, before_digest, after_digest, reason, evidence, prev, hash) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
        let values = [
            Value::from(entry.workspace),
            Value::from(entry.seq),
            Value::from(entry.at),
            Value::from(entry.by.id),
            Value::from(kind_name(entry.by.kind)),
            Value::from(&entry.by.name),
            Value::from(&entry.action),
            Value::from(&entry.target),
            Value::from(&entry.before),
            Value::from(&entry.after),
            Value::from(&entry.reason),
            Value::from(&entry.evidence),
            Value::from(&entry.prev),
            Value::from(&entry.hash),
        ];
        self.execute("audit entry", sql, &values).await.map(drop)
    }

    async fn entries(
        &mut self,
        id: WorkspaceId,
        filter: &EntryFilter,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut sql = format!("{SELECT} AND seq < $2");
        let mut values = vec![Value::from(id), Value::from(below.unwrap_or(i64::MAX))];
        let mut add = |condition: &str, value| {
            values.push(value);
            let _ = write!(sql, " AND {condition} ${}", values.len());
        };
        if let Some(target) = &filter.target {
            add("target =", Value::from(target));
        }
        if let Some(actor) = filter.actor {
            add("by_id =", Value::from(actor));
        }
        if let Some(prefix) = &filter.action_prefix {
            add("action >=", Value::from(prefix));
            add("action <", Value::from(after_prefix(prefix)));
        }
        if let Some(action) = &filter.without {
            add("action <>", Value::from(action));
        }
        values.push(Value::from(limit));
        let _ = write!(sql, " ORDER BY seq DESC LIMIT ${}", values.len());
        let rows = self.fetch("audit entry", sql, &values).await?;
        rows.iter().map(read).collect()
    }

    async fn scan_entries(
        &mut self,
        id: WorkspaceId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("{SELECT} AND seq > $2 ORDER BY seq LIMIT $3");
        let values = [Value::from(id), Value::from(after), Value::from(limit)];
        let rows = self.fetch("audit entry", sql, &values).await?;
        rows.iter().map(read).collect()
    }
}

/// Moves the head from the entry before to this one, if it is still there.
async fn move_head(tx: &mut SqlTx, entry: &Entry) -> Result<u64, StoreError> {
    let own = [
        Value::from(entry.workspace),
        Value::from(entry.seq),
        Value::from(&entry.hash),
    ];
    if entry.seq == 1 {
        let sql = "INSERT INTO audit_heads (workspace, seq, hash) VALUES ($1, $2, $3) \
                   ON CONFLICT (workspace) DO NOTHING";
        return tx.execute("audit head", sql, &own).await;
    }
    let sql = "UPDATE audit_heads SET seq = $2, hash = $3 \
               WHERE workspace = $1 AND seq = $2 - 1 AND hash = $4";
    let [workspace, seq, hash] = own;
    tx.execute(
        "audit head",
        sql,
        &[workspace, seq, hash, Value::from(&entry.prev)],
    )
    .await
}

fn kind_name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Person => "person",
        ActorKind::Service => "service",
        ActorKind::System => "system",
    }
}

fn kind_from_name(name: &str) -> Option<ActorKind> {
    [ActorKind::Person, ActorKind::Service, ActorKind::System]
        .into_iter()
        .find(|kind| kind_name(*kind) == name)
}

fn read(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        workspace: WorkspaceId(row.int("workspace")?),
        seq: row.int("seq")?,
        at: row.time("at")?,
        by: By {
            id: ActorId(row.int("by_id")?),
            kind: row.known("by_kind", kind_from_name(&row.text("by_kind")?))?,
            name: row.text("by_name")?,
        },
        action: row.text("action")?,
        target: row.text("target")?,
        before: row.digest_or_null("before_digest")?,
        after: row.digest_or_null("after_digest")?,
        reason: row.text("reason")?,
        evidence: row.text("evidence")?,
        prev: row.digest("prev")?,
        hash: row.digest("hash")?,
    })
}
