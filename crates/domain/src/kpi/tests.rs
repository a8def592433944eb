//! KPI definitions: what is read, what is refused and where, and what amounts come to.

use proptest::prelude::*;

use super::*;
use crate::id::Time;
use crate::library::Library;
use crate::rollout::Plan;

fn read(kpis: &str) -> Result<Library, String> {
    Library::parse(&format!("kpis:\n{kpis}")).map_err(|error| error.to_string())
}

#[test]
fn everything_a_definition_can_say_is_read() {
    let library = read(
        "  - {id: order, owner: crm, min_units: 500, segments: [channel, region]}\n  - {id: revenue, kind: value, currency: EUR, winsorise: 99.5%, window_days: 14}\n  - {id: yen, kind: value, currency: JPY, winsorise: 90000, not_worse_by: 2.5%}\n  - {id: basket, kind: ratio, numerator: revenue, denominator: order}\n  - {id: slow, kind: quantile, of: revenue, quantile: 0.95, direction: down}\n",
    )
    .unwrap();
    let kpi = |id: &str| library.kpis[id].clone();
    assert_eq!(kpi("order").more.min_units, 500);
    assert_eq!(kpi("yen").more.not_worse_by_bp, 250);
    assert_eq!(kpi("order").more.not_worse_by_bp, 0);
    assert_eq!(kpi("order").more.segments, ["channel", "region"]);
    assert_eq!(kpi("order").more.owner, "crm");
    assert_eq!(
        (kpi("revenue").unit.as_str(), kpi("revenue").decimals),
        ("EUR", 2)
    );
    assert_eq!(kpi("revenue").more.winsorise, Winsorise::QuantileBp(9_950));
    assert_eq!(kpi("yen").decimals, 0);
    assert_eq!(kpi("yen").more.winsorise, Winsorise::At(90_000));
    assert_eq!(kpi("basket").parts(), ["revenue", "order"]);
    assert_eq!(
        kpi("slow").more.made,
        Made::OfQuantile {
            of: "revenue".into(),
            quantile_bp: 9_500
        }
    );
}

