//! What a partial of the whole library reaches, what a prompt nobody leans on reaches, and how fast
//! the graph follows a save: 100,000 prompts with 300,000 edges, asked through the use case on the
//! real store.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use tokio::runtime::Runtime;
use variorum_app::impact::{Ask, Impact, Of, USES_READ_MAX, both_graphs, impact};
use variorum_app::library::drafts;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::transfer::import;
use variorum_app::work::Work;
use variorum_domain::impact::Thing;
use variorum_domain::record::Note;

use super::company::Company;
use super::figure::Figure;
use super::{Options, comment};

/// Prompts, each with three edges: to a partial that all include, to its team's, and to a KPI.
const PROMPTS: usize = 100_000;
const EDGES: usize = 300_000;
/// Folders with as many prompts each.
const TEAMS: usize = 200;
/// Files of one import.
const FILES_PER_IMPORT: usize = 10_000;
/// Calls of each kind in one round.
const CALLS_PER_ROUND: usize = 10;

/// What is promised.
const HUB_MS: f64 = 50.0;
const LEAF_MS: f64 = 1.0;
/// What keeps people's thoughts together: the first look at ten thousand users of a hub.
const FLOW_MS: f64 = 1_000.0;

const HUB: &str = "prompts/_voice.prompt";
/// A draft that words the hub anew, and one that takes another variable, so that users are looked at.
const WORDING: &str = "campaign/warm";
const NARROWING: &str = "campaign/name";

/// Measures.
pub(super) fn run(options: Options) -> Result<()> {
    let folder = super::folder()?;
    let data = folder.path().join("data");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let company = runtime.block_on(found(&data))?;
    comment(&format!(
        "{PROMPTS} prompts, {EDGES} edges; the use case on SQLite, from the question to rows and drawing"
    ));
    comment("hub: a partial that every prompt includes; leaf: a prompt nobody leans on");
    comment(
        "hub_draft: a draft that words the hub anew; hub_contracts: one that takes another variable, which 10,000 users are held against, and is asked for the first time",
    );
    comment(
        "vs_promise: what DESIGN asks for; vs_anew: building the graph from the listing's edges",
    );
    let mut bench = Bench {
        runtime,
        company,
        saves: 0,
    };
    let mut figures = Figures::default();
    bench.started_anew(&data, &mut figures)?;
    for (draft, text) in [
        (WORDING, "Write warmly.\n"),
        (NARROWING, "Write to {{name}}.\n"),
    ] {
        bench
            .runtime
            .block_on(begin_draft(&bench.company, draft, text))?;
    }
    for _ in 0..options.rounds {
        bench.round(&mut figures)?;
    }
    figures.print();
    Ok(())
}

/// A company with its library brought in.
async fn found(data: &Path) -> Result<Company> {
    let company = Company::without_library(data).await?;
    let mut files: Vec<(String, Vec<u8>)> = shared_files();
    for number in 0..PROMPTS {
        files.push((path(number), text(number, 0).into_bytes()));
    }
    for (number, files) in files.chunks(FILES_PER_IMPORT).enumerate() {
        let note = Note {
            subject: format!("Bring in part {number}"),
            ..Note::default()
        };
        import::folder(&company.ctx, &company.actor, files.to_vec(), &note).await?;
    }
    Ok(company)
}

fn shared_files() -> Vec<(String, Vec<u8>)> {
    let settings = "title: Wexcombe\nkpis:\n  - {id: order, title: Orders, kind: conversion, direction: up, window_days: 7}\n";
    let mut files = vec![
        ("library.yaml".to_owned(), settings.into()),
        (HUB.to_owned(), b"Write calmly.\n".to_vec()),
    ];
    let team = |number: usize| {
        let path = format!("prompts/team-{number}/_team-{number}.prompt");
        (path, format!("You write for team {number}.\n").into_bytes())
    };
    files.extend((0..TEAMS).map(team));
    files
}

fn path(number: usize) -> String {
    let part = number / TEAMS / 100;
    format!(
        "prompts/team-{}/part-{part}/prompt-{number}.prompt",
        number % TEAMS
    )
}

fn text(number: usize, changes: usize) -> String {
    format!(
        "---\nmodel: openai/gpt-5-mini\nvariorum.title: Prompt {number}\nvariorum.kpis: [order]\n---\n\
         {{{{> voice}}}}\n{{{{> team-{}}}}}\nRevision {changes} of text {number}.\n",
        number % TEAMS
    )
}

struct Bench {
    runtime: Runtime,
    company: Company,
    /// Saves made so far.
    saves: usize,
}

impl Bench {
    /// The first question after a start, which reads the edges from the store.
    fn started_anew(&self, data: &Path, figures: &mut Figures) -> Result<()> {
        let company = self.runtime.block_on(self.company.started_anew(data))?;
        let begun = Instant::now();
        self.runtime.block_on(ask(&company, &path(7)))?;
        figures.anew.push(milliseconds(begun));
        let edges = self.runtime.block_on(edges(&company))?;
        if edges != EDGES {
            bail!("the graph has {edges} edges, not {EDGES}");
        }
        Ok(())
    }

