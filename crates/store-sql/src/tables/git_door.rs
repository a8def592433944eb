//! What objects are without their bodies, the keys with which people and the server sign, and who
//! pushed what.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, Oid, Time, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::{ArrivalRow, ObjectFact, ObjectSpan, ServerKeyRow, SigningKeyRow};
use variorum_ports::store::{Arrivals, ObjectFacts, ServerKeys, SigningKeys};

use super::{conflict, expect_one, oid_values, sorted_oids};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

#[async_trait]
impl ObjectFacts for SqlTx {
    async fn object_facts(
        &mut self,
        id: WorkspaceId,
        oids: &[Oid],
    ) -> Result<Vec<ObjectFact>, StoreError> {
        let sql = "SELECT oid, kind, size FROM objects WHERE workspace = $1 AND oid IN {list}";
        let sorted = sorted_oids(oids);
        let rows = self
            .fetch_listed("object", sql, id, &oid_values(&sorted))
            .await?;
        let read = |row: &Row| {
            Ok(ObjectFact {
                oid: row.oid("oid")?,
                kind: row.int("kind")?,
                size: row.int("size")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn object_span(&mut self, id: WorkspaceId, after: i64) -> Result<ObjectSpan, StoreError> {
        let by_place = self.engine().by_place();
        let newest =
            format!("SELECT seq FROM objects WHERE {by_place} = $1 ORDER BY seq DESC LIMIT 1");
        let newest = self.fetch_one("object", newest, &[Value::from(id)]).await?;
        let last = newest.map_or(Ok(0), |row| row.int("seq"))?;
        if last <= after {
            return Ok(ObjectSpan { count: 0, last });
        }
        let count =
            format!("SELECT COUNT(*) AS found FROM objects WHERE {by_place} = $1 AND seq > $2");
        let values = [Value::from(id), Value::from(after)];
        let row = self.fetch_one("object", count, &values).await?;
        let count = row.map_or(Ok(0), |row| row.int("found"))?;
        Ok(ObjectSpan { count, last })
    }
}

#[async_trait]
impl SigningKeys for SqlTx {
    async fn add_signing_key(&mut self, row: &SigningKeyRow) -> Result<i64, StoreError> {
        self.check_writes()?;
        let sql = "INSERT INTO signing_keys (workspace, actor, title, fingerprint, public_key, \
                   added_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                   ON CONFLICT DO NOTHING RETURNING id";
        let values = [
            Value::from(row.workspace),
            Value::from(row.actor),
            Value::from(&row.title),
            Value::from(&row.fingerprint),
            Value::from(&row.public_key),
            Value::from(row.added_at),
            Value::from(row.ended_at),
        ];
        let added = self.fetch_one("signing key", sql, &values).await?;
        added.ok_or_else(|| conflict("signing key"))?.int("id")
    }

    async fn signing_keys(&mut self, id: WorkspaceId) -> Result<Vec<SigningKeyRow>, StoreError> {
        let sql = "SELECT id, workspace, actor, title, fingerprint, public_key, added_at, ended_at \
                   FROM signing_keys WHERE workspace = $1 ORDER BY id";
        let rows = self.fetch("signing key", sql, &[Value::from(id)]).await?;
        rows.iter().map(read).collect()
    }

    async fn end_signing_key(
        &mut self,
        id: WorkspaceId,
        key: i64,
        at: Time,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE signing_keys SET ended_at = $3 \
                   WHERE workspace = $1 AND id = $2 AND ended_at IS NULL";
        let values = [Value::from(id), Value::from(key), Value::from(at)];
        Ok(self.execute("signing key", sql, &values).await? == 1)
    }
}

fn read(row: &Row) -> Result<SigningKeyRow, StoreError> {
    Ok(SigningKeyRow {
        id: row.int("id")?,
        workspace: WorkspaceId(row.int("workspace")?),
        actor: ActorId(row.int("actor")?),
        title: row.text("title")?,
        fingerprint: row.text("fingerprint")?,
        public_key: row.text("public_key")?,
        added_at: row.time("added_at")?,
        ended_at: row.time_or_null("ended_at")?,
    })
}

#[async_trait]
impl ServerKeys for SqlTx {
    async fn server_key(&mut self, id: WorkspaceId) -> Result<Option<ServerKeyRow>, StoreError> {
        let sql = "SELECT workspace, fingerprint, public_key, seed, made_at FROM server_keys \
                   WHERE workspace = $1";
        let row = self
            .fetch_one("server key", sql, &[Value::from(id)])
            .await?;
        let read = |row: Row| {
            Ok(ServerKeyRow {
                workspace: WorkspaceId(row.int("workspace")?),
                fingerprint: row.text("fingerprint")?,
                public_key: row.text("public_key")?,
                seed: row.bytes("seed")?,
                made_at: row.time("made_at")?,
            })
        };
        row.map(read).transpose()
    }

    async fn add_server_key(&mut self, row: &ServerKeyRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO server_keys (workspace, fingerprint, public_key, seed, made_at) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace) DO NOTHING";
        let values = [
            Value::from(row.workspace),
            Value::from(&row.fingerprint),
            Value::from(&row.public_key),
            Value::from(row.seed.clone()),
            Value::from(row.made_at),
        ];
        let touched = self.execute("server key", sql, &values).await?;
        expect_one(touched, || "server key".to_owned())
    }
}

const INSERT_ARRIVALS: (&str, usize, &str) = (
    "INSERT INTO arrivals (workspace, commit_oid, actor, actor_name, at, wrote)",
    6,
    "ON CONFLICT (workspace, commit_oid) DO NOTHING",
);

#[async_trait]
impl Arrivals for SqlTx {
    async fn put_arrivals(
        &mut self,
        id: WorkspaceId,
        rows: &[ArrivalRow],
    ) -> Result<(), StoreError> {
        let values: Vec<Value<'_>> = rows
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(&row.commit),
                    Value::from(row.actor),
                    Value::from(&row.actor_name),
                    Value::from(row.at),
                    Value::from(row.wrote),
                ]
            })
            .collect();
        self.insert("arrival", INSERT_ARRIVALS, &values).await
    }

    async fn arrivals(
        &mut self,
        id: WorkspaceId,
        oids: &[Oid],
    ) -> Result<Vec<ArrivalRow>, StoreError> {
        let sql = "SELECT commit_oid, actor, actor_name, at, wrote FROM arrivals \
                   WHERE workspace = $1 AND commit_oid IN {list}";
        let sorted = sorted_oids(oids);
        let rows = self
            .fetch_listed("arrival", sql, id, &oid_values(&sorted))
            .await?;
        let read = |row: &Row| {
            Ok(ArrivalRow {
                commit: row.oid("commit_oid")?,
                actor: ActorId(row.int("actor")?),
                actor_name: row.text("actor_name")?,
                at: row.time("at")?,
                wrote: row.truth("wrote")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
