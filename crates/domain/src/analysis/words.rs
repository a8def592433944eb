//! What a comparison by cohort says, in sentences.

use variorum_stats::interval::Interval;

use super::cohorts::CohortTable;
use super::compare::{Comparison, Differences, Reversal};
use crate::library::{Direction, Kpi};

/// Says what there is to say of one arm, the most important first. `arm` is its name.
pub fn sentences(kpi: &Kpi, arm: &str, table: &CohortTable, found: &Comparison) -> Vec<String> {
    let mut said = Vec::new();
    let title = if kpi.title.is_empty() {
        &kpi.id
    } else {
        &kpi.title
    };
    if let (Some(reversal), Some(overall)) = (found.reversal, found.overall) {
        let (whole, parts) = (movement(overall.pooled), movement(-overall.pooled));
        let who = match reversal {
            Reversal::Every => "every single cohort",
            Reversal::Weighted => "the cohorts weighted by their size",
        };
        said.push(format!(
            "Taken together, {title} look {whole} with {arm}, but in {who} {title} are {parts}: the \
             arms are made up of different people (Simpson's paradox). Trust the cohorts, not the total."
        ));
    }
    let clear: Vec<(String, f64)> = table
        .cohorts
        .iter()
        .zip(&found.effects)
        .filter_map(|(cohort, effect)| {
            let interval = effect.interval.filter(Interval::excludes_zero)?;
            Some((cohort.labels.join(" · "), interval.estimate))
        })
        .collect();
    let worse = |estimate: f64| (estimate < 0.0) == (kpi.direction == Direction::Up);
    let named = |bad: bool| {
        let names = clear.iter().filter(|(_, estimate)| worse(*estimate) == bad);
        names
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (bad, word) in [(true, "worse"), (false, "better")] {
        let names = named(bad);
        if !names.is_empty() {
            said.push(format!("{arm} is {word} for {title} in: {names}."));
        }
    }
    said.push(match found.differences {
        Differences::Yes(test) => format!(
            "The cohorts react differently: {:.0} % of what differs between them is more than chance \
             explains (p {}).",
            test.i_squared * 100.0,
            chance(test.p)
        ),
        Differences::No(test) => format!(
            "There is no sign that the cohorts react differently (p {}).",
            chance(test.p)
        ),
        Differences::TooFew => {
            "There are too few cohorts with units in both arms to tell whether they react differently."
                .into()
        }
    });
    if table.poured > 0 {
        said.push(format!(
            "{} smaller cohorts are shown together as “other”.",
            table.poured
        ));
    }
    said
}

fn movement(difference: f64) -> &'static str {
    if difference > 0.0 { "higher" } else { "lower" }
}

fn chance(p: f64) -> String {
    if p < 0.001 {
        "below 0.001".into()
    } else {
        format!("{p:.3}")
    }
}
