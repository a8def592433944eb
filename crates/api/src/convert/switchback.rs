//! Switchbacks and their windows, written to the wire.

use variorum_api_types::rollouts as wire;
use variorum_app::events::Measurement;
use variorum_domain::fold::{WindowReading, WindowsReading};
use variorum_domain::rollout::{Rollout, Switchback};

use crate::time;
use crate::wording;

/// How time is cut, and what became of the windows.
pub(crate) fn result(
    rollout: &Rollout,
    measured: Option<&Measurement>,
) -> Option<wire::Switchback> {
    let cut = rollout.plan.switchback()?;
    let told = measured.and_then(|measured| measured.reading.windows);
    let goal = rollout.plan.goal.as_ref();
    let place = rollout
        .kpis
        .iter()
        .position(|kpi| goal.is_none_or(|goal| kpi.id == *goal));
    let windows = measured.map_or(&[][..], |measured| &measured.windows);
    Some(wire::Switchback {
        window_seconds: cut.window_seconds,
        burn_in_seconds: cut.burn_in_seconds,
        from: time::format(cut.from),
        planned_pairs: cut.pairs,
        pairs: told.map_or(0, |told| told.pairs),
        empty: told.map_or(0, |told| told.empty),
        astray: told.map_or(0, |told| told.astray),
        burn_in_units: told.map_or(0, |told| told.burn_in),
        alarm: told.is_some_and(|told| told.alarm),
        sentence: sentence(&cut, told.as_ref()),
        kpi: place.map(|place| rollout.kpis[place].id.clone()),
        windows: windows.iter().map(|one| window(one, place)).collect(),
    })
}

fn window(found: &WindowReading, kpi: Option<usize>) -> wire::SwitchbackWindow {
    wire::SwitchbackWindow {
        index: found.index,
        from: time::format(found.from),
        until: time::format(found.until),
        arm: found.arm,
        state: found.state.name().to_owned(),
        units: found.units,
        burn_in_units: found.burn_in,
        astray: found.astray,
        mean: kpi.and_then(|place| found.means.get(place).copied().flatten()),
    }
}

/// How far it has come, and what is left out.
fn sentence(cut: &Switchback, told: Option<&WindowsReading>) -> String {
    let pairs = |count: u32| match count {
        1 => "1 pair".to_owned(),
        _ => format!("{count} pairs"),
    };
    let Some(told) = told.filter(|told| told.over > 0) else {
        return format!(
            "No pair of windows is over yet; the first one is after {}.",
            wording::duration(2 * cut.window_seconds)
        );
    };
    let left_out = |count: u32, why: &str| match count {
        0 => String::new(),
        count => format!(" {} left out: {why}.", pairs(count)),
    };
    format!(
        "{} of {} planned count.{}{}",
        pairs(told.pairs),
        cut.pairs,
        left_out(told.empty, "in one of the windows nobody was exposed"),
        left_out(
            told.astray,
            "too many people got another arm than was drawn"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::id::Time;

    #[test]
    fn it_says_what_counts_and_what_is_left_out() {
        let cut = Switchback {
            window_seconds: 14_400,
            burn_in_seconds: 0,
            pairs: 40,
            from: Time(0),
        };
        let told = |over, empty, astray| WindowsReading {
            over,
            pairs: over - empty - astray,
            empty,
            astray,
            burn_in: 0,
            alarm: false,
        };
        assert_eq!(
            sentence(&cut, None),
            "No pair of windows is over yet; the first one is after 8 hours."
        );
        assert_eq!(
            sentence(&cut, Some(&told(6, 0, 0))),
            "6 pairs of 40 planned count."
        );
        assert_eq!(
            sentence(&cut, Some(&told(6, 1, 2))),
            "3 pairs of 40 planned count. 1 pair left out: in one of the windows nobody was exposed. 2 \
             pairs left out: too many people got another arm than was drawn."
        );
    }
}
