//! The index over change records: written with the commits themselves, so that none is missing.

use std::fmt::Write as _;

use async_trait::async_trait;
use variorum_domain::id::{Oid, RolloutNumber, WorkspaceId};
use variorum_domain::record::{ChangeRecord, Note, kpi_terms};
use variorum_ports::StoreError;
use variorum_ports::rows::{CommitRow, OutcomeRow, RecordFilter, RecordRow};
use variorum_ports::store::Records;

use super::library::contains;
use super::{oid_values, sorted_oids, to_json};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

const INSERT: (&str, usize, &str) = (
    "INSERT INTO records (workspace, commit_oid, at, author, subject, body, campaign_key, \
     problem_search, hypothesis_search, all_search)",
    10,
    "ON CONFLICT (workspace, commit_oid) DO NOTHING",
);
const INSERT_TERMS: (&str, usize, &str) = (
    "INSERT INTO record_terms (workspace, term, commit_oid)",
    3,
    "ON CONFLICT DO NOTHING",
);
const INSERT_OUTCOMES: (&str, usize, &str) = (
    "INSERT INTO record_outcomes (workspace, commit_oid, rollout, at, body)",
    5,
    "ON CONFLICT (workspace, commit_oid, rollout) DO UPDATE SET at = excluded.at, \
     body = excluded.body",
);
const COLUMNS: &str = "r.seq, r.commit_oid, r.at, r.author, r.subject, r.body";

/// Indexes the records of commits; commits without one are passed by.
pub(super) async fn put(
    tx: &mut SqlTx,
    id: WorkspaceId,
    commits: &[CommitRow],
) -> Result<(), StoreError> {
    let noted: Vec<(&CommitRow, Note)> = commits
        .iter()
        .map(|row| (row, Note::from_message(&row.message)))
        .filter(|(_, note)| !note.record.is_empty())
        .collect();
    if noted.is_empty() {
        return Ok(());
    }
    let mut values = Vec::with_capacity(noted.len() * INSERT.1);
    let mut terms = Vec::new();
    for (row, note) in &noted {
        values.extend(write(id, row, note)?);
        for term in kpi_terms(&note.record) {
            terms.extend([Value::from(id), Value::from(term), Value::from(&row.oid)]);
        }
    }
    tx.insert("record", INSERT, &values).await?;
    tx.insert("record", INSERT_TERMS, &terms).await
}

fn write<'a>(
    id: WorkspaceId,
    row: &'a CommitRow,
    note: &'a Note,
) -> Result<[Value<'a>; 10], StoreError> {
    let record = &note.record;
    let mut all = format!("{} {} {}", note.subject, note.body, row.author_name);
    for (_, text) in record.fields() {
        all.push(' ');
        all.push_str(text);
    }
    Ok([
        Value::from(id),
        Value::from(&row.oid),
        Value::from(row.committed_at),
        Value::from(&row.author_name),
        Value::from(&note.subject),
        Value::from(to_json(record)?),
        Value::from(record.campaign.trim().to_lowercase()),
        Value::from(record.problem.to_lowercase()),
        Value::from(record.hypothesis.to_lowercase()),
        Value::from(all.to_lowercase()),
    ])
}

