//! What a delivery says: its items, and the events of each.

use serde_json::{Map, Value};

use super::{ENVIRONMENT_ATTRIBUTE, EXPOSURE, ITEMS_PER_DELIVERY_MAX, SOURCE_ATTRIBUTE, Shape};
use crate::event::Event;
use crate::id::Digest;
use crate::intake::{Mapping, MappingError, Origin, RawRow, Reader, RowFault, TimeFormat};
use crate::kpi::KpiKind;
use crate::library::Library;
use crate::limits::EVENT_ID_BYTES_MAX;
use crate::webhook::Sealed;

/// A field of an item that is worked out before the rows' reader sees it.
const MADE: [&str; 5] = ["=id", "=type", "=kpi", "=value", "=currency"];

/// Where a body comes from.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The name of the source.
    pub source: &'a str,
    /// The environment of which it tells.
    pub environment: &'a str,
    /// Its id and time.
    pub sealed: &'a Sealed,
}

/// What one item came to; one that leads to several KPIs comes to as many pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The place of the item in the body.
    pub index: usize,
    /// What it came to.
    pub became: Became,
}

/// What an item came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Became {
    /// An event; the rules have not looked at it yet.
    Event(Box<Event>),
    /// Nothing: no KPI asks for events of that name.
    Ignored(String),
    /// Nothing, because of a fault.
    Refused(RowFault),
}

/// Reads a body. The same body of the same delivery comes to the same events with the same ids.
pub fn read(
    shape: &Shape,
    library: &Library,
    delivery: &Delivery<'_>,
    body: &Value,
) -> Result<Vec<Piece>, String> {
    let items = items_of(shape, body)?;
    let mapping = effective(shape, delivery.sealed);
    let pointers: Vec<String> = mapping
        .columns()
        .into_iter()
        .filter(|column| !MADE.contains(column))
        .map(str::to_owned)
        .collect();
    let mut columns: Vec<String> = MADE.iter().map(|name| (*name).to_owned()).collect();
    columns.extend(pointers.iter().cloned());
    let mut reader = Reader::new(&mapping, &columns, library)
        .map_err(|error: MappingError| error.to_string())?;
    let mut pieces = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let place = Place { item, body };
        let name = place.text(shape.mapping.kpi.as_ref()).unwrap_or_default();
        let Some(targets) = shape.targets(name.trim()) else {
            let became = Became::Ignored(name.chars().take(80).collect());
            pieces.push(Piece { index, became });
            continue;
        };
        let id = match &shape.mapping.id {
            Some(origin) => place.text(Some(origin)),
            None => Some(format!("{}/{index}", delivery.sealed.id)),
        };
        let own: Vec<Option<String>> = pointers.iter().map(|one| place.at(one)).collect();
        for target in &targets {
            let mut cells = vec![id.clone()];
            cells.extend(of_target(target, library, shape, &place));
            cells.extend(own.iter().cloned());
            let row = RawRow {
                line: index as u64 + 1,
                cells: Ok(cells),
            };
            let became = match reader.read(&row) {
                Ok(event) => {
                    let suffix = (targets.len() > 1).then_some(target.as_str());
                    Became::Event(Box::new(marked(event, delivery, suffix)))
                }
                Err(fault) => Became::Refused(named(fault, shape)),
            };
            pieces.push(Piece { index, became });
        }
    }
    Ok(pieces)
}

fn items_of<'v>(shape: &Shape, body: &'v Value) -> Result<Vec<&'v Value>, String> {
    let found = match shape.items.as_str() {
        "" => body,
        pointer => body
            .pointer(pointer.strip_prefix("body:").unwrap_or(pointer))
            .ok_or_else(|| {
                format!("there is nothing at `{pointer}`, where the items should stand")
            })?,
    };
    let items: Vec<&Value> = match found {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    if items.len() > ITEMS_PER_DELIVERY_MAX {
        return Err(format!(
            "it holds {} items; at most {ITEMS_PER_DELIVERY_MAX} are taken at once",
            items.len()
        ));
    }
    Ok(items)
}

