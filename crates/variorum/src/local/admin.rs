//! Signing in and making tokens without a browser; completions.

use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory as _;
use variorum_app::Context;
use variorum_app::members::{self, NewToken};
use variorum_app::setup::{self, NewWorkspace};
use variorum_domain::access::{Actor, Role, Use};

use super::open::{SystemClock, open};
use super::{SignInArgs, TokenArgs};
use crate::args::{Cli, Connection};
use crate::error::CliError;
use crate::output;

/// The first administrator of the first workspace; an empty data folder gets both.
pub(super) async fn administrator(ctx: &Context) -> Result<Actor, CliError> {
    let workspaces = setup::workspaces(ctx).await?;
    match workspaces.first() {
        Some(workspace) => Ok(members::first_administrator(ctx, workspace.id).await?),
        None => {
            let new = NewWorkspace {
                name: "main".into(),
                title: "My workspace".into(),
                sample: false,
                administrator: "Administrator".into(),
                email: "administrator@localhost".into(),
            };
            Ok(setup::create_workspace(ctx, &new).await?)
        }
    }
}

/// `variorum sign-in`
pub(super) async fn sign_in(
    args: &SignInArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let actor = administrator(&ctx).await?;
    let code = members::sign_in_link(&ctx, &actor).await?;
    let url = connection
        .url
        .clone()
        .unwrap_or_else(|| format!("http://{}", args.listen));
    let link = format!("{url}/sign-in#{code}");
    if json {
        output::json(&serde_json::json!({"link": link}));
    } else {
        output::line(link);
    }
    Ok(ExitCode::SUCCESS)
}

/// `variorum token create`
pub(super) async fn create_token(
    args: &TokenArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let role = Role::from_name(&args.role).ok_or_else(|| {
        CliError::user(
            format!("there is no role `{}`", args.role),
            "choose viewer, author, publisher or administrator",
        )
    })?;
    let known = |name: &String| {
        Use::from_name(name).ok_or_else(|| {
            CliError::user(
                format!("a token cannot be limited to `{name}`"),
                "use `--can resolve`, `--can events` or `--can resolve,events`",
            )
        })
    };
    let uses = args.can.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    let actor = administrator(&ctx).await?;
    let new = NewToken {
        name: args.name.clone(),
        role,
        days: args.days,
        service: args.service,
        uses,
    };
    let (row, owner, secret) = members::create_token(&ctx, &actor, new).await?;
    if json {
        output::json(&serde_json::json!({
            "id": row.id.0, "token": secret, "role": role.name(), "actor": owner,
            "uses": args.can,
        }));
    } else {
        output::line(secret);
        output::note("keep it safe: it is shown this once");
    }
    Ok(ExitCode::SUCCESS)
}

/// `variorum completions`
pub(super) fn completions(shell: clap_complete::Shell) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "variorum", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| CliError::internal("the completions are not text", error))?;
    output::line(script.trim_end());
    Ok(ExitCode::SUCCESS)
}