#[async_trait]
impl Records for SqlTx {
    async fn records(
        &mut self,
        id: WorkspaceId,
        filter: &RecordFilter,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let mut sql =
            format!("SELECT {COLUMNS} FROM records r WHERE r.workspace = $1 AND r.seq < $2");
        let mut values = vec![Value::from(id), Value::from(below.unwrap_or(i64::MAX))];
        let mut add = |condition: &str, value: Value<'static>| {
            values.push(value);
            let place = format!("${}", values.len());
            // Writing into a String cannot fail.
            let _ = write!(sql, " AND {}", condition.replace('?', &place));
        };
        if let Some(kpi) = &filter.kpi {
            let known = "EXISTS (SELECT 1 FROM record_terms t WHERE t.workspace = $1 \
                         AND t.term = ? AND t.commit_oid = r.commit_oid)";
            add(known, Value::from(kpi.to_lowercase()));
        }
        if let Some(campaign) = &filter.campaign {
            add(
                "r.campaign_key = ?",
                Value::from(campaign.trim().to_lowercase()),
            );
        }
        let texts = [
            ("r.problem_search", &filter.problem),
            ("r.hypothesis_search", &filter.hypothesis),
        ];
        for (column, wanted) in texts {
            for word in wanted.iter().flat_map(|text| text.split_whitespace()) {
                let pattern = Value::from(contains(word));
                add(&format!("{column} LIKE ? ESCAPE '\\'"), pattern);
            }
        }
        for word in &filter.words {
            add(
                "r.all_search LIKE ? ESCAPE '\\'",
                Value::from(contains(word)),
            );
        }
        values.push(Value::from(limit));
        let _ = write!(sql, " ORDER BY r.seq DESC LIMIT ${}", values.len());
        let rows = self.fetch("record", sql, &values).await?;
        rows.iter().map(read).collect()
    }

    async fn records_of(
        &mut self,
        id: WorkspaceId,
        commits: &[Oid],
    ) -> Result<Vec<RecordRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM records r WHERE r.workspace = $1 AND r.commit_oid IN {{list}}"
        );
        let sorted = sorted_oids(commits);
        let rows = self
            .fetch_listed("record", &sql, id, &oid_values(&sorted))
            .await?;
        rows.iter().map(read).collect()
    }

    async fn put_outcomes(
        &mut self,
        id: WorkspaceId,
        rows: &[OutcomeRow],
    ) -> Result<(), StoreError> {
        let values: Vec<Value<'_>> = rows
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(&row.commit),
                    Value::from(row.rollout),
                    Value::from(row.at),
                    Value::from(&row.body),
                ]
            })
            .collect();
        self.insert("outcome", INSERT_OUTCOMES, &values).await
    }

    async fn outcomes_of(
        &mut self,
        id: WorkspaceId,
        commits: &[Oid],
    ) -> Result<Vec<OutcomeRow>, StoreError> {
        let sql = "SELECT rollout, commit_oid, at, body FROM record_outcomes \
                   WHERE workspace = $1 AND commit_oid IN {list}";
        let sorted = sorted_oids(commits);
        let rows = self
            .fetch_listed("outcome", sql, id, &oid_values(&sorted))
            .await?;
        let mut found: Vec<OutcomeRow> = rows.iter().map(read_outcome).collect::<Result<_, _>>()?;
        found.sort_by_key(|row| (row.rollout, row.commit));
        Ok(found)
    }

    async fn commits_of_outcome(
        &mut self,
        id: WorkspaceId,
        rollout: RolloutNumber,
    ) -> Result<Vec<Oid>, StoreError> {
        let sql = "SELECT rollout, commit_oid FROM record_outcomes \
                   WHERE workspace = $1 AND rollout = $2 ORDER BY commit_oid";
        let rows = self
            .fetch("outcome", sql, &[Value::from(id), Value::from(rollout)])
            .await?;
        rows.iter().map(|row| row.oid("commit_oid")).collect()
    }
}

fn read(row: &Row) -> Result<RecordRow, StoreError> {
    Ok(RecordRow {
        seq: row.int("seq")?,
        commit: row.oid("commit_oid")?,
        at: row.time("at")?,
        author: row.text("author")?,
        subject: row.text("subject")?,
        record: row.json::<ChangeRecord>("body")?,
    })
}

fn read_outcome(row: &Row) -> Result<OutcomeRow, StoreError> {
    Ok(OutcomeRow {
        commit: row.oid("commit_oid")?,
        rollout: RolloutNumber(row.int("rollout")?),
        at: row.time("at")?,
        body: row.text("body")?,
    })
}
