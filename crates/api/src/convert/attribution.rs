//! Credits, paths, the ledger.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use variorum_api_types::attribution as wire;
use variorum_app::attribution::{Attributed, Causal, Ledger, Line, LineKind};
use variorum_domain::attribution::{Model, ModelCredit};

use super::library::{direction, kpi_kind};
use crate::time;

fn float(number: i128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "sums lie below 2^53")]
    let number = number as f64;
    number
}

fn float_of(number: u64) -> f64 {
    float(i128::from(number))
}

fn basis(found: &Attributed) -> wire::AttributionBasis {
    let (kpi, rules) = (&found.kpi, &found.rules);
    wire::AttributionBasis {
        kpi: kpi.id.clone(),
        kpi_title: kpi.title.clone(),
        kind: kpi_kind(kpi.kind).to_owned(),
        unit: kpi.unit.clone(),
        decimals: kpi.decimals,
        by: rules.by.name().to_owned(),
        from: time::format(rules.from),
        until: time::format(rules.until),
        lookback_days: rules.lookback_days,
        half_life_days: rules.half_life_days,
        touches: rules.touch_kpis.clone(),
        units: found.units,
        events: found.events,
        conversions: found.credits.conversions,
        nulls: found.credits.nulls,
        value: float(found.credits.value),
        untouched: found.untouched,
        left_out: found.left_out,
        missing: found.missing,
    }
}

fn title(model: Model) -> (&'static str, &'static str) {
    match model {
        Model::First => ("First touch", "Everything goes to what people met first."),
        Model::Last => (
            "Last touch",
            "Everything goes to what people met last before they converted.",
        ),
        Model::LastNonDirect => (
            "Last touch with a channel",
            "Like the last touch, but visits without a known channel are passed over.",
        ),
        Model::Linear => ("Linear", "Every touch gets the same."),
        Model::Position => (
            "Position",
            "40 % each to the first and the last touch, the rest to those between.",
        ),
        Model::TimeDecay => (
            "Time decay",
            "More to touches near the conversion: half as much for every half-life before it.",
        ),
        Model::Markov => (
            "Chain of steps (Markov)",
            "Takes each one away in turn and sees how many conversions the chain of steps would lose.",
        ),
        Model::Shapley => (
            "Fair division (Shapley)",
            "What each one adds, averaged over all orders in which they could join: an equal split among \
             those who took part.",
        ),
    }
}

pub(crate) fn attribution(found: &Attributed) -> wire::Attribution {
    let credits = &found.credits;
    let chain = credits.models.iter().find(|one| one.model == Model::Markov);
    let weight = |at: usize| chain.map_or(0.0, |one| one.conversions[at]);
    let mut order: Vec<usize> = (0..credits.names.len()).collect();
    order.sort_by(|a, b| {
        weight(*b)
            .total_cmp(&weight(*a))
            .then_with(|| credits.names[*a].cmp(&credits.names[*b]))
    });
    let names = order.iter().map(|at| wire::NamedEffect {
        name: credits.names[*at].clone(),
        removal_effect: credits.removal_effect[*at],
        rate: credits.rate.as_ref().map(|rate| rate[*at]),
    });
    wire::Attribution {
        basis: basis(found),
        names: names.collect(),
        models: credits
            .models
            .iter()
            .map(|one| model(found, one, &order))
            .collect(),
        causal: found.causal.iter().map(causal).collect(),
        sentence: sentence(found, &order),
    }
}

fn model(found: &Attributed, one: &ModelCredit, order: &[usize]) -> wire::ModelCredits {
    let all = float_of(found.credits.conversions).max(1.0);
    let (title, explanation) = title(one.model);
    let parts = order.iter().map(|at| wire::CreditPart {
        name: found.credits.names[*at].clone(),
        conversions: one.conversions[*at],
        value: one.value[*at],
        share: one.conversions[*at] / all,
    });
    wire::ModelCredits {
        model: one.model.name().to_owned(),
        title: title.to_owned(),
        explanation: explanation.to_owned(),
        parts: parts.collect(),
    }
}

fn causal(one: &Causal) -> wire::CausalNumber {
    wire::CausalNumber {
        name: one.name.clone(),
        rollout: one.rollout.0,
        title: one.title.clone(),
        prompt: one.prompt.clone(),
        version: one.version,
        open: one.is_open,
        estimate: one.estimate,
        low: one.low,
        high: one.high,
        control: one.control,
        units: one.units,
    }
}

