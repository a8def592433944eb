//! What is live, compiled and in memory. Serving never waits: a request looks up an immutable index;
//! going live and rolling back swap a pointer.

mod assign;
mod beside;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use serde_json::Value;
use variorum_domain::id::{Digest, ReleaseNumber, RolloutNumber, Time, WorkspaceId};
use variorum_domain::library::FileKind;
use variorum_domain::prompt::{self, Compiled, PartialPool, PromptFile};
use variorum_domain::release::{Manifest, Release, ReleasedPrompt, ReleasedVariation};
use variorum_domain::rollout::CONTROL;

pub use assign::Facts;
use assign::{ServedDesigns, ServedRollout, serve_designs};

use crate::asks::Asked;
use crate::context::Context;
use crate::library::parsed;
use crate::releases::PROMPTS_AT_ONCE;
use crate::work::Work;
use crate::{Error, Result};

/// Open rollouts that are served: a few for each environment.
const OPEN_ROLLOUTS_MAX: usize = 2_000;

/// A prompt as a release serves it.
pub struct ServedPrompt {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// The commit of the version.
    pub commit: String,
    /// The model.
    pub model: Option<String>,
    /// The model's parameters, as JSON text.
    pub config: String,
    /// What is rendered.
    pub text: ServedText,
    /// The variations of this prompt in the same release, where it has some.
    pub variations: Option<Box<Choices>>,
    /// Where it was asked for today.
    pub asked: Asked,
}

/// Which variation of a prompt is for whom: brands, then regions, to ids. Empty stands for any.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Choices(HashMap<Box<str>, HashMap<Box<str>, Arc<str>>>);

impl Choices {
    fn insert(&mut self, varies: &ReleasedVariation, id: &str) {
        let named = |name: &Option<String>| name.clone().unwrap_or_default().into_boxed_str();
        let regions = self.0.entry(named(&varies.brand)).or_default();
        regions.insert(named(&varies.region), id.into());
    }

    /// The id of the most specific variation: of brand and region, of the brand, of the region.
    pub fn choose(&self, audience: Audience<'_>) -> Option<&str> {
        let (brand, region) = (audience.brand, audience.region);
        let of = |brand: &str, region: &str| self.0.get(brand)?.get(region).map(AsRef::as_ref);
        let both = of(brand, region).filter(|_| !brand.is_empty() && !region.is_empty());
        let of_brand = || of(brand, "").filter(|_| !brand.is_empty());
        let of_region = || of("", region).filter(|_| !region.is_empty());
        both.or_else(of_brand).or_else(of_region)
    }
}

/// For whom a prompt is asked; empty where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audience<'a> {
    /// The brand.
    pub brand: &'a str,
    /// The region.
    pub region: &'a str,
}

/// What is rendered for a prompt.
pub enum ServedText {
    /// A Dotprompt template.
    Template(Arc<Compiled>),
    /// A text in a foreign format, served as it stands.
    Plain(Arc<str>),
}

/// A release, compiled.
pub struct ServedRelease {
    /// Its number.
    pub number: ReleaseNumber,
    prompts: HashMap<String, ServedPrompt>,
    /// Old ids and the ids they have now.
    redirects: BTreeMap<String, String>,
}

impl ServedRelease {
    /// The prompt of an id, or what a prompt of that id became, or the variation of it that is for
    /// this audience.
    fn prompt(
        &self,
        id: &str,
        audience: Audience<'_>,
        environment: u64,
    ) -> Option<(&ServedPrompt, bool)> {
        let (asked, redirected) = match self.prompts.get(id) {
            Some(asked) => (asked, false),
            None => (self.prompts.get(self.redirects.get(id)?)?, true),
        };
        let chosen = asked
            .variations
            .as_ref()
            .and_then(|choices| choices.choose(audience))
            .and_then(|id| self.prompts.get(id));
        asked.asked.mark(environment);
        if let Some(chosen) = chosen {
            chosen.asked.mark(environment);
        }
        Some((chosen.unwrap_or(asked), redirected))
    }

    fn has(&self, id: &str) -> bool {
        self.prompts.contains_key(id) || self.redirects.contains_key(id)
    }

    /// What it serves, in no order.
    pub(crate) fn prompts(&self) -> impl Iterator<Item = &ServedPrompt> {
        self.prompts.values()
    }
}

struct ServedEnvironment {
    bit: u64,
    control: Arc<ServedRelease>,
    designs: ServedDesigns,
}

/// Everything live in one workspace.
#[derive(Default)]
pub struct Index {
    environments: HashMap<String, ServedEnvironment>,
    default_environment: String,
}

