//! Events: each is read on its own, so that one that is wrong does not hold up the others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use variorum_api_types::events::EventRejected;
use variorum_domain::event::{Event, EventError, EventKind};
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::kpi::{Amount, defined};
use variorum_domain::library::{Kpi, Rates};

use crate::problem::sentence;
use crate::time;

/// A text that is borrowed from the body where it holds no escapes.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// An event as it is sent; `variorum_api_types::events::Event`, borrowed.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    time: Option<Text<'a>>,
    #[serde(borrow)]
    unit: Text<'a>,
    #[serde(borrow, default)]
    prompt: Option<Text<'a>>,
    #[serde(default)]
    rollout: Option<i64>,
    #[serde(default)]
    arm: Option<u8>,
    #[serde(borrow, default)]
    kpi: Option<Text<'a>>,
    #[serde(default)]
    value: Option<Value>,
    #[serde(borrow, default)]
    currency: Option<Text<'a>>,
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
    #[serde(default)]
    attributes: Option<Value>,
}

/// Why an event is refused before any rule looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It cannot be read.
    Json(String),
    /// Its type is not one there is.
    Kind(String),
    /// Its time cannot be read.
    Time(String),
    /// A rule refuses it.
    Rule(EventError),
}

impl Refused {
    /// The rule that refuses it, where one does.
    pub(crate) fn rule(&self) -> Option<&EventError> {
        match self {
            Self::Rule(error) => Some(error),
            _ => None,
        }
    }

    /// The refusal as it is sent.
    pub(crate) fn at(&self, index: usize) -> EventRejected {
        let (code, message) = match self {
            Self::Json(error) => (
                "bad-json",
                format!("this cannot be read as an event: {error}"),
            ),
            Self::Kind(kind) => (
                "bad-type",
                format!("`type` must be `exposure` or `outcome`, not `{kind}`"),
            ),
            Self::Time(time) => {
                let example = "2026-11-19T08:15:00Z";
                (
                    "bad-time",
                    format!("`time` must be like `{example}`, not `{time}`"),
                )
            }
            Self::Rule(error) => (error.code(), error.to_string()),
        };
        EventRejected {
            index,
            code: code.to_owned(),
            message: sentence(&message),
        }
    }
}

/// What a body holds: events that could be read, and why others could not, each with its place.
pub(crate) type Batch<'a> = Vec<Result<Sent<'a>, Refused>>;

/// Reads a body: an array, one object, or one object a line.
pub(crate) fn read(body: &[u8], is_lines: bool) -> Result<Batch<'_>, serde_json::Error> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') && !is_lines {
        return read_array(body);
    }
    if !is_lines && let Ok(one) = serde_json::from_slice(body) {
        return Ok(vec![Ok(one)]);
    }
    if first != Some(&b'{') && !is_lines {
        // Reports what is wrong with it.
        let one: Sent<'_> = serde_json::from_slice(body)?;
        return Ok(vec![Ok(one)]);
    }
    Ok(read_lines(body))
}

fn read_lines(body: &[u8]) -> Batch<'_> {
    let lines = body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    lines
        .map(|line| serde_json::from_slice(line).map_err(|error| bad_json(&error)))
        .collect()
}

/// All at once where all are fine, else one by one.
fn read_array(body: &[u8]) -> Result<Batch<'_>, serde_json::Error> {
    if let Ok(all) = serde_json::from_slice::<Vec<Sent<'_>>>(body) {
        return Ok(all.into_iter().map(Ok).collect());
    }
    let values: Vec<Value> = serde_json::from_slice(body)?;
    let each = values
        .into_iter()
        .map(|value| from_value(&value).map_err(|e| bad_json(&e)));
    Ok(each.collect())
}

