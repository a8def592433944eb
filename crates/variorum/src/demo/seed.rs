//! Telling the sample's story: every step goes through the use cases a person would use, at the time
//! the story gives it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use variorum_app::auth::to_actor;
use variorum_app::library::drafts;
use variorum_app::library::save::{SaveVersion, save_version};
use variorum_app::members::{self, Invite};
use variorum_app::{Context, Error, Result, environments, events, releases};
use variorum_domain::access::{Actor, Role};
use variorum_domain::id::{Oid, ReleaseNumber, Time};
use variorum_domain::record::Note;
use variorum_ports::Clock;

use super::story::{self, Commit, Story, apply};
use super::{daily, past};

/// A clock that shows the time of the story.
pub(super) struct StoryClock(AtomicI64);

impl StoryClock {
    pub(super) fn set(&self, time: Time) {
        self.0.store(time.0, Ordering::Relaxed);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::Relaxed))
    }
}

/// Somebody of the story: the actor, and the role the story gives.
struct Someone {
    actor: Actor,
    role: Role,
}

/// The teller: where the story stands.
pub(super) struct Teller {
    pub(super) ctx: Arc<Context>,
    pub(super) clock: Arc<StoryClock>,
    pub(super) now: Time,
    people: HashMap<String, Someone>,
    /// The files of each draft; `main` under that name.
    files: HashMap<String, BTreeMap<String, String>>,
    commits: HashMap<String, Oid>,
}

/// One thing that happens.
enum Step {
    Commit(usize),
    Release(usize),
    Rollout(usize),
    Week(u32),
}

/// Tells the whole story into an empty workspace of `administrator`.
pub(super) async fn tell(real: &Context, administrator: &Actor) -> Result<()> {
    let story = story::story()?;
    let clock = Arc::new(StoryClock(AtomicI64::new(0)));
    let ctx = Arc::new(Context::new(
        real.store.clone(),
        real.log.clone(),
        clock.clone(),
        real.ids.clone(),
    ));
    let pipeline = tokio::spawn(events::run(ctx.clone()));
    let mut teller = Teller {
        ctx,
        clock,
        now: real.clock.now(),
        people: HashMap::new(),
        files: HashMap::new(),
        commits: HashMap::new(),
    };
    let told = teller.run(&story, administrator).await;
    pipeline.abort();
    told
}

