//! Stops, incidents, and messages on their way to people.

use async_trait::async_trait;
use variorum_domain::escalation::{Cause, Delivery, DeliveryState, Incident, IncidentState, Route};
use variorum_domain::id::{IncidentNumber, Time, WorkspaceId};
use variorum_domain::stop::Stop;
use variorum_ports::StoreError;
use variorum_ports::store::{Deliveries, Incidents, Stops};

use super::{expect_one, to_json};
use crate::sql::{Row, Value};
use crate::transaction::SqlTx;

#[async_trait]
impl Stops for SqlTx {
    async fn add_stop(&mut self, id: WorkspaceId, stop: &Stop) -> Result<(), StoreError> {
        let sql = "INSERT INTO stops (workspace, number, holds, body) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (workspace, number) DO NOTHING";
        self.write_stop(sql, id, stop).await
    }

    async fn put_stop(&mut self, id: WorkspaceId, stop: &Stop) -> Result<(), StoreError> {
        let sql = "UPDATE stops SET holds = $3, body = $4 \
                   WHERE workspace = $1 AND number = $2 AND holds = 1";
        self.write_stop(sql, id, stop).await
    }

    async fn stops(
        &mut self,
        id: WorkspaceId,
        holding: bool,
        limit: usize,
    ) -> Result<Vec<Stop>, StoreError> {
        let sql = if holding {
            "SELECT number, body FROM stops WHERE workspace = $1 AND holds = 1 \
             ORDER BY number DESC LIMIT $2"
        } else {
            "SELECT number, body FROM stops WHERE workspace = $1 ORDER BY number DESC LIMIT $2"
        };
        let rows = self
            .fetch("stop", sql, &[Value::from(id), Value::from(limit)])
            .await?;
        rows.iter().map(|row| row.json("body")).collect()
    }
}

impl SqlTx {
    async fn write_stop(
        &mut self,
        sql: &'static str,
        id: WorkspaceId,
        stop: &Stop,
    ) -> Result<(), StoreError> {
        let values = [
            Value::from(id),
            Value::from(stop.number),
            Value::from(stop.lifted.is_none()),
            Value::from(to_json(stop)?),
        ];
        let touched = self.execute("stop", sql, &values).await?;
        expect_one(touched, || format!("stop {}", stop.number))
    }

    async fn write_incident(
        &mut self,
        sql: &'static str,
        (id, before): (WorkspaceId, Option<i64>),
        incident: &Incident,
    ) -> Result<(), StoreError> {
        let mut values = vec![
            Value::from(id),
            Value::from(incident.number),
            Value::from(incident.alarm.cause.name()),
            Value::from(&incident.alarm.subject),
            Value::from(incident.state != IncidentState::Resolved),
            Value::from(incident.next_at()),
            Value::from(incident.revision),
            Value::from(to_json(incident)?),
        ];
        values.extend(before.map(Value::from));
        let touched = self.execute("incident", sql, &values).await?;
        expect_one(touched, || format!("incident I-{}", incident.number))
    }
}