/// What a unit gets.
pub struct Answer<'a> {
    /// The prompt; its id is not the one that was asked for where that was redirected.
    pub prompt: &'a ServedPrompt,
    /// Whether the id that was asked for is an old one.
    pub redirected: bool,
    /// The release it comes from.
    pub release: ReleaseNumber,
    /// The rollout and the arm, where the unit is in one.
    pub assigned: Option<(RolloutNumber, u8)>,
    /// The window in which everybody gets that arm, in a switchback.
    pub window: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// No such environment, or nothing is live in it.
    Environment,
    /// The release that is live has no such prompt.
    Prompt,
}

impl Index {
    /// The answer for a unit outside of all windows: a pure look-up and a hash. Of a prompt with variations, the most specific
    /// one for the audience is served; a variation that is asked for by its id is served as it is.
    pub fn answer(
        &self,
        environment: Option<&str>,
        prompt: &str,
        unit: Option<&str>,
        audience: Audience<'_>,
    ) -> std::result::Result<Answer<'_>, NoAnswer> {
        let facts = Facts {
            audience,
            channel: "",
            attributes: &BTreeMap::new(),
            at: Time(i64::MIN),
        };
        self.answer_for(environment, prompt, unit, &facts)
    }

    /// Whether a rollout there looks at more than the unit's id.
    pub fn asks_for_attributes(&self, environment: Option<&str>) -> bool {
        let name = environment.unwrap_or(&self.default_environment);
        let environment = self.environments.get(name);
        environment.is_some_and(|one| one.designs.ask_for_attributes())
    }

    /// The answer for a unit of which more is known than its brand and region.
    pub fn answer_for(
        &self,
        environment: Option<&str>,
        prompt: &str,
        unit: Option<&str>,
        facts: &Facts<'_>,
    ) -> std::result::Result<Answer<'_>, NoAnswer> {
        let name = environment.unwrap_or(&self.default_environment);
        let environment = self.environments.get(name).ok_or(NoAnswer::Environment)?;
        let assigned = environment.designs.assign(unit, facts);
        // A hold-out's release is older than what is live; what is new since then has no old text.
        let given = assigned.as_ref();
        let given = given.and_then(|one| Some((one.arm, one.release?)));
        let release: &ServedRelease = match given {
            Some((CONTROL, held)) if !held.has(prompt) => &environment.control,
            Some((_, release)) => release,
            None => &environment.control,
        };
        let (prompt, redirected) = release
            .prompt(prompt, facts.audience, environment.bit)
            .ok_or(NoAnswer::Prompt)?;
        Ok(Answer {
            prompt,
            redirected,
            release: release.number,
            window: assigned.as_ref().and_then(|one| one.window),
            assigned: assigned.map(|one| (one.rollout, one.arm)),
        })
    }

    /// Where a prompt is live: environment, release, version, rollout, version the rollout brings.
    pub fn live(&self, prompt: &str) -> Vec<Live> {
        let mut live: Vec<Live> = self
            .environments
            .iter()
            .filter_map(|(name, environment)| {
                let version = environment.control.prompts.get(prompt)?.version;
                let brought = |rollout: &ServedRollout| {
                    let found = rollout.brought().filter_map(|one| one.prompts.get(prompt));
                    let mut versions = found.map(|served| served.version);
                    let candidate = versions.find(|candidate| *candidate != version)?;
                    Some((rollout.number, candidate))
                };
                let candidate = environment.designs.given().find_map(brought);
                Some(Live {
                    environment: name.clone(),
                    release: environment.control.number,
                    version,
                    rollout: candidate.map(|(rollout, _)| rollout),
                    candidate: candidate.map(|(_, candidate)| candidate),
                })
            })
            .collect();
        live.sort_unstable_by(|a, b| a.environment.cmp(&b.environment));
        live
    }

    /// The ids of what is live: in one environment, or in any.
    pub fn live_ids(&self, environment: Option<&str>) -> Vec<String> {
        let chosen = self
            .environments
            .iter()
            .filter(|(name, _)| environment.is_none_or(|wanted| wanted == name.as_str()));
        let mut ids: Vec<String> = chosen
            .flat_map(|(_, environment)| {
                environment.designs.releases().chain([&environment.control])
            })
            .flat_map(|release| release.prompts.keys().cloned())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The name of the environment that is meant where none is named.
    pub fn default_environment(&self) -> &str {
        &self.default_environment
    }
}

/// Where a prompt is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The environment.
    pub environment: String,
    /// The release.
    pub release: ReleaseNumber,
    /// The version everybody gets who is in no rollout.
    pub version: i64,
    /// The rollout that changes this prompt.
    pub rollout: Option<RolloutNumber>,
    /// The version it brings.
    pub candidate: Option<i64>,
}

type Releases = HashMap<(WorkspaceId, ReleaseNumber), Arc<ServedRelease>>;

