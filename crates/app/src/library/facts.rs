//! What the listing knows of a file: title, intent, owner, text, and what is wrong with it.

use std::collections::BTreeSet;

use variorum_domain::calendar::end_of_day;
use variorum_domain::documentation::Documentation;
use variorum_domain::id::{Oid, Time};
use variorum_domain::library::FileKind;
use variorum_domain::prompt::{Diagnostic, PromptFile};
use variorum_domain::workflow::StepKind;

use super::tree_view::TreeView;
use super::{documentation, parsed};
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// What an index needs to know of a file.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The title shown.
    pub title: String,
    /// What it is for.
    pub intent: String,
    /// The channel.
    pub channel: String,
    /// The brand.
    pub brand: String,
    /// The region.
    pub region: String,
    /// The owner.
    pub owner: String,
    /// Tags.
    pub tags: Vec<String>,
    /// The status.
    pub status: String,
    /// When it expires.
    pub expires_at: Option<Time>,
    /// The text, for search.
    pub text: String,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// What it says about itself, where that is judged.
    pub documentation: Option<Documentation>,
}

impl Facts {
    /// A file of which only the path is known.
    pub fn plain(path: &str) -> Self {
        Self {
            title: title_from_path(path),
            ..Self::default()
        }
    }
}

/// Of a longer text so many characters are found.
const SEARCH_TEXT_CHARS: usize = 12_000;

/// Reads a prompt, a partial or a foreign prompt. A variation is known by what it comes to: what its
/// own file does not say, it has from its base.
pub async fn prompt(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
    view: &mut TreeView,
) -> Result<Facts> {
    let own = parsed::file(ctx, work, path, blob).await?;
    if FileKind::of(path) == FileKind::ForeignPrompt {
        let title = own.variorum.title.clone().or_else(|| heading(&own));
        let found = vec![foreign_notice(path)];
        return Ok(of_file(path, &own, title, found));
    }
    let understood = view.understand(ctx, work, own).await?;
    let found = understood.diagnostics(path, &view.partials);
    let file = understood.file();
    let judged = FileKind::of(path) == FileKind::Prompt;
    Ok(Facts {
        documentation: judged.then(|| documentation::of(&understood, &view.partials)),
        ..of_file(path, file, file.variorum.title.clone(), found)
    })
}

fn of_file(
    path: &str,
    file: &PromptFile,
    title: Option<String>,
    diagnostics: Vec<Diagnostic>,
) -> Facts {
    let fields = &file.variorum;
    let description = file.front_matter.description.clone();
    Facts {
        title: title.unwrap_or_else(|| title_from_path(path)),
        intent: fields.intent.clone().or(description).unwrap_or_default(),
        channel: fields.channels.join(", "),
        brand: fields.brands.join(", "),
        region: fields.regions.join(", "),
        owner: fields.owner.clone().unwrap_or_default(),
        tags: fields.tags.clone(),
        status: fields.text("status").unwrap_or_default(),
        expires_at: fields.text("expires").and_then(|day| end_of_day(&day)),
        text: searchable(file.partial_text()),
        diagnostics,
        documentation: None,
    }
}

/// A text as it is kept for search: without NUL, which no database takes.
fn searchable(text: &str) -> String {
    let signs = text.chars().filter(|sign| *sign != '\0');
    signs.take(SEARCH_TEXT_CHARS).collect()
}

/// Reads a workflow and checks it against the prompts it runs.
pub async fn workflow(
    ctx: &Context,
    work: &mut Work,
    path: &str,
    blob: Oid,
    view: &mut TreeView,
) -> Result<Facts> {
    let bytes = work.blob(blob).await?.bytes;
    let source = String::from_utf8_lossy(&bytes).into_owned();
    let found = view.workflow(ctx, work, path, &source).await?;
    let read = found.workflow;
    let channels: BTreeSet<&str> = read
        .steps
        .iter()
        .filter_map(|step| step.channel.as_ref())
        .map(|channel| channel.value.as_str())
        .collect();
    let mut words: Vec<&str> = Vec::new();
    for step in &read.steps {
        words.push(&step.id.value);
        words.extend(step.title.as_deref());
        if let StepKind::Run(run) = &step.kind {
            words.push(&run.prompt.value);
        }
    }
    Ok(Facts {
        channel: Vec::from_iter(channels).join(", "),
        text: searchable(&words.join(" ")),
        title: read.title.unwrap_or_else(|| title_from_path(path)),
        intent: read.description.unwrap_or_default().trim().to_owned(),
        owner: read.owner.unwrap_or_default(),
        diagnostics: found.checked.diagnostics,
        ..Facts::default()
    })
}

/// Says that a file is kept as it is, though it is not Dotprompt.
fn foreign_notice(path: &str) -> Diagnostic {
    let message =
        "this is not a `.prompt` file; it is kept and served as it stands, without variables";
    Diagnostic::warning("not-dotprompt", (1, 1), message).at_path(path)
}

fn heading(file: &PromptFile) -> Option<String> {
    let named = file.front_matter.name.clone();
    let heading = file
        .partial_text()
        .lines()
        .find_map(|line| line.strip_prefix("# "));
    heading
        .map(|text| text.trim().chars().take(120).collect())
        .or(named)
}

/// `email/win-back_v2.prompt` becomes `Win back v2`.
pub(crate) fn title_from_path(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name
        .split('.')
        .next()
        .filter(|stem| !stem.is_empty())
        .unwrap_or(name);
    let words = stem.trim_start_matches('_').replace(['-', '_'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_title() {
        assert_eq!(title_from_path("email/win-back_v2.prompt"), "Win back v2");
        assert_eq!(
            title_from_path("prompts/_brand-voice.prompt"),
            "Brand voice"
        );
        assert_eq!(title_from_path(".hidden"), ".hidden");
    }
}
