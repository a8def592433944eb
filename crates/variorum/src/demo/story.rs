//! The story of the sample workspace, read from `demo/story.yaml`.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;
use serde::Deserialize;
use variorum_app::Error;
use variorum_domain::library::yaml_to_json;
use variorum_domain::record::ChangeRecord;

#[derive(RustEmbed)]
#[folder = "../../demo"]
struct Files;

/// Everything that happened.
#[derive(Debug, Deserialize)]
pub(super) struct Story {
    pub company: String,
    pub first_commit: Commit,
    pub people: Vec<Person>,
    pub commits: Vec<Commit>,
    pub releases: Vec<Release>,
    pub rollouts: Vec<Rollout>,
    pub next: Next,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Person {
    pub key: String,
    pub name: String,
    pub email: String,
    pub role: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Commit {
    pub days_ago: f64,
    pub author: String,
    pub subject: String,
    #[serde(default)]
    pub body: String,
    #[serde(default)]
    pub record: ChangeRecord,
    pub branch: Option<String>,
    pub merge: Option<Merge>,
    #[serde(default)]
    pub edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Merge {
    pub from: String,
}

/// What happens to one file; which fields are given says what.
#[derive(Debug, Deserialize)]
pub(super) struct Edit {
    pub path: String,
    pub find: Option<String>,
    pub replace: Option<String>,
    pub content: Option<String>,
    #[serde(default)]
    pub delete: bool,
    pub rename_to: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub number: i64,
    pub after_commit_subject: String,
    pub days_ago: f64,
    pub by: String,
    pub note: String,
    pub go_live: String,
}

/// Rates by KPI.
pub(super) type Rates = BTreeMap<String, f64>;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ArmRates {
    pub control: Rates,
    pub treatment: Rates,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct StoryGuard {
    pub kpi: String,
    pub harm: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Rollout {
    pub title: String,
    pub days_ago_start: f64,
    pub days_ago_end: f64,
    pub control_release: i64,
    pub treatment_release: i64,
    pub prompt: String,
    pub goal: String,
    pub hypothesis: String,
    pub guards: Vec<StoryGuard>,
    pub stages_bp: Vec<u32>,
    pub units: u32,
    pub rates: ArmRates,
    pub outcome: String,
    pub note: String,
    pub incident: Option<StoryIncident>,
}

/// What people did about the alarm of a guard.
#[derive(Debug, Deserialize)]
pub(super) struct StoryIncident {
    pub by: String,
    pub minutes_to_answer: i64,
    pub answer: String,
    pub hours_to_end: i64,
    pub end: String,
}

/// The edit the live demonstration rolls out.
#[derive(Debug, Deserialize)]
pub(super) struct Next {
    pub title: String,
    pub branch: String,
    pub author: String,
    pub subject: String,
    #[serde(default)]
    pub body: String,
    pub record: ChangeRecord,
    pub edits: Vec<Edit>,
    pub rollout: NextRollout,
    pub rates: ArmRates,
    pub guards: Vec<StoryGuard>,
    pub why_it_fails: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct NextRollout {
    pub prompt: String,
    pub goal: String,
    pub stages_bp: Vec<u32>,
    pub units: u64,
    /// The person who lets more people in, stage by stage.
    pub moved_on_by: String,
}

impl Story {
    /// Somebody of the story, by key.
    pub(super) fn person(&self, key: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.key == key)
    }
}

/// Reads the story.
pub(super) fn story() -> Result<Story, Error> {
    let broken = |error: String| Error::Internal(format!("the sample's story: {error}"));
    let file = Files::get("story.yaml").ok_or_else(|| broken("is missing".into()))?;
    let text = String::from_utf8_lossy(&file.data);
    let value = yaml_to_json(&text).map_err(broken)?;
    serde_json::from_value(value).map_err(|error| broken(error.to_string()))
}

/// The files of the library as they were at the first commit.
pub(super) fn library() -> BTreeMap<String, String> {
    Files::iter()
        .filter_map(|path| {
            let inside = path.strip_prefix("library/")?.to_owned();
            let file = Files::get(&path)?;
            Some((inside, String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}

/// Applies edits to files; returns which paths changed.
pub(super) fn apply(
    files: &mut BTreeMap<String, String>,
    edits: &[Edit],
) -> Result<Vec<String>, Error> {
    let mut changed = Vec::new();
    for edit in edits {
        let missing = || Error::Internal(format!("the sample's story: `{}` is missing", edit.path));
        if let (Some(find), Some(replace)) = (&edit.find, &edit.replace) {
            let text = files.get_mut(&edit.path).ok_or_else(missing)?;
            if text.matches(find.as_str()).count() != 1 {
                let what = format!(
                    "the sample's story: an edit of `{}` does not fit",
                    edit.path
                );
                return Err(Error::Internal(what));
            }
            *text = text.replacen(find.as_str(), replace, 1);
        } else if let Some(content) = &edit.content {
            files.insert(edit.path.clone(), content.clone());
        } else if let Some(target) = &edit.rename_to {
            let text = files.remove(&edit.path).ok_or_else(missing)?;
            files.insert(target.clone(), text);
            changed.push(target.clone());
        } else if edit.delete {
            files.remove(&edit.path).ok_or_else(missing)?;
        }
        changed.push(edit.path.clone());
    }
    changed.sort();
    changed.dedup();
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use variorum_app::library::save::{SaveVersion, save_version};
    use variorum_app::library::variations::matrix;
    use variorum_app::library::{read, workflows};
    use variorum_app::{Context, setup};
    use variorum_domain::access::Actor;
    use variorum_domain::record::Note;
    use variorum_ports::rows::LibraryFilter;
    use variorum_store_sql::{SqlStore, SqliteEventLog};
    use variorum_testkit::{FixedClock, SeededIds};

    use super::*;

    /// Saves files through the gate, which nothing that is told passes.
    async fn save(ctx: &Context, actor: &Actor, files: &BTreeMap<String, String>) {
        let contents = files.iter();
        let contents = contents.map(|(path, text)| (path.clone(), Some(text.clone().into_bytes())));
        let said = || "as the sample has it".to_owned();
        let cmd = SaveVersion {
            files: contents
                .filter(|(path, _)| path != "rules/change.yaml")
                .collect(),
            note: Note {
                subject: said(),
                ..Note::default()
            },
            ..SaveVersion::default()
        };
        save_version(ctx, actor, cmd).await.unwrap();
    }

    async fn all_fits(ctx: &Context, actor: &Actor) {
        let filter = LibraryFilter {
            with_errors: true,
            ..LibraryFilter::default()
        };
        let (wrong, _) = read::list(ctx, actor, &filter.into(), None, 50)
            .await
            .unwrap();
        let wrong: Vec<String> = wrong.into_iter().map(|row| row.problems).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        for (base, count) in [("web/landing/hero", 4), ("sms/cart/reminder", 3)] {
            let found = matrix(ctx, actor, base, None).await.unwrap();
            assert_eq!(found.rows.len(), count, "{base}");
            for row in found.rows {
                assert!(
                    !row.independent && row.diagnostics.is_empty(),
                    "{}",
                    row.path
                );
            }
        }
        let at = read::At::default();
        let flow = workflows::read(ctx, actor, "lead-to-sequence", &at)
            .await
            .unwrap();
        assert_eq!(flow.found.checked.diagnostics, []);
        assert!(flow.found.checked.feedings.len() > 20);
    }

    #[tokio::test]
    async fn workflow_and_variations_fit_before_and_after_the_story() {
        let ctx = Context::new(
            Arc::new(SqlStore::open_sqlite_memory().await.unwrap()),
            Arc::new(SqliteEventLog::open_memory().unwrap()),
            Arc::new(FixedClock::default()),
            Arc::new(SeededIds::default()),
        );
        let new = setup::NewWorkspace {
            name: "sample".into(),
            title: "Sample".into(),
            sample: false,
            administrator: "Ann Lee".into(),
            email: "ann@acme.example".into(),
        };
        let actor = setup::create_workspace(&ctx, &new).await.unwrap();
        let mut files = library();
        save(&ctx, &actor, &files).await;
        all_fits(&ctx, &actor).await;

        let story = story().unwrap();
        let next = &story.next.edits;
        for commit in &story.commits {
            apply(&mut files, &commit.edits).unwrap();
        }
        apply(&mut files, next).unwrap();
        save(&ctx, &actor, &files).await;
        all_fits(&ctx, &actor).await;
    }
}