/// Reads one event of a batch in which another is wrong; this one owns its texts.
fn from_value(value: &Value) -> Result<Sent<'static>, serde_json::Error> {
    let sent: variorum_api_types::events::Event = serde_json::from_value(value.clone())?;
    let text = |text: String| Text(Cow::Owned(text));
    Ok(Sent {
        id: text(sent.id),
        kind: text(sent.kind),
        time: sent.time.map(text),
        unit: text(sent.unit),
        prompt: sent.prompt.map(text),
        rollout: sent.rollout,
        arm: sent.arm,
        kpi: sent.kpi.map(text),
        value: sent.value,
        currency: sent.currency.map(text),
        channel: sent.channel.map(text),
        attributes: sent.attributes,
    })
}

fn bad_json(error: &serde_json::Error) -> Refused {
    Refused::Json(error.to_string())
}

/// One event in the domain's terms.
pub(crate) fn event(
    sent: Sent<'_>,
    kpis: &BTreeMap<String, Kpi>,
    rates: &Rates,
    now: Time,
) -> Result<Event, Refused> {
    let kind = match sent.kind.0.as_ref() {
        "exposure" => EventKind::Exposure,
        "outcome" => EventKind::Outcome,
        other => return Err(Refused::Kind(other.chars().take(80).collect())),
    };
    let time = match &sent.time {
        Some(text) => {
            time::parse(&text.0).ok_or_else(|| Refused::Time(text.0.chars().take(80).collect()))?
        }
        None => now,
    };
    let owned = |text: Option<Text<'_>>| text.map(|text| text.0.into_owned()).unwrap_or_default();
    let (kpi, value) = match kind {
        EventKind::Exposure => (String::new(), 0),
        EventKind::Outcome => {
            let currency = owned(sent.currency);
            let (kpi, value) = outcome(
                (owned(sent.kpi), sent.value.as_ref(), &currency),
                kpis,
                (rates, time),
            )?;
            (kpi, value)
        }
    };
    let attributes = sent.attributes.filter(|attributes| !attributes.is_null());
    Ok(Event {
        id: sent.id.0.into_owned(),
        kind,
        time,
        unit: sent.unit.0.into_owned(),
        prompt: owned(sent.prompt),
        rollout: sent.rollout.map(RolloutNumber),
        arm: sent.arm,
        kpi,
        value,
        channel: owned(sent.channel),
        attributes: attributes
            .map(|attributes| attributes.to_string())
            .unwrap_or_default(),
    })
}

