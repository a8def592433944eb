//! Serving: opening the stores, printing the sign-in link, running until told to stop.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::task::JoinHandle;
use variorum_api::{ApiState, ConnectionLimits, DemoControl};
use variorum_app::library::{lifecycle, search};
use variorum_app::members::{self, NewToken};
use variorum_app::setup::{self, NewWorkspace};
use variorum_app::{
    Context, asks, columns, escalation, events, quality, rollouts, shadow, sources, watch,
};
use variorum_domain::access::{Actor, Role};
use variorum_domain::remote::{Allowed, Credential};
use variorum_git_gateway::{Door, GatewayState, GitProgram, RemoteSettings, Secret, Secrets};
use variorum_ports::rows::WorkspaceRow;

use super::open::{CliFile, SystemClock, data_dir, open, read_cli_file, write_cli_file};
use super::{LogFormat, ServeArgs};
use crate::args::Connection;
use crate::error::CliError;
use crate::output;

/// Requests under way get so long to finish after the signal to stop.
const SHUTDOWN_SECONDS: u64 = 10;

/// How often it is looked whether a draft ends.
const CALENDAR_SECONDS: u64 = 300;

/// The folder of the Git door's copies, inside the data folder; it can be thrown away at any time.
const GIT_FOLDER: &str = "git";

/// The workspace of a fresh installation.
fn first_workspace() -> NewWorkspace {
    NewWorkspace {
        name: "main".into(),
        title: "My workspace".into(),
        sample: false,
        administrator: "Administrator".into(),
        email: "administrator@localhost".into(),
    }
}

/// `variorum serve`
pub(crate) async fn serve(args: &ServeArgs, connection: &Connection) -> Result<ExitCode, CliError> {
    start_log(args.log);
    let mut ctx = open(connection, Arc::new(SystemClock)).await?;
    allow(&mut ctx, args)?;
    super::allow_notices(&mut ctx, &args.notify)?;
    let ctx = Arc::new(ctx);
    if setup::workspaces(&ctx).await?.is_empty() {
        setup::create_workspace(&ctx, &first_workspace()).await?;
    }
    serve_with(ctx, args, connection, |_| None).await
}

