//! An incident on its way up a ladder. A pure state machine: moments in, whom to tell out.
//!
//! A tick that comes late tells the step that was due, once, and gives its people their whole
//! deadline from then on: nothing is skipped, and nobody is told of several steps at once. A clock
//! that is set back never makes anybody wait longer than a deadline.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Alarm, Course, Ladder, Route};
use crate::id::{ActorId, IncidentNumber, Time};
use crate::limits::{INCIDENT_LINES_MAX, REASON_CHARS_MAX, SNOOZE_DAYS_MAX};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentState {
    /// Nobody has answered.
    Open,
    /// Somebody looks after it.
    Acknowledged,
    /// It is quiet until a moment.
    Snoozed,
    /// It was handed to somebody who has not answered yet.
    HandedOver,
    /// It is over.
    Resolved,
}

impl IncidentState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Acknowledged,
        Self::Snoozed,
        Self::HandedOver,
        Self::Resolved,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::HandedOver => "handed-over",
            Self::Resolved => "resolved",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Somebody, as they were called at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Which actor.
    pub id: ActorId,
    /// Their name.
    pub name: String,
}

/// Somebody or something that was told of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which person, where it is one of the workspace.
    pub person: Option<ActorId>,
    /// An address, or the id of a webhook.
    pub to: String,
    /// By which ways.
    pub by: Vec<Route>,
}

/// When the next step is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The moment.
    pub at: Time,
    /// How long that was away when it was set, in minutes.
    pub minutes: u32,
}

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Time,
    /// Who did it; empty where nobody did.
    pub who: String,
    /// In one sentence.
    pub text: String,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number; shown as `I-3`.
    pub number: IncidentNumber,
    /// What went wrong.
    pub alarm: Alarm,
    /// The id of the ladder.
    pub ladder: String,
    /// The ladder's title then.
    pub ladder_title: String,
    /// The steps as they were when it was opened.
    pub course: Course,
    /// Where it stands.
    pub state: IncidentState,
    /// The round, counted from 1.
    pub round: u32,
    /// How many more rounds may follow.
    pub rounds_left: u32,
    /// The step that is told next.
    pub step: usize,
    /// When it is told; never where nobody is told any more.
    pub due: Option<Due>,
    /// Who looks after it, or shall.
    pub holder: Option<Who>,
    /// Until when it is quiet.
    pub snoozed_until: Option<Time>,
    /// When it was acknowledged, for as long as that is its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Time>,
    /// Who was told of it, and is told when it is over; nobody of incidents from before that was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// When it was opened.
    pub opened_at: Time,
    /// How often the same alarm came.
    pub times: u32,
    /// When it came last.
    pub last_at: Time,
    /// When it was resolved.
    pub resolved_at: Option<Time>,
    /// The story, oldest first.
    pub lines: Vec<Line>,
    /// Goes up with every change.
    pub revision: i64,
}

/// What an incident is opened with.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The number.
    pub number: IncidentNumber,
    /// The alarm.
    pub alarm: Alarm,
    /// The ladder.
    pub ladder: Ladder,
    /// When.
    pub at: Time,
}

/// A step whose people are to be told now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tell {
    /// The round.
    pub round: u32,
    /// The place of the step in the course.
    pub step: usize,
}

/// Why an incident cannot do that.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IncidentError {
    /// It is over.
    #[error("incident I-{0} is resolved already")]
    Resolved(IncidentNumber),
    /// No reason was given, or one that is too long.
    #[error("say why, in 1 to {REASON_CHARS_MAX} characters")]
    Reason,
    /// The moment lies behind, or too far ahead.
    #[error("an incident can be snoozed for at most {SNOOZE_DAYS_MAX} days from now")]
    Snooze,
}

