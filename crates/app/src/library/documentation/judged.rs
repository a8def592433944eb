//! One prompt's documentation as people are shown it: what it says, what is missing, what is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use variorum_domain::documentation::{
    Around, Documentation, Enforce, Item, Judgement, Shortfall, Standard, judge, shortfall,
};
use variorum_domain::library::{FileKind, Library, MAIN};
use variorum_domain::prompt::Diagnostic;

use super::super::tree_view::{TreeView, Understood};
use super::super::{head, settings};
use super::scoring::around;
use super::{of, standard, tested_by};
use crate::Result;
use crate::work::Work;

/// What the rule for a path asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The rule's title.
    pub rule: String,
    /// What happens where something is missing.
    pub enforce: Enforce,
    /// The items that must be whole.
    pub require: Vec<Item>,
    /// The lowest score.
    pub minimum: u8,
}

/// A prompt held against the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What it says.
    pub said: Documentation,
    /// What others say about it.
    pub around: Around,
    /// How it stands.
    pub judgement: Judgement,
    /// What is asked at its path, where a rule covers it.
    pub asked: Option<Asked>,
    /// What is missing of what is asked, as it is told when a version is saved.
    pub remarks: Vec<Diagnostic>,
}

/// What prompts are judged by on `main`.
pub(crate) struct Judge {
    /// The settings.
    pub(crate) library: Arc<Library>,
    /// The standard.
    pub(crate) standard: Standard,
    /// What is wrong with its file, where it cannot be read.
    pub(crate) problem: Option<String>,
}

impl Judge {
    /// That of `main`.
    pub(crate) async fn of_main(work: &mut Work) -> Result<Self> {
        let tree = head(work, MAIN).await?.map(|(_, data)| data.tree);
        let library = match tree {
            Some(tree) => settings(work, tree).await?.0,
            None => Arc::default(),
        };
        let (standard, problem) = match standard(work, tree).await? {
            Ok(standard) => (standard, None),
            Err(found) => {
                let first = found.first();
                let told = first.map(|one| format!("line {}: {}", one.line, one.message));
                (Standard::default(), told)
            }
        };
        Ok(Self {
            library,
            standard,
            problem,
        })
    }

    /// Judges what a prompt says.
    pub(crate) fn judged(
        &self,
        path: &str,
        said: Documentation,
        suites: &BTreeMap<String, Vec<String>>,
    ) -> Judged {
        let around = around(&self.library, path, suites);
        let judgement = judge(&self.standard.weights, &said, &around);
        let asked = self.standard.rule(path).map(|rule| Asked {
            rule: rule.title.clone(),
            enforce: rule.enforce,
            require: rule.require.clone(),
            minimum: rule.minimum,
        });
        let same = (&said, &around);
        let short = shortfall(&self.standard, path, Some(same), same);
        let remarks = short.iter().flat_map(Shortfall::remarks).collect();
        Judged {
            said,
            around,
            judgement,
            asked,
            remarks,
        }
    }
}

/// How a prompt of any branch keeps the standard of `main`; nothing for what is not judged.
pub(crate) async fn judged(
    work: &mut Work,
    path: &str,
    understood: &Understood,
    view: &TreeView,
) -> Result<Option<Judged>> {
    if FileKind::of(path) != FileKind::Prompt {
        return Ok(None);
    }
    let judge = Judge::of_main(work).await?;
    let suites = tested_by(work, &[path]).await?;
    let said = of(understood, &view.partials);
    Ok(Some(judge.judged(path, said, &suites)))
}
