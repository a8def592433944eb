//! Stops, incidents, ladders, who is on call, and messages.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Diagnostic;

/// To stop everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct StopEverything {
    /// Why, in 1 to 1,000 characters.
    pub reason: String,
    /// Only in this environment; everywhere where none is named.
    #[serde(default)]
    pub environment: Option<String>,
}

/// A stop: rollouts were taken back, and nothing goes live until it is lifted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Stop {
    /// Its number.
    pub number: i64,
    /// The environment that stands still; all of them where none is named.
    pub environment: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
    /// Who stopped it.
    pub by: String,
    /// The rollouts that were taken back.
    pub ended: Vec<i64>,
    /// Whether it holds still.
    pub holds: bool,
    /// When it was lifted.
    pub lifted_at: Option<String>,
    /// Who lifted it.
    pub lifted_by: Option<String>,
    /// Why it was lifted.
    pub lift_reason: Option<String>,
}

/// The newest stops.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Stops {
    /// Newest first.
    pub items: Vec<Stop>,
}

/// Which incidents.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListIncidents {
    /// Only those that are not resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Only those below this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<i64>,
    /// Rows of a page, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// An incident.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Its number; shown as `I-3`.
    pub number: i64,
    /// `open`, `acknowledged`, `snoozed`, `handed-over` or `resolved`.
    pub state: String,
    /// What went wrong: `guard-fired`, `guard-escalates`, `sample-ratio`, `regression`,
    /// `connector-failing`, `review-owed`, `against-verdict` or `stopped`.
    pub cause: String,
    /// `low`, `high` or `critical`.
    pub urgency: String,
    /// What it is about, e.g. `rollout:R-12`.
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
    /// The id of the ladder.
    pub ladder: String,
    /// The ladder's title.
    pub ladder_title: String,
    /// The round, counted from 1.
    pub round: u32,
    /// How many steps the ladder has.
    pub steps: usize,
    /// How many of them were told in this round.
    pub told: usize,
    /// When something happens by itself next.
    pub next_at: Option<String>,
    /// Who looks after it, or shall.
    pub holder: Option<String>,
    /// Until when it is quiet.
    pub snoozed_until: Option<String>,
    /// When it was opened.
    pub opened_at: String,
    /// How often the same alarm came.
    pub times: u32,
    /// When it came last.
    pub last_at: String,
    /// When it was resolved.
    pub resolved_at: Option<String>,
}

/// A page of incidents.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IncidentPage {
    /// Newest first.
    pub items: Vec<Incident>,
    /// Ask for those below this number next; nothing where this is the last page.
    pub next: Option<i64>,
}

/// One line of an incident's story.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IncidentLine {
    /// When.
    pub at: String,
    /// Who did it; empty where nobody did.
    pub who: String,
    /// In one sentence.
    pub text: String,
}

/// An incident with its story.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IncidentDetail {
    /// The incident.
    pub incident: Incident,
    /// Its steps.
    pub steps: Vec<LadderStep>,
    /// Its story, oldest first.
    pub lines: Vec<IncidentLine>,
    /// The messages that told of it, newest first.
    pub deliveries: Vec<Delivery>,
}

/// Looking after an incident.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Acknowledge {
    /// What is going to be done; may be empty.
    #[serde(default)]
    pub note: String,
}

/// Keeping an incident quiet.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Snooze {
    /// Until when; at most 14 days ahead.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// Handing an incident to somebody.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct HandOver {
    /// The address of a person of the workspace.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// One step of a ladder.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LadderStep {
    /// Whom it tells: addresses, `role:…`, `on-call:…`, `webhook:…`.
    pub tell: Vec<String>,
    /// How people are told: `inbox`, `email`.
    pub by: Vec<String>,
    /// How many minutes it waits for an answer.
    pub minutes: u32,
}

/// A ladder.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Ladder {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The causes it is for; all where there is none.
    pub causes: Vec<String>,
    /// The paths it is for; all where there is none.
    pub paths: Vec<String>,
    /// The environments it is for; all where there is none.
    pub environments: Vec<String>,
    /// The KPIs it is for; all where there is none.
    pub kpis: Vec<String>,
    /// The least urgency it is for.
    pub urgency: Option<String>,
    /// The steps, first first.
    pub steps: Vec<LadderStep>,
    /// How many more rounds follow where nobody answers.
    pub repeat: u32,
}

/// A webhook; its address only where it is no secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where it is, or by which name the server finds that.
    pub url: String,
    /// `standard` or `slack`.
    pub form: String,
    /// By which name the server finds the key for signing.
    pub secret: Option<String>,
}

/// What the server can send.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SendingMeans {
    /// The mail server, where there is one.
    pub mail_server: Option<String>,
    /// The sender of e-mails, where there is one.
    pub mail_from: Option<String>,
    /// Whether webhooks may lie at private addresses.
    pub private_addresses: bool,
}

/// The rules of escalation, as `rules/escalation.yaml` has them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EscalationRules {
    /// The ladders; the first that fits an alarm is climbed, the last is the one for all others.
    pub ladders: Vec<Ladder>,
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
    /// What is wrong with the file.
    pub problems: Vec<Diagnostic>,
    /// What the server can send.
    pub means: SendingMeans,
}

/// One step of a test.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TestedStep {
    /// Who is told, and how.
    pub told: Vec<String>,
    /// The targets that stand for nobody now.
    pub nobody: Vec<String>,
}

/// What a test of a ladder sends.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TestedLadder {
    /// Each step.
    pub steps: Vec<TestedStep>,
}

/// For which time.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskOnCall {
    /// From when; from now where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For how many days, 1 to 62; 7 where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
}

/// A time during which the same people are on call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Shift {
    /// From when.
    pub from: String,
    /// Until when.
    pub until: String,
    /// From when, by the clock of the place.
    pub from_local: String,
    /// Until when, by the clock of the place.
    pub until_local: String,
    /// Who, by address; nobody in a gap.
    pub people: Vec<String>,
}

/// A calendar.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OnCallCalendar {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The place whose clock counts.
    pub zone: String,
    /// Who is on call at the beginning, by address.
    pub now: Vec<String>,
    /// The shifts without holes, in their order.
    pub shifts: Vec<Shift>,
}

/// Who is on call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OnCall {
    /// The calendars.
    pub items: Vec<OnCallCalendar>,
}

/// Which messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListDeliveries {
    /// Only those below this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<i64>,
    /// Rows of a page, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// One message to one receiver.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its number.
    pub number: i64,
    /// The same for every try of the message.
    pub key: String,
    /// The incident; none for a test.
    pub incident: Option<i64>,
    /// The ladder.
    pub ladder: String,
    /// `email` or `webhook`.
    pub route: String,
    /// To whom: an address, or the id of a webhook.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// What the receiver said last.
    pub answer: String,
    /// When it was made.
    pub made_at: String,
    /// When it was taken.
    pub sent_at: Option<String>,
    /// When it is tried next.
    pub next_at: Option<String>,
}

/// A page of messages.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPage {
    /// Newest first.
    pub items: Vec<Delivery>,
    /// Ask for those below this number next; nothing where this is the last page.
    pub next: Option<i64>,
}
