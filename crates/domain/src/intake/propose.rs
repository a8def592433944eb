//! A first guess at a mapping, from the names of the columns and a few rows. People correct it.

use std::collections::BTreeMap;

use super::{Mapping, Moments, Origin, TimeFormat};
use crate::library::Kpi;

/// Names under which other tools write the same thing, without case, spaces and punctuation.
const KNOWN: &[(&str, &[&str])] = &[
    ("id", &["id", "eventid", "messageid", "uuid", "insertid"]),
    ("type", &["type", "eventtype", "kind"]),
    (
        "time",
        &[
            "time",
            "timestamp",
            "eventtime",
            "occurredat",
            "createdat",
            "date",
            "datetime",
            "ts",
            "at",
            "eventdate",
            "senttime",
            "day",
        ],
    ),
    (
        "unit",
        &[
            "unit",
            "unitid",
            "user",
            "userid",
            "customer",
            "customerid",
            "subscriberid",
            "subscriber",
            "contactid",
            "contact",
            "visitorid",
            "clientid",
            "leadid",
            "lead",
            "sessionid",
            "anonymousid",
            "distinctid",
            "recipientid",
        ],
    ),
    ("prompt", &["prompt", "promptid", "template", "templateid"]),
    (
        "rollout",
        &["rollout", "rolloutid", "experiment", "experimentid"],
    ),
    ("arm", &["arm", "variant", "group", "variation"]),
    (
        "kpi",
        &[
            "kpi",
            "metric",
            "event",
            "eventname",
            "goal",
            "action",
            "name",
        ],
    ),
    (
        "value",
        &["value", "amount", "revenue", "total", "price", "ordertotal"],
    ),
    (
        "currency",
        &["currency", "currencycode", "isocurrency", "valuecurrency"],
    ),
    ("channel", &["channel", "medium", "source"]),
];
/// Columns of our own exports that say nothing further.
const IGNORED: &[&str] = &["seq", "received", "valueminor", "kind"];
/// Words that stand for exposures elsewhere.
const EXPOSURE_WORDS: &[&str] = &[
    "impression",
    "exposure_event",
    "sent",
    "delivered",
    "view",
    "assigned",
];
/// Names of a further column are cut after so many characters.
const NAME_CHARS: usize = 60;

fn folded(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Proposes a mapping for columns and their first cells.
pub fn propose(
    columns: &[String],
    samples: &[Vec<Option<String>>],
    kpis: &BTreeMap<String, Kpi>,
) -> Mapping {
    let mut taken: Vec<usize> = Vec::new();
    let mut place_of = |field: &str| {
        let names = KNOWN.iter().find(|(known, _)| *known == field)?.1;
        // The names are in the order of how sure they are.
        let found = names.iter().find_map(|name| {
            let fits = |(place, column): &(usize, &String)| {
                !taken.contains(place) && folded(column) == *name
            };
            columns.iter().enumerate().find(fits)
        })?;
        taken.push(found.0);
        Some(found.0)
    };
    let places: BTreeMap<&str, usize> = KNOWN
        .iter()
        .filter_map(|(field, _)| Some((*field, place_of(field)?)))
        .collect();
    let cells = |field: &str| -> Vec<&str> {
        let Some(place) = places.get(field) else {
            return Vec::new();
        };
        let all = samples.iter().filter_map(|row| row.get(*place)?.as_deref());
        all.filter(|cell| !cell.trim().is_empty()).collect()
    };
    let origin = |field: &str| Some(Origin::Column(columns.get(*places.get(field)?)?.clone()));
    let (time_format, zone) = format_of(&cells("time"));
    let (kind, exposure_words) = kind_of(&cells("type"), origin("type"));
    let only_exposures = exposures_only(&cells("type")) && !cells("type").is_empty();
    let kpi = origin("kpi").or_else(|| only_kpi(kpis).filter(|_| !only_exposures));
    let values = cells("value");
    let object = columns.iter().position(|name| folded(name) == "attributes");
    let is_kept = |(place, name): &(usize, &String)| {
        !taken.contains(place)
            && Some(*place) != object
            && !IGNORED.contains(&folded(name).as_str())
    };
    let attributes = columns.iter().enumerate().filter(is_kept).map(|(_, name)| {
        let short: String = name.chars().take(NAME_CHARS).collect();
        (short, name.clone())
    });
    Mapping {
        id: origin("id"),
        kind,
        exposure_words,
        time: origin("time"),
        time_format,
        zone,
        unit: origin("unit"),
        prompt: origin("prompt"),
        rollout: origin("rollout"),
        arm: origin("arm"),
        kpi,
        minor_units: false,
        decimal_comma: values.iter().any(|cell| cell.contains(','))
            && !values.iter().any(|cell| cell.contains('.')),
        value: origin("value"),
        currency: origin("currency"),
        channel: origin("channel"),
        attributes: attributes.collect(),
        attributes_json: object.and_then(|place| columns.get(place).cloned()),
    }
}

fn only_kpi(kpis: &BTreeMap<String, Kpi>) -> Option<Origin> {
    let mut ids = kpis.keys();
    match (ids.next(), ids.next()) {
        (Some(one), None) => Some(Origin::Constant(one.clone())),
        _ => None,
    }
}

fn exposures_only(cells: &[&str]) -> bool {
    cells
        .iter()
        .all(|cell| cell.eq_ignore_ascii_case("exposure"))
}

/// Where the type comes from, and which words of the samples stand for exposures.
fn kind_of(cells: &[&str], column: Option<Origin>) -> (Option<Origin>, Vec<String>) {
    let mut words: Vec<String> = Vec::new();
    for cell in cells {
        let known = EXPOSURE_WORDS
            .iter()
            .any(|word| cell.eq_ignore_ascii_case(word));
        if known && !words.iter().any(|word| word == cell) {
            words.push((*cell).to_owned());
        }
    }
    match column {
        Some(column) => (Some(column), words),
        None => (Some(Origin::Constant("outcome".to_owned())), words),
    }
}

/// The first format that reads every sample; whole numbers by how many digits they have.
fn format_of(cells: &[&str]) -> (TimeFormat, String) {
    let utc = "UTC".to_owned();
    let first = cells.first().map_or("", |cell| cell.trim());
    let whole = first.split('.').next().unwrap_or_default();
    let is_number = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && first.split('.').count() < 3 {
        let format = match whole.len() {
            0..=11 => TimeFormat::EpochSeconds,
            12..=14 => TimeFormat::EpochMilliseconds,
            _ => TimeFormat::EpochMicroseconds,
        };
        return (format, utc);
    }
    let patterns = [
        "%Y-%m-%d %H:%M:%S %z",
        "%d.%m.%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M",
        "%m/%d/%Y",
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y",
    ];
    let patterns = patterns.map(|pattern| TimeFormat::Pattern(pattern.to_owned()));
    let mut formats = vec![TimeFormat::Rfc3339, TimeFormat::Local];
    formats.extend(patterns);
    let reads_all = |format: &TimeFormat| {
        let reader = Moments::new(format, "UTC");
        reader.is_ok_and(|reader| cells.iter().all(|cell| reader.read(cell).is_some()))
    };
    let found = formats.into_iter().find(reads_all);
    (found.unwrap_or_default(), utc)
}