    fn round(&mut self, figures: &mut Figures) -> Result<()> {
        let mut hub = Vec::new();
        let mut hub_draft = Vec::new();
        let mut leaf = Vec::new();
        let mut following = Vec::new();
        for call in 0..CALLS_PER_ROUND {
            let begun = Instant::now();
            let found = self.runtime.block_on(ask(&self.company, HUB))?;
            hub.push(milliseconds(begun));
            check(&found, PROMPTS)?;
            let begun = Instant::now();
            let asked = ask_of(&self.company, Of::Draft(WORDING.to_owned()));
            let found = self.runtime.block_on(asked)?;
            hub_draft.push(milliseconds(begun));
            check(&found, PROMPTS)?;
            let number = (self.saves + call) * 6_991 % PROMPTS;
            let begun = Instant::now();
            let found = self.runtime.block_on(ask(&self.company, &path(number)))?;
            leaf.push(milliseconds(begun));
            check(&found, 1)?;
            following.push(self.follow()?);
        }
        let begun = Instant::now();
        let asked = ask_of(&self.company, Of::Draft(NARROWING.to_owned()));
        let found = self.runtime.block_on(asked)?;
        figures.contracts.push(milliseconds(begun));
        if found.broken.unread != PROMPTS - USES_READ_MAX {
            bail!("{} users were not looked at", found.broken.unread);
        }
        figures.hub.push(median(&hub));
        figures.hub_draft.push(median(&hub_draft));
        figures.leaf.push(median(&leaf));
        figures.following.push(median(&following));
        Ok(())
    }

    /// A save, and then a leaf's impact, which has to follow the save first.
    fn follow(&mut self) -> Result<f64> {
        self.saves += 1;
        let number = self.saves * 4_999 % PROMPTS;
        let files = vec![(path(number), text(number, self.saves))];
        self.runtime
            .block_on(self.company.save("Change a line", files))?;
        let begun = Instant::now();
        self.runtime.block_on(ask(&self.company, &path(number)))?;
        Ok(milliseconds(begun))
    }
}

/// A draft that changes what every prompt includes.
async fn begin_draft(company: &Company, draft: &str, text: &str) -> Result<()> {
    let (ctx, actor) = (&company.ctx, &company.actor);
    drafts::create(ctx, actor, draft, None).await?;
    let cmd = SaveVersion {
        draft: Some(draft.to_owned()),
        note: Note {
            subject: "Write warmly".to_owned(),
            ..Note::default()
        },
        files: vec![(HUB.to_owned(), Some(text.as_bytes().to_vec()))],
        ..SaveVersion::default()
    };
    save_version(ctx, actor, cmd).await?;
    Ok(())
}

async fn ask(company: &Company, file: &str) -> Result<Impact> {
    ask_of(company, Of::File(file.to_owned())).await
}

async fn ask_of(company: &Company, of: Of) -> Result<Impact> {
    let ask = Ask {
        limit: 50,
        ..Ask::of(of)
    };
    Ok(impact(&company.ctx, &company.actor, &ask).await?)
}

async fn edges(company: &Company) -> Result<usize> {
    let mut work = Work::read(&company.ctx, company.actor.workspace).await?;
    let [held, anew] = both_graphs(&company.ctx, &mut work).await?;
    if held != anew {
        bail!("the graph in memory is not the one of the store");
    }
    Ok(held.len())
}

/// What is measured must be right.
fn check(found: &Impact, prompts: usize) -> Result<()> {
    let counted = found
        .counts
        .iter()
        .filter(|count| count.thing == Thing::Prompt);
    let counted: usize = counted.map(|count| count.changed + count.reached).sum();
    if counted != prompts {
        bail!("{counted} prompts are reached, not {prompts}");
    }
    Ok(())
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

fn median(row: &[f64]) -> f64 {
    super::figure::percentile(row, 50)
}

#[derive(Default)]
struct Figures {
    hub: Vec<f64>,
    hub_draft: Vec<f64>,
    contracts: Vec<f64>,
    leaf: Vec<f64>,
    following: Vec<f64>,
    anew: Vec<f64>,
}

impl Figures {
    fn print(&self) {
        print(&self.hub, HUB_MS, "impact_hub_ms_vs_promise");
        print(&self.hub_draft, HUB_MS, "impact_hub_draft_ms_vs_promise");
        print(&self.contracts, FLOW_MS, "impact_hub_contracts_ms_vs_flow");
        print(&self.leaf, LEAF_MS, "impact_leaf_ms_vs_promise");
        let anew = median(&self.anew);
        print(&self.following, anew, "impact_follow_a_save_ms_vs_anew");
    }
}

fn print(ours: &[f64], reference: f64, name: &str) {
    let mut figure = Figure::default();
    for one in ours {
        figure.round(*one, reference);
    }
    figure.print(name);
}
