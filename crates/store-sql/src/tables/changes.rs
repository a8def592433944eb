//! Changes with their reviews and discussions.

use std::fmt::Write as _;

use async_trait::async_trait;
use variorum_domain::change::{Change, Review, Thread};
use variorum_domain::id::{ChangeNumber, ThreadNumber, WorkspaceId};
use variorum_ports::StoreError;
use variorum_ports::rows::ChangeFilter;
use variorum_ports::store::Changes;

use super::{expect_one, to_json};
use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl Changes for SqlTx {
    async fn put_change(&mut self, id: WorkspaceId, change: &Change) -> Result<(), StoreError> {
        let sql = if change.revision == 1 {
            "INSERT INTO changes (workspace, number, draft, status, author, owes_review, revision, \
             body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
        } else {
            "UPDATE changes SET draft = $3, status = $4, author = $5, owes_review = $6, \
             revision = $7, body = $8 WHERE workspace = $1 AND number = $2 AND revision = $7 - 1"
        };
        let values = [
            Value::from(id),
            Value::from(change.number),
            Value::from(&change.draft),
            Value::from(change.status.name()),
            Value::from(change.author.id),
            Value::from(change.owes_review()),
            Value::from(change.revision),
            Value::from(to_json(change)?),
        ];
        let touched = self.execute("change", sql, &values).await?;
        expect_one(touched, || format!("change CH-{}", change.number))
    }

    async fn change(
        &mut self,
        id: WorkspaceId,
        number: ChangeNumber,
    ) -> Result<Option<Change>, StoreError> {
        let sql = "SELECT number, body FROM changes WHERE workspace = $1 AND number = $2";
        let row = self
            .fetch_one("change", sql, &[Value::from(id), Value::from(number)])
            .await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn open_change(
        &mut self,
        id: WorkspaceId,
        draft: &str,
    ) -> Result<Option<Change>, StoreError> {
        let sql = "SELECT number, body FROM changes \
                   WHERE workspace = $1 AND draft = $2 AND status = 'open'";
        let row = self
            .fetch_one("change", sql, &[Value::from(id), Value::from(draft)])
            .await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn changes(
        &mut self,
        id: WorkspaceId,
        filter: &ChangeFilter,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Change>, StoreError> {
        let mut sql =
            "SELECT number, body FROM changes WHERE workspace = $1 AND number < $2".to_owned();
        let mut values = vec![Value::from(id), Value::from(below.unwrap_or(i64::MAX))];
        let mut add = |condition: &str, value| {
            values.push(value);
            // Writing into a String cannot fail.
            let _ = write!(sql, " AND {condition} = ${}", values.len());
        };
        if let Some(status) = filter.status {
            add("status", Value::from(status.name()));
        }
        if let Some(draft) = &filter.draft {
            add("draft", Value::from(draft));
        }
        if let Some(author) = filter.author {
            add("author", Value::from(author));
        }
        if filter.owed {
            add("owes_review", Value::from(true));
        }
        values.push(Value::from(limit));
        let _ = write!(sql, " ORDER BY number DESC LIMIT ${}", values.len());
        let rows = self.fetch("change", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn add_review(
        &mut self,
        id: WorkspaceId,
        number: ChangeNumber,
        review: &Review,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO change_reviews (workspace, number, seq, body) \
                   VALUES ($1, $2, (SELECT COALESCE(MAX(seq), 0) + 1 FROM change_reviews \
                   WHERE workspace = $1 AND number = $2), $3)";
        let values = [
            Value::from(id),
            Value::from(number),
            Value::from(to_json(review)?),
        ];
        self.execute("review", sql, &values).await.map(drop)
    }

    async fn reviews(
        &mut self,
        id: WorkspaceId,
        number: ChangeNumber,
    ) -> Result<Vec<Review>, StoreError> {
        let sql = "SELECT seq, body FROM change_reviews WHERE workspace = $1 AND number = $2 \
                   ORDER BY seq";
        let rows = self
            .fetch("review", sql, &[Value::from(id), Value::from(number)])
            .await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn put_thread(&mut self, id: WorkspaceId, thread: &Thread) -> Result<(), StoreError> {
        let sql = if thread.revision == 1 {
            "INSERT INTO change_threads (workspace, number, change_number, revision, body) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        } else {
            "UPDATE change_threads SET change_number = $3, revision = $4, body = $5 \
             WHERE workspace = $1 AND number = $2 AND revision = $4 - 1"
        };
        let values = [
            Value::from(id),
            Value::from(thread.number),
            Value::from(thread.change),
            Value::from(thread.revision),
            Value::from(to_json(thread)?),
        ];
        let touched = self.execute("thread", sql, &values).await?;
        expect_one(touched, || format!("thread {}", thread.number))
    }

    async fn thread(
        &mut self,
        id: WorkspaceId,
        number: ThreadNumber,
    ) -> Result<Option<Thread>, StoreError> {
        let sql = "SELECT number, body FROM change_threads WHERE workspace = $1 AND number = $2";
        let row = self
            .fetch_one("thread", sql, &[Value::from(id), Value::from(number)])
            .await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn threads(
        &mut self,
        id: WorkspaceId,
        number: ChangeNumber,
    ) -> Result<Vec<Thread>, StoreError> {
        let sql = "SELECT number, body FROM change_threads \
                   WHERE workspace = $1 AND change_number = $2 ORDER BY number";
        let rows = self
            .fetch("thread", sql, &[Value::from(id), Value::from(number)])
            .await?;
        rows.iter().map(|row| row.json("body")).collect()
    }
}
