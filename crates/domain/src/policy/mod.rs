//! What a change must bring along: `rules/change.yaml`, and what it asks of a set of paths.
//!
//! All rules that match apply together, so no later line can take back an earlier duty. Pure: knows
//! paths, notes and people, nothing of branches.

mod glob;
mod note;
mod reaching;
mod read;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::access::{Actor, Role, role_at};
use crate::record::ChangeRecord;

pub use glob::{Globs, PATTERN_CHARS_MAX};
pub use note::{Facts, Way, breaches};
pub use reaching::{ImpactRule, Reaching};
pub(crate) use reader::{Reader, read_rules};

/// The file of the rules.
pub const POLICY_FILE: &str = "rules/change.yaml";

/// How `main` is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MainGuard {
    /// Who may publish may save on it.
    #[default]
    Open,
    /// It takes reviewed changes only.
    Reviewed,
}

/// How a change is brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MergeStyle {
    /// As a commit with two parents.
    #[default]
    Merge,
    /// As one commit on `main`.
    Squash,
}

impl MergeStyle {
    /// The name on the wire and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
        }
    }
}

/// Where a broken contract is refused: a variable renamed that a workflow feeds, an answer's field
/// dropped that a later step reads, a slot removed that a variation fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContractGuard {
    /// Nowhere; it is told.
    Warn,
    /// At every door of the library, but not in an emergency.
    #[default]
    Block,
}

impl ContractGuard {
    /// Whether what comes by this way may break no contract.
    pub fn binds(self, way: Way) -> bool {
        self == Self::Block && way != Way::Emergency
    }
}

/// Where a case of a suite that used to pass, and fails, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TestGuard {
    /// Nowhere; it is told.
    Warn,
    /// At every door of the library, but not in an emergency.
    #[default]
    Block,
}

impl TestGuard {
    /// Whether what comes by this way may fail no case.
    pub fn binds(self, way: Way) -> bool {
        self == Self::Block && way != Way::Emergency
    }
}

/// A field of the change record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The problem that was seen.
    Problem,
    /// The measured state before.
    Baseline,
    /// The KPI and the move expected of it.
    Hypothesis,
    /// The campaign.
    Campaign,
    /// How it will be validated.
    Validation,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Problem,
        Self::Baseline,
        Self::Hypothesis,
        Self::Campaign,
        Self::Validation,
    ];

    /// The name on the wire and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Baseline => "baseline",
            Self::Hypothesis => "hypothesis",
            Self::Campaign => "campaign",
            Self::Validation => "validation",
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// What a record says there.
    pub fn of(self, record: &ChangeRecord) -> &str {
        match self {
            Self::Problem => &record.problem,
            Self::Baseline => &record.baseline,
            Self::Hypothesis => &record.hypothesis,
            Self::Campaign => &record.campaign,
            Self::Validation => &record.validation,
        }
    }
}

/// Approvals a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// A group of the file, or a role.
    pub group: String,
    /// How many people.
    pub count: usize,
    /// What their approval must mean, e.g. `approval` or `compliance`.
    pub meaning: String,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// Where it applies.
    pub paths: Globs,
    /// The fields a record must fill.
    pub require: Vec<Field>,
    /// Whether it leaves alone what changes only the wording.
    pub exempt_wording_only: bool,
    /// Who must approve.
    pub approvals: Vec<Approvals>,
}

/// The rules of a library.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the file by its own name"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How `main` is guarded.
    pub main: MainGuard,
    /// How changes are brought in.
    pub merge: MergeStyle,
    /// Subjects that say nothing, as [`plain`] makes them.
    pub refused_subjects: Vec<String>,
    /// Whether an approval ends when the draft moves.
    pub dismiss_stale: bool,
    /// Whether every commit must be signed.
    pub signed_commits: bool,
    /// Whether open threads block.
    pub threads_block: bool,
    /// Where a broken contract is refused.
    pub contracts: ContractGuard,
    /// Where a failing case is refused.
    pub tests: TestGuard,
    /// Whether a draft must have all that `main` has.
    pub up_to_date: bool,
    /// Groups: the addresses of their people, in lower case.
    pub groups: BTreeMap<String, Vec<String>>,
    /// The rules about paths.
    pub rules: Vec<Rule>,
    /// The rules about what is reached.
    pub impact: Vec<ImpactRule>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            main: MainGuard::Open,
            merge: MergeStyle::Merge,
            refused_subjects: Vec::new(),
            dismiss_stale: true,
            signed_commits: false,
            threads_block: false,
            contracts: ContractGuard::default(),
            tests: TestGuard::default(),
            up_to_date: false,
            groups: BTreeMap::new(),
            rules: Vec::new(),
            impact: Vec::new(),
        }
    }
}