/// The indexes of all workspaces, and compiled releases that can be used again.
#[derive(Default)]
pub struct Serving {
    indexes: ArcSwap<BTreeMap<WorkspaceId, Arc<Index>>>,
    releases: Mutex<Releases>,
    texts: Mutex<HashMap<(WorkspaceId, Digest), Arc<Compiled>>>,
    partials: Mutex<PartialPool>,
}

impl Serving {
    /// The index of a workspace.
    pub fn index(&self, workspace: WorkspaceId) -> Option<Arc<Index>> {
        self.indexes.load().get(&workspace).cloned()
    }

    fn put(&self, workspace: WorkspaceId, index: Index) {
        let index = Arc::new(index);
        self.indexes.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            all.insert(workspace, index.clone());
            all
        });
    }

    /// Forgets everything of a workspace.
    pub fn forget(&self, workspace: WorkspaceId) {
        self.indexes.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            all.remove(&workspace);
            all
        });
        let mut releases = self.releases.lock().unwrap_or_else(PoisonError::into_inner);
        releases.retain(|(owner, _), _| *owner != workspace);
    }

    /// The workspaces in which something is live.
    pub(crate) fn workspaces(&self) -> Vec<WorkspaceId> {
        self.indexes.load().keys().copied().collect()
    }

    /// The compiled releases of a workspace.
    pub(crate) fn compiled(&self, workspace: WorkspaceId) -> Vec<Arc<ServedRelease>> {
        let releases = self.releases.lock().unwrap_or_else(PoisonError::into_inner);
        let of_workspace = releases
            .iter()
            .filter(|((owner, _), _)| *owner == workspace);
        of_workspace.map(|(_, release)| release.clone()).collect()
    }

    fn known(&self, workspace: WorkspaceId, number: ReleaseNumber) -> Option<Arc<ServedRelease>> {
        let releases = self.releases.lock().unwrap_or_else(PoisonError::into_inner);
        releases.get(&(workspace, number)).cloned()
    }
}

/// Reads what is live and swaps the index. Releases that are compiled already are used again, so
/// that a roll-back compiles nothing.
pub async fn refresh(ctx: &Context, workspace: WorkspaceId) -> Result<()> {
    let mut work = Work::read(ctx, workspace).await?;
    let environments = work.tx.environments(workspace).await?;
    let (settings, _) = crate::library::main_settings(&mut work).await?;
    let default = settings.environments.first().cloned();
    let mut index = Index {
        default_environment: default.unwrap_or_default(),
        ..Index::default()
    };
    let open = work
        .tx
        .rollouts(workspace, true, None, OPEN_ROLLOUTS_MAX)
        .await?;
    let mut used = Vec::new();
    for environment in environments {
        let Some(number) = environment.release else {
            continue;
        };
        let control = release(ctx, &mut work, number).await?;
        let designs = serve_designs(ctx, &mut work, &environment, &open).await?;
        used.push(control.number);
        used.extend(environment.previous);
        used.extend(designs.releases().map(|release| release.number));
        let served = ServedEnvironment {
            bit: ctx.asks.bit(workspace, &environment.name),
            control,
            designs,
        };
        index.environments.insert(environment.name, served);
    }
    ctx.serving.put(workspace, index);
    forget_unused(ctx, workspace, &used);
    Ok(())
}

fn forget_unused(ctx: &Context, workspace: WorkspaceId, used: &[ReleaseNumber]) {
    let mut releases = ctx
        .serving
        .releases
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    releases.retain(|(owner, number), _| *owner != workspace || used.contains(number));
    drop(releases);
    let mut texts = ctx
        .serving
        .texts
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    texts.retain(|_, compiled| Arc::strong_count(compiled) > 1);
    drop(texts);
    let pool = &ctx.serving.partials;
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    pool.forget_unused();
}

/// A release, compiled or from memory.
pub async fn release(
    ctx: &Context,
    work: &mut Work,
    number: ReleaseNumber,
) -> Result<Arc<ServedRelease>> {
    if let Some(known) = ctx.serving.known(work.workspace, number) {
        return Ok(known);
    }
    let stored = work.tx.release(work.workspace, number).await?;
    let stored = stored.ok_or_else(|| Error::not_found("release", number))?;
    let compiled = Arc::new(compile(ctx, work, &stored).await?);
    let mut releases = ctx
        .serving
        .releases
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    releases.insert((work.workspace, number), compiled.clone());
    Ok(compiled)
}

