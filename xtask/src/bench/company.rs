//! A company to measure with: a library of a thousand prompts, two releases, a rollout that runs.
//! Everything goes through the use cases, on the real stores.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use variorum_app::columns::Columns;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::rollouts::{self, NewArm, StartRollout};
use variorum_app::setup::{NewWorkspace, create_workspace};
use variorum_app::{Context, environments, releases};
use variorum_domain::access::Actor;
use variorum_domain::id::{ReleaseNumber, Time};
use variorum_domain::record::Note;
use variorum_domain::rollout::{Guard, GuardAction, GuardMore, Harm, Plan, Rollout};
use variorum_ports::{Clock, Ids};
use variorum_store_files::FolderShelf;
use variorum_store_sql::{SqlStore, SqliteEventLog};

/// Prompts in the library, over the folders of [`prompt_id`].
pub(super) const PROMPTS: usize = 990;
/// Files of the library: the prompts, a partial and the settings.
const CHANNELS: [&str; 5] = ["email", "ads", "web", "sms", "voice"];
const TEAMS: usize = 9;

const SETTINGS: &str = "title: Wexcombe\nenvironments: [production]\nkpis:\n\
    \x20 - {id: order, title: Orders, kind: conversion, direction: up, window_days: 7}\n\
    \x20 - {id: click, title: Clicks, kind: conversion, direction: up, window_days: 7}\n\
    \x20 - {id: revenue, title: Revenue, kind: value, unit: EUR, decimals: 2, direction: up, window_days: 7}\n";

const VOICE: &str = "Write in the voice of Wexcombe: calm, exact, a little dry. Speak to one person. \
    Prefer short words and verbs. Promise nothing that the terms do not hold, name prices with their \
    currency, and never press. If a fact is missing, leave it out rather than guess it.\n";

/// A paragraph that makes an answer about as long as real ones are.
const BODY: &str = "Greet {{name}} by first name and thank them for looking at {{product}} in our shop in {{city}}. \
    Say in two sentences what it does for somebody who gardens after work: it waters by itself in the \
    early morning, measures what the soil has kept, and stops when rain is near. Mention that it is set up \
    in ten minutes without tools, and that the first month can be returned without a reason.\n\
    {{#if returning}}They have bought from us before: refer to that with warmth and without detail.\n\
    {{else}}They are new here: say in half a sentence who we are.\n{{/if}}\
    Name the price as {{price}} once, in the second paragraph, and the delivery in three working days. \
    Offer one link to the product's page and one to the people who answer questions. Keep it under 140 \
    words, with a subject of at most 45 characters that names {{product}} and holds no exclamation mark. \
    Close with the season rather than with a discount, and sign as the team in {{city}}.\n\
    Where {{product}} needs \
    something they may not have, such as an outdoor tap, say so plainly and name what fits instead. Leave \
    out the names of competitors, comparisons without a source, and every claim about plants that our \
    gardeners have not signed. Use the spelling of {{city}}'s readers, metric units, and dates in words. If \
    a sentence can be cut without losing a fact, cut it.\n\
    Answer as JSON with the fields `subject`, `preview` and `body`; `preview` continues the subject and \
    repeats nothing of it. Do not use emoji, capitals for effect, or the words free, last chance and act now.\n";

/// The machine's clock.
struct MachineClock;

impl Clock for MachineClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the bench stands where the binary stands"
    )]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Time(since.map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        }))
    }
}

/// Numbers in place of secrets: nothing made here outlives the bench.
#[derive(Default)]
struct Numbers(AtomicU64);

impl Ids for Numbers {
    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0x5a; 32];
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes
    }
}

/// The company, with its stores open.
pub(super) struct Company {
    pub(super) ctx: Arc<Context>,
    pub(super) actor: Actor,
}

async fn open(folder: &Path) -> Result<Context> {
    let store = SqlStore::open_sqlite(folder).await?;
    let log = SqliteEventLog::open(folder)?;
    let ids = Arc::new(Numbers::default());
    let mut ctx = Context::new(Arc::new(store), Arc::new(log), Arc::new(MachineClock), ids);
    ctx.columns = Columns::new(Arc::new(FolderShelf::open(&folder.join("columns"))?));
    Ok(ctx)
}

impl Company {
    /// Founds it in an empty folder, with its library saved.
    pub(super) async fn found(folder: &Path) -> Result<Self> {
        let company = Self::without_library(folder).await?;
        company.save("Begin the library", library()).await?;
        Ok(company)
    }