/// A path that a change touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// The path.
    pub path: String,
    /// Whether only the text below the front matter changed.
    pub wording_only: bool,
}

/// A field that must be filled, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededField {
    /// Which field.
    pub field: Field,
    /// The titles of the rules that ask for it.
    pub rules: Vec<String>,
    /// A path it is asked for.
    pub path: String,
}

/// Approvals that are needed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededApprovals {
    /// A group of the file, or a role.
    pub group: String,
    /// How many people.
    pub count: usize,
    /// What their approval must mean.
    pub meaning: String,
    /// The titles of the rules that ask for it.
    pub rules: Vec<String>,
    /// The paths they are asked for.
    pub paths: Vec<String>,
}

/// What a set of paths asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Duties {
    /// Fields of the record.
    pub fields: Vec<NeededField>,
    /// Approvals.
    pub approvals: Vec<NeededApprovals>,
}

impl Policy {
    /// What these paths ask for: the union of all rules that match.
    pub fn duties(&self, touched: &[Touched]) -> Duties {
        let mut duties = Duties::default();
        for rule in &self.rules {
            let paths: Vec<&str> = touched
                .iter()
                .filter(|one| !(rule.exempt_wording_only && one.wording_only))
                .map(|one| one.path.as_str())
                .filter(|path| rule.paths.matches(path))
                .collect();
            if let Some(first) = paths.first() {
                for field in &rule.require {
                    duties.need_field(*field, &rule.title, first);
                }
                for approvals in &rule.approvals {
                    duties.need_approvals(approvals, &rule.title, &paths);
                }
            }
        }
        duties.fields.sort_by_key(|needed| needed.field);
        duties
    }

    /// Whether a person is in a group or holds a role on all of these paths.
    pub fn is_in(&self, person: &Actor, group: &str, paths: &[String]) -> bool {
        if let Some(addresses) = self.groups.get(group) {
            return addresses.contains(&person.email.to_lowercase());
        }
        let role = Role::from_name(group);
        role.is_some_and(|role| {
            paths
                .iter()
                .all(|path| role_at(person, path).is_some_and(|held| held >= role))
        })
    }

    /// Whether a subject says nothing.
    pub fn refuses_subject(&self, subject: &str) -> bool {
        self.refused_subjects.contains(&plain(subject))
    }
}

impl Duties {
    fn need_field(&mut self, field: Field, rule: &str, path: &str) {
        match self.fields.iter_mut().find(|known| known.field == field) {
            Some(known) => known.rules.push(rule.to_owned()),
            None => self.fields.push(NeededField {
                field,
                rules: vec![rule.to_owned()],
                path: path.to_owned(),
            }),
        }
    }

    fn need_approvals(&mut self, new: &Approvals, rule: &str, paths: &[&str]) {
        let same =
            |known: &NeededApprovals| known.group == new.group && known.meaning == new.meaning;
        let place = self.approvals.iter().position(same).unwrap_or_else(|| {
            self.approvals.push(NeededApprovals {
                group: new.group.clone(),
                count: 0,
                meaning: new.meaning.clone(),
                rules: Vec::new(),
                paths: Vec::new(),
            });
            self.approvals.len() - 1
        });
        let known = &mut self.approvals[place];
        known.count = known.count.max(new.count);
        known.rules.push(rule.to_owned());
        for path in paths {
            if !known.paths.iter().any(|there| there == path) {
                known.paths.push((*path).to_owned());
            }
        }
    }
}

/// A subject as it is compared: lower case, single blanks, no stops at its end.
pub fn plain(subject: &str) -> String {
    let words: Vec<String> = subject.split_whitespace().map(str::to_lowercase).collect();
    words
        .join(" ")
        .trim_end_matches(|letter: char| !letter.is_alphanumeric())
        .trim_start_matches(|letter: char| !letter.is_alphanumeric())
        .to_owned()
}

/// Whether two states of a prompt or partial differ in nothing but the text below the front matter.
pub fn is_wording_only(path: &str, before: Option<&str>, after: Option<&str>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    if !path.ends_with(".prompt") {
        return false;
    }
    let before = crate::prompt::parse(before);
    let after = crate::prompt::parse(after);
    let head =
        |file: &crate::prompt::PromptFile| file.source().get(..file.body_offset).map(str::to_owned);
    before.has_front_matter == after.has_front_matter && head(&before) == head(&after)
}