#[test]
fn what_is_wrong_is_named_with_its_field() {
    let rows = [
        ("- {title: x}", "kpis[0].id` is missing"),
        (
            "- {id: a}\n  - {id: a}",
            "kpis[1].id` `a` is the id of kpis[0]",
        ),
        ("- {id: a, kind: mean}", "kpis[0].kind` must be one of"),
        (
            "- {id: a, kind: ratio, denominator: b}",
            "kpis[0].numerator` is missing",
        ),
        (
            "- {id: a, kind: ratio, numerator: b}",
            "kpis[0].denominator` is missing",
        ),
        (
            "- {id: a, kind: ratio, numerator: b, denominator: c}",
            "kpis[0].numerator` names `b`, which is no KPI",
        ),
        (
            "- {id: n}\n  - {id: r, kind: ratio, numerator: n, denominator: q}\n  - {id: q, kind: quantile, of: n, quantile: 0.5}",
            "kpis[1].denominator` names `q`, which is made of other KPIs",
        ),
        ("- {id: a, of: b}", "kpis[0].of` belongs to a quantile"),
        (
            "- {id: a, kind: quantile, of: a, quantile: 95}",
            "kpis[0].quantile` must lie",
        ),
        (
            "- {id: a, kind: value, currency: euro}",
            "kpis[0].currency` must be three",
        ),
        (
            "- {id: a, currency: EUR}",
            "kpis[0].currency` can only be given",
        ),
        (
            "- {id: a, kind: value, winsorise: much}",
            "kpis[0].winsorise` must be off",
        ),
        (
            "- {id: a, not_worse_by: much}",
            "kpis[0].not_worse_by` must be a share",
        ),
        (
            "- {id: a, kind: quantile, of: b, quantile: 0.9, not_worse_by: 2%}",
            "kpis[0].not_worse_by` belongs to no quantile",
        ),
        (
            "- {id: a, min_units: few}",
            "kpis[0].min_units` must be a whole",
        ),
        (
            "- {id: a, window_days: soon}",
            "kpis[0].window_days` must lie",
        ),
        (
            "- {id: a, decimals: 1.5}",
            "kpis[0].decimals` must be a whole",
        ),
    ];
    for (text, expected) in rows {
        let error = read(&format!("  {text}\n")).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_plan_takes_the_parts_of_a_ratio_along_and_refuses_what_it_cannot_watch() {
    let library = read(
        "  - {id: order}\n  - {id: revenue, kind: value}\n  - {id: basket, kind: ratio, numerator: revenue, denominator: order}\n  - {id: bare, kind: ratio}\n  - {id: slow, kind: quantile, of: revenue, quantile: 0.95}\n",
    )
    .unwrap();
    let check = |goal: &str| {
        let plan = Plan {
            goal: Some(goal.to_owned()),
            ..Plan::even(&[10_000])
        };
        let found = plan.check(&library.kpis);
        found.map(|kpis| kpis.into_iter().map(|kpi| kpi.id).collect::<Vec<_>>())
    };
    assert_eq!(check("basket").unwrap(), ["basket", "order", "revenue"]);
    assert_eq!(check("slow").unwrap(), ["revenue", "slow"], "for reading");
    let guarded = Plan {
        guards: vec![crate::rollout::Guard {
            kpi: "slow".into(),
            harm: crate::rollout::Harm::Decrease,
            margin: 0.0,
            action: crate::rollout::GuardAction::RollBack,
            more: crate::rollout::GuardMore::default(),
        }],
        ..Plan::even(&[10_000])
    };
    let refused = guarded.check(&library.kpis).unwrap_err().to_string();
    assert!(refused.contains("Put the guard on `revenue`"), "{refused}");
    for (goal, expected) in [("bare", "numerator"), ("nothing", "no KPI")] {
        let error = check(goal).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_definition_from_before_keeps_its_text_and_its_digest() {
    let old = r#"{"id":"order","title":"Orders","kind":"conversion","direction":"up","unit":"","decimals":0,"window_seconds":604800}"#;
    let kpi: Kpi = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&kpi).unwrap(), old);
    let mut changed = kpi.clone();
    changed.more.min_units = 7;
    assert_ne!(kpi.digest(), changed.digest());
    let again: Kpi = serde_json::from_str(&serde_json::to_string(&changed).unwrap()).unwrap();
    assert_eq!(again, changed);
}

#[test]
fn a_cap_needs_enough_people_and_leaves_zeros_out() {
    assert_eq!(usual_cap(1..1_000, 9_990), None);
    let many = (0..2_000_i64).flat_map(|total| [total, 0]);
    assert_eq!(usual_cap(many, 5_000), Some(1_000));
    assert_eq!(usual_cap(1..=2_000, 9_990), Some(1_999));
}

const RATES: &str = "rates:\n  - {from: USD, to: EUR, on: 2026-11-01, rate: 0.9}\n  - {from: USD, to: EUR, on: 2026-11-10, rate: 0.95}\n  - {from: JPY, to: EUR, on: 2026-11-01, rate: 0.0061}\n";

#[test]
fn amounts_are_converted_by_the_rate_of_their_day() {
    let rates = Library::parse(RATES).unwrap().rates;
    let november = |day: i64| Time::from_seconds(1_793_491_200 + (day - 1) * 86_400);
    let usd = |amount, day| rates.convert((amount, "USD", 2), ("EUR", 2), november(day));
    assert_eq!(usd(1_000, 1), Ok(900));
    assert_eq!(usd(1_000, 9), Ok(900));
    assert_eq!(usd(1_000, 10), Ok(950));
    assert_eq!(usd(-1_000, 11), Ok(-950));
    assert!(usd(1_000, 0).is_err(), "no rate held before");
    let yen = rates.convert((10_000, "JPY", 0), ("EUR", 2), november(3));
    assert_eq!(yen, Ok(6_100));
    assert_eq!(rates.convert((5, "EUR", 2), ("EUR", 2), november(0)), Ok(5));
    assert!(
        rates
            .convert((5, "EUR", 2), ("USD", 2), november(3))
            .is_err()
    );
    let halves = [(5, 4), (15, 14), (25, 22)];
    for (cents, expected) in halves {
        assert_eq!(usd(cents, 1), Ok(expected), "half to even");
    }
}

#[test]
fn a_rate_that_cannot_hold_is_named() {
    let rows = [
        (
            "{from: usd, to: EUR, on: 2026-11-01, rate: 1}",
            "rates[0].from",
        ),
        ("{from: USD, to: EUR, on: soon, rate: 1}", "rates[0].on"),
        (
            "{from: USD, to: EUR, on: 2026-11-01, rate: 0}",
            "rates[0].rate",
        ),
    ];
    for (text, expected) in rows {
        let error = Library::parse(&format!("rates: [{text}]\n")).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

proptest! {
    #[test]
    fn converting_a_sum_is_within_a_cent_of_converting_its_parts(
        left in -1_000_000_i64..1_000_000,
        right in -1_000_000_i64..1_000_000,
    ) {
        let rates = Library::parse(RATES).unwrap().rates;
        let at = Time::from_seconds(1_793_491_200);
        let one = |amount| rates.convert((amount, "USD", 2), ("EUR", 2), at).unwrap();
        prop_assert!((one(left + right) - one(left) - one(right)).abs() <= 1);
    }
}
