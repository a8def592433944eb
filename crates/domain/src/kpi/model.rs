//! KPIs that every library has: what the model's answers cost in time and money, and how often there
//! is none. Senders report them as outcomes like any other; nobody has to define them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Direction, Kpi, KpiKind, KpiMore, Made};
use crate::calendar::DAY_SECONDS;

/// Milliseconds until the model had answered; added up over the calls for a unit.
pub const LATENCY: &str = "model.latency_ms";
/// What the calls for a unit cost.
pub const COST: &str = "model.cost";
/// A call failed.
pub const ERROR: &str = "model.error";
/// The model declined to answer.
pub const REFUSAL: &str = "model.refusal";
/// Calls of the model.
pub const CALLS: &str = "model.calls";
/// Milliseconds of a call.
pub const LATENCY_PER_CALL: &str = "model.latency_per_call";

/// How long after an exposure a call still counts for it.
const WINDOW_DAYS: i64 = 7;

static BUILT_IN: LazyLock<BTreeMap<String, Kpi>> = LazyLock::new(|| {
    let per_call = Made::OfTwo {
        numerator: LATENCY.to_owned(),
        denominator: CALLS.to_owned(),
    };
    let made = |made| KpiMore {
        made,
        ..KpiMore::default()
    };
    let dollars = KpiMore {
        currency: "USD".to_owned(),
        ..KpiMore::default()
    };
    let rows = [
        (
            LATENCY,
            "Model latency",
            KpiKind::Value,
            ("ms", 0),
            KpiMore::default(),
        ),
        (COST, "Model cost", KpiKind::Value, ("USD", 6), dollars),
        (
            ERROR,
            "Model errors",
            KpiKind::Conversion,
            ("", 0),
            KpiMore::default(),
        ),
        (
            REFUSAL,
            "Model refusals",
            KpiKind::Conversion,
            ("", 0),
            KpiMore::default(),
        ),
        (
            CALLS,
            "Model calls",
            KpiKind::Count,
            ("", 0),
            KpiMore::default(),
        ),
        (
            LATENCY_PER_CALL,
            "Model latency a call",
            KpiKind::Ratio,
            ("ms", 0),
            made(per_call),
        ),
    ];
    let kpi =
        |(id, title, kind, (unit, decimals), more): (&str, &str, KpiKind, (&str, u32), KpiMore)| {
            let kpi = Kpi {
                id: id.to_owned(),
                title: title.to_owned(),
                kind,
                direction: Direction::Down,
                unit: unit.to_owned(),
                decimals,
                window_seconds: WINDOW_DAYS * DAY_SECONDS,
                more,
            };
            (id.to_owned(), kpi)
        };
    rows.into_iter().map(kpi).collect()
});

/// The KPIs that need no definition, by id.
pub fn built_in() -> &'static BTreeMap<String, Kpi> {
    &BUILT_IN
}

/// A KPI of a library, or one that needs no definition. What the library says comes first.
pub fn defined<'a>(kpis: &'a BTreeMap<String, Kpi>, id: &str) -> Option<&'a Kpi> {
    kpis.get(id).or_else(|| BUILT_IN.get(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_comes_first_and_parts_are_known() {
        let mut own = BTreeMap::new();
        assert_eq!(
            defined(&own, ERROR).map(|kpi| kpi.kind),
            Some(KpiKind::Conversion)
        );
        assert!(defined(&own, "model.mood").is_none());
        let mut latency = BUILT_IN[LATENCY].clone();
        latency.title = "Ours".into();
        own.insert(LATENCY.to_owned(), latency);
        assert_eq!(
            defined(&own, LATENCY).map(|kpi| kpi.title.as_str()),
            Some("Ours")
        );
        for kpi in built_in().values() {
            assert_eq!(kpi.direction, Direction::Down, "{}", kpi.id);
            for part in kpi.parts() {
                assert!(defined(&own, part).is_some(), "{part}");
            }
        }
    }
}