#[async_trait]
impl Incidents for SqlTx {
    async fn add_incident(
        &mut self,
        id: WorkspaceId,
        incident: &Incident,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO incidents (workspace, number, cause, subject, is_open, next_at, \
                   revision, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (workspace, number) DO NOTHING";
        self.write_incident(sql, (id, None), incident).await
    }

    async fn put_incident(
        &mut self,
        id: WorkspaceId,
        before: i64,
        incident: &Incident,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE incidents SET cause = $3, subject = $4, is_open = $5, next_at = $6, \
                   revision = $7, body = $8 WHERE workspace = $1 AND number = $2 AND revision = $9";
        self.write_incident(sql, (id, Some(before)), incident).await
    }

    async fn incident(
        &mut self,
        id: WorkspaceId,
        number: IncidentNumber,
    ) -> Result<Option<Incident>, StoreError> {
        let sql = "SELECT number, body FROM incidents WHERE workspace = $1 AND number = $2";
        let values = [Value::from(id), Value::from(number)];
        let row = self.fetch_one("incident", sql, &values).await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn incident_about(
        &mut self,
        id: WorkspaceId,
        cause: Cause,
        subject: &str,
    ) -> Result<Option<Incident>, StoreError> {
        let sql = "SELECT number, body FROM incidents WHERE workspace = $1 AND cause = $2 \
                   AND subject = $3 ORDER BY number DESC LIMIT 1";
        let values = [
            Value::from(id),
            Value::from(cause.name()),
            Value::from(subject),
        ];
        let row = self.fetch_one("incident", sql, &values).await?;
        row.map(|row| row.json("body")).transpose()
    }

    async fn incidents(
        &mut self,
        id: WorkspaceId,
        open_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        let sql = if open_only {
            "SELECT number, body FROM incidents WHERE workspace = $1 AND number < $2 \
             AND is_open = 1 ORDER BY number DESC LIMIT $3"
        } else {
            "SELECT number, body FROM incidents WHERE workspace = $1 AND number < $2 \
             ORDER BY number DESC LIMIT $3"
        };
        let values = [
            Value::from(id),
            Value::from(below.unwrap_or(i64::MAX)),
            Value::from(limit),
        ];
        let rows = self.fetch("incident", sql, &values).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    async fn incidents_moving(
        &mut self,
        limit: usize,
    ) -> Result<Vec<(WorkspaceId, Incident)>, StoreError> {
        let sql = "SELECT workspace, number, body FROM incidents WHERE next_at IS NOT NULL \
                   ORDER BY next_at, workspace, number LIMIT $1";
        let rows = self.fetch("incident", sql, &[Value::from(limit)]).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push((WorkspaceId(row.int("workspace")?), row.json("body")?));
        }
        Ok(found)
    }
}

const COLUMNS: &str = "SELECT workspace, number, message_key, incident, ladder, route, receiver, \
                       subject, text, state, tries, answer, made_at, sent_at, next_at \
                       FROM deliveries";
const INSERT: (&str, usize, &str) = (
    "INSERT INTO deliveries (workspace, number, message_key, incident, ladder, route, receiver, \
     subject, text, state, tries, answer, made_at, sent_at, next_at)",
    15,
    "ON CONFLICT (workspace, message_key) DO NOTHING",
);

#[async_trait]
impl Deliveries for SqlTx {
    async fn add_deliveries(
        &mut self,
        id: WorkspaceId,
        rows: &[Delivery],
    ) -> Result<(), StoreError> {
        let values: Vec<Value<'_>> = rows
            .iter()
            .flat_map(|row| {
                [
                    Value::from(id),
                    Value::from(row.number),
                    Value::from(&row.key),
                    Value::from(row.incident.map(|number| number.0)),
                    Value::from(&row.ladder),
                    Value::from(row.route.name()),
                    Value::from(&row.to),
                    Value::from(&row.subject),
                    Value::from(&row.text),
                    Value::from(row.state.name()),
                    Value::from(i64::from(row.tries)),
                    Value::from(&row.answer),
                    Value::from(row.made_at),
                    Value::from(row.sent_at),
                    Value::from(row.next_at),
                ]
            })
            .collect();
        self.insert("delivery", INSERT, &values).await
    }

    async fn put_delivery(&mut self, id: WorkspaceId, row: &Delivery) -> Result<(), StoreError> {
        let sql = "UPDATE deliveries SET state = $3, tries = $4, answer = $5, sent_at = $6, \
                   next_at = $7 WHERE workspace = $1 AND number = $2";
        let values = [
            Value::from(id),
            Value::from(row.number),
            Value::from(row.state.name()),
            Value::from(i64::from(row.tries)),
            Value::from(&row.answer),
            Value::from(row.sent_at),
            Value::from(row.next_at),
        ];
        let touched = self.execute("delivery", sql, &values).await?;
        expect_one(touched, || format!("delivery {}", row.number))
    }

    async fn deliveries(
        &mut self,
        id: WorkspaceId,
        incident: Option<IncidentNumber>,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let of = if incident.is_some() {
            "AND incident = $4"
        } else {
            ""
        };
        let sql = format!(
            "{COLUMNS} WHERE workspace = $1 AND number < $2 {of} ORDER BY number DESC LIMIT $3"
        );
        let mut values = vec![
            Value::from(id),
            Value::from(below.unwrap_or(i64::MAX)),
            Value::from(limit),
        ];
        values.extend(incident.map(Value::from));
        let rows = self.fetch("delivery", sql, &values).await?;
        rows.iter().map(read).collect()
    }

    async fn deliveries_due(
        &mut self,
        now: Time,
        limit: usize,
    ) -> Result<Vec<(WorkspaceId, Delivery)>, StoreError> {
        let sql = format!("{COLUMNS} WHERE next_at <= $1 ORDER BY next_at, number LIMIT $2");
        let values = [Value::from(now), Value::from(limit)];
        let rows = self.fetch("delivery", sql, &values).await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            due.push((WorkspaceId(row.int("workspace")?), read(row)?));
        }
        Ok(due)
    }
}

fn read(row: &Row) -> Result<Delivery, StoreError> {
    let route = row.text("route")?;
    let state = row.text("state")?;
    Ok(Delivery {
        number: row.int("number")?,
        key: row.text("message_key")?,
        incident: row.int_or_null("incident")?.map(IncidentNumber),
        ladder: row.text("ladder")?,
        route: row.known("route", Route::from_name(&route))?,
        to: row.text("receiver")?,
        subject: row.text("subject")?,
        text: row.text("text")?,
        state: row.known("state", DeliveryState::from_name(&state))?,
        tries: u32::try_from(row.int("tries")?).unwrap_or(u32::MAX),
        answer: row.text("answer")?,
        made_at: row.time("made_at")?,
        sent_at: row.time_or_null("sent_at")?,
        next_at: row.time_or_null("next_at")?,
    })
}