async fn compile(ctx: &Context, work: &mut Work, release: &Release) -> Result<ServedRelease> {
    let manifest = read_manifest(release)?;
    let mut choices: HashMap<String, Choices> = HashMap::new();
    for (id, prompt) in &manifest.prompts {
        if let Some(varies) = &prompt.varies {
            let of_base = choices.entry(varies.base.clone()).or_default();
            of_base.insert(varies, id);
        }
    }
    let mut prompts = HashMap::with_capacity(manifest.prompts.len());
    let mut rest = manifest.prompts.into_iter().peekable();
    while rest.peek().is_some() {
        let part: Vec<(String, ReleasedPrompt)> = rest.by_ref().take(PROMPTS_AT_ONCE).collect();
        let mut blobs = Vec::with_capacity(part.len());
        for (_, prompt) in &part {
            blobs.push(oid(prompt.served_blob())?);
            for partial in prompt.partials.values() {
                blobs.push(oid(partial)?);
            }
        }
        work.with(|overlay| overlay.require(blobs.iter().copied()))
            .await?;
        for (id, prompt) in part {
            let served = ServedPrompt {
                text: compile_prompt(ctx, work, &prompt).await?,
                id: id.clone(),
                version: prompt.version,
                commit: prompt.commit,
                model: prompt.model,
                config: prompt.config.to_string(),
                variations: choices.remove(&id).map(Box::new),
                asked: Asked::default(),
            };
            prompts.insert(id, served);
        }
        work.overlay.forget_loaded(&blobs);
    }
    Ok(ServedRelease {
        number: release.number,
        prompts,
        redirects: manifest.redirects,
    })
}

/// Reads a stored manifest.
pub fn read_manifest(release: &Release) -> Result<Manifest> {
    serde_json::from_str(&release.manifest).map_err(|error| {
        Error::Internal(format!(
            "the manifest of release {} is damaged: {error}",
            release.number
        ))
    })
}

async fn compile_prompt(
    ctx: &Context,
    work: &mut Work,
    prompt: &ReleasedPrompt,
) -> Result<ServedText> {
    let blob = oid(prompt.served_blob())?;
    if FileKind::of(&prompt.path) == FileKind::ForeignPrompt {
        let object = work.blob(blob).await?;
        return Ok(ServedText::Plain(
            String::from_utf8_lossy(&object.bytes).into(),
        ));
    }
    let key = (work.workspace, compile_key(prompt));
    {
        let texts = ctx
            .serving
            .texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = texts.get(&key) {
            return Ok(ServedText::Template(known.clone()));
        }
    }
    let file = match &prompt.varies {
        Some(_) => effective(work, &prompt.path, blob).await?,
        None => parsed::file(ctx, work, &prompt.path, blob).await?,
    };
    let mut blobs = parsed::PartialBlobs::default();
    for (name, partial) in &prompt.partials {
        blobs.insert(&format!("_{name}.prompt"), oid(partial)?);
    }
    let mut partials = parsed::Partials::new(blobs);
    partials.reach(ctx, work, &file).await?;
    let mut compiled = prompt::Compiled::new(&file, &|name| partials.get(name)).map_err(|_| {
        Error::Internal(format!(
            "released prompt `{}` does not compile",
            prompt.path
        ))
    })?;
    compiled.share(
        &mut ctx
            .serving
            .partials
            .lock()
            .unwrap_or_else(PoisonError::into_inner),
    );
    let compiled = Arc::new(compiled);
    let mut texts = ctx
        .serving
        .texts
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    texts.insert(key, compiled.clone());
    Ok(ServedText::Template(compiled))
}

/// What a variation comes to, as its release kept it; no other file has this text.
async fn effective(
    work: &mut Work,
    path: &str,
    blob: variorum_domain::id::Oid,
) -> Result<Arc<PromptFile>> {
    let object = work.blob(blob).await?;
    let text = String::from_utf8_lossy(&object.bytes);
    Ok(Arc::new(prompt::parse(&text).at_path(path)))
}

/// Equal for prompts that compile to the same thing.
fn compile_key(prompt: &ReleasedPrompt) -> Digest {
    let partials = prompt
        .partials
        .iter()
        .map(|(name, blob)| format!("|{name}={blob}"));
    let named: String = std::iter::once(prompt.served_blob().to_owned())
        .chain(partials)
        .collect();
    Digest::of(named.as_bytes())
}

fn oid(text: &str) -> Result<variorum_domain::id::Oid> {
    text.parse()
        .map_err(|_| Error::Internal(format!("`{text}` in a manifest is not an id")))
}

/// The model's parameters as JSON text; an empty object where none are named.
pub fn config_text(config: &Value) -> String {
    if config.is_null() {
        "{}".to_owned()
    } else {
        config.to_string()
    }
}

/// Refreshes after a change that is committed already: a failure is logged, not reported as if the
/// change had failed.
pub(crate) async fn refresh_after_commit(ctx: &Context, workspace: WorkspaceId) {
    if let Err(error) = refresh(ctx, workspace).await {
        tracing::error!(workspace = workspace.0, error = %error, "serving could not be refreshed");
    }
}
