//! People and services, and what they may do.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Subcommand};
use variorum_api_types::people::{ChangePerson, Grant, Invitation, Invite, Person};

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;
use crate::output;

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(crate) enum PeopleCommand {
    /// Lists everybody with what they may do.
    #[command(after_help = "Example: variorum people list")]
    List,
    /// Invites a person and prints the link to send; it works once, for seven days.
    Invite(InviteArgs),
    /// Changes what a person may do, or shuts them out.
    Change(ChangeArgs),
}

/// Whom to invite.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum people invite --name \"Ann Lee\" --email ann@acme.example \
        --role author --prefix prompts/email/"
)]
pub(crate) struct InviteArgs {
    /// The name shown.
    #[arg(long)]
    pub name: String,
    /// The address written into saved versions.
    #[arg(long)]
    pub email: String,
    /// What they may do.
    #[arg(long, value_parser = PossibleValuesParser::new(words::ROLES))]
    pub role: String,
    /// Where they may do it: a path prefix; everywhere where not given.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "PATH"
    )]
    pub prefix: String,
}

/// What to change.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["role", "disable", "enable"]),
    after_help = "Example: variorum people change 4 --disable --reason \"Left the company\""
)]
pub(crate) struct ChangeArgs {
    /// Whom, as `variorum people list` shows it.
    pub id: i64,
    /// The new role; takes the place of every role they had.
    #[arg(long, value_parser = PossibleValuesParser::new(words::ROLES))]
    pub role: Option<String>,
    /// Where the new role holds: a path prefix; everywhere where not given.
    #[arg(long, requires = "role", value_name = "PATH")]
    pub prefix: Option<String>,
    /// Shuts them out.
    #[arg(long, conflicts_with = "enable")]
    pub disable: bool,
    /// Lets them in again.
    #[arg(long)]
    pub enable: bool,
    /// Why, for the audit log.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    pub reason: String,
}

/// `variorum people …`
pub(crate) fn run(command: PeopleCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        PeopleCommand::List => {
            let answer = console.client.get(&["people"])?;
            console.show(&answer, |people: &Vec<Person>| list(people))
        }
        PeopleCommand::Invite(args) => invite(args, console),
        PeopleCommand::Change(args) => {
            let id = args.id.to_string();
            let answer = console.client.patch(&["people", &id], &change(args))?;
            console.show(&answer, |person: &Person| {
                list(std::slice::from_ref(person))
            })
        }
    }
}

fn invite(args: InviteArgs, console: &Console) -> Result<ExitCode, CliError> {
    let InviteArgs {
        name,
        email,
        role,
        prefix,
    } = args;
    let body = Invite {
        name,
        email,
        grants: vec![Grant { role, prefix }],
    };
    let answer = console.client.post(&["people"], &body)?;
    if !console.json {
        output::note("send this link; it works once and for seven days, and is shown only now");
    }
    console.show(&answer, |invitation: &Invitation| {
        vec![invitation.link.clone()]
    })
}

fn change(args: ChangeArgs) -> ChangePerson {
    let prefix = args.prefix.unwrap_or_default();
    let grants = args.role.map(|role| vec![Grant { role, prefix }]);
    let disabled = (args.disable || args.enable).then_some(args.disable);
    ChangePerson {
        grants,
        disabled,
        reason: args.reason,
    }
}

fn list(people: &[Person]) -> Vec<String> {
    let row = |person: &Person| {
        let name = if person.disabled {
            format!("{} (shut out)", person.name)
        } else {
            person.name.clone()
        };
        let roles: Vec<String> = person.grants.iter().map(grant).collect();
        vec![
            person.id.to_string(),
            name,
            person.email.clone(),
            person.kind.clone(),
            roles.join(", "),
        ]
    };
    let rows: Vec<_> = people.iter().map(row).collect();
    layout::table(&["Id", "Name", "Address", "Kind", "Roles"], &rows)
}

fn grant(grant: &Grant) -> String {
    match grant.prefix.as_str() {
        "" => grant.role.clone(),
        prefix => format!("{} of {prefix}", grant.role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> ChangeArgs {
        let reason = "moved".to_owned();
        ChangeArgs {
            id: 4,
            role: None,
            prefix: None,
            disable: false,
            enable: false,
            reason,
        }
    }

    #[test]
    fn only_what_is_said_is_changed() {
        let body = change(ChangeArgs {
            disable: true,
            ..args()
        });
        assert_eq!((body.grants, body.disabled), (None, Some(true)));
        let body = change(ChangeArgs {
            enable: true,
            ..args()
        });
        assert_eq!((body.grants, body.disabled), (None, Some(false)));
        let role = Some("author".to_owned());
        let body = change(ChangeArgs {
            role,
            prefix: Some("prompts/ads/".into()),
            ..args()
        });
        let grant = Grant {
            role: "author".into(),
            prefix: "prompts/ads/".into(),
        };
        assert_eq!((body.grants, body.disabled), (Some(vec![grant]), None));
        assert_eq!(body.reason, "moved");
    }

    #[test]
    fn people_are_listed_with_where_they_may() {
        let grants = vec![
            Grant {
                role: "viewer".into(),
                prefix: String::new(),
            },
            Grant {
                role: "author".into(),
                prefix: "prompts/ads/".into(),
            },
        ];
        let person = Person {
            id: 4,
            kind: "person".into(),
            name: "Bo".into(),
            email: "bo@acme.example".into(),
            grants,
            created_at: String::new(),
            disabled: true,
        };
        assert_eq!(
            list(&[person])[1],
            " 4  Bo (shut out)  bo@acme.example  person  viewer, author of prompts/ads/"
        );
    }
}