/// What the models agree on, and what they cannot tell.
fn sentence(found: &Attributed, order: &[usize]) -> String {
    let credits = &found.credits;
    let Some(first) = order.first().filter(|_| credits.conversions > 0) else {
        return "Nothing converted in this period, so there is nothing to share out.".to_owned();
    };
    let all = float_of(credits.conversions);
    let shares = credits
        .models
        .iter()
        .map(|one| one.conversions[*first] / all);
    let (low, high) = shares.fold((1.0_f64, 0.0_f64), |(low, high), share| {
        (low.min(share), high.max(share))
    });
    let spread = if (high - low) < 0.005 {
        format!("{:.0} %", 100.0 * high)
    } else {
        format!(
            "between {:.0} and {:.0} %, by model,",
            100.0 * low,
            100.0 * high
        )
    };
    format!(
        "“{}” gets {spread} of {} conversions. Credits describe who was there; only an experiment tells who \
         caused it.",
        credits.names[*first], credits.conversions
    )
}

pub(crate) fn journeys(found: &Attributed) -> wire::Journeys {
    let explored = &found.explored;
    let paths = explored.paths.iter().map(|path| wire::JourneyPath {
        names: path.names.clone(),
        touches: path.touches,
        journeys: path.sums.conversions + path.sums.nulls,
        conversions: path.sums.conversions,
        value: float(path.sums.value),
        share: path.share,
        rate: path.rate,
        days: path.days,
    });
    let steps = explored.steps.iter().map(|step| wire::FlowStep {
        step: step.step,
        name: step.name.clone(),
        journeys: step.journeys,
        conversions: step.conversions,
    });
    let links = explored.links.iter().map(|link| wire::FlowLink {
        from: link.from,
        to: link.to,
        journeys: link.journeys,
    });
    wire::Journeys {
        basis: basis(found),
        paths: paths.collect(),
        distinct: explored.distinct,
        steps: steps.collect(),
        links: links.collect(),
        lengths: explored.lengths.clone(),
    }
}

pub(crate) fn ledger(found: &Ledger) -> wire::Ledger {
    wire::Ledger {
        kpi: found.kpi.id.clone(),
        kpi_title: found.kpi.title.clone(),
        kind: kpi_kind(found.kpi.kind).to_owned(),
        direction: direction(found.kpi.direction).to_owned(),
        unit: found.kpi.unit.clone(),
        decimals: found.kpi.decimals,
        items: found.lines.iter().map(line).collect(),
        sentence: ledger_sentence(found),
    }
}

fn line(line: &Line) -> wire::LedgerLine {
    let kind = match line.kind {
        LineKind::Kept => "kept",
        LineKind::Avoided => "avoided",
        LineKind::BeforeAfter => "before-after",
    };
    wire::LedgerLine {
        at: time::format(line.at),
        kind: kind.to_owned(),
        title: line.title.clone(),
        target: line.target.clone(),
        prompt: line.prompt.clone(),
        from: line.versions.0,
        to: line.versions.1,
        before: line.before,
        effect: line.effect,
        low: line.low,
        high: line.high,
        relative: (line.before.abs() > 0.0).then(|| line.effect / line.before.abs()),
        units: line.units,
        cumulative: line.cumulative,
        weakness: line.weakness.clone(),
    }
}

fn ledger_sentence(found: &Ledger) -> String {
    let count = |kind: LineKind| found.lines.iter().filter(|line| line.kind == kind).count();
    let (kept, avoided, weak) = (
        count(LineKind::Kept),
        count(LineKind::Avoided),
        count(LineKind::BeforeAfter),
    );
    if found.lines.is_empty() {
        return format!("No change has been measured on “{}” yet.", found.kpi.title);
    }
    let mut last: BTreeMap<&str, f64> = BTreeMap::new();
    for line in found
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Kept)
    {
        last.insert(
            line.prompt.as_deref().unwrap_or("the whole library"),
            line.cumulative,
        );
    }
    let mut last: Vec<(&str, f64)> = last.into_iter().collect();
    last.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let experiments = |count: usize| match count {
        1 => "1 experiment".to_owned(),
        count => format!("{count} experiments"),
    };
    let mut text = match last.first() {
        None => format!("No experiment on “{}” was kept yet.", found.kpi.title),
        Some((prompt, moved)) => format!(
            "{} kept. Where they moved “{}” most: `{prompt}`, by {:+.1} % over all of them.",
            experiments(kept),
            found.kpi.title,
            100.0 * moved
        ),
    };
    if last.len() > 1 {
        text.push_str(" Prompts reach different people, so they are not added up.");
    }
    if avoided > 0 {
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            " {} ended with the old version.",
            experiments(avoided)
        );
    }
    if weak > 0 {
        let _ = write!(
            text,
            " {weak} more {} only compared before with after.",
            if weak == 1 {
                "change is"
            } else {
                "changes are"
            }
        );
    }
    text
}
