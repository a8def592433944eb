//! Who is told when something goes wrong: ladders of steps with deadlines, and who is on call.
//!
//! `rules/escalation.yaml` holds ladders, calendars and webhooks; an [`Incident`] climbs the ladder
//! it was opened with, whatever becomes of the file. Nothing here sends anything.

mod delivery;
mod end;
mod incident;
mod on_call;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use delivery::{
    Delivery, DeliveryState, Message, TRIES_MAX, message, next_try, over_message, test_message,
};
pub use end::{Trouble, ending, of_regressions, of_rollout};
pub use incident::{Due, Incident, IncidentError, IncidentState, Line, Opening, Tell, Told, Who};
pub use on_call::{Calendar, OnCallOverride, Rotation, Shift};

use crate::access::Role;
use crate::policy::Globs;

/// Where the rules of escalation stand in a library.
pub const ESCALATION_FILE: &str = "rules/escalation.yaml";

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A guard was breached.
    GuardFired,
    /// A guard asks for people.
    GuardEscalates,
    /// The units of a rollout are not split as planned.
    SampleRatio,
    /// A KPI fell after something went live.
    Regression,
    /// Something that is connected does not answer.
    ConnectorFailing,
    /// A review that is owed after an emergency was not given in time.
    ReviewOwed,
    /// A rollout was finished against its verdict.
    AgainstVerdict,
    /// Everything was stopped by a person.
    Stopped,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::GuardFired,
        Self::GuardEscalates,
        Self::SampleRatio,
        Self::Regression,
        Self::ConnectorFailing,
        Self::ReviewOwed,
        Self::AgainstVerdict,
        Self::Stopped,
    ];

    /// The name in files, on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::GuardFired => "guard-fired",
            Self::GuardEscalates => "guard-escalates",
            Self::SampleRatio => "sample-ratio",
            Self::Regression => "regression",
            Self::ConnectorFailing => "connector-failing",
            Self::ReviewOwed => "review-owed",
            Self::AgainstVerdict => "against-verdict",
            Self::Stopped => "stopped",
        }
    }

    /// The cause of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Somebody should look when they have time.
    Low,
    /// Somebody should look today.
    High,
    /// It costs money now.
    Critical,
}

impl Urgency {
    /// All of them, least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::High, Self::Critical];

    /// The name in files and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The urgency of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Something that people should know of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// What went wrong.
    pub cause: Cause,
    /// How bad it is.
    pub urgency: Urgency,
    /// What it is about, e.g. `rollout:R-12`; the same trouble twice is one incident.
    pub subject: String,
    /// In one line.
    pub title: String,
    /// What is known.
    pub text: String,
    /// Where.
    pub environment: Option<String>,
    /// The path of the prompt it is about.
    pub path: Option<String>,
    /// The KPI it is about.
    pub kpi: Option<String>,
}

/// Whom a step tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Target {
    /// A person, by address.
    Person(String),
    /// Everybody who holds a role on the whole workspace, or a higher one.
    Role(Role),
    /// Whoever is on call.
    OnCall(String),
    /// A webhook.
    Webhook(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(address) => f.write_str(address),
            Self::Role(role) => write!(f, "role:{}", role.name()),
            Self::OnCall(calendar) => write!(f, "on-call:{calendar}"),
            Self::Webhook(id) => write!(f, "webhook:{id}"),
        }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is nobody who can be told: write an address, `role:publisher`, \
                 `on-call:…` or `webhook:…`"
            )
        };
        match text.split_once(':') {
            Some(("role", name)) => Role::from_name(name).map(Self::Role).ok_or_else(fault),
            Some(("on-call", id)) if !id.is_empty() => Ok(Self::OnCall(id.to_owned())),
            Some(("webhook", id)) if !id.is_empty() => Ok(Self::Webhook(id.to_owned())),
            None if is_address(&text) => Ok(Self::Person(text.to_lowercase())),
            _ => Err(fault()),
        }
    }
}

/// Whether a text looks like an e-mail address.
fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    let odd =
        |letter: char| letter.is_whitespace() || letter.is_control() || "<>,;".contains(letter);
    matches!(parts.as_slice(), [name, host] if !name.is_empty() && !host.is_empty())
        && !text.contains(odd)
}

/// By which way a person is told. Webhooks are told by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// A line in their inbox.
    Inbox,
    /// An e-mail.
    Email,
    /// A request to a webhook.
    Webhook,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inbox, Self::Email, Self::Webhook];

    /// The name in files, on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }

    /// The route of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// One step of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whom to tell.
    pub tell: Vec<Target>,
    /// How people are told.
    pub by: Vec<Route>,
    /// How long to wait for an answer before the next step.
    pub minutes: u32,
}

