//! Sources, between the wire and the use cases.

use std::collections::BTreeMap;

use variorum_api_types::events::EventRejected;
use variorum_api_types::sources as wire;
use variorum_app::sources::{Outcome, ReceiptRow, Refusal, Shown, Tried};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::intake::{Mapping, Origin, TimeFormat};
use variorum_domain::library::Kpi;
use variorum_domain::source::Shape;
use variorum_domain::webhook::Scheme;

use crate::convert::data::decimal;
use crate::problem::{Failure, sentence};
use crate::time;

fn origin(field: &str, sent: Option<wire::FieldFrom>) -> Result<Option<Origin>, Failure> {
    let Some(sent) = sent else { return Ok(None) };
    match (sent.pointer, sent.constant) {
        (Some(pointer), None) => Ok(Some(Origin::Column(pointer))),
        (None, Some(text)) => Ok(Some(Origin::Constant(text))),
        _ => Err(Failure::invalid(
            &format!("`{field}` needs either `pointer` or `constant`"),
            "Say where it stands in the body, or give a value that holds for every event.",
        )),
    }
}

fn origin_out(origin: Option<Origin>) -> Option<wire::FieldFrom> {
    Some(match origin? {
        Origin::Column(pointer) => wire::FieldFrom {
            pointer: Some(pointer),
            constant: None,
        },
        Origin::Constant(text) => wire::FieldFrom {
            pointer: None,
            constant: Some(text),
        },
    })
}

/// How bodies are read, as it is sent.
pub(crate) fn shape(sent: wire::SourceReads) -> Result<Shape, Failure> {
    let format = match sent.time_format.as_str() {
        "" => Some(TimeFormat::default()),
        name => TimeFormat::from_name(name),
    };
    let time_format = format.ok_or_else(|| {
        Failure::invalid(
            &format!("`{}` is no way in which times are written", sent.time_format),
            "Use `rfc3339`, `epoch-s`, `epoch-ms`, `epoch-us`, `local`, or a pattern such as `%d.%m.%Y %H:%M`.",
        )
    })?;
    Ok(Shape {
        items: sent.items,
        names: sent.names,
        mapping: Mapping {
            id: origin("id", sent.id)?,
            time: origin("time", sent.time)?,
            time_format,
            zone: sent.zone,
            unit: origin("unit", sent.unit)?,
            prompt: origin("prompt", sent.prompt)?,
            rollout: origin("rollout", sent.rollout)?,
            arm: origin("arm", sent.arm)?,
            kpi: origin("kpi", sent.kpi)?,
            value: origin("value", sent.value)?,
            currency: origin("currency", sent.currency)?,
            minor_units: sent.minor_units,
            channel: origin("channel", sent.channel)?,
            attributes: sent.attributes.into_iter().collect(),
            ..Mapping::default()
        },
    })
}

fn shape_out(shape: Shape) -> wire::SourceReads {
    let mapping = shape.mapping;
    wire::SourceReads {
        items: shape.items,
        names: shape.names,
        kpi: origin_out(mapping.kpi),
        unit: origin_out(mapping.unit),
        value: origin_out(mapping.value),
        currency: origin_out(mapping.currency),
        minor_units: mapping.minor_units,
        time: origin_out(mapping.time),
        time_format: mapping.time_format.name().to_owned(),
        zone: mapping.zone,
        id: origin_out(mapping.id),
        channel: origin_out(mapping.channel),
        prompt: origin_out(mapping.prompt),
        rollout: origin_out(mapping.rollout),
        arm: origin_out(mapping.arm),
        attributes: mapping.attributes.into_iter().collect(),
    }
}

/// The scheme of a name; the standard where nothing is said.
pub(crate) fn scheme(name: &str) -> Result<Scheme, Failure> {
    let found = match name {
        "" => Some(Scheme::Standard),
        name => Scheme::from_name(name),
    };
    found.ok_or_else(|| {
        Failure::invalid(
            &format!("`{name}` is no way in which webhooks are signed"),
            "Use `standard`, `hub`, `stripe` or `shopify`.",
        )
    })
}