/// Serves a context until a signal; `demo` makes the controls of the sample, once the address is
/// known.
pub(crate) async fn serve_with(
    ctx: Arc<Context>,
    args: &ServeArgs,
    connection: &Connection,
    demo: impl FnOnce(&str) -> Option<Arc<dyn DemoControl>>,
) -> Result<ExitCode, CliError> {
    let listener = listen(&args.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|e| CliError::internal("no address", e))?;
    let url = args
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    // A second serving of the same context keeps the first address.
    let _first = ctx.public_url.set(url.clone());
    setup::start(&ctx).await?;
    let background = background(&ctx);
    let at_the_end = ctx.clone();
    let workspaces = setup::workspaces(&ctx).await?;
    let dir = data_dir(connection)?;
    let links = if args.print_sign_in || output::is_for_people() {
        Links::Print
    } else {
        Links::Keep
    };
    announce(&ctx, &workspaces, (&url, &dir), links).await?;
    let (close, closing) = tokio::sync::watch::channel(false);
    let door = git_door(&ctx, args, &url, &dir).await;
    let beside = door.router();
    let remotes = door.remotes(remote_settings(args, &dir));
    let remotes = remotes.map(|remotes| tokio::spawn(remotes.run()));
    let mut state = ApiState::new(ctx, url.clone());
    state.beside = Some(beside);
    state.demo = demo(&format!("http://{address}"));
    state.hosts = vec![address.to_string(), args.listen.clone()];
    state.closing = Some(closing);
    let router = variorum_api::router(state);
    let stop = async move {
        stop_signal().await;
        tracing::info!("stopping");
        // Nobody listening for news is fine.
        let _nobody = close.send(true);
    };
    let limits = ConnectionLimits::default();
    tokio::select! {
        () = variorum_api::serve(listener, router, limits, stop) => {}
        () = late_stop() => {}
    }
    for task in &background {
        task.abort();
    }
    if let Err(error) = quality::note(&at_the_end).await {
        tracing::warn!(error = %error, "the last counts of what arrived could not be written");
    }
    if let Err(error) = sources::note(&at_the_end).await {
        tracing::warn!(error = %error, "what became of the last webhooks could not be written");
    }
    if let Err(error) = asks::note(&at_the_end).await {
        tracing::warn!(error = %error, "what was asked for last could not be noted");
    }
    if let Some(remotes) = remotes {
        remotes.abort();
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Starts what goes on beside the requests.
fn background(ctx: &Arc<Context>) -> [JoinHandle<()>; 10] {
    [
        tokio::spawn(alarms(ctx.clone())),
        tokio::spawn(events::run(ctx.clone())),
        tokio::spawn(calendar(ctx.clone())),
        tokio::spawn(schedule(ctx.clone())),
        tokio::spawn(shadowed(ctx.clone())),
        tokio::spawn(asks_noted(ctx.clone())),
        tokio::spawn(columns::run(ctx.clone())),
        tokio::spawn(quality_noted(ctx.clone())),
        tokio::spawn(words_indexed(ctx.clone())),
        tokio::spawn(watched(ctx.clone())),
    ]
}

/// Warns the owners of drafts that end soon and puts ended ones away, now and every few minutes.
async fn calendar(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(CALENDAR_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = lifecycle::expire_everywhere(&ctx).await {
            tracing::error!(error = %error, "ended drafts could not be put away");
        }
    }
}

/// Begins rollouts and moves them on where their plans say so.
async fn schedule(ctx: Arc<Context>) {
    let mut ticks =
        tokio::time::interval(std::time::Duration::from_secs(rollouts::SCHEDULE_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = rollouts::go_on_everywhere(&ctx).await {
            tracing::error!(error = %error, "planned rollouts could not be looked at");
        }
    }
}

/// Fills in what releases in the shadow would have answered.
async fn shadowed(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(shadow::SHADOW_SECONDS));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = shadow::fill_in(&ctx).await {
            tracing::error!(error = %error, "what is tried in the shadow could not be counted");
        }
    }
}

/// Writes down once a minute which prompts were asked for.
async fn asks_noted(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(asks::NOTE_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = asks::note(&ctx).await {
            tracing::error!(error = %error, "what was asked for could not be noted");
        }
    }
}

/// Writes down once a minute how many events arrived, and how good they were.
async fn quality_noted(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(quality::NOTE_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = quality::note(&ctx).await {
            tracing::error!(error = %error, "counts of what arrived could not be written");
        }
        if let Err(error) = sources::note(&ctx).await {
            tracing::error!(error = %error, "what became of webhooks could not be written");
        }
    }
}

/// Indexes the words of what was saved, every few seconds.
async fn words_indexed(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(search::INDEX_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = search::index_waiting(&ctx).await {
            tracing::error!(error = %error, "the words of saved files could not be indexed");
        }
    }
}

/// Tells people of incidents and sends what is due, every few seconds.
async fn alarms(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(escalation::TICK_SECONDS));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = escalation::tick(&ctx).await {
            tracing::error!(error = %error, "people could not be told what is due");
        }
    }
}

/// Counts events by day, and looks once a day whether a KPI got worse.
async fn watched(ctx: Arc<Context>) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(watch::TICK_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = watch::tick(&ctx).await {
            tracing::error!(error = %error, "KPIs could not be watched");
        }
    }
}

/// The Git door; without a `git` that can be used it takes pushes and explains why there are no clones.
async fn git_door(ctx: &Arc<Context>, args: &ServeArgs, url: &str, dir: &Path) -> Door {
    let search = std::env::var_os("PATH");
    let git = GitProgram::find(args.git.as_deref(), search.as_deref()).await;
    match &git {
        Ok(git) => tracing::info!(
            path = %git.path().display(),
            version = git.version(),
            "git answers clones and fetches"
        ),
        Err(missing) => tracing::warn!("no clones, fetches and mirrors: {missing}"),
    }
    Door::new(GatewayState {
        ctx: ctx.clone(),
        folder: dir.join(GIT_FOLDER),
        git,
        public_url: url.to_owned(),
    })
}

/// Takes over what whoever runs the server allows: how fast webhooks may come, and where mirrors may be
/// kept.
pub(crate) fn allow(ctx: &mut Context, args: &ServeArgs) -> Result<(), CliError> {
    ctx.paces.per_second = args.hooks_per_second;
    let given = args.mirror_allow.iter().map(String::as_str);
    let given = given.filter(|text| !text.is_empty());
    ctx.allowed_remotes = Allowed::parse(given).map_err(|fault| {
        CliError::user(
            format!("`--mirror-allow` is not understood: {fault}"),
            "write beginnings of addresses, e.g. `https://github.com/acme/`",
        )
    })?;
    Ok(())
}