/// The KPI of an outcome and how much of it, in its smallest unit.
fn outcome(
    (kpi, value, currency): (String, Option<&Value>, &str),
    kpis: &BTreeMap<String, Kpi>,
    (rates, time): (&Rates, Time),
) -> Result<(String, i64), Refused> {
    if kpi.is_empty() {
        return Err(Refused::Rule(EventError::Missing("kpi")));
    }
    let Some(known) = defined(kpis, &kpi) else {
        return Err(Refused::Rule(EventError::UnknownKpi(
            kpi.chars().take(80).collect(),
        )));
    };
    let one = Value::from(1);
    let value = value.filter(|value| !value.is_null()).unwrap_or(&one);
    let amount = Amount { value, currency };
    let value = known.amount(&amount, rates, time).map_err(Refused::Rule)?;
    Ok((kpi, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::library::Library;

    fn kpis() -> BTreeMap<String, Kpi> {
        let text = "kpis: [{id: order}, {id: revenue, kind: value, currency: EUR}, {id: aov, kind: ratio, numerator: revenue, denominator: order}]";
        Library::parse(text).unwrap().kpis
    }

    fn rates() -> Rates {
        let text = "rates: [{from: USD, to: EUR, on: 1970-01-01, rate: 0.9}]";
        Library::parse(text).unwrap().rates
    }

    /// What becomes of each event: `id value`, or the code of its refusal.
    fn check(body: &str, is_lines: bool) -> Vec<String> {
        let batch = read(body.as_bytes(), is_lines).unwrap();
        let each = batch.into_iter().enumerate().map(|(index, sent)| {
            match sent.and_then(|sent| event(sent, &kpis(), &rates(), Time(7))) {
                Ok(event) => format!("{} {}", event.id, event.value),
                Err(refused) => refused.at(index).code,
            }
        });
        each.collect()
    }

    #[test]
    fn all_three_shapes_are_read() {
        let one = r#"{"id":"1","type":"outcome","unit":"u","kpi":"order"}"#;
        let spread = one.replace(',', ",\n ");
        let two = one.replace("\"1\"", "\"2\"");
        assert_eq!(check(one, false), ["1 1"]);
        assert_eq!(check(&spread, false), ["1 1"]);
        assert_eq!(check(&format!("[{one},{two}]"), false), ["1 1", "2 1"]);
        assert_eq!(check(&format!("{one}\n\n{two}\r\n"), false), ["1 1", "2 1"]);
        assert_eq!(check(one, true), ["1 1"]);
        assert_eq!(check("", true), Vec::<String>::new());
        assert_eq!(check("[]", false), Vec::<String>::new());
    }

    #[test]
    fn one_that_is_wrong_does_not_hold_up_the_others() {
        let fine = r#"{"id":"1","type":"outcome","unit":"u","kpi":"revenue","value":12.34}"#;
        let rows = [
            ("{", "bad-json"),
            ("7", "bad-json"),
            (r#"{"id":"1","type":"outcome"}"#, "bad-json"),
            (r#"{"id":"1","type":"view","unit":"u"}"#, "bad-type"),
            (r#"{"id":"1","type":"outcome","unit":"u"}"#, "missing-field"),
            (
                r#"{"id":"1","type":"outcome","unit":"u","kpi":"moon"}"#,
                "unknown-kpi",
            ),
            (
                r#"{"id":"1","type":"outcome","unit":"u","kpi":"order","value":1.5}"#,
                "bad-value",
            ),
            (
                r#"{"id":"1","type":"outcome","unit":"u","kpi":"order","time":"today"}"#,
                "bad-time",
            ),
        ];
        for (line, code) in rows {
            let lines = format!("{fine}\n{line}\n{fine}");
            assert_eq!(check(&lines, true), ["1 1234", code, "1 1234"], "{line}");
            if line != "{" {
                let array = format!("[{fine},{line},{fine}]");
                assert_eq!(check(&array, false), ["1 1234", code, "1 1234"], "{line}");
            }
        }
    }

    #[test]
    fn amounts_in_another_currency_are_converted() {
        let line = |kpi: &str, currency: &str| {
            format!(
                r#"{{"id":"1","type":"outcome","unit":"u","kpi":"{kpi}","value":10,"currency":"{currency}"}}"#
            )
        };
        let rows = [
            (line("revenue", "USD"), "1 900"),
            (line("revenue", "EUR"), "1 1000"),
            (line("revenue", "GBP"), "no-rate"),
            (line("order", "USD"), "bad-value"),
            (line("aov", "EUR"), "bad-kpi"),
        ];
        for (line, expected) in rows {
            assert_eq!(check(&line, true), [expected], "{line}");
        }
    }

    #[test]
    fn what_is_not_json_at_all_is_refused_whole() {
        for body in ["", "hello", "[1,", "7"] {
            assert!(read(body.as_bytes(), false).is_err(), "{body}");
        }
    }

    #[test]
    fn attributes_are_kept_as_compact_text() {
        let body = r#"{"id":"1","type":"exposure","unit":"u\n","attributes":{ "a": [1, 2] },"time":"2026-11-18T11:06:40Z"}"#;
        let sent = read(body.as_bytes(), false).unwrap().remove(0).unwrap();
        let event = event(sent, &kpis(), &rates(), Time(7)).unwrap();
        assert_eq!(event.attributes, r#"{"a":[1,2]}"#);
        assert_eq!(event.unit, "u\n");
        assert_eq!(event.time, Time(1_795_000_000_000_000));
    }
}
