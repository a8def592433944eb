//! How incidents come to their end where nobody resolves them: what an incident is about is looked
//! at, and where that is over, so is the incident.

use super::{Cause, Incident, IncidentState};
use crate::calendar::DAY_SECONDS;
use crate::id::Time;
use crate::limits::SEEN_DAYS;
use crate::rollout::{Rollout, RolloutState};
use crate::watch::{Regression, RegressionState};

/// How what an incident is about stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It lasts, or nothing is known of it.
    Lasts,
    /// Somebody looks after it elsewhere: who, and in their words.
    TakenOn(super::Who, String),
    /// It is over, and this is how.
    Over(String),
    /// The harm was ended by the alarm itself; people should still see what happened.
    ToBeSeen(String),
}

/// Why an incident ends by itself at a moment, if it does.
pub fn ending(incident: &Incident, trouble: &Trouble, now: Time) -> Option<String> {
    if incident.state == IncidentState::Resolved {
        return None;
    }
    match trouble {
        Trouble::Lasts | Trouble::TakenOn(..) => None,
        Trouble::Over(how) => Some(how.clone()),
        Trouble::ToBeSeen(how) => {
            let seen = incident.acknowledged_at?;
            let until = seen.plus_seconds(SEEN_DAYS * DAY_SECONDS);
            (until <= now).then(|| format!("{how}, and it was acknowledged {SEEN_DAYS} days ago"))
        }
    }
}

/// How a rollout stands that an incident is about.
pub fn of_rollout(incident: &Incident, rollout: &Rollout) -> Trouble {
    let number = rollout.number;
    if let Some(ending) = &rollout.ending {
        let verb = match rollout.state {
            RolloutState::Finished => "finished",
            _ => "took back",
        };
        let how = format!("{} {verb} rollout R-{number}", ending.by);
        // Of a guard that asked people, or of the split, the decision is what was waited for.
        return match incident.alarm.cause {
            Cause::GuardFired if ending.by_guard => Trouble::ToBeSeen(how),
            _ => Trouble::Over(how),
        };
    }
    let let_go_on = rollout.resumed_at.is_some_and(|at| incident.last_at <= at);
    let stands = rollout.state == RolloutState::Paused || rollout.hold.is_some();
    match incident.alarm.cause {
        Cause::GuardFired | Cause::SampleRatio if let_go_on && !stands => Trouble::Over(format!(
            "somebody looked at it and let rollout R-{number} go on"
        )),
        _ => Trouble::Lasts,
    }
}

/// How the regressions stand that an incident is about: the one it was opened for, and those that are
/// told together with it.
pub fn of_regressions(first: &Regression, with_it: &[Regression]) -> Trouble {
    let mut all = std::iter::once(first).chain(with_it);
    let mut open = all.clone().filter(|one| one.state.is_open());
    let taken = open.find_map(|one| one.settled.as_ref());
    if let Some(settled) = taken {
        let who = super::Who {
            id: settled.by,
            name: settled.by_name.clone(),
        };
        return Trouble::TakenOn(who, settled.reason.clone());
    }
    if all.any(|one| one.state.is_open()) {
        return Trouble::Lasts;
    }
    let number = first.number;
    Trouble::Over(match (first.state, &first.settled) {
        (RegressionState::Dismissed, Some(settled)) => format!(
            "{} dismissed regression {number}: {}",
            settled.by_name, settled.reason
        ),
        _ => format!("the KPI of regression {number} came back"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Alarm, Ladder, Opening, Urgency, Who};
    use super::*;
    use crate::id::{ActorId, IncidentNumber};

    fn incident(cause: Cause) -> Incident {
        Incident::open(Opening {
            number: IncidentNumber(1),
            ladder: Ladder::fallback(),
            alarm: Alarm {
                cause,
                urgency: Urgency::High,
                subject: "rollout:R-1".into(),
                title: "t".into(),
                text: String::new(),
                environment: None,
                path: None,
                kpi: None,
            },
            at: Time(0),
        })
    }

    fn days(days: i64) -> Time {
        Time::from_seconds(days * DAY_SECONDS)
    }

    #[test]
    fn what_is_over_ends_at_once_and_what_should_be_seen_after_it_was() {
        let ann = Who {
            id: ActorId(1),
            name: "Ann".into(),
        };
        let mut one = incident(Cause::GuardFired);
        let (lasts, over) = (Trouble::Lasts, Trouble::Over("gone".into()));
        let seen = Trouble::ToBeSeen("taken back".into());
        assert_eq!(ending(&one, &lasts, days(400)), None);
        assert_eq!(ending(&one, &over, days(0)).as_deref(), Some("gone"));
        assert_eq!(ending(&one, &seen, days(400)), None, "nobody has seen it");
        one.acknowledge(&ann, "", days(1)).unwrap();
        assert_eq!(ending(&one, &seen, days(1 + SEEN_DAYS - 1)), None);
        let why = ending(&one, &seen, days(1 + SEEN_DAYS)).unwrap();
        assert!(why.starts_with("taken back, and"), "{why}");
        one.end_by_itself(&why, days(9)).unwrap();
        assert_eq!(ending(&one, &over, days(400)), None, "it is over");
        assert_eq!(one.resolved_at, Some(days(9)));
        assert!(one.end_by_itself("again", days(9)).is_err());
    }

    #[test]
    fn the_story_says_whether_anybody_had_seen_it() {
        let ann = Who {
            id: ActorId(1),
            name: "Ann".into(),
        };
        let story = |one: &Incident| one.lines.last().unwrap().text.clone();
        let mut unseen = incident(Cause::ConnectorFailing);
        unseen.end_by_itself("it works", days(1)).unwrap();
        assert_eq!(
            story(&unseen),
            "over by itself: it works; nobody had acknowledged it"
        );
        let mut seen = incident(Cause::ConnectorFailing);
        seen.acknowledge(&ann, "", days(1)).unwrap();
        seen.end_by_itself("it works", days(1)).unwrap();
        assert_eq!(story(&seen), "over by itself: it works");
    }
}