impl Incident {
    /// Opens an incident; its first step is due at once.
    pub fn open(opening: Opening) -> Self {
        let Opening {
            number,
            alarm,
            ladder,
            at,
        } = opening;
        let mut incident = Self {
            number,
            ladder: ladder.id,
            ladder_title: ladder.title,
            rounds_left: ladder.course.repeat,
            course: ladder.course,
            state: IncidentState::Open,
            round: 1,
            step: 0,
            due: Some(Due { at, minutes: 0 }),
            holder: None,
            snoozed_until: None,
            acknowledged_at: None,
            told: Vec::new(),
            opened_at: at,
            times: 1,
            last_at: at,
            resolved_at: None,
            lines: Vec::new(),
            revision: 1,
            alarm,
        };
        let text = format!("opened: {}", incident.alarm.title);
        incident.note(at, "", text);
        incident
    }

    /// When something happens by itself next.
    pub fn next_at(&self) -> Option<Time> {
        match self.state {
            IncidentState::Snoozed => self.snoozed_until,
            _ => self.due.map(|due| due.at),
        }
    }

    /// Adds a line to the story.
    pub fn note(&mut self, at: Time, who: &str, text: impl Into<String>) {
        if self.lines.len() >= INCIDENT_LINES_MAX {
            // The beginning tells most, so what is lost is the middle.
            self.lines.remove(INCIDENT_LINES_MAX / 2);
        }
        self.lines.push(Line {
            at,
            who: who.to_owned(),
            text: text.into(),
        });
    }

    /// What is to be told at a moment, if anything. Changes nothing where nothing is due.
    pub fn tick(&mut self, now: Time) -> Option<Tell> {
        self.wake(now);
        let due = self.due?;
        let longest = now.plus_seconds(i64::from(due.minutes) * 60);
        if due.at > longest {
            self.due = Some(Due {
                at: longest,
                minutes: due.minutes,
            });
            self.revision += 1;
        }
        if due.at.min(longest) > now {
            return None;
        }
        self.revision += 1;
        if self.step >= self.course.steps.len() {
            if self.rounds_left == 0 || self.course.steps.is_empty() {
                self.due = None;
                self.note(
                    now,
                    "",
                    "nobody answered, and the ladder has no further step",
                );
                return None;
            }
            self.rounds_left -= 1;
            self.round += 1;
            self.step = 0;
        }
        let tell = Tell {
            round: self.round,
            step: self.step,
        };
        let minutes = self.minutes_of(self.step);
        self.step += 1;
        self.due = Some(Due {
            at: now.plus_seconds(i64::from(minutes) * 60),
            minutes,
        });
        Some(tell)
    }

    fn minutes_of(&self, step: usize) -> u32 {
        self.course.steps.get(step).map_or(60, |step| step.minutes)
    }

    /// Ends a snooze whose time is over: the ladder begins anew.
    fn wake(&mut self, now: Time) {
        let Some(until) = self.snoozed_until else {
            return;
        };
        let longest = now.plus_seconds(SNOOZE_DAYS_MAX * crate::calendar::DAY_SECONDS);
        if until > longest {
            self.snoozed_until = Some(longest);
            self.revision += 1;
        }
        if until <= now {
            self.snoozed_until = None;
            self.state = IncidentState::Open;
            self.begin_again(now, 0);
            self.note(now, "", "the snooze is over");
            self.revision += 1;
        }
    }

    /// A new round from the first step, after some minutes.
    fn begin_again(&mut self, now: Time, minutes: u32) {
        self.round += 1;
        self.rounds_left = self.course.repeat;
        self.step = 0;
        self.due = Some(Due {
            at: now.plus_seconds(i64::from(minutes) * 60),
            minutes,
        });
    }

    /// The same alarm came again.
    pub fn seen_again(&mut self, alarm: &Alarm, at: Time) {
        self.times = self.times.saturating_add(1);
        self.last_at = self.last_at.max(at);
        self.alarm.urgency = self.alarm.urgency.max(alarm.urgency);
        self.note(at, "", format!("again: {}", alarm.title));
        self.revision += 1;
    }

