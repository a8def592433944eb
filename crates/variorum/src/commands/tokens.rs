//! Tokens on the server.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use variorum_api_types::people::{NewToken, Token, TokenSecret};
use variorum_api_types::releases::Reason;

use super::console::Console;
use super::{layout, words};
use crate::error::CliError;
use crate::output;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// Lists the tokens you may see, without their secrets.
    #[command(after_help = "Example: variorum tokens list")]
    List,
    /// Makes a token and prints its secret once.
    Create(CreateArgs),
    /// Makes a token useless, at once.
    #[command(after_help = "Example: variorum tokens revoke 7 --reason \"The laptop was lost\"")]
    Revoke {
        /// Which, as `variorum tokens list` shows it.
        id: i64,
        /// Why, for the audit log.
        #[arg(
            long,
            default_value = "",
            hide_default_value = true,
            value_name = "TEXT"
        )]
        reason: String,
    },
}

/// A token to be made.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum tokens create --name \"web shop\" --role viewer --service --can resolve,events"
)]
pub(crate) struct CreateArgs {
    /// A name by which it is recognised later.
    #[arg(long)]
    pub name: String,
    /// The most it allows: at most your own role.
    #[arg(long, value_parser = PossibleValuesParser::new(words::ROLES))]
    pub role: String,
    /// Days until it stops working; 90 where not given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=366), value_name = "N")]
    pub days: Option<u32>,
    /// Makes a service of this name act with it, rather than you.
    #[arg(long)]
    pub service: bool,
    /// Limits it to asking for prompts (`resolve`), to reporting what happened (`events`), or to both.
    #[arg(long, value_delimiter = ',', value_name = "USES", value_parser = PossibleValuesParser::new(words::USES))]
    pub can: Vec<String>,
}

/// `variorum tokens …`
pub(crate) fn run(command: TokensCommand, console: &Console) -> Result<ExitCode, CliError> {
    match command {
        TokensCommand::List => {
            let answer = console.client.get(&["tokens"])?;
            console.show(&answer, |tokens: &Vec<Token>| list(tokens))
        }
        TokensCommand::Create(args) => create(args, console),
        TokensCommand::Revoke { id, reason } => {
            let answer = console
                .client
                .delete(&["tokens", &id.to_string()], &Reason { reason })?;
            Ok(console.done(&answer, format!("Token {id} opens nothing any more.")))
        }
    }
}

fn create(args: CreateArgs, console: &Console) -> Result<ExitCode, CliError> {
    let CreateArgs {
        name,
        role,
        days,
        service,
        can,
    } = args;
    let body = NewToken {
        name,
        role,
        days,
        service,
        uses: can,
    };
    let answer = console.client.post(&["tokens"], &body)?;
    if !console.json {
        let made: TokenSecret = answer.read()?;
        let until = made.token.expires_at.as_deref().map(layout::moment);
        let until = until.map(|at| format!(", until {at}")).unwrap_or_default();
        let actor = &made.token.actor_name;
        output::note(format!(
            "token {} acts as {actor}{until}; it is shown once",
            made.token.id
        ));
    }
    console.show(&answer, |made: &TokenSecret| vec![made.secret.clone()])
}

fn list(tokens: &[Token]) -> Vec<String> {
    if tokens.is_empty() {
        return vec!["There is no token.".to_owned()];
    }
    let row = |token: &Token| {
        vec![
            token.id.to_string(),
            token.name.clone(),
            token.kind.clone(),
            token.actor_name.clone(),
            token.role.clone(),
            if token.uses.is_empty() {
                "everything".to_owned()
            } else {
                token.uses.join(", ")
            },
            token
                .expires_at
                .as_deref()
                .map_or("never".to_owned(), layout::moment),
        ]
    };
    let rows: Vec<_> = tokens.iter().map(row).collect();
    layout::table(
        &["Id", "Name", "Kind", "Acts as", "Role", "For", "Ends"],
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_listed_without_secrets() {
        let token = Token {
            id: 7,
            name: "web shop".into(),
            kind: "api".into(),
            actor: 3,
            actor_name: "web shop".into(),
            role: "viewer".into(),
            uses: vec!["resolve".into(), "events".into()],
            created_at: "2026-11-20T10:11:12.000000Z".into(),
            expires_at: Some("2027-02-18T10:11:12.000000Z".into()),
        };
        assert_eq!(
            list(&[token]),
            [
                "Id  Name      Kind  Acts as   Role    For              Ends",
                " 7  web shop  api   web shop  viewer  resolve, events  2027-02-18 10:11",
            ]
        );
    }
}
