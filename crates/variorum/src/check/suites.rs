//! Running suites: on all cores, and where that is asked for, with models.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use variorum_domain::check::Files;
use variorum_domain::prompt::{Diagnostic, Severity};
use variorum_domain::suite::{Ask, CASE_FAILED, Case, Counts, Outcome, Place, Plan, Run};

use super::finding::Finding;
use super::models::{Models, Refused};

/// Why a case waits for a model.
const NEEDS_MODEL: &str = "needs a model; say `--models` to ask it";
/// Failing cases of one suite that are told; the rest is counted.
const CASES_TOLD_MAX: usize = 100;

/// What came out of all suites that were run.
#[derive(Debug, Default)]
pub(crate) struct Tested {
    /// By the paths of the suites.
    pub suites: Vec<SuiteResult>,
}

/// What came out of one suite.
#[derive(Debug)]
pub(crate) struct SuiteResult {
    pub path: String,
    pub title: String,
    pub cases: Vec<CaseResult>,
    /// The cases that failed, each where its first wrong assertion stands.
    pub findings: Vec<Diagnostic>,
}

/// What came out of one case.
#[derive(Debug)]
pub(crate) struct CaseResult {
    pub name: String,
    /// Where it stands: in the suite, or in a data set.
    pub place: Place,
    pub outcome: Outcome,
}

impl SuiteResult {
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for case in &self.cases {
            sum.add(case.outcome.counts());
        }
        sum
    }

    /// Why cases were not run, each reason with how many cases it kept.
    pub(crate) fn reasons(&self) -> Vec<(String, usize)> {
        let mut reasons: Vec<(String, usize)> = Vec::new();
        let kept = self
            .cases
            .iter()
            .filter(|case| case.outcome.counts().not_run > 0);
        for case in kept {
            let Some(first) = case.outcome.not_run.first() else {
                continue;
            };
            let why = first.whole();
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, count)) => *count += 1,
                None => reasons.push((why, 1)),
            }
        }
        reasons
    }
}

impl Tested {
    pub(crate) fn cases(&self) -> Counts {
        let mut sum = Counts::default();
        for suite in &self.suites {
            sum.add(suite.counts());
        }
        sum
    }

    pub(crate) fn assertions(&self) -> Counts {
        let mut sum = Counts::default();
        for case in self.suites.iter().flat_map(|suite| &suite.cases) {
            sum.add(case.outcome.assertions);
        }
        sum
    }

    /// What is to be told of cases that failed.
    pub(super) fn findings(&self, as_warnings: bool) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.suites.iter().flat_map(findings).collect();
        for one in found.iter_mut().filter(|_| as_warnings) {
            one.severity = Severity::Warning;
        }
        found
    }
}

/// Runs suites; all of them where none are named.
pub(crate) fn run(
    files: &Files,
    only: Option<&BTreeSet<String>>,
    models: Option<&Models>,
) -> Tested {
    let plans = variorum_domain::check::suite_plans(files);
    let is_wanted = |plan: &&Plan| only.is_none_or(|only| only.contains(&*plan.suite.path));
    let plans: Vec<&Plan> = plans.iter().filter(is_wanted).collect();
    let work: Vec<(usize, &Plan, &Case)> = plans
        .iter()
        .enumerate()
        .flat_map(|(at, plan)| plan.cases.iter().map(move |case| (at, *plan, case)))
        .collect();
    let mut results: Vec<SuiteResult> = plans
        .iter()
        .map(|plan| SuiteResult {
            path: plan.suite.path.to_string(),
            title: plan.suite.description.clone().unwrap_or_default(),
            cases: Vec::new(),
            findings: Vec::new(),
        })
        .collect();
    for ((at, plan, case), outcome) in work.iter().zip(outcomes(&work, models)) {
        results[*at].findings.extend(plan.finding(case, &outcome));
        results[*at].cases.push(CaseResult {
            name: plan.name(case),
            place: case.spec.place.clone(),
            outcome,
        });
    }
    Tested { suites: results }
}

/// What is left for a model once everything else was run.
enum Step {
    Done(Outcome),
    Ask(Box<Ask>),
}

fn outcomes(work: &[(usize, &Plan, &Case)], models: Option<&Models>) -> Vec<Outcome> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let steps = spread(work, cores, |(_, plan, case)| match plan.run(case) {
        Run::Done(outcome) => Step::Done(outcome),
        Run::Ask(_) if models.is_none() => Step::Done(plan.not_run(case, NEEDS_MODEL)),
        Run::Ask(ask) => Step::Ask(Box::new(ask)),
    });
    let Some(models) = models else {
        let done = steps.into_iter().filter_map(|step| match step {
            Step::Done(outcome) => Some(outcome),
            Step::Ask(_) => None,
        });
        return done.collect();
    };
    let places: Vec<usize> = (0..work.len()).collect();
    let asked: Vec<usize> = places
        .into_iter()
        .filter(|at| matches!(steps[*at], Step::Ask(_)))
        .collect();
    let answered = spread(&asked, models.at_once(), |at| {
        let (_, plan, case) = work[*at];
        match &steps[*at] {
            Step::Ask(ask) => match models.ask(ask) {
                Ok(answer) => plan.judge(case, &answer),
                Err(Refused::NotRun(why)) => plan.not_run(case, &why),
                Err(Refused::Failed(why)) => plan.failed(case, &why),
            },
            Step::Done(outcome) => outcome.clone(),
        }
    });
    let mut answered = answered.into_iter();
    steps
        .into_iter()
        .filter_map(|step| match step {
            Step::Done(outcome) => Some(outcome),
            Step::Ask(_) => answered.next(),
        })
        .collect()
}

/// Does the same with each item, so many at once, and keeps their order.
fn spread<T: Sync, R: Send>(items: &[T], at_once: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return own;
            };
            own.push((at, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.clamp(1, items.len().max(1)))
            .map(|_| scope.spawn(worker))
            .collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(results) => results,
            Err(panicked) => std::panic::resume_unwind(panicked),
        });
        joined.flatten().collect()
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn findings(suite: &SuiteResult) -> Vec<Finding> {
    let mut found: Vec<Finding> = suite
        .findings
        .iter()
        .take(CASES_TOLD_MAX)
        .cloned()
        .map(Finding::from)
        .collect();
    let more = suite.findings.len().saturating_sub(CASES_TOLD_MAX);
    if more > 0 {
        let message = format!("{more} more cases of this suite failed");
        found.push(Finding::error(CASE_FAILED, message).at(&suite.path, 1, 1));
    }
    found
}