    /// Founds it in an empty folder.
    pub(super) async fn without_library(folder: &Path) -> Result<Self> {
        let ctx = open(folder).await?;
        let new = NewWorkspace {
            name: "wexcombe".to_owned(),
            title: "Wexcombe".to_owned(),
            sample: false,
            administrator: "Ann Lee".to_owned(),
            email: "ann@wexcombe.example".to_owned(),
        };
        let actor = create_workspace(&ctx, &new).await?;
        Ok(Self {
            ctx: Arc::new(ctx),
            actor,
        })
    }

    /// The same in a process that has just started.
    pub(super) async fn started_anew(&self, folder: &Path) -> Result<Self> {
        Ok(Self {
            ctx: Arc::new(open(folder).await?),
            actor: self.actor.clone(),
        })
    }

    /// Saves files on `main`.
    pub(super) async fn save(&self, subject: &str, files: Vec<(String, String)>) -> Result<()> {
        let note = Note {
            subject: subject.to_owned(),
            ..Note::default()
        };
        let files = files
            .into_iter()
            .map(|(path, text)| (path, Some(text.into_bytes())));
        let cmd = SaveVersion {
            note,
            files: files.collect(),
            ..SaveVersion::default()
        };
        save_version(&self.ctx, &self.actor, cmd).await?;
        Ok(())
    }

    /// Goes live with what there is, changes the partial that every prompt includes, and starts a
    /// rollout of that for everybody.
    pub(super) async fn start_rollout(&self) -> Result<Rollout> {
        let Self { ctx, actor } = self;
        releases::create(ctx, actor, None, "the first").await?;
        environments::go_live(ctx, actor, "production", ReleaseNumber(1), "the beginning").await?;
        let warmer = VOICE.replace("a little dry", "warm");
        self.save("Write more warmly", vec![(PARTIAL.to_owned(), warmer)])
            .await?;
        releases::create(ctx, actor, None, "warmer").await?;
        let start = StartRollout {
            environment: None,
            title: "Warmer".to_owned(),
            treatments: vec![NewArm::of(ReleaseNumber(2))],
            prompt: None,
            plan: plan(),
            reason: "to measure".to_owned(),
        };
        Ok(rollouts::start(ctx, actor, start).await?)
    }
}

fn plan() -> Plan {
    let guard = |kpi: &str| Guard {
        kpi: kpi.to_owned(),
        harm: Harm::Decrease,
        margin: 0.0,
        action: GuardAction::RollBack,
        more: GuardMore::default(),
    };
    Plan {
        goal: Some("order".to_owned()),
        hypothesis: "more orders".to_owned(),
        guards: vec![guard("order"), guard("revenue")],
        planned_units: 100_000,
        ..Plan::even(&[10_000])
    }
}

const PARTIAL: &str = "prompts/_voice.prompt";

/// The id of a prompt.
pub(super) fn prompt_id(number: usize) -> String {
    let channel = CHANNELS[number % CHANNELS.len()];
    let team = number / CHANNELS.len() % TEAMS;
    format!("{channel}/team-{team}/prompt-{number}")
}

/// The file of a prompt.
pub(super) fn prompt_path(number: usize) -> String {
    format!("prompts/{}.prompt", prompt_id(number))
}

/// The text of a prompt after so many changes.
pub(super) fn prompt_text(number: usize, changes: u64) -> String {
    let channel = CHANNELS[number % CHANNELS.len()];
    format!(
        "---\nmodel: openai/gpt-5-mini\nconfig:\n  temperature: 0.4\ninput:\n  schema:\n    name: string\n    \
         product: string\n    city: string\n    price: string\n    returning?: boolean\nvariorum:\n  title: Prompt {number}\n  \
         channel: {channel}\n---\n{{{{role \"system\"}}}}\n{{{{> voice}}}}\nRevision {changes} of text {number}.\n\
         {{{{role \"user\"}}}}\n{BODY}"
    )
}

/// All files of the library.
pub(super) fn library() -> Vec<(String, String)> {
    let prompts = (0..PROMPTS).map(|number| (prompt_path(number), prompt_text(number, 0)));
    prompts.chain(shared_files()).collect()
}

/// What stands beside the prompts: the settings and the partial that every prompt includes.
pub(super) fn shared_files() -> [(String, String); 2] {
    let files = [("library.yaml", SETTINGS), (PARTIAL, VOICE)];
    files.map(|(path, text)| (path.to_owned(), text.to_owned()))
}
