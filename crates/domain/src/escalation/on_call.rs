//! Who is on call: people who take turns by the clock of a place, and days on which somebody else
//! steps in.

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

use crate::id::Time;

/// People who take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Whose turn follows whose, by address.
    pub people: Vec<String>,
    /// When the first turn begins, by the clock of the place.
    pub starts: DateTime,
    /// How many days a turn takes.
    pub days: u16,
    /// From which minute of the day until which one; the whole day where nothing is said.
    pub between: Option<(u16, u16)>,
    /// On which days, Monday is 1; on all where it is empty.
    pub weekdays: Vec<i8>,
}

/// Somebody steps in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCallOverride {
    /// Who, by address.
    pub person: String,
    /// From when, by the clock of the place.
    pub from: DateTime,
    /// Until when.
    pub until: DateTime,
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id in the file.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// The place whose clock counts, e.g. `Europe/Berlin`.
    pub zone: String,
    /// The rotations; each has somebody on call.
    pub rotations: Vec<Rotation>,
    /// Who steps in, and when; they count before the rotations.
    pub overrides: Vec<OnCallOverride>,
}

/// A time during which the same people are on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// Who; nobody in a gap.
    pub people: Vec<String>,
}

/// The clock of a place; `None` where nobody knows the place.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

fn timestamp(at: Time) -> Timestamp {
    Timestamp::from_microsecond(at.0).unwrap_or(if at.0 < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn minute(at: DateTime) -> u16 {
    u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs())
}

fn whole_days(from: Date, until: Date) -> i64 {
    from.until(until)
        .map_or(0, |span| i64::from(span.get_days()))
}

impl Rotation {
    /// Whose turn it is at a moment of the place; nobody's outside its hours and days.
    fn at(&self, local: DateTime) -> Option<&str> {
        if local < self.starts || !self.is_within(local) {
            return None;
        }
        let mut days = whole_days(self.starts.date(), local.date());
        if local.time() < self.starts.time() {
            days -= 1;
        }
        let turn = days.div_euclid(i64::from(self.days.max(1)));
        let count = i64::try_from(self.people.len())
            .ok()
            .filter(|count| *count > 0)?;
        let place = usize::try_from(turn.rem_euclid(count)).ok()?;
        self.people.get(place).map(String::as_str)
    }

    fn is_within(&self, local: DateTime) -> bool {
        let now = minute(local);
        let mut day = local.date();
        let within = match self.between {
            None => true,
            Some((from, until)) if from < until => (from..until).contains(&now),
            // Over midnight: the small hours belong to the day before.
            Some((from, until)) => {
                if now < until {
                    day = day.yesterday().unwrap_or(day);
                }
                now >= from || now < until
            }
        };
        within
            && (self.weekdays.is_empty()
                || self
                    .weekdays
                    .contains(&day.weekday().to_monday_one_offset()))
    }

    /// The minutes of a day at which something can change.
    fn edges(&self) -> impl Iterator<Item = u16> {
        let hours = self.between.map(|(from, until)| [from, until]);
        std::iter::once(minute(self.starts)).chain(hours.into_iter().flatten())
    }
}

impl Calendar {
    /// Who is on call; nobody in a gap.
    pub fn who(&self, at: Time) -> Vec<String> {
        let Some(zone) = zone(&self.zone) else {
            return Vec::new();
        };
        self.at(zone.to_datetime(timestamp(at)))
    }

    fn at(&self, local: DateTime) -> Vec<String> {
        let steps_in = |one: &&OnCallOverride| one.from <= local && local < one.until;
        let mut people: Vec<String> = match self.overrides.iter().find(steps_in) {
            Some(found) => vec![found.person.clone()],
            None => {
                let turns = self.rotations.iter().filter_map(|one| one.at(local));
                turns.map(str::to_owned).collect()
            }
        };
        people.sort();
        people.dedup();
        people
    }

    /// Who is on call from one moment until another, without holes; gaps are shifts of nobody.
    pub fn shifts(&self, from: Time, until: Time) -> Vec<Shift> {
        let Some(zone) = zone(&self.zone) else {
            return Vec::new();
        };
        let mut edges = self.edges(&zone, from, until);
        edges.push(from);
        edges.retain(|at| (from..until).contains(at));
        edges.sort_unstable();
        edges.dedup();
        let mut shifts: Vec<Shift> = Vec::new();
        for at in edges {
            let people = self.at(zone.to_datetime(timestamp(at)));
            match shifts.last_mut() {
                Some(last) if last.people == people => {}
                last => {
                    if let Some(last) = last {
                        last.until = at;
                    }
                    shifts.push(Shift {
                        from: at,
                        until,
                        people,
                    });
                }
            }
        }
        shifts
    }

    /// Every moment at which somebody else may be on call.
    fn edges(&self, zone: &TimeZone, from: Time, until: Time) -> Vec<Time> {
        let mut minutes: Vec<u16> = self.rotations.iter().flat_map(Rotation::edges).collect();
        minutes.push(0);
        minutes.sort_unstable();
        minutes.dedup();
        let mut locals = Vec::new();
        let last = zone.to_datetime(timestamp(until)).date();
        let mut day = zone.to_datetime(timestamp(from)).date();
        while day <= last {
            let midnight = day.at(0, 0, 0, 0);
            locals.extend(
                minutes
                    .iter()
                    .filter_map(|minute| midnight.checked_add(i64::from(*minute).minutes()).ok()),
            );
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        for one in &self.overrides {
            locals.extend([one.from, one.until]);
        }
        let mut edges = Vec::new();
        for local in locals {
            // An hour that comes twice begins something twice; one that is left out is where the
            // clock was moved, which is an edge of its own.
            let moment = zone.to_ambiguous_timestamp(local);
            let both = [moment.earlier(), moment.later()];
            edges.extend(
                both.into_iter()
                    .flatten()
                    .map(|at| Time(at.as_microsecond())),
            );
        }
        let moves = zone.following(timestamp(Time(from.0 - 1)));
        let moves = moves.map(|one| Time(one.timestamp().as_microsecond()));
        edges.extend(moves.take_while(|at| *at < until));
        edges
    }

    /// When nobody is on call, within a time.
    pub fn gaps(&self, from: Time, until: Time) -> Vec<Shift> {
        let mut shifts = self.shifts(from, until);
        shifts.retain(|shift| shift.people.is_empty());
        shifts
    }

    /// A moment by the clock of the place, as `2026-12-03 18:00`.
    pub fn local(&self, at: Time) -> String {
        let zone = zone(&self.zone).unwrap_or(TimeZone::UTC);
        zone.to_datetime(timestamp(at))
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    }
}
