//! Looks: what was known of a rollout at a moment that mattered, kept so that it can be computed
//! again from the stored events.

use serde::{Deserialize, Serialize};

use super::judge::Passed;
use super::reading::Reading;
use crate::id::Time;
use crate::verdict::Outcome;

/// Events come for so long before a look is kept though nothing changed.
pub const LOOK_EVERY_SECONDS: i64 = 3_600;

/// Why a look was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A stage began.
    Stage,
    /// A guard came to a further quarter of its evidence.
    Passed(Passed),
    /// The verdict became another one than this.
    Verdict(Outcome),
    /// Events came for an hour.
    Hour,
    /// Something was decided, by a guard or a person.
    Decision,
}

/// What was known of a rollout at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Why it was kept.
    pub why: Why,
    /// When.
    pub at: Time,
    /// The newest event that is in it.
    pub through_seq: i64,
    /// The answer then.
    pub outcome: Outcome,
    /// The arm that the answer is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<u8>,
    /// The statistics.
    pub reading: Reading,
}

/// What is remembered of the looks of a rollout between events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// The answer at the last look.
    pub outcome: Outcome,
    /// When that was.
    pub at: Time,
    /// The newest event that was in it.
    pub through_seq: i64,
}

/// Why a look at a moment is kept, if it is: the answer is another one, or events came for an hour.
/// What is remembered of no look yet are the beginnings.
pub fn due(
    known: Option<Remembered>,
    began: Time,
    (outcome, through_seq, now): (Outcome, i64, Time),
) -> Option<Why> {
    let before = known.map(|known| known.outcome);
    let is_beginning = matches!(outcome, Outcome::NotEnough | Outcome::NoGoal);
    match before {
        Some(before) if before != outcome => return Some(Why::Verdict(before)),
        None if !is_beginning => return Some(Why::Verdict(Outcome::NotEnough)),
        _ => {}
    }
    let is_new = known.is_none_or(|known| through_seq > known.through_seq);
    let last = known.map_or(began, |known| known.at);
    (is_new && now >= last.plus_seconds(LOOK_EVERY_SECONDS)).then_some(Why::Hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_kept_when_the_answer_changes_or_an_hour_passed_with_events() {
        let hour = Time::from_seconds(LOOK_EVERY_SECONDS);
        let known = |outcome, at, through_seq| {
            Some(Remembered {
                outcome,
                at,
                through_seq,
            })
        };
        let (early, better) = (Outcome::NotEnough, Outcome::Better);
        let rows = [
            (None, (early, 5, Time(9)), None),
            (None, (early, 5, hour), Some(Why::Hour)),
            (None, (better, 5, Time(9)), Some(Why::Verdict(early))),
            (known(early, Time(0), 5), (early, 9, Time(9)), None),
            (
                known(early, Time(0), 5),
                (better, 9, Time(9)),
                Some(Why::Verdict(early)),
            ),
            (
                known(better, Time(0), 5),
                (early, 9, Time(9)),
                Some(Why::Verdict(better)),
            ),
            (known(better, Time(0), 5), (better, 5, hour), None),
            (
                known(better, Time(0), 5),
                (better, 6, hour),
                Some(Why::Hour),
            ),
        ];
        for (known, now, expected) in rows {
            assert_eq!(due(known, Time(0), now), expected, "{known:?} {now:?}");
        }
    }
}
