//! Inboxes.

use async_trait::async_trait;
use variorum_domain::id::{ActorId, NoticeId, Time, WorkspaceId};
use variorum_domain::notice::{Notice, NoticeKind};
use variorum_ports::StoreError;
use variorum_ports::store::Notices;

use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO notices (workspace, actor, kind, target, text, at, read_at)",
    7,
    "",
);

#[async_trait]
impl Notices for SqlTx {
    async fn add_notices(&mut self, id: WorkspaceId, notices: &[Notice]) -> Result<(), StoreError> {
        let values: Vec<Value<'_>> = notices
            .iter()
            .flat_map(|notice| {
                [
                    Value::from(id),
                    Value::from(notice.actor),
                    Value::from(notice.kind.name()),
                    Value::from(&notice.target),
                    Value::from(&notice.text),
                    Value::from(notice.at),
                    Value::from(notice.read_at),
                ]
            })
            .collect();
        self.insert("notice", INSERT, &values).await
    }

    async fn notices(
        &mut self,
        id: WorkspaceId,
        actor: ActorId,
        unread_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Notice>, StoreError> {
        let sql = if unread_only {
            "SELECT id, actor, kind, target, text, at, read_at FROM notices WHERE workspace = $1 \
             AND actor = $2 AND id < $3 AND read_at IS NULL ORDER BY id DESC LIMIT $4"
        } else {
            "SELECT id, actor, kind, target, text, at, read_at FROM notices WHERE workspace = $1 \
             AND actor = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
        };
        let values = [
            Value::from(id),
            Value::from(actor),
            Value::from(below.unwrap_or(i64::MAX)),
            Value::from(limit),
        ];
        let rows = self.fetch("notice", sql, &values).await?;
        rows.iter().map(read).collect()
    }

    async fn unread_notices(&mut self, id: WorkspaceId, actor: ActorId) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) AS unread FROM notices \
                   WHERE workspace = $1 AND actor = $2 AND read_at IS NULL";
        let row = self
            .fetch_one("notice", sql, &[Value::from(id), Value::from(actor)])
            .await?;
        row.map_or(Ok(0), |row| row.int("unread"))
    }

    async fn read_notices(
        &mut self,
        id: WorkspaceId,
        actor: ActorId,
        notice: NoticeId,
        all_before: bool,
        at: Time,
    ) -> Result<u64, StoreError> {
        let sql = if all_before {
            "UPDATE notices SET read_at = $4 \
             WHERE workspace = $1 AND actor = $2 AND id <= $3 AND read_at IS NULL"
        } else {
            "UPDATE notices SET read_at = $4 \
             WHERE workspace = $1 AND actor = $2 AND id = $3 AND read_at IS NULL"
        };
        let values = [
            Value::from(id),
            Value::from(actor),
            Value::from(notice),
            Value::from(at),
        ];
        self.execute("notice", sql, &values).await
    }
}

fn read(row: &Row) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: NoticeId(row.int("id")?),
        actor: ActorId(row.int("actor")?),
        kind: row.known("kind", NoticeKind::from_name(&row.text("kind")?))?,
        target: row.text("target")?,
        text: row.text("text")?,
        at: row.time("at")?,
        read_at: row.time_or_null("read_at")?,
    })
}
