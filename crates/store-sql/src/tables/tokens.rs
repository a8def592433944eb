//! Tokens, sessions and links.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, Time, TokenId, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::{TokenKind, TokenRow};
use variorum_ports::store::Tokens;

use super::conflict;
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace, actor, kind, name, hash, ceiling, uses, created_at, \
             expires_at, ended_at FROM tokens ",
            $rest
        )
    };
}

#[async_trait]
impl Tokens for SqlTx {
    async fn add_token(&mut self, row: &TokenRow) -> Result<TokenId, StoreError> {
        self.check_writes()?;
        let sql = "INSERT INTO tokens (workspace, actor, kind, name, hash, ceiling, uses, \
                   created_at, expires_at, ended_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                   ON CONFLICT (hash) DO NOTHING RETURNING id";
        let values = [
            Value::from(row.workspace),
            Value::from(row.actor),
            Value::from(row.kind.name()),
            Value::from(&row.name),
            Value::from(row.hash.as_slice()),
            Value::from(&row.ceiling),
            Value::from(&row.uses),
            Value::from(row.created_at),
            Value::from(row.expires_at),
            Value::from(row.ended_at),
        ];
        let added = self.fetch_one("token", sql, &values).await?;
        added
            .ok_or_else(|| conflict("token"))?
            .int("id")
            .map(TokenId)
    }

    async fn token_by_hash(&mut self, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
        let row = self
            .fetch_one("token", select!("WHERE hash = $1"), &[Value::from(hash)])
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn token(&mut self, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
        let row = self
            .fetch_one("token", select!("WHERE id = $1"), &[Value::from(id)])
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn tokens(&mut self, id: WorkspaceId) -> Result<Vec<TokenRow>, StoreError> {
        let sql = select!("WHERE workspace = $1 AND ended_at IS NULL ORDER BY id DESC");
        let rows = self.fetch("token", sql, &[Value::from(id)]).await?;
        rows.iter().map(read).collect()
    }

    async fn end_token(&mut self, id: TokenId, at: Time) -> Result<bool, StoreError> {
        let sql = "UPDATE tokens SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        Ok(self
            .execute("token", sql, &[Value::from(id), Value::from(at)])
            .await?
            == 1)
    }
}

fn read(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: TokenId(row.int("id")?),
        workspace: WorkspaceId(row.int("workspace")?),
        actor: ActorId(row.int("actor")?),
        kind: row.known("kind", TokenKind::from_name(&row.text("kind")?))?,
        name: row.text("name")?,
        hash: row.bytes("hash")?,
        ceiling: row.text("ceiling")?,
        uses: row.text("uses")?,
        created_at: row.time("created_at")?,
        expires_at: row.time_or_null("expires_at")?,
        ended_at: row.time_or_null("ended_at")?,
    })
}
