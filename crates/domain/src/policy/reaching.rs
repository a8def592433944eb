//! Rules about what a change reaches, beside those about the paths it touches.

use std::collections::{BTreeMap, BTreeSet};

use super::{Approvals, Duties, Globs, Policy, Touched};
use crate::change::Blocker;
use crate::impact::Thing;

/// A rule about what a change reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpactRule {
    /// Its id.
    pub id: String,
    /// The title shown.
    pub title: String,
    /// What counts.
    pub reaches: Vec<Thing>,
    /// Only what has one of these names; anything where none is given.
    pub names: Option<Globs>,
    /// It applies where more than this many are reached.
    pub more_than: usize,
    /// Whether such a change is refused.
    pub refuse: bool,
    /// Who must approve it otherwise.
    pub approvals: Vec<Approvals>,
}

/// How much of each kind a change reaches, itself included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reaching {
    /// How many of each kind.
    pub counts: BTreeMap<Thing, usize>,
    /// The names of those kinds of which a rule names some: paths of files, `de` of a region.
    pub names: BTreeMap<Thing, Vec<String>>,
}

impl Reaching {
    fn count(&self, rule: &ImpactRule, thing: Thing) -> usize {
        match &rule.names {
            None => self.counts.get(&thing).copied().unwrap_or(0),
            Some(globs) => {
                let names = self.names.get(&thing).into_iter().flatten();
                names.filter(|name| globs.matches(name)).count()
            }
        }
    }

    /// What a rule counts, in words, where it applies: `12 prompts, 1 rollout`.
    fn applies(&self, rule: &ImpactRule) -> Option<String> {
        let counted = rule
            .reaches
            .iter()
            .map(|thing| (*thing, self.count(rule, *thing)));
        let counted: Vec<(Thing, usize)> = counted.filter(|(_, count)| *count > 0).collect();
        let total: usize = counted.iter().map(|(_, count)| count).sum();
        (total > rule.more_than).then(|| {
            let words = counted.into_iter().map(|(thing, count)| match count {
                1 => format!("1 {}", thing.name()),
                many => format!("{many} {}", thing.plural()),
            });
            words.collect::<Vec<_>>().join(", ")
        })
    }
}

impl Policy {
    /// The kinds of which a rule wants to know the names.
    pub fn named_kinds(&self) -> BTreeSet<Thing> {
        let rules = self.impact.iter().filter(|rule| rule.names.is_some());
        rules
            .flat_map(|rule| rule.reaches.iter().copied())
            .collect()
    }

    /// What these paths and what they reach ask for.
    pub fn duties_reaching(&self, touched: &[Touched], reaching: &Reaching) -> Duties {
        let mut duties = self.duties(touched);
        let paths: Vec<&str> = touched.iter().map(|one| one.path.as_str()).collect();
        for rule in &self.impact {
            let Some(what) = reaching.applies(rule) else {
                continue;
            };
            for approvals in &rule.approvals {
                let title = format!("{}: it reaches {what}", rule.title);
                duties.need_approvals(approvals, &title, &paths);
            }
        }
        duties
    }

    /// What is refused because of what it reaches.
    pub fn refused_reach(&self, reaching: &Reaching) -> Vec<Blocker> {
        let refusing = self.impact.iter().filter(|rule| rule.refuse);
        let refused = refusing.filter_map(|rule| {
            let what = reaching.applies(rule)?;
            let next = "wait until what it reaches has ended, or change less at once";
            let message = format!("“{}” stops it: it reaches {what}", rule.title);
            Some(Blocker::new("reach-refused", message, next))
        });
        refused.collect()
    }
}
