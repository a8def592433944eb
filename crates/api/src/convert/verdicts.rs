//! Verdicts on rollouts, and decisions computed again.

use variorum_api_types::rollouts as wire;
use variorum_api_types::verdicts::WindowsVerdict;
use variorum_app::rollouts::{Measured, Replayed, ReplayedLook};
use variorum_domain::rollout::Rollout;
use variorum_domain::verdict::{
    Absolute, Claim, Names, Safety, TreatmentVerdict, Verdict, Within, safety_words, sentence,
};

use super::rollouts::fired_guard;
use crate::{time, wording};

/// The verdict on a rollout, where anything was measured.
pub(crate) fn verdict(found: &Measured) -> Option<wire::Verdict> {
    let (rollout, verdict) = (&found.rollout, found.verdict.as_ref()?);
    let names = Names {
        arm: &|arm| wording::newer(rollout, arm),
        kpi: &|id| wording::lower_first(&title(rollout, id)),
        amount: &|id, within, number| {
            let kpi = rollout.kpis.iter().find(|kpi| kpi.id == id);
            wording::guards::limit(kpi, within == Within::Level, number)
        },
    };
    let treatments = verdict.treatments.iter();
    Some(wire::Verdict {
        outcome: verdict.outcome.name().to_owned(),
        sentence: sentence(verdict, &names),
        arm: verdict.arm,
        units: verdict.units,
        planned_units: verdict.planned_units,
        days_left: verdict.days_left,
        treatments: treatments
            .map(|found| treatment((rollout, &names), verdict, found))
            .collect(),
        windows: verdict.windows.map(|told| WindowsVerdict {
            pairs: told.pairs,
            planned: told.planned,
            left_out: told.left_out,
        }),
    })
}

fn title(rollout: &Rollout, kpi: &str) -> String {
    let known = rollout.kpis.iter().find(|known| known.id == kpi);
    known.map_or_else(|| kpi.to_owned(), |known| known.title.clone())
}

fn interval(ends: (f64, f64, f64)) -> wire::Interval {
    let (estimate, low, high) = ends;
    wire::Interval {
        estimate,
        low,
        high,
    }
}

/// The difference in the unit of the goal.
fn absolute_words(rollout: &Rollout, verdict: &Verdict, found: &TreatmentVerdict) -> String {
    let mut kpis = rollout.kpis.iter();
    let goal = kpis.find(|kpi| Some(&kpi.id) == verdict.goal.as_ref());
    let words = goal.zip(found.absolute).map(|(kpi, absolute)| {
        let Absolute {
            estimate,
            low,
            high,
        } = absolute;
        let difference = wording::Difference {
            estimate,
            low,
            high,
        };
        wording::difference_words(kpi, &difference)
    });
    words.unwrap_or_default()
}

/// What was gained by what was known before.
fn variance_words(rollout: &Rollout, found: &TreatmentVerdict) -> Option<String> {
    let (one, days) = found.adjustment.zip(rollout.plan.pre_period_days)?;
    let percent = one.reduction * 100.0;
    Some(if percent < 0.5 {
        format!(
            "What people did in the {days} days before says nothing about this goal, so nothing is \
             taken out; that is usual where something happens to each person once."
        )
    } else {
        format!(
            "Variance reduced by {percent:.0} % with what people did in the {days} days before."
        )
    })
}

fn treatment(
    (rollout, names): (&Rollout, &Names<'_>),
    verdict: &Verdict,
    found: &TreatmentVerdict,
) -> wire::TreatmentVerdict {
    let claim = match found.claim {
        Claim::Better => "better",
        Claim::Worse => "worse",
        Claim::Open => "open",
    };
    wire::TreatmentVerdict {
        arm: found.arm,
        name: wording::newer(rollout, found.arm),
        claim: claim.to_owned(),
        lift: found
            .lift
            .map(|lift| interval((lift.estimate, lift.low, lift.high))),
        absolute: found
            .absolute
            .map(|one| interval((one.estimate, one.low, one.high))),
        absolute_words: absolute_words(rollout, verdict, found),
        p: found.p,
        p_discovery: found.p_discovery,
        ships: verdict.ships(found.arm),
        variance_reduction: found.adjustment.map(|one| one.reduction),
        variance_words: variance_words(rollout, found),
        chance_to_win: found.chance_to_win,
        safety: found
            .safety
            .iter()
            .map(|one| safety(rollout, names, one))
            .collect(),
    }
}

fn safety(rollout: &Rollout, names: &Names<'_>, found: &Safety) -> wire::Safety {
    wire::Safety {
        kpi: found.kpi.clone(),
        title: title(rollout, &found.kpi),
        cohort: found.cohort.clone(),
        within: found.within.name().to_owned(),
        margin: found.margin,
        from: found.from.name().to_owned(),
        loss_at_most: found.loss_at_most,
        shown: found.is_shown,
        needed: found.is_shown || found.is_open(),
        words: safety_words(found, names),
    }
}

/// What computing a rollout again came to.
pub(crate) fn replayed(rollout: &Rollout, found: &Replayed) -> wire::Replayed {
    let events = wording::grouped(found.events);
    let looks_equal = found.looks.iter().all(|look| look.is_equal);
    let looks = found.looks.len();
    let sentence = match (found.decisions_equal, found.statistics_equal) {
        (true, true) if !looks_equal => format!(
            "Computed again from {events} events: the decisions and numbers are the same, and {} of {looks} looks that were written down differ.",
            found.looks.iter().filter(|look| !look.is_equal).count()
        ),
        (true, true) => format!(
            "Computed again from {events} events: every decision, every number and all {looks} looks that were written down are the same, to the last digit."
        ),
        (true, false) => format!(
            "Computed again from {events} events: the decisions are the same, some numbers differ."
        ),
        (false, _) => format!(
            "Computed again from {events} events: the decisions differ from those that were kept."
        ),
    };
    wire::Replayed {
        number: found.number.0,
        events: found.events,
        exposed: found.exposed.clone(),
        fired: found
            .fired
            .iter()
            .map(|firing| fired_guard(rollout, firing))
            .collect(),
        decisions_equal: found.decisions_equal,
        statistics_equal: found.statistics_equal,
        looks: found
            .looks
            .iter()
            .map(|look| replayed_look(rollout, look))
            .collect(),
        looks_equal,
        sentence,
    }
}

fn replayed_look(rollout: &Rollout, found: &ReplayedLook) -> wire::ReplayedLook {
    let look = &found.kept.look;
    wire::ReplayedLook {
        seq: found.kept.seq,
        action: found.kept.action.clone(),
        why: wording::guards::why(&look.why, |id| title(rollout, id)),
        at: time::format(look.at),
        through: look.through_seq,
        exposed: look.reading.exposed.clone(),
        log_e: look.reading.log_e,
        outcome: look.outcome.name().to_owned(),
        equal: found.is_equal,
    }
}
