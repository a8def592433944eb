//! What the files of one tree come to together: a variation over its base, a workflow over the
//! prompts it runs.
//!
//! The one place that brings files to `domain::variation` and `domain::workflow`. Everybody who
//! renders, lists, releases or refuses asks here, so that all of them mean the same prompt.

use std::collections::BTreeMap;
use std::sync::Arc;

use variorum_domain::id::Oid;
use variorum_domain::library::{FileKind, Library, MAIN, prompt_id};
use variorum_domain::prompt::{self, Compiled, Diagnostic, PromptFile};
use variorum_domain::variation::{
    self, Effective, Names, Opening, Standing, base_candidates, effective, only_fills,
};
use variorum_domain::workflow::{self, Checked, Interface, Surroundings, Workflow};
use variorum_git::tree::entry_at;
use variorum_ports::rows::LibraryFilter;

use super::parsed::{self, Partials};
use super::{head, settings};
use crate::Result;
use crate::context::Context;
use crate::work::Work;

/// Ids of prompts looked at for a suggestion.
const SUGGESTED_FROM_MAX: usize = 200;

/// A tree with its partials and, once needed, its settings.
pub struct TreeView {
    tree: Oid,
    /// The partials of the tree.
    pub partials: Partials,
    library: Option<Arc<Library>>,
}

/// A prompt as it counts in its tree.
#[derive(Debug, Clone)]
pub struct Understood {
    /// The file as it is kept.
    pub own: Arc<PromptFile>,
    /// What it varies, where it varies something.
    pub varies: Option<Box<Varies>>,
    /// What is to be said about where it stands.
    pub remark: Option<Diagnostic>,
}

/// A variation over its base.
#[derive(Debug, Clone)]
pub struct Varies {
    /// The base.
    pub base: Arc<PromptFile>,
    /// More general variations between the base and this one, the more general first.
    pub layers: Vec<String>,
    /// The brand it is for.
    pub brand: Option<String>,
    /// The region it is for.
    pub region: Option<String>,
    /// What it comes to.
    pub effective: Effective,
}

impl Understood {
    /// A file that varies nothing.
    pub fn alone(own: Arc<PromptFile>) -> Self {
        Self {
            own,
            varies: None,
            remark: None,
        }
    }

    /// What is rendered: base and fillings put together, or the file itself.
    pub fn file(&self) -> &PromptFile {
        match &self.varies {
            Some(varies) => &varies.effective.file,
            None => &self.own,
        }
    }

    /// Everything wrong with it; the partials of [`Self::file`] were reached.
    pub fn diagnostics(&self, path: &str, partials: &Partials) -> Vec<Diagnostic> {
        let resolver = |name: &str| partials.get(name);
        let mut found = match &self.varies {
            Some(varies) => varies.effective.validate(&resolver),
            None => {
                let mut found = parsed::diagnostics(path, &self.own, partials);
                if FileKind::of(path) == FileKind::Prompt {
                    let opening = Opening::of(&self.own).diagnostics;
                    found.extend(opening.into_iter().map(|finding| finding.at_path(path)));
                }
                found
            }
        };
        found.extend(self.remark.clone());
        found
    }

    /// Made ready to be filled in, or the errors that stand in the way.
    pub fn compile(&self, partials: &Partials) -> std::result::Result<Compiled, Vec<Diagnostic>> {
        let resolver = |name: &str| partials.get(name);
        if let Some(remark) = self.remark.iter().find(|remark| remark.is_error()) {
            return Err(vec![remark.clone()]);
        }
        match &self.varies {
            Some(varies) => varies.effective.compile(&resolver),
            None => Compiled::new(&self.own, &resolver),
        }
    }
}

/// A workflow held against the prompts of its tree.
#[derive(Debug, Clone)]
pub struct CheckedWorkflow {
    /// What was read.
    pub workflow: Workflow,
    /// What was found, and what flows where.
    pub checked: Checked,
    /// The prompts it runs, by id: the path of each that exists.
    pub prompts: BTreeMap<String, Option<String>>,
}

