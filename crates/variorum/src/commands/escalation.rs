//! Stopping everything, incidents, ladders, and who is on call.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use variorum_api_types::escalation::{
    Acknowledge, AskOnCall, Delivery, DeliveryPage, EscalationRules, HandOver, Incident,
    IncidentDetail, IncidentPage, Ladder, ListDeliveries, ListIncidents, OnCall, OnCallCalendar,
    Snooze, Stop, StopEverything, Stops, TestedLadder,
};
use variorum_api_types::releases::Reason;

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;

/// Stopping everything.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum stop-everything --reason \"Wrong price in every mail\"\n\nWorks when \
        the event store is down. `variorum stops lift` lifts it."
)]
pub(crate) struct StopArgs {
    /// Why, for the audit log and for whoever is told.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Only in this environment; everywhere where none is named.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
}

/// What to do with stops.
#[derive(Debug, Subcommand)]
pub(crate) enum StopsCommand {
    /// Lists the newest stops.
    #[command(after_help = "Example: variorum stops list")]
    List,
    /// Lifts a stop: rollouts may begin and releases go live again.
    #[command(after_help = "Example: variorum stops lift 1 --reason \"The price is mended\"")]
    Lift {
        /// Its number.
        number: i64,
        /// Why it is safe again.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What to do with incidents.
#[derive(Debug, Subcommand)]
pub(crate) enum IncidentsCommand {
    /// Lists incidents, newest first.
    #[command(after_help = "Example: variorum incidents list --open")]
    List {
        /// Only those that are not resolved.
        #[arg(long)]
        open: bool,
    },
    /// Shows an incident: what went wrong, who was told when, and what was answered.
    #[command(after_help = "Example: variorum incidents show I-3")]
    Show {
        /// Its number.
        #[arg(value_parser = words::incident)]
        incident: i64,
    },
    /// Looks after an incident; nobody else is told of it.
    #[command(after_help = "Example: variorum incidents acknowledge I-3 --note \"Looking at it\"")]
    Acknowledge {
        /// Its number.
        #[arg(value_parser = words::incident)]
        incident: i64,
        /// What you are going to do.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Keeps an incident quiet until a moment; then its ladder begins anew.
    #[command(
        after_help = "Example: variorum incidents snooze I-3 --until 2026-12-03T18:00:00Z --reason \"The \
            mail is out by then\""
    )]
    Snooze {
        /// Its number.
        #[arg(value_parser = words::incident)]
        incident: i64,
        /// Until when, at most 14 days ahead.
        #[arg(long, value_name = "TIME")]
        until: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Hands an incident to somebody, who is told at once.
    #[command(
        after_help = "Example: variorum incidents hand-over I-3 --to bob@acme.example --reason \"His \
            campaign\""
    )]
    HandOver {
        /// Its number.
        #[arg(value_parser = words::incident)]
        incident: i64,
        /// The address of a person of the workspace.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Ends an incident.
    #[command(after_help = "Example: variorum incidents resolve I-3 --reason \"Taken back\"")]
    Resolve {
        /// Its number.
        #[arg(value_parser = words::incident)]
        incident: i64,
        /// Why it is over.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What to do with ladders.
#[derive(Debug, Subcommand)]
pub(crate) enum LaddersCommand {
    /// Shows who is told of what, by which steps, and what the server can send.
    #[command(after_help = "Example: variorum ladders show")]
    Show,
    /// Sends the messages of every step of a ladder, marked as a test. Opens no incident.
    #[command(after_help = "Example: variorum ladders test revenue")]
    Test {
        /// The ladder's id.
        ladder: String,
    },
    /// Lists the newest messages: what was sent to whom, and what came back.
    #[command(after_help = "Example: variorum ladders log")]
    Log,
}

/// What to ask about calendars.
#[derive(Debug, Subcommand)]
pub(crate) enum OnCallCommand {
    /// Says who is on call now and next, and when nobody is.
    #[command(after_help = "Example: variorum on-call who --days 14")]
    Who {
        /// From when; from now where it is not given.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// For how many days, at most 62.
        #[arg(long, value_name = "DAYS", default_value_t = 7)]
        days: i64,
    },
}

/// `variorum stop-everything`
pub(crate) fn stop_everything(args: &StopArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = StopEverything {
        reason: args.reason.clone(),
        environment: args.environment.clone(),
    };
    let answer = console.client.post(&["stops"], &body)?;
    console.show(&answer, |stop: &Stop| stopped(stop))
}

fn place(stop: &Stop) -> &str {
    stop.environment.as_deref().unwrap_or("every environment")
}

fn stopped(stop: &Stop) -> Vec<String> {
    let ended: Vec<String> = stop.ended.iter().map(|one| format!("R-{one}")).collect();
    let taken_back = match ended.as_slice() {
        [] => "No rollout was running.".to_owned(),
        ended => format!("Taken back: {}.", ended.join(", ")),
    };
    vec![
        format!("Everything is stopped in {}. {taken_back}", place(stop)),
        format!(
            "Nothing goes live there until `variorum stops lift {} --reason …`.",
            stop.number
        ),
    ]
}

/// `variorum stops …`
pub(crate) fn stops(command: StopsCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        StopsCommand::List => {
            let answer = console.client.get(&["stops"])?;
            console.show(&answer, |stops: &Stops| {
                if stops.items.is_empty() {
                    return vec!["Nothing was ever stopped.".to_owned()];
                }
                let row = |stop: &Stop| {
                    vec![
                        stop.number.to_string(),
                        if stop.holds { "holds" } else { "lifted" }.to_owned(),
                        place(stop).to_owned(),
                        layout::moment(&stop.at),
                        stop.by.clone(),
                        stop.reason.clone(),
                    ]
                };
                let rows: Vec<_> = stops.items.iter().map(row).collect();
                layout::table(&["Stop", "State", "Where", "When", "Who", "Why"], &rows)
            })
        }
        StopsCommand::Lift { number, reason } => {
            let path = ["stops", &number.to_string(), "lift"];
            let answer = console.client.post(&path, &Reason { reason })?;
            console.show(&answer, |stop: &Stop| {
                vec![format!(
                    "Stop {} is lifted in {}.",
                    stop.number,
                    place(stop)
                )]
            })
        }
    }
}

/// `variorum incidents …`
pub(crate) fn incidents(
    command: IncidentsCommand,
    console: &Console,
) -> Result<ExitCode, CliError> {
    let act = |incident: i64, act: &str, body: &dyn Body| {
        let number = incident.to_string();
        let answer = body.send(console, &["incidents", &number, act])?;
        console.show(&answer, shown)
    };
    match command {
        IncidentsCommand::List { open } => {
            let query = ListIncidents {
                open: open.then_some(true),
                ..ListIncidents::default()
            };
            let answer = console.client.find(&["incidents"], &query)?;
            let shown = console.show(&answer, listed)?;
            console.more(
                &answer,
                "There are older ones; `--json` pages through them.",
            );
            Ok(shown)
        }
        IncidentsCommand::Show { incident } => {
            let answer = console.client.get(&["incidents", &incident.to_string()])?;
            console.show(&answer, shown)
        }
        IncidentsCommand::Acknowledge { incident, note } => {
            act(incident, "acknowledge", &Acknowledge { note })
        }
        IncidentsCommand::Snooze {
            incident,
            until,
            reason,
        } => act(incident, "snooze", &Snooze { until, reason }),
        IncidentsCommand::HandOver {
            incident,
            to,
            reason,
        } => act(incident, "hand-over", &HandOver { to, reason }),
        IncidentsCommand::Resolve { incident, reason } => {
            act(incident, "resolve", &Reason { reason })
        }
    }
}

/// A body that can be posted.
trait Body {
    fn send(&self, console: &Console, path: &[&str]) -> Result<crate::client::Answer, CliError>;
}

impl<T: serde::Serialize> Body for T {
    fn send(&self, console: &Console, path: &[&str]) -> Result<crate::client::Answer, CliError> {
        console.client.post(path, self)
    }
}

fn listed(page: &IncidentPage) -> Vec<String> {
    if page.items.is_empty() {
        return vec!["There is no incident.".to_owned()];
    }
    let row = |one: &Incident| {
        vec![
            format!("I-{}", one.number),
            one.state.clone(),
            one.urgency.clone(),
            layout::moment(&one.opened_at),
            one.holder.clone().unwrap_or_default(),
            one.title.clone(),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    layout::table(
        &["Incident", "State", "Urgency", "Opened", "With", "What"],
        &rows,
    )
}

fn shown(detail: &IncidentDetail) -> Vec<String> {
    let one = &detail.incident;
    let moment = |at: &Option<String>| at.as_deref().map(layout::moment).unwrap_or_default();
    let mut lines = layout::labelled(&[
        ("Incident", format!("I-{} {}", one.number, one.title)),
        ("State", one.state.clone()),
        ("Urgency", one.urgency.clone()),
        ("About", one.subject.clone()),
        ("Known", one.text.clone()),
        ("With", one.holder.clone().unwrap_or_default()),
        ("Ladder", one.ladder_title.clone()),
        ("Snoozed until", moment(&one.snoozed_until)),
        ("Next", moment(&one.next_at)),
    ]);
    lines.push(String::new());
    for line in &detail.lines {
        let who = match line.who.as_str() {
            "" => String::new(),
            who => format!("{who} "),
        };
        lines.push(format!("{}  {who}{}", layout::moment(&line.at), line.text));
    }
    if !detail.deliveries.is_empty() {
        lines.push(String::new());
        lines.extend(messages(&detail.deliveries));
    }
    lines
}

fn messages(rows: &[Delivery]) -> Vec<String> {
    let row = |one: &Delivery| {
        vec![
            layout::moment(&one.made_at),
            one.route.clone(),
            one.to.clone(),
            one.state.clone(),
            one.tries.to_string(),
            one.answer.clone(),
        ]
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    layout::table(&["Made", "By", "To", "State", "Tries", "Answer"], &rows)
}

/// `variorum ladders …`
pub(crate) fn ladders(command: LaddersCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        LaddersCommand::Show => {
            let answer = console.client.get(&["ladders"])?;
            console.show(&answer, |rules: &EscalationRules| {
                let mut lines: Vec<String> = rules.ladders.iter().flat_map(ladder).collect();
                let mail = match (&rules.means.mail_server, &rules.means.mail_from) {
                    (Some(server), Some(from)) => {
                        format!("E-mail goes out by {server} from {from}.")
                    }
                    _ => "E-mail is not set up on this server.".to_owned(),
                };
                lines.push(mail);
                for problem in &rules.problems {
                    lines.push(format!("The rules cannot be read: {}", problem.message));
                }
                lines
            })
        }
        LaddersCommand::Test { ladder } => {
            let answer = console.client.post(&["ladders", &ladder, "test"], &())?;
            console.show(&answer, |tested: &TestedLadder| {
                let mut lines = Vec::new();
                for (number, step) in (1..).zip(&tested.steps) {
                    let told = match step.told.as_slice() {
                        [] => "nobody is written to".to_owned(),
                        told => told.join(", "),
                    };
                    lines.push(format!("Step {number}: {told}"));
                    for target in &step.nobody {
                        lines.push(format!("  there is nobody for {target}"));
                    }
                }
                lines.push(
                    "The messages are on their way; `variorum ladders log` says what came back."
                        .to_owned(),
                );
                lines
            })
        }
        LaddersCommand::Log => {
            let query = ListDeliveries::default();
            let answer = console.client.find(&["deliveries"], &query)?;
            console.show(&answer, |page: &DeliveryPage| {
                if page.items.is_empty() {
                    return vec!["No message was sent yet.".to_owned()];
                }
                messages(&page.items)
            })
        }
    }
}

fn ladder(one: &Ladder) -> Vec<String> {
    let mut lines = vec![format!("{} ({})", one.title, one.id)];
    let mut narrowed: Vec<String> = Vec::new();
    for (name, list) in [
        ("causes", &one.causes),
        ("paths", &one.paths),
        ("environments", &one.environments),
        ("KPIs", &one.kpis),
    ] {
        if !list.is_empty() {
            narrowed.push(format!("{name}: {}", list.join(", ")));
        }
    }
    narrowed.extend(one.urgency.iter().map(|least| format!("at least {least}")));
    if !narrowed.is_empty() {
        lines.push(format!("  for {}", narrowed.join("; ")));
    }
    for (number, step) in (1..).zip(&one.steps) {
        lines.push(format!(
            "  {number}. {} by {}, then wait {} minutes",
            step.tell.join(", "),
            step.by.join(" and "),
            step.minutes
        ));
    }
    if one.repeat > 0 {
        lines.push(format!("  and again, {} more times", one.repeat));
    }
    lines.push(String::new());
    lines
}

/// `variorum on-call …`
pub(crate) fn on_call(command: OnCallCommand, console: &Console) -> Result<ExitCode, CliError> {
    let OnCallCommand::Who { from, days } = command;
    let query = AskOnCall {
        from,
        days: Some(days),
    };
    let answer = console.client.find(&["on-call"], &query)?;
    console.show(&answer, |found: &OnCall| {
        if found.items.is_empty() {
            return vec!["There is no calendar; `rules/escalation.yaml` holds them.".to_owned()];
        }
        found.items.iter().flat_map(calendar).collect()
    })
}

fn calendar(one: &OnCallCalendar) -> Vec<String> {
    let now = match one.now.as_slice() {
        [] => "nobody".to_owned(),
        people => people.join(", "),
    };
    let mut lines = vec![format!("{} ({}): {now}", one.title, one.zone)];
    for shift in &one.shifts {
        let who = match shift.people.as_slice() {
            [] => "NOBODY is on call".to_owned(),
            people => people.join(", "),
        };
        lines.push(format!(
            "  {} – {}  {who}",
            shift.from_local, shift.until_local
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_says_what_ended_and_how_it_is_lifted() {
        let stop = Stop {
            number: 2,
            environment: None,
            reason: "x".into(),
            at: "2026-12-03T18:00:00.000000Z".into(),
            by: "Ann".into(),
            ended: vec![4],
            holds: true,
            lifted_at: None,
            lifted_by: None,
            lift_reason: None,
        };
        let lines = stopped(&stop).join("\n");
        assert!(lines.contains("every environment. Taken back: R-4."));
        assert!(lines.contains("stops lift 2"));
    }

    #[test]
    fn a_gap_is_called_by_its_name() {
        let calendar_view = OnCallCalendar {
            id: "m".into(),
            title: "Marketing".into(),
            zone: "Europe/Berlin".into(),
            now: Vec::new(),
            shifts: vec![variorum_api_types::escalation::Shift {
                from: String::new(),
                until: String::new(),
                from_local: "2026-12-03 18:00".into(),
                until_local: "2026-12-04 09:00".into(),
                people: Vec::new(),
            }],
        };
        let lines = calendar(&calendar_view).join("\n");
        assert!(lines.contains("2026-12-03 18:00 – 2026-12-04 09:00  NOBODY"));
    }
}
