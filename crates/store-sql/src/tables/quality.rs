//! Counts by which the quality of data is judged.

use async_trait::async_trait;
use variorum_domain::id::WorkspaceId;
use variorum_domain::quality::{Count, Measure};
use variorum_ports::StoreError;
use variorum_ports::store::QualityCounts;

use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl QualityCounts for SqlTx {
    async fn add_quality(&mut self, id: WorkspaceId, counts: &[Count]) -> Result<(), StoreError> {
        let head = "INSERT INTO quality_counts (workspace, hour, source, measure, name, count)";
        let tail = "ON CONFLICT (workspace, hour, source, measure, name) DO UPDATE \
                    SET count = quality_counts.count + excluded.count";
        let values: Vec<Value<'_>> = counts
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(row.hour),
                    Value::from(&row.source),
                    Value::from(row.measure.name()),
                    Value::from(&row.name),
                    Value::from(row.count),
                ]
            })
            .collect();
        self.insert("quality count", (head, 6, tail), &values).await
    }

    async fn quality(
        &mut self,
        id: WorkspaceId,
        since_hour: i64,
    ) -> Result<Vec<Count>, StoreError> {
        let sql = "SELECT hour, source, measure, name, count FROM quality_counts \
                   WHERE workspace = $1 AND hour >= $2 ORDER BY hour, source, measure, name";
        let values = [Value::from(id), Value::from(since_hour)];
        let rows = self.fetch("quality count", sql, &values).await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            // What a newer program counted and this one does not know is left out.
            let Some(measure) = Measure::from_name(&row.text("measure")?) else {
                continue;
            };
            counts.push(Count {
                hour: row.int("hour")?,
                source: row.text("source")?,
                measure,
                name: row.text("name")?,
                count: row.int("count")?,
            });
        }
        Ok(counts)
    }

    async fn forget_quality(
        &mut self,
        id: WorkspaceId,
        before_hour: i64,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM quality_counts WHERE workspace = $1 AND hour < $2";
        let values = [Value::from(id), Value::from(before_hour)];
        self.execute("quality count", sql, &values).await.map(drop)
    }
}