impl Teller {
    /// Sets the clock to so many days ago.
    pub(super) fn at(&self, days_ago: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "some hundred days of microseconds"
        )]
        let ago = (days_ago * 86_400e6) as i64;
        self.clock.set(Time(self.now.0 - ago));
    }

    /// The time of the story.
    pub(super) fn clock_now(&self) -> Time {
        self.clock.now()
    }

    async fn run(&mut self, story: &Story, administrator: &Actor) -> Result<()> {
        self.at(story.first_commit.days_ago + 0.2);
        self.meet(story, administrator).await?;
        self.first_commit(&story.first_commit).await?;
        for step in order(story) {
            match step {
                Step::Commit(index) => self.commit(&story.commits[index]).await?,
                Step::Release(index) => self.release(&story.releases[index]).await?,
                Step::Rollout(index) => past::run(self, &story.rollouts[index], index).await?,
                Step::Week(week) => daily::week(self, week).await?,
            }
        }
        self.prepare_next(story).await?;
        events::settle(&self.ctx).await
    }

    /// Invites everybody of the story who is not here yet.
    async fn meet(&mut self, story: &Story, administrator: &Actor) -> Result<()> {
        let known = members::list(&self.ctx, administrator).await?;
        for person in &story.people {
            let role = Role::from_name(&person.role).unwrap_or(Role::Viewer);
            let row = match known.iter().find(|row| row.email == person.email) {
                Some(row) => row.clone(),
                None => {
                    let invite = Invite {
                        name: person.name.clone(),
                        email: person.email.clone(),
                        grants: vec![(role, String::new())],
                    };
                    members::invite(&self.ctx, administrator, invite).await?.0
                }
            };
            let actor = to_actor(row, Role::Administrator);
            self.people
                .insert(person.key.clone(), Someone { actor, role });
        }
        Ok(())
    }

    fn someone(&self, key: &str) -> Result<&Someone> {
        let unknown = || Error::Internal(format!("the sample's story: who is `{key}`?"));
        self.people.get(key).ok_or_else(unknown)
    }

    /// The person, or a publisher who acts for an author.
    pub(super) fn publisher(&self, key: &str) -> Result<&Actor> {
        let someone = self.someone(key)?;
        if someone.role >= Role::Publisher {
            return Ok(&someone.actor);
        }
        Ok(&self.someone("mara")?.actor)
    }

    /// A publisher who is somebody else.
    pub(super) fn another_publisher(&self, than: &Actor) -> Result<&Actor> {
        let mut all = self.people.values();
        let other = all.find(|one| one.role >= Role::Publisher && one.actor.id != than.id);
        let nobody = || Error::Internal("the sample's story has one publisher only".to_owned());
        other.map(|one| &one.actor).ok_or_else(nobody)
    }

    async fn first_commit(&mut self, commit: &Commit) -> Result<()> {
        let files = story::library();
        self.at(commit.days_ago);
        let all = files
            .iter()
            .map(|(path, text)| (path.clone(), Some(text.clone().into_bytes())));
        let cmd = SaveVersion {
            files: all.collect(),
            note: note(commit),
            told: true,
            ..SaveVersion::default()
        };
        let saved = save_version(&self.ctx, &self.someone(&commit.author)?.actor, cmd).await?;
        self.commits.insert(commit.subject.clone(), saved.commit);
        self.files.insert("main".into(), files);
        Ok(())
    }

    async fn commit(&mut self, commit: &Commit) -> Result<()> {
        self.at(commit.days_ago);
        if let Some(merge) = &commit.merge {
            return self.merge(commit, &merge.from).await;
        }
        let branch = commit.branch.clone().unwrap_or_else(|| "main".into());
        if !self.files.contains_key(&branch) {
            drafts::create(
                &self.ctx,
                &self.someone(&commit.author)?.actor,
                &branch,
                None,
            )
            .await?;
            let main = self.files["main"].clone();
            self.files.insert(branch.clone(), main);
        }
        let files = self.files.entry(branch.clone()).or_default();
        let changed = apply(files, &commit.edits)?;
        let contents = changed
            .into_iter()
            .map(|path| {
                let content = files.get(&path).map(|text| text.clone().into_bytes());
                (path, content)
            })
            .collect();
        let author = self.someone(&commit.author)?;
        let actor = if branch == "main" {
            self.publisher(&commit.author)?
        } else {
            &author.actor
        };
        let cmd = SaveVersion {
            draft: Some(branch),
            author: Some((author.actor.name.clone(), author.actor.email.clone())),
            note: note(commit),
            files: contents,
            base: None,
            told: true,
        };
        let saved = save_version(&self.ctx, actor, cmd).await?;
        self.commits.insert(commit.subject.clone(), saved.commit);
        Ok(())
    }

    /// Publishes a draft and puts it away; the story never changes a file on both sides.
    async fn merge(&mut self, commit: &Commit, from: &str) -> Result<()> {
        let actor = self.publisher(&commit.author)?.clone();
        let (oid, versions) = drafts::publish_told(&self.ctx, &actor, from, &note(commit)).await?;
        drafts::delete(&self.ctx, &actor, from, "published").await?;
        let theirs = self.files.remove(from).unwrap_or_default();
        let main = self.files.entry("main".into()).or_default();
        for file in versions {
            match theirs.get(&file.path) {
                Some(text) => main.insert(file.path, text.clone()),
                None => main.remove(&file.path),
            };
        }
        self.commits.insert(commit.subject.clone(), oid);
        Ok(())
    }

    async fn release(&mut self, release: &story::Release) -> Result<()> {
        self.at(release.days_ago);
        let actor = self.publisher(&release.by)?.clone();
        let commit = self.commits.get(&release.after_commit_subject);
        let commit = commit.map(ToString::to_string);
        let made = releases::create(&self.ctx, &actor, commit.as_deref(), &release.note).await?;
        if made.number != ReleaseNumber(release.number) {
            return Err(Error::Internal(format!(
                "the sample's story: release {} became {}",
                release.number, made.number
            )));
        }
        environments::go_live(
            &self.ctx,
            &actor,
            &release.go_live,
            made.number,
            &release.note,
        )
        .await?;
        Ok(())
    }

    /// The tempting edit: saved on a draft, released, and ready to be rolled out.
    async fn prepare_next(&mut self, story: &Story) -> Result<()> {
        let next = &story.next;
        self.at(0.3);
        let commit = Commit {
            days_ago: 0.3,
            author: next.author.clone(),
            subject: next.subject.clone(),
            body: next.body.clone(),
            record: next.record.clone(),
            branch: Some(next.branch.clone()),
            merge: None,
            edits: Vec::new(),
        };
        let actor = self.someone(&next.author)?.actor.clone();
        drafts::create(&self.ctx, &actor, &next.branch, None).await?;
        let mut files = self.files["main"].clone();
        let changed = apply(&mut files, &next.edits)?;
        let contents = changed.into_iter().map(|path| {
            (
                path.clone(),
                files.get(&path).map(|text| text.clone().into_bytes()),
            )
        });
        let cmd = SaveVersion {
            draft: Some(next.branch.clone()),
            note: note(&commit),
            files: contents.collect(),
            ..SaveVersion::default()
        };
        save_version(&self.ctx, &actor, cmd).await?;
        self.at(0.2);
        let publisher = self.publisher("mara")?.clone();
        let from = Some(next.branch.as_str());
        releases::create(
            &self.ctx,
            &publisher,
            from,
            &format!("{}, for the test.", next.title),
        )
        .await?;
        Ok(())
    }
}

fn note(commit: &Commit) -> Note {
    Note {
        subject: commit.subject.clone(),
        body: commit.body.clone(),
        record: commit.record.clone(),
        trailers: Vec::new(),
    }
}

/// Everything in the order in which it happened. A rollout counts from its start.
fn order(story: &Story) -> Vec<Step> {
    let mut steps: Vec<(f64, Step)> = Vec::new();
    for (index, commit) in story.commits.iter().enumerate() {
        steps.push((commit.days_ago, Step::Commit(index)));
    }
    for (index, release) in story.releases.iter().enumerate() {
        steps.push((release.days_ago, Step::Release(index)));
    }
    for (index, rollout) in story.rollouts.iter().enumerate() {
        steps.push((rollout.days_ago_start, Step::Rollout(index)));
    }
    for week in 0..daily::WEEKS {
        steps.push((daily::ends_days_ago(week), Step::Week(week)));
    }
    steps.sort_by(|a, b| b.0.total_cmp(&a.0));
    steps.into_iter().map(|(_, step)| step).collect()
}
