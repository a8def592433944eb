//! The sample workspace: its story, its simulated customers, its buttons.

mod arrivals;
mod control;
mod daily;
mod past;
mod people;
mod random;
mod seed;
mod stages;
mod story;
mod traffic;

use std::process::ExitCode;
use std::sync::Arc;

use variorum_app::members::first_administrator;
use variorum_app::setup::{self, NewWorkspace};
use variorum_app::{Context, Error};

use crate::args::Connection;
use crate::client::Client;
use crate::error::CliError;
use crate::local::{
    DemoArgs, DemoCommand, ServeArgs, SystemClock, TrafficArgs, allow, allow_notices, open,
    serve_with, start_log,
};
use crate::output;

/// The sample's workspace and the person who signs in to it.
fn sample_workspace(title: &str) -> NewWorkspace {
    NewWorkspace {
        name: "sample".into(),
        title: title.to_owned(),
        sample: true,
        administrator: "You".into(),
        email: "you@wexcombe.example".into(),
    }
}

/// `variorum demo`
pub(crate) async fn run(
    args: DemoArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    match &args.command {
        Some(DemoCommand::Traffic(traffic)) => send_traffic(traffic, connection, json).await,
        Some(DemoCommand::Reset) => reset(connection).await,
        None => serve(&args, connection).await,
    }
}

async fn serve(args: &DemoArgs, connection: &Connection) -> Result<ExitCode, CliError> {
    start_log(args.serve.log);
    let mut ctx = open(connection, Arc::new(SystemClock)).await?;
    allow(&mut ctx, &args.serve)?;
    allow_notices(&mut ctx, &args.serve.notify)?;
    let ctx = Arc::new(ctx);
    prepare(&ctx).await?;
    let context = ctx.clone();
    // Nothing of the sample is a secret, and whoever starts it wants in.
    let serve = ServeArgs {
        print_sign_in: true,
        ..args.serve.clone()
    };
    serve_with(ctx, &serve, connection, move |url| {
        let control = control::Control::new(context, url).ok()?;
        Some(Arc::new(control))
    })
    .await
}

/// Makes the sample where it is missing or was left half told.
async fn prepare(ctx: &Context) -> Result<(), CliError> {
    let workspaces = setup::workspaces(ctx).await?;
    let sample = workspaces.iter().find(|row| row.sample);
    if let Some(row) = sample
        && is_told(ctx, row.id).await?
    {
        return Ok(());
    }
    if sample.is_none() && !workspaces.is_empty() {
        return Err(CliError::user(
            "this data folder holds a workspace of your own",
            "use another folder for the sample: `variorum demo --data DIR`",
        ));
    }
    output::note(
        "Writing the sample workspace: seven months of history, once. This takes a moment.",
    );
    let actor = match sample {
        Some(row) => {
            let actor = first_administrator(ctx, row.id).await?;
            setup::clear_sample(ctx, &actor).await?;
            actor
        }
        None => {
            let title = story::story()?.company;
            setup::create_workspace(ctx, &sample_workspace(&title)).await?
        }
    };
    seed::tell(ctx, &actor).await?;
    setup::forget(ctx, actor.workspace);
    Ok(())
}

/// Whether the story was told to its end: its last act is the draft of the tempting edit's release.
async fn is_told(
    ctx: &Context,
    workspace: variorum_domain::id::WorkspaceId,
) -> Result<bool, Error> {
    let actor = first_administrator(ctx, workspace).await?;
    let wanted = story::story()?.releases.len() + 1;
    let found = variorum_app::releases::list(ctx, &actor, None, 200)
        .await?
        .len();
    Ok(found >= wanted)
}

async fn reset(connection: &Connection) -> Result<ExitCode, CliError> {
    let ctx = open(connection, Arc::new(SystemClock)).await?;
    for row in setup::workspaces(&ctx)
        .await?
        .into_iter()
        .filter(|row| row.sample)
    {
        let actor = first_administrator(&ctx, row.id).await?;
        setup::clear_sample(&ctx, &actor).await?;
        seed::tell(&ctx, &actor).await?;
        output::line(format!("{} was told again from the beginning", row.title));
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends simulated customers to a running server and says how it goes.
async fn send_traffic(
    args: &TrafficArgs,
    connection: &Connection,
    json: bool,
) -> Result<ExitCode, CliError> {
    let client = Client::new(connection)?;
    let (url, token) = (client.url().to_owned(), client.token().to_owned());
    if args.start {
        tokio::task::block_in_place(|| client.post(&["demo", "start"], &serde_json::json!({})))?;
    }
    let story = story::story()?;
    let plan = traffic::Plan {
        url,
        token,
        prompt: story.next.rollout.prompt.clone(),
        rates: story.next.rates.clone(),
        per_second: args.per_second,
        seconds: args.seconds,
        run: variorum_ports::Clock::now(&SystemClock).0.unsigned_abs(),
    };
    let progress = Arc::new(traffic::Progress::default());
    let shared = progress.clone();
    let done = tokio::task::spawn_blocking(move || traffic::run(&plan, &shared));
    done.await
        .map_err(|error| CliError::internal("the customers could not be simulated", error))?;
    let customers = progress
        .customers
        .load(std::sync::atomic::Ordering::Relaxed);
    let events = progress.events.load(std::sync::atomic::Ordering::Relaxed);
    let problem = progress
        .problem
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .clone();
    if let Some(problem) = problem {
        return Err(CliError::user(
            problem,
            "is the server running, and may this token do it?",
        ));
    }
    if json {
        output::json(&serde_json::json!({"customers": customers, "events": events}));
    } else {
        output::line(format!(
            "{customers} customers served, {events} new events reported"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