/// What talking to remotes needs of this machine.
fn remote_settings(args: &ServeArgs, data: &Path) -> RemoteSettings {
    let folder = args.mirror_secrets.clone();
    RemoteSettings {
        known_hosts: folder.as_deref().unwrap_or(data).join("known_hosts"),
        secrets: secrets(folder),
        ssh: args.ssh.clone(),
    }
}

/// Finds secrets of mirrors by their names: in the environment, or in the folder of secrets.
fn secrets(folder: Option<PathBuf>) -> Secrets {
    Arc::new(move |credential| {
        let (text, file) = match credential {
            Credential::None => return Ok(None),
            Credential::Variable(name) => {
                let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
                (value, None)
            }
            Credential::File(name) => {
                let file = folder.as_ref().map(|folder| folder.join(name));
                let text = file
                    .as_ref()
                    .and_then(|file| std::fs::read_to_string(file).ok());
                (text, file)
            }
        };
        let text = text.map(|text| text.trim().to_owned());
        match text.filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(Secret { text, file })),
            None => Err(credential.to_string()),
        }
    })
}

async fn listen(address: &str) -> Result<tokio::net::TcpListener, CliError> {
    tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| {
            CliError::user(
                format!("cannot listen on `{address}`: {error}"),
                "is another server running there? choose another address with `--listen`",
            )
        })
}

/// Whether links that sign in are printed.
#[derive(Clone, Copy)]
enum Links {
    Print,
    /// The output may be kept by a service manager, where others read it.
    Keep,
}

/// Says where the server is, and how to sign in.
async fn announce(
    ctx: &Context,
    workspaces: &[WorkspaceRow],
    (url, dir): (&str, &Path),
    links: Links,
) -> Result<(), CliError> {
    for workspace in workspaces {
        let administrator = members::first_administrator(ctx, workspace.id).await?;
        leave_token(ctx, &administrator, url, dir).await?;
        match links {
            Links::Print => {
                let code = members::sign_in_link(ctx, &administrator).await?;
                output::line(format!(
                    "{} is ready. Open this link to sign in:",
                    workspace.title
                ));
                output::line(format!("\n    {url}/sign-in#{code}\n"));
                output::line("It works once, for an hour. For another one: `variorum sign-in`.");
            }
            Links::Keep => {
                output::line(format!("{} is ready at {url}", workspace.title));
                output::line(
                    "To sign in: `variorum sign-in` on this machine, with the same `--data`, \
                     prints a link. It is printed here only on a terminal, or with \
                     `--print-sign-in`.",
                );
            }
        }
        output::line(format!(
            "Git: {url}/git/{}.git (any user name, a token as the password)",
            workspace.name
        ));
    }
    Ok(())
}

/// Leaves a token for commands on the same machine, unless the one there still works.
async fn leave_token(ctx: &Context, actor: &Actor, url: &str, dir: &Path) -> Result<(), CliError> {
    let known = read_cli_file(dir);
    if let Some(known) = known
        && variorum_app::auth::authenticate(ctx, &known.token)
            .await?
            .is_some()
    {
        let file = CliFile {
            url: url.to_owned(),
            ..known
        };
        return save(dir, &file);
    }
    let new = NewToken {
        name: "commands on this machine".into(),
        role: Role::Administrator,
        days: Some(365),
        service: false,
        uses: Vec::new(),
    };
    let (_, _, token) = members::create_token(ctx, actor, new).await?;
    save(
        dir,
        &CliFile {
            url: url.to_owned(),
            token,
        },
    )
}

fn save(dir: &Path, file: &CliFile) -> Result<(), CliError> {
    std::fs::create_dir_all(dir)
        .and_then(|()| write_cli_file(dir, file))
        .map_err(|error| CliError::internal("the data folder cannot be written", error))
}

pub(crate) fn start_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("VARIORUM_LOG_LEVEL")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(output::log_is_for_people())
        .with_writer(output::log_writer);
    let started = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    // A second start in one process keeps the first log.
    drop(started);
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(interrupt.await);
}

/// A request that hangs does not keep the server from stopping.
async fn late_stop() {
    stop_signal().await;
    tokio::time::sleep(std::time::Duration::from_secs(SHUTDOWN_SECONDS)).await;
}
