//! Messages on their way: what they say, and when they are tried again.

use serde::{Deserialize, Serialize};

use super::{Incident, Ladder, Route, Tell};
use crate::id::{IncidentNumber, Time};

/// How often a message is tried before it is given up.
pub const TRIES_MAX: u32 = 12;
/// The wait after the first failure, in seconds; it doubles each time.
const FIRST_WAIT_SECONDS: i64 = 10;
/// The longest wait.
const LONGEST_WAIT_SECONDS: i64 = 3_600;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// It was taken.
    Sent,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Failed];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// One message to one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number within the workspace.
    pub number: i64,
    /// Always the same for the same message, however often it is tried; receivers can tell by it.
    pub key: String,
    /// The incident; none for a test.
    pub incident: Option<IncidentNumber>,
    /// The ladder.
    pub ladder: String,
    /// How.
    pub route: Route,
    /// To whom: an address, or the id of a webhook.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// What the receiver said last.
    pub answer: String,
    /// When it was made.
    pub made_at: Time,
    /// When it was taken.
    pub sent_at: Option<Time>,
    /// When it is tried next.
    pub next_at: Option<Time>,
}

impl Delivery {
    /// It was taken.
    pub fn sent(&mut self, answer: &str, at: Time) {
        self.tries += 1;
        self.state = DeliveryState::Sent;
        self.answer = short(answer);
        self.sent_at = Some(at);
        self.next_at = None;
    }

    /// It was not taken; `may_pass` says whether another try makes sense.
    pub fn failed(&mut self, answer: &str, may_pass: bool, at: Time, jitter: u64) {
        self.tries += 1;
        self.answer = short(answer);
        self.next_at = may_pass.then(|| next_try(self.tries, at, jitter)).flatten();
        self.state = if self.next_at.is_some() {
            DeliveryState::Waiting
        } else {
            DeliveryState::Failed
        };
    }
}

fn short(answer: &str) -> String {
    let clean = answer.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(300).collect()
}

/// When a message that failed so often is tried again: waits double up to an hour, and differ by up to
/// a quarter so that not all come back at once. Never, after the last try.
pub fn next_try(tries: u32, now: Time, jitter: u64) -> Option<Time> {
    if tries >= TRIES_MAX {
        return None;
    }
    let doubled = FIRST_WAIT_SECONDS << tries.saturating_sub(1).min(20);
    let wait = doubled.min(LONGEST_WAIT_SECONDS) * 1_000;
    let quarter = wait / 4;
    let spread = i64::try_from(jitter % 1_000).unwrap_or(0) * 2 * quarter / 999 - quarter;
    Some(Time(now.0.saturating_add((wait + spread) * 1_000)))
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// What people are told of an incident; `link` is where it is looked at.
pub fn message(incident: &Incident, tell: Tell, link: &str) -> Message {
    let alarm = &incident.alarm;
    let number = incident.number;
    let minutes = incident
        .course
        .steps
        .get(tell.step)
        .map_or(0, |one| one.minutes);
    let place = match &alarm.environment {
        Some(name) => format!(" in {name}"),
        None => String::new(),
    };
    let again = if tell.round > 1 {
        format!(
            "This is round {} of “{}”.\n",
            tell.round, incident.ladder_title
        )
    } else {
        String::new()
    };
    Message {
        subject: one_line(&format!("[I-{number}] {}", alarm.title)),
        text: format!(
            "{}{place}\n\n{}\n\nUrgency: {}. Step {} of {} on the ladder “{}”.\n{again}\
             Acknowledge within {minutes} minutes, or the next step is told:\n{link}\n",
            alarm.title,
            alarm.text,
            alarm.urgency.name(),
            tell.step + 1,
            incident.course.steps.len(),
            incident.ladder_title,
        ),
    }
}

/// What those who were told of an incident are told when it is over.
pub fn over_message(incident: &Incident, link: &str) -> Message {
    let (number, title) = (incident.number, &incident.alarm.title);
    let last = incident.lines.last();
    let how = last.map_or_else(String::new, |line| match line.who.as_str() {
        "" => line.text.clone(),
        who => format!("{who}: {}", line.text),
    });
    Message {
        subject: one_line(&format!("[I-{number}] Resolved: {title}")),
        text: format!(
            "{title}\n\nThis is over. {how}\n\nThere is nothing to do any more; the story stands here:\n{link}\n"
        ),
    }
}

/// What people are told by a test of a ladder.
pub fn test_message(ladder: &Ladder, step: usize, by: &str) -> Message {
    Message {
        subject: one_line(&format!("[TEST] Ladder “{}”", ladder.title)),
        text: format!(
            "This is a test; nothing is wrong and there is nothing to do.\n\n{by} tests the ladder \
             “{}”. In an incident, step {} of {} would tell you like this.\n",
            ladder.title,
            step + 1,
            ladder.course.steps.len(),
        ),
    }
}

fn one_line(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(200).collect()
}
