//! `git push`: new objects and moved refs, taken as a whole or refused with reasons.
//!
//! What can be told of the objects alone is found out before the writer's turn is taken; what
//! depends on where the refs stand is decided inside of it. Objects, index, refs and audit entries
//! are one transaction, so a refused push leaves nothing behind.

mod decide;
mod inspect;
mod note;
mod paths;
mod receive;
mod remarks;
mod write;

use std::collections::HashSet;

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::id::Oid;
use variorum_domain::library::MAIN;
use variorum_domain::limits::PUSH_REFS_MAX;

pub use receive::too_large;

use super::draft_name;
use super::index::FileVersion;
use crate::context::Context;
use crate::work::Work;
use crate::{Error, Result};

/// What a client asks for.
#[derive(Debug, Clone, Default)]
pub struct Push {
    /// The refs to move.
    pub updates: Vec<Update>,
    /// The pack with the new objects; `None` where nothing new is needed.
    pub pack: Option<Vec<u8>>,
    /// All refs or none.
    pub atomic: bool,
    /// Whether nothing may be left behind, not even the actor's own.
    pub only_forward: bool,
}

/// One ref to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its full name.
    pub name: String,
    /// Where the client saw it; `None` where it is to be made.
    pub old: Option<Oid>,
    /// Where it shall be; `None` where it is to be deleted.
    pub new: Option<Oid>,
}

/// How a push ended.
#[derive(Debug, Clone, Default)]
pub struct Pushed {
    /// Why the pack was not taken; then no ref was moved.
    pub pack_refused: Option<Refusal>,
    /// The refs, in the order in which they were asked for.
    pub refs: Vec<Outcome>,
    /// Prompts with problems, one line each.
    pub remarks: Vec<String>,
}

/// How one ref ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its full name.
    pub name: String,
    /// Why it was not moved.
    pub refused: Option<Refusal>,
    /// New commits.
    pub commits: usize,
    /// The versions that were made, the newest of each file.
    pub versions: Vec<FileVersion>,
    /// Whether versions were left behind by a push with `--force`.
    pub rewritten: bool,
    /// Whether the ref is gone now.
    pub deleted: bool,
}

impl Outcome {
    /// A ref that was not moved.
    pub fn refused(name: &str, refusal: Refusal) -> Self {
        Self {
            name: name.to_owned(),
            refused: Some(refusal),
            commits: 0,
            versions: Vec::new(),
            rewritten: false,
            deleted: false,
        }
    }

    /// The draft's name, or `main`; `None` for a tag.
    pub fn draft(&self) -> Option<&str> {
        self.name
            .starts_with("refs/heads/")
            .then(|| draft_name(&self.name))
    }
}

/// Why something was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In few words, for the line of the ref.
    pub short: String,
    /// What is wrong and what to do next, a line each.
    pub lines: Vec<String>,
}

impl Refusal {
    fn new(short: impl Into<String>, lines: &[String]) -> Self {
        Self {
            short: short.into(),
            lines: lines.to_vec(),
        }
    }

    fn one(short: impl Into<String>, line: impl Into<String>) -> Self {
        Self {
            short: short.into(),
            lines: vec![line.into()],
        }
    }
}

/// A step that may end in a refusal, beside the errors that end the whole push.
type Step<T> = Result<std::result::Result<T, Refusal>>;

/// Takes a push.
pub async fn push(ctx: &Context, actor: &Actor, mut cmd: Push) -> Result<Pushed> {
    access::check(actor, Action::Read, "")?;
    access::check_somewhere(actor, Action::WriteDraft)?;
    check_updates(&cmd.updates)?;
    let incoming = match receive::receive(ctx, actor, cmd.pack.take()).await? {
        Ok(incoming) => incoming,
        Err(refusal) => return Ok(refuse_all(&cmd.updates, refusal)),
    };
    let tips: Vec<Oid> = cmd.updates.iter().filter_map(|update| update.new).collect();
    let mut reading = Work::read(ctx, actor.workspace).await?;
    incoming.put_into(&reading.overlay);
    let inspected = inspect::inspect(&mut reading, &incoming, &tips).await?;
    drop(reading);

    let mut work = Work::begin(ctx, actor.workspace).await?;
    incoming.put_into(&work.overlay);
    let mut decided = decide::decide(ctx, &mut work, actor, &cmd, &inspected).await?;
    if cmd.atomic && decided.iter().any(std::result::Result::is_err) {
        let all = "it was pushed together with a ref that was refused";
        for verdict in &mut decided {
            if verdict.is_ok() {
                *verdict = Err(Refusal::one("atomic push refused", all));
            }
        }
    }
    if decided.iter().all(std::result::Result::is_err) {
        return Ok(Pushed {
            refs: outcomes(&cmd.updates, decided, Vec::new()),
            ..Pushed::default()
        });
    }
    let accepted: Vec<&decide::Accepted> = decided.iter().filter_map(|v| v.as_ref().ok()).collect();
    let remarks = remarks::remarks(ctx, &mut work, &accepted).await?;
    let written = write::write(ctx, &mut work, actor, &incoming, &inspected, &accepted).await?;
    work.commit().await?;
    for one in &accepted {
        ctx.announce(actor.workspace, "library", draft_name(&one.update.name));
    }
    Ok(Pushed {
        pack_refused: None,
        refs: outcomes(&cmd.updates, decided, written),
        remarks,
    })
}

fn check_updates(updates: &[Update]) -> Result<()> {
    if updates.len() > PUSH_REFS_MAX {
        return Err(Error::invalid_with_hint(
            format!(
                "a push may move at most {PUSH_REFS_MAX} refs, this one moves {}",
                updates.len()
            ),
            "push some of them at a time",
        ));
    }
    let mut seen = HashSet::new();
    match updates.iter().find(|update| !seen.insert(&update.name)) {
        None => Ok(()),
        Some(twice) => Err(Error::invalid(format!("`{}` is named twice", twice.name))),
    }
}

fn refuse_all(updates: &[Update], refusal: Refusal) -> Pushed {
    let each = updates
        .iter()
        .map(|_| Err(Refusal::new("unpacker error", &[])));
    Pushed {
        refs: outcomes(updates, each.collect(), Vec::new()),
        pack_refused: Some(refusal),
        remarks: Vec::new(),
    }
}

fn outcomes(
    updates: &[Update],
    decided: Vec<std::result::Result<decide::Accepted, Refusal>>,
    written: Vec<Vec<FileVersion>>,
) -> Vec<Outcome> {
    let mut written = written.into_iter();
    let both = updates.iter().zip(decided);
    let outcome = |(update, verdict): (&Update, _)| match verdict {
        Ok(decide::Accepted {
            commits, rewritten, ..
        }) => Outcome {
            name: update.name.clone(),
            refused: None,
            commits,
            versions: written.next().unwrap_or_default(),
            rewritten,
            deleted: update.new.is_none(),
        },
        Err(refusal) => Outcome::refused(&update.name, refusal),
    };
    both.map(outcome).collect()
}

/// Whether a ref is the library itself.
fn is_main(name: &str) -> bool {
    name == MAIN
}