/// The steps, and how often they begin again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The steps, first first.
    pub steps: Vec<Step>,
    /// How many more rounds follow the first where nobody answers.
    pub repeat: u32,
}

/// Which alarms a ladder is for; what is empty does not narrow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// Only these causes.
    pub causes: Vec<Cause>,
    /// Only about prompts at these paths.
    pub paths: Globs,
    /// Only in these environments.
    pub environments: Vec<String>,
    /// Only about these KPIs.
    pub kpis: Vec<String>,
    /// Only what is at least so urgent.
    pub urgency: Option<Urgency>,
}

impl When {
    /// Whether an alarm is one of these.
    pub fn takes(&self, alarm: &Alarm) -> bool {
        let named = |list: &[String], value: Option<&String>| {
            list.is_empty() || value.is_some_and(|value| list.contains(value))
        };
        let path = alarm.path.as_deref();
        (self.causes.is_empty() || self.causes.contains(&alarm.cause))
            && self.urgency.is_none_or(|least| alarm.urgency >= least)
            && named(&self.environments, alarm.environment.as_ref())
            && named(&self.kpis, alarm.kpi.as_ref())
            && (self.paths.texts().next().is_none()
                || path.is_some_and(|path| self.paths.matches(path)))
    }
}

/// A ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Its id in the file.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// Which alarms it is for.
    pub when: When,
    /// Its steps.
    pub course: Course,
}

impl Ladder {
    /// The ladder that is climbed where the library has none for an alarm: no alarm is told to nobody.
    pub fn fallback() -> Self {
        Self {
            id: "fallback".to_owned(),
            title: "Where no ladder fits".to_owned(),
            when: When::default(),
            course: Course {
                steps: vec![Step {
                    tell: vec![Target::Role(Role::Publisher)],
                    by: vec![Route::Inbox],
                    minutes: 60,
                }],
                repeat: 0,
            },
        }
    }
}

/// By which name the server finds a secret; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretName {
    /// An environment variable of the server.
    Variable(String),
    /// A file in the server's folder of secrets.
    File(String),
}

/// Variables of the server that a library may name begin so; others are none of its business.
pub const SECRET_PREFIX: &str = "VARIORUM_NOTIFY_";

impl SecretName {
    /// Reads `env:VARIORUM_NOTIFY_…` or `file:NAME`.
    pub fn parse(text: &str) -> Option<Self> {
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let plain = |name: &str| {
            (1..=100).contains(&name.len()) && !name.starts_with('.') && name.chars().all(letter)
        };
        match text.split_once(':') {
            Some(("env", name)) if plain(name) && name.starts_with(SECRET_PREFIX) => {
                Some(Self::Variable(name.to_owned()))
            }
            Some(("file", name)) if plain(name) => Some(Self::File(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::File(name) => write!(f, "file:{name}"),
        }
    }
}

/// Where a webhook is: an address, or the name of a secret that is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookAddress {
    /// The address itself.
    Plain(String),
    /// The address is a secret, as those of chat tools are.
    Secret(SecretName),
}

impl fmt::Display for WebhookAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(url) => f.write_str(url),
            Self::Secret(name) => name.fmt(f),
        }
    }
}

/// What is sent to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WebhookForm {
    /// The incident as JSON, signed after Standard Webhooks.
    #[default]
    Standard,
    /// The text that chat tools with Slack's incoming webhooks show.
    Slack,
}

impl WebhookForm {
    /// The name in files and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Slack => "slack",
        }
    }
}

/// A webhook that steps can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id in the file.
    pub id: String,
    /// Where it is.
    pub url: WebhookAddress,
    /// What is sent.
    pub form: WebhookForm,
    /// By which name the key for signing is found.
    pub secret: Option<SecretName>,
}

/// Everything the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Escalation {
    /// The ladders; the first that takes an alarm is climbed.
    pub ladders: Vec<Ladder>,
    /// The calendars.
    pub calendars: Vec<Calendar>,
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
}

impl Escalation {
    /// The ladder for an alarm.
    pub fn ladder_for(&self, alarm: &Alarm) -> Ladder {
        let found = self.ladders.iter().find(|one| one.when.takes(alarm));
        found.cloned().unwrap_or_else(Ladder::fallback)
    }

    /// The calendar of an id.
    pub fn calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.iter().find(|one| one.id == id)
    }

    /// The webhook of an id.
    pub fn webhook(&self, id: &str) -> Option<&Webhook> {
        self.webhooks.iter().find(|one| one.id == id)
    }
}