/// The mapping with the made fields in their places; the time of the delivery, where none is named.
fn effective(shape: &Shape, sealed: &Sealed) -> Mapping {
    let made = |name: &str| Some(Origin::Column(format!("={name}")));
    let mut mapping = shape.mapping.clone();
    mapping.id = made("id");
    mapping.kind = made("type");
    mapping.kpi = made("kpi");
    mapping.value = made("value");
    mapping.currency = made("currency");
    if mapping.time.is_none() {
        mapping.time = Some(Origin::Constant(sealed.at.0.to_string()));
        mapping.time_format = TimeFormat::EpochMicroseconds;
    }
    mapping
}

/// Type, KPI, value and currency of an item for one target. A conversion happened or not, whatever it
/// was worth, so that one order can count as an order and as its revenue.
fn of_target(
    target: &str,
    library: &Library,
    shape: &Shape,
    place: &Place<'_>,
) -> [Option<String>; 4] {
    if target == EXPOSURE {
        return [Some(EXPOSURE.to_owned()), None, None, None];
    }
    let known = library.kpis.get(target);
    let is_conversion = known.is_some_and(|kpi| kpi.kind == KpiKind::Conversion);
    let has_currency = known.is_some_and(|kpi| !kpi.more.currency.is_empty());
    let mapping = &shape.mapping;
    let value = (!is_conversion).then(|| place.text(mapping.value.as_ref()));
    let currency = has_currency.then(|| place.text(mapping.currency.as_ref()));
    [
        Some("outcome".to_owned()),
        Some(target.to_owned()),
        value.flatten(),
        currency.flatten(),
    ]
}

/// An item within its body.
struct Place<'v> {
    item: &'v Value,
    body: &'v Value,
}

impl Place<'_> {
    fn text(&self, origin: Option<&Origin>) -> Option<String> {
        match origin? {
            Origin::Column(pointer) => self.at(pointer),
            Origin::Constant(text) => Some(text.clone()),
        }
    }

    fn at(&self, pointer: &str) -> Option<String> {
        let found = match pointer.strip_prefix("body:") {
            Some(outer) => self.body.pointer(outer),
            None => self.item.pointer(pointer),
        };
        match found? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

/// The event under an id of its source, with where it is from among its attributes.
fn marked(mut event: Event, delivery: &Delivery<'_>, suffix: Option<&str>) -> Event {
    let mut id = format!("{}:{}", delivery.source, event.id);
    if let Some(suffix) = suffix {
        id = format!("{id}:{suffix}");
    }
    if id.len() > EVENT_ID_BYTES_MAX {
        let digest = Digest::of(id.as_bytes()).to_string();
        id = format!("{}:{}", delivery.source, &digest[..32]);
    }
    event.id = id;
    let mut attributes: Map<String, Value> =
        serde_json::from_str(&event.attributes).unwrap_or_default();
    attributes.insert(SOURCE_ATTRIBUTE.to_owned(), delivery.source.into());
    attributes.insert(
        ENVIRONMENT_ATTRIBUTE.to_owned(),
        delivery.environment.into(),
    );
    event.attributes = Value::Object(attributes).to_string();
    event
}

/// A fault of a made field names the pointer that it was made from.
fn named(mut fault: RowFault, shape: &Shape) -> RowFault {
    let Some(field) = fault
        .column
        .as_deref()
        .and_then(|name| name.strip_prefix('='))
    else {
        return fault;
    };
    let fields = shape.mapping.fields();
    let origin = fields.iter().find(|(known, _)| *known == field);
    fault.column = match origin {
        Some((_, Some(Origin::Column(pointer)))) => Some(pointer.clone()),
        _ => Some(field.to_owned()),
    };
    fault
}
