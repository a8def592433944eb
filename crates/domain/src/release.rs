//! A release: the immutable full snapshot of what may go live.
//!
//! Its manifest is canonical JSON; the manifest's SHA-256 is the release's digest. Two releases of
//! the same content have the same digest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical;
use crate::id::{ActorId, Digest, Oid, ReleaseNumber, Time};
use crate::library::{Kpi, Library};

/// Everything a release fixes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of this manifest.
    pub format: u32,
    /// The commit it was made from, as hexadecimal digits.
    pub commit: String,
    /// The tree of that commit.
    pub tree: String,
    /// Prompts by id, partials resolved.
    pub prompts: BTreeMap<String, ReleasedPrompt>,
    /// Prompts that were left out because they do not compile, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// Workflows by path: the blob of each.
    pub workflows: BTreeMap<String, String>,
    /// Suites by path: the blob of each.
    pub suites: BTreeMap<String, String>,
    /// KPI definitions by id, as they stood.
    pub kpis: BTreeMap<String, Kpi>,
    /// Rule files by path: the blob of each.
    pub rules: BTreeMap<String, String>,
    /// Channel settings as they stood; secrets appear by reference only.
    pub channels: BTreeMap<String, Value>,
    /// Old ids of prompts and the ids they have now; absent where there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redirects: BTreeMap<String, String>,
}

/// One prompt as a release fixes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleasedPrompt {
    /// The file's path.
    pub path: String,
    /// The version number of the prompt.
    pub version: i64,
    /// The commit of that version.
    pub commit: String,
    /// The blob of the file.
    pub blob: String,
    /// The blobs of the partials it includes, by name.
    pub partials: BTreeMap<String, String>,
    /// SHA-256 of the text with its partials resolved.
    pub text: String,
    /// The model named by the prompt.
    pub model: Option<String>,
    /// The model's parameters.
    pub config: Value,
    /// Names of the tools it may call.
    pub tools: Vec<String>,
    /// What it varies, where it is a variation; its text is what it comes to over its base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub varies: Option<ReleasedVariation>,
}

/// What a released variation is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedVariation {
    /// The id of the base.
    pub base: String,
    /// The brand it is for.
    pub brand: Option<String>,
    /// The region it is for.
    pub region: Option<String>,
    /// The blobs of base and more general variations, by path.
    pub made_of: BTreeMap<String, String>,
    /// The blob that holds what it comes to: this is served, whatever becomes of the rest.
    pub effective: String,
}

impl ReleasedPrompt {
    /// The blob that holds the text that is served.
    pub fn served_blob(&self) -> &str {
        match &self.varies {
            Some(varies) => &varies.effective,
            None => &self.blob,
        }
    }
}

impl Manifest {
    /// The format this code writes.
    pub const FORMAT: u32 = 1;

    /// An empty manifest of a commit, with the library's settings.
    pub fn new(commit: Oid, tree: Oid, library: &Library) -> Self {
        Self {
            format: Self::FORMAT,
            commit: commit.to_string(),
            tree: tree.to_string(),
            prompts: BTreeMap::new(),
            left_out: BTreeMap::new(),
            workflows: BTreeMap::new(),
            suites: BTreeMap::new(),
            kpis: library.kpis.clone(),
            rules: BTreeMap::new(),
            channels: library.channels.clone(),
            redirects: BTreeMap::new(),
        }
    }

    /// The manifest as canonical JSON.
    ///
    /// Written prompt by prompt: as one tree of values, ten thousand prompts would take many times
    /// the memory of the text.
    pub fn to_text(&self) -> String {
        let shell = Self {
            format: self.format,
            commit: self.commit.clone(),
            tree: self.tree.clone(),
            prompts: BTreeMap::new(),
            left_out: self.left_out.clone(),
            workflows: self.workflows.clone(),
            suites: self.suites.clone(),
            kpis: self.kpis.clone(),
            rules: self.rules.clone(),
            channels: self.channels.clone(),
            redirects: self.redirects.clone(),
        };
        canonical::to_text_with(&shell, "prompts", &self.prompts)
    }
}

/// A release as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Its number in the workspace.
    pub number: ReleaseNumber,
    /// The commit it was made from.
    pub commit: Oid,
    /// The tree of that commit.
    pub tree: Oid,
    /// SHA-256 of the manifest.
    pub digest: Digest,
    /// The annotated tag `release/<n>`.
    pub tag: Oid,
    /// The manifest's canonical JSON.
    pub manifest: String,
    /// How many prompts it holds.
    pub prompts: i64,
    /// What it is for, in the maker's words.
    pub note: String,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: ActorId,
    /// The maker's name at that time.
    pub created_by_name: String,
}

impl Release {
    /// The name of the release's tag in Git.
    pub fn tag_name(number: ReleaseNumber) -> String {
        format!("refs/tags/release/{number}")
    }
}

/// Where a release is live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name, e.g. `production`.
    pub name: String,
    /// The release everybody gets who is in no rollout arm.
    pub release: Option<ReleaseNumber>,
    /// The release that was live before, for a one-click way back.
    pub previous: Option<ReleaseNumber>,
    /// The rollout that runs.
    pub rollout: Option<crate::id::RolloutNumber>,
    /// Grows by one with every change; writers compare and swap on it.
    pub revision: i64,
}

impl Environment {
    /// An environment in which nothing is live.
    pub fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            release: None,
            previous: None,
            rollout: None,
            revision: 0,
        }
    }
}

/// What changed from one release to another, prompt by prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseChange {
    /// Which prompt.
    pub prompt: String,
    /// The version before, if it was there.
    pub before: Option<i64>,
    /// The version after, if it is there.
    pub after: Option<i64>,
    /// What differs: `text`, `model`, `config`, `tools`, `partials`.
    pub differs: Vec<&'static str>,
}

/// Compares two manifests.
pub fn compare(before: &Manifest, after: &Manifest) -> Vec<ReleaseChange> {
    let mut ids: Vec<&String> = before.prompts.keys().chain(after.prompts.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .filter_map(|id| compare_prompt(id, before.prompts.get(id), after.prompts.get(id)))
        .collect()
}

fn compare_prompt(
    id: &str,
    before: Option<&ReleasedPrompt>,
    after: Option<&ReleasedPrompt>,
) -> Option<ReleaseChange> {
    let differs = match (before, after) {
        (Some(old), Some(new)) => differences(old, new),
        _ => vec!["text"],
    };
    (!differs.is_empty()).then(|| ReleaseChange {
        prompt: id.to_owned(),
        before: before.map(|prompt| prompt.version),
        after: after.map(|prompt| prompt.version),
        differs,
    })
}

fn differences(old: &ReleasedPrompt, new: &ReleasedPrompt) -> Vec<&'static str> {
    let pairs = [
        ("text", old.text != new.text),
        ("model", old.model != new.model),
        ("config", old.config != new.config),
        ("tools", old.tools != new.tools),
        ("partials", old.partials != new.partials),
    ];
    pairs
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
}