impl TreeView {
    /// A tree whose partials are known.
    pub fn new(tree: Oid, partials: Partials) -> Self {
        Self {
            tree,
            partials,
            library: None,
        }
    }

    /// Any tree of the library.
    pub async fn of(ctx: &Context, work: &mut Work, tree: Oid) -> Result<Self> {
        let main_tree = head(work, MAIN).await?.map(|(_, data)| data.tree);
        let partials = parsed::tree_partials(ctx, work, main_tree, tree).await?;
        Ok(Self::new(tree, partials))
    }

    /// The settings; the default ones where they cannot be read.
    pub async fn library(&mut self, work: &mut Work) -> Result<Arc<Library>> {
        if let Some(known) = &self.library {
            return Ok(known.clone());
        }
        let (library, _) = settings(work, self.tree).await?;
        self.library = Some(library.clone());
        Ok(library)
    }

    /// The blob of a file.
    pub async fn blob(&self, work: &mut Work, path: &str) -> Result<Option<Oid>> {
        let tree = self.tree;
        let entry = work.with(|overlay| entry_at(overlay, tree, path)).await?;
        Ok(entry
            .filter(|entry| entry.mode.is_file())
            .map(|entry| entry.oid))
    }

    /// A file of the tree, parsed.
    pub async fn file(
        &self,
        ctx: &Context,
        work: &mut Work,
        path: &str,
    ) -> Result<Option<Arc<PromptFile>>> {
        match self.blob(work, path).await? {
            Some(blob) => Ok(Some(parsed::file(ctx, work, path, blob).await?)),
            None => Ok(None),
        }
    }

    /// A prompt as it counts here, its partials reached; `own` need not be the file of this tree.
    pub async fn understand(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        own: Arc<PromptFile>,
    ) -> Result<Understood> {
        let understood = self.over_base(ctx, work, own).await?;
        self.partials.reach(ctx, work, understood.file()).await?;
        Ok(understood)
    }

    async fn over_base(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        own: Arc<PromptFile>,
    ) -> Result<Understood> {
        let alone = |own, remark| Understood {
            remark,
            ..Understood::alone(own)
        };
        let candidates = base_candidates(&own.path);
        if candidates.is_empty() {
            return Ok(alone(own, None));
        }
        let mut existing: Vec<String> = Vec::new();
        let mut files: Vec<Arc<PromptFile>> = Vec::new();
        for path in candidates {
            if let Some(file) = self.file(ctx, work, &path).await? {
                existing.push(path);
                files.push(file);
            }
        }
        if existing.is_empty() {
            let remark = only_fills(&own).then(|| variation::without_base(&own.path));
            return Ok(alone(own, remark));
        }
        let names = Names::of(&*self.library(work).await?);
        let around: Vec<(&str, &PromptFile)> = existing
            .iter()
            .map(String::as_str)
            .zip(files.iter().map(AsRef::as_ref))
            .collect();
        match variation::standing(&own, &around, &names) {
            Standing::Alone(remark) => Ok(alone(own, remark)),
            Standing::Varies {
                base,
                layers,
                brand,
                region,
            } => {
                let mut chain: Vec<&PromptFile> = layers.iter().map(|at| around[*at].1).collect();
                chain.push(&own);
                let given = variation::given(brand.as_deref(), region.as_deref());
                let effective = effective(around[base].1, &chain, &given);
                Ok(Understood {
                    varies: Some(Box::new(Varies {
                        base: files[base].clone(),
                        layers: layers.iter().map(|at| existing[*at].clone()).collect(),
                        brand,
                        region,
                        effective,
                    })),
                    own,
                    remark: None,
                })
            }
        }
    }

