//! What rollouts in the shadow came to.

use async_trait::async_trait;
use variorum_domain::id::{RolloutNumber, WorkspaceId};
use variorum_domain::shadow::{Count, Measure, Sample};
use variorum_ports::StoreError;
use variorum_ports::store::ShadowCounts;

use crate::sql::Value;
use crate::transaction::SqlTx;

#[async_trait]
impl ShadowCounts for SqlTx {
    async fn add_shadow_counts(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
        counts: &[Count],
    ) -> Result<(), StoreError> {
        let head = "INSERT INTO shadow_counts (workspace, rollout, prompt, measure, name, count)";
        let tail = "ON CONFLICT (workspace, rollout, prompt, measure, name) DO UPDATE \
                    SET count = shadow_counts.count + excluded.count";
        let values: Vec<Value<'_>> = counts
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(number),
                    Value::from(&row.prompt),
                    Value::from(row.measure.name()),
                    Value::from(&row.name),
                    Value::from(row.count),
                ]
            })
            .collect();
        self.insert("shadow count", (head, 6, tail), &values).await
    }

    async fn shadow_counts(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Vec<Count>, StoreError> {
        let sql = "SELECT prompt, measure, name, count FROM shadow_counts \
                   WHERE workspace = $1 AND rollout = $2 ORDER BY prompt, measure, name";
        let values = [Value::from(id), Value::from(number)];
        let rows = self.fetch("shadow count", sql, &values).await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            // What a newer program counted and this one does not know is left out.
            let Some(measure) = Measure::from_name(&row.text("measure")?) else {
                continue;
            };
            counts.push(Count {
                prompt: row.text("prompt")?,
                measure,
                name: row.text("name")?,
                count: row.int("count")?,
            });
        }
        Ok(counts)
    }

    async fn add_shadow_samples(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
        samples: &[Sample],
    ) -> Result<(), StoreError> {
        let head = "INSERT INTO shadow_samples \
                    (workspace, rollout, prompt, at, unit, old_text, new_text)";
        let tail = "ON CONFLICT (workspace, rollout, prompt, at, unit) DO NOTHING";
        let values: Vec<Value<'_>> = samples
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(number),
                    Value::from(&row.prompt),
                    Value::from(row.at.0),
                    Value::from(&row.unit),
                    Value::from(&row.old),
                    Value::from(&row.new),
                ]
            })
            .collect();
        self.insert("shadow sample", (head, 7, tail), &values).await
    }

    async fn shadow_samples(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Vec<Sample>, StoreError> {
        let sql = "SELECT prompt, at, unit, old_text, new_text FROM shadow_samples \
                   WHERE workspace = $1 AND rollout = $2 ORDER BY prompt, at, unit";
        let values = [Value::from(id), Value::from(number)];
        let rows = self.fetch("shadow sample", sql, &values).await?;
        let read = |row: &crate::sql::Row| {
            Ok(Sample {
                prompt: row.text("prompt")?,
                at: row.time("at")?,
                unit: row.text("unit")?,
                old: row.text("old_text")?,
                new: row.text("new_text")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn erase_shadow_samples(
        &mut self,
        id: WorkspaceId,
        unit: &str,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM shadow_samples WHERE workspace = $1 AND unit = $2";
        let values = [Value::from(id), Value::from(unit)];
        self.execute("shadow sample", sql, &values).await.map(drop)
    }
}