    fn may_change(&self) -> Result<(), IncidentError> {
        match self.state {
            IncidentState::Resolved => Err(IncidentError::Resolved(self.number)),
            _ => Ok(()),
        }
    }

    fn quiet(&mut self, state: IncidentState) {
        self.state = state;
        self.due = None;
        self.snoozed_until = None;
        self.acknowledged_at = None;
        self.revision += 1;
    }

    /// Keeps in mind who was told, each once.
    pub fn remember(&mut self, told: impl IntoIterator<Item = Told>) {
        for one in told {
            match self.told.iter_mut().find(|known| known.to == one.to) {
                Some(known) => {
                    let more = one.by.into_iter().filter(|by| !known.by.contains(by));
                    let more: Vec<Route> = more.collect();
                    known.by.extend(more);
                }
                None => self.told.push(one),
            }
        }
    }

    /// Somebody looks after it; nobody else is told.
    pub fn acknowledge(&mut self, by: &Who, words: &str, at: Time) -> Result<(), IncidentError> {
        self.may_change()?;
        if words.chars().count() > REASON_CHARS_MAX {
            return Err(IncidentError::Reason);
        }
        self.quiet(IncidentState::Acknowledged);
        self.acknowledged_at = Some(at);
        self.holder = Some(by.clone());
        let text = match words.trim() {
            "" => "acknowledged".to_owned(),
            words => format!("acknowledged: {words}"),
        };
        self.note(at, &by.name, text);
        Ok(())
    }

    /// Keeps it quiet until a moment; then the ladder begins anew.
    pub fn snooze(
        &mut self,
        by: &Who,
        until: Time,
        why: &str,
        at: Time,
    ) -> Result<(), IncidentError> {
        self.may_change()?;
        let why = reason(why)?;
        let longest = at.plus_seconds(SNOOZE_DAYS_MAX * crate::calendar::DAY_SECONDS);
        if until <= at || until > longest {
            return Err(IncidentError::Snooze);
        }
        self.quiet(IncidentState::Snoozed);
        self.snoozed_until = Some(until);
        self.note(at, &by.name, format!("snoozed: {why}"));
        Ok(())
    }

    /// Hands it to somebody. Where they do not answer within the first step's deadline, the ladder
    /// begins anew.
    pub fn hand_over(
        &mut self,
        by: &Who,
        to: &Who,
        why: &str,
        at: Time,
    ) -> Result<(), IncidentError> {
        self.may_change()?;
        let why = reason(why)?;
        self.quiet(IncidentState::HandedOver);
        self.holder = Some(to.clone());
        let minutes = self.minutes_of(0);
        self.begin_again(at, minutes);
        self.note(at, &by.name, format!("handed over to {}: {why}", to.name));
        Ok(())
    }

    /// It is over.
    pub fn resolve(&mut self, by: &Who, why: &str, at: Time) -> Result<(), IncidentError> {
        self.may_change()?;
        let why = reason(why)?;
        self.quiet(IncidentState::Resolved);
        self.resolved_at = Some(at);
        self.note(at, &by.name, format!("resolved: {why}"));
        Ok(())
    }

    /// It is over because what it was about is. Where nobody had said that they look after it, the
    /// story says so.
    pub fn end_by_itself(&mut self, why: &str, at: Time) -> Result<(), IncidentError> {
        self.may_change()?;
        let unseen = match self.state {
            IncidentState::Acknowledged => "",
            _ => "; nobody had acknowledged it",
        };
        self.quiet(IncidentState::Resolved);
        self.resolved_at = Some(at);
        self.note(at, "", format!("over by itself: {why}{unseen}"));
        Ok(())
    }
}

fn reason(text: &str) -> Result<&str, IncidentError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_CHARS_MAX {
        return Err(IncidentError::Reason);
    }
    Ok(text)
}