    /// Whether a prompt varies another, or would have to: otherwise it promises nothing.
    pub async fn is_variation(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        path: &str,
        blob: Oid,
    ) -> Result<bool> {
        let own = parsed::file(ctx, work, path, blob).await?;
        let understood = self.over_base(ctx, work, own).await?;
        let is_error = understood.remark.is_some_and(|remark| remark.is_error());
        Ok(is_error || understood.varies.is_some())
    }

    /// The prompt of an id: its path and blob.
    pub async fn prompt(&self, work: &mut Work, id: &str) -> Result<Option<(String, Oid)>> {
        for folder in ["prompts/", ""] {
            for ending in [".prompt", ".md", ".prompty"] {
                let path = format!("{folder}{id}{ending}");
                if prompt_id(&path) == id
                    && FileKind::of(&path).is_prompt()
                    && let Some(blob) = self.blob(work, &path).await?
                {
                    return Ok(Some((path, blob)));
                }
            }
        }
        Ok(None)
    }

    /// Reads a workflow and checks it against the prompts of this tree.
    pub async fn workflow(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        path: &str,
        source: &str,
    ) -> Result<CheckedWorkflow> {
        let read = workflow::parse(source);
        let library = self.library(work).await?;
        let mut around = Surroundings {
            kpis: library.kpis.keys().cloned().collect(),
            channels: library.channels.keys().cloned().collect(),
            ..Surroundings::default()
        };
        let mut prompts = BTreeMap::new();
        for id in read.prompts() {
            let found = self.prompt(work, id).await?;
            if let Some((path, blob)) = &found {
                let interface = self.interface(ctx, work, path, *blob).await?;
                around.prompts.insert(id.to_owned(), interface);
            } else if around.near.len() < SUGGESTED_FROM_MAX {
                around.near.extend(near(work, id).await?);
            }
            prompts.insert(id.to_owned(), found.map(|(path, _)| path));
        }
        let mut checked = workflow::check(&read, &around);
        for finding in &mut checked.diagnostics {
            path.clone_into(&mut finding.path);
        }
        Ok(CheckedWorkflow {
            workflow: read,
            checked,
            prompts,
        })
    }

    async fn interface(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        path: &str,
        blob: Oid,
    ) -> Result<Interface> {
        let own = parsed::file(ctx, work, path, blob).await?;
        if FileKind::of(path) == FileKind::ForeignPrompt {
            let empty = prompt::parse("");
            return Ok(Interface::of(&empty, true));
        }
        let understood = self.understand(ctx, work, own).await?;
        let findings = understood.diagnostics(path, &self.partials);
        let usable = !findings.iter().any(Diagnostic::is_error);
        Ok(Interface::of(understood.file(), usable))
    }

    /// Everything wrong with a file, whatever kind it is.
    pub async fn diagnostics(
        &mut self,
        ctx: &Context,
        work: &mut Work,
        path: &str,
        blob: Oid,
    ) -> Result<Vec<Diagnostic>> {
        match FileKind::of(path) {
            FileKind::Workflow => {
                let bytes = work.blob(blob).await?.bytes;
                let source = String::from_utf8_lossy(&bytes).into_owned();
                let found = self.workflow(ctx, work, path, &source).await?;
                Ok(found.checked.diagnostics)
            }
            FileKind::Prompt | FileKind::Partial => {
                let own = parsed::file(ctx, work, path, blob).await?;
                let understood = self.understand(ctx, work, own).await?;
                Ok(understood.diagnostics(path, &self.partials))
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Ids of prompts beside one that does not exist.
async fn near(work: &mut Work, id: &str) -> Result<Vec<String>> {
    let folder = id.rsplit_once('/').map(|(folder, _)| folder);
    let filter = LibraryFilter {
        kinds: vec![FileKind::Prompt.name().to_owned()],
        folder: folder.map(|folder| format!("prompts/{folder}")),
        ..LibraryFilter::default()
    };
    let workspace = work.workspace;
    let rows = work
        .tx
        .library(workspace, &filter, None, SUGGESTED_FROM_MAX)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
