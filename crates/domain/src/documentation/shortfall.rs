//! What a change lacks of what the standard asks for at its paths.

use super::judge::{Around, Judgement, Lack, judge};
use super::{Documentation, DocumentationRule, Enforce, Standard};
use crate::change::Blocker;
use crate::prompt::Diagnostic;

/// What a changed prompt lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// The file.
    pub path: String,
    /// The title of the rule that asks.
    pub rule: String,
    /// What happens: [`Enforce::Refuse`] only where the change itself brings it.
    pub enforce: Enforce,
    /// What is missing of the items that must be whole.
    pub lacks: Vec<Lack>,
    /// The score.
    pub score: u8,
    /// The lowest score, where it is not reached.
    pub minimum: Option<u8>,
}

/// What a prompt lacks after a change, given what it said before where it was there.
///
/// What was missing before and did not become worse is told, and refused only where the rule holds
/// what exists to the standard, too.
pub fn shortfall(
    standard: &Standard,
    path: &str,
    before: Option<(&Documentation, &Around)>,
    (said, around): (&Documentation, &Around),
) -> Option<Shortfall> {
    let rule = standard.binding(path)?;
    let now = judge(&standard.weights, said, around);
    let before = before.map(|(said, around)| judge(&standard.weights, said, around));
    let asked = now
        .items
        .iter()
        .filter(|standing| rule.require.contains(&standing.item) && !standing.is_whole());
    let lacks: Vec<Lack> = asked.flat_map(|standing| standing.lacks.clone()).collect();
    let minimum = (now.score < rule.minimum).then_some(rule.minimum);
    if lacks.is_empty() && minimum.is_none() {
        return None;
    }
    let spared =
        !rule.holds_existing && before.is_some_and(|before| !brings_it(rule, &before, &now));
    Some(Shortfall {
        path: path.to_owned(),
        rule: rule.title.clone(),
        enforce: if spared { Enforce::Warn } else { rule.enforce },
        lacks,
        score: now.score,
        minimum,
    })
}

/// Whether what is asked for is missing because of the change.
fn brings_it(rule: &DocumentationRule, before: &Judgement, now: &Judgement) -> bool {
    let items = now.items.iter().zip(&before.items);
    let worse = items
        .filter(|(now, _)| rule.require.contains(&now.item))
        .any(|(now, before)| now.is_worse_than(before));
    worse || (now.score < rule.minimum && now.score < before.score)
}

impl Shortfall {
    /// What stands in the way, where it does.
    pub fn blockers(&self) -> Vec<Blocker> {
        if self.enforce != Enforce::Refuse {
            return Vec::new();
        }
        let about = self.told().into_iter();
        about
            .map(|(message, next, line)| Blocker {
                line,
                ..Blocker::new("documentation", message, next).at(&self.path)
            })
            .collect()
    }

    /// What is only told.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        match self.enforce {
            Enforce::Refuse => Vec::new(),
            _ => self.remarks(),
        }
    }

    /// All of it as warnings, for branches on which nothing is refused.
    pub fn remarks(&self) -> Vec<Diagnostic> {
        let places = self.lacks.iter().map(|lack| lack.at).chain([None]);
        let about = self.told().into_iter().zip(places);
        about
            .map(|((message, next, _), at)| {
                let message = format!("{message}; {next}");
                Diagnostic::warning("documentation", at.unwrap_or((1, 1)), message)
                    .at_path(&self.path)
            })
            .collect()
    }

    /// What is missing, what to do, and the line: the lacks, then the score.
    fn told(&self) -> Vec<(String, String, Option<usize>)> {
        let rule = &self.rule;
        let lacks = self.lacks.iter().map(|lack| {
            let item = lack.item.name();
            let message = format!("{}; “{rule}” asks for `{item}`", lack.message);
            (message, lack.next.clone(), lack.at.map(|(line, _)| line))
        });
        let score = self.minimum.map(|minimum| {
            let score = self.score;
            let message =
                format!("its documentation scores {score} of 100; “{rule}” asks for {minimum}");
            let next = "state what is missing in its front matter".to_owned();
            (message, next, None)
        });
        lacks.chain(score).collect()
    }
}