fn receipt(row: ReceiptRow) -> wire::SourceReceipt {
    wire::SourceReceipt {
        at: time::format(row.at),
        delivery: row.delivery,
        state: row.state,
        reason: sentence(&row.reason),
        accepted: row.accepted,
        duplicate: row.duplicate,
        ignored: row.ignored,
        refused: row.refused,
    }
}

/// A source, as it is shown to people.
pub(crate) fn source(shown: Shown, public_url: &str) -> wire::Source {
    let row = shown.row;
    wire::Source {
        url: format!("{}/hooks/{}", public_url.trim_end_matches('/'), row.handle),
        name: row.name,
        environment: row.environment,
        scheme: row.scheme,
        reads: shape_out(shown.shape),
        state: if row.paused_at.is_some() {
            "paused"
        } else {
            "running"
        }
        .to_owned(),
        added_by: row.added_by,
        added_at: time::format(row.added_at),
        secret_before_until: row.before_until.map(time::format),
        revision: row.revision,
        last: shown.receipts.into_iter().next().map(receipt),
    }
}

/// A source with its last deliveries.
pub(crate) fn detail(shown: Shown, public_url: &str) -> wire::SourceDetail {
    let deliveries = shown.receipts.iter().cloned().map(receipt).collect();
    wire::SourceDetail {
        source: source(shown, public_url),
        deliveries,
    }
}

fn rejected(refusal: &Refusal) -> EventRejected {
    let message = match &refusal.pointer {
        Some(pointer) if refusal.value.is_empty() => {
            format!("{} (at `{pointer}`)", refusal.message)
        }
        Some(pointer) => format!(
            "{} (at `{pointer}`, where `{}` stands)",
            refusal.message, refusal.value
        ),
        None => refusal.message.clone(),
    };
    EventRejected {
        index: refusal.index,
        code: refusal.code.to_owned(),
        message: sentence(&message),
    }
}

/// What became of a delivery.
pub(crate) fn taken(outcome: &Outcome) -> wire::HookTaken {
    wire::HookTaken {
        accepted: outcome.accepted,
        duplicate: outcome.duplicate,
        ignored: outcome.ignored,
        rejected: outcome.refusals.iter().map(rejected).collect(),
    }
}

fn event(event: Event, kpis: &BTreeMap<String, Kpi>) -> wire::TriedEvent {
    let is_outcome = event.kind == EventKind::Outcome;
    let decimals = kpis.get(&event.kpi).map_or(0, |known| known.decimals);
    wire::TriedEvent {
        id: event.id,
        kind: if is_outcome { "outcome" } else { "exposure" }.to_owned(),
        time: time::format(event.time),
        unit: event.unit,
        value: if is_outcome {
            decimal(i128::from(event.value), decimals)
        } else {
            String::new()
        },
        kpi: event.kpi,
        channel: event.channel,
        prompt: event.prompt,
        rollout: event.rollout.map(|number| number.0),
        arm: event.arm,
        attributes: serde_json::from_str(&event.attributes).unwrap_or_default(),
    }
}

/// What a tried body would come to.
pub(crate) fn tried(tried: Vec<Tried>, kpis: &BTreeMap<String, Kpi>) -> wire::SourceTried {
    let items: Vec<wire::TriedItem> = tried
        .into_iter()
        .map(|(index, what)| {
            let (found, refused) = match what {
                Ok(found) => (found, None),
                Err(refusal) => (None, Some(rejected(&refusal))),
            };
            wire::TriedItem {
                index,
                event: found.map(|found| event(found, kpis)),
                refused,
            }
        })
        .collect();
    let events = items.iter().filter(|item| item.event.is_some()).count();
    let refused = items.iter().filter(|item| item.refused.is_some()).count();
    let ignored = items.len() - events - refused;
    wire::SourceTried {
        sentence: format!(
            "{events} {} would be stored, {refused} refused, {ignored} left alone.",
            if events == 1 { "event" } else { "events" }
        ),
        items,
    }
}
