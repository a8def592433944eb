//! In which order steps run: which certainly ran before which, and which values are certainly there.
//!
//! A step runs when every path that leads to it in this run has arrived. So a fact holds at a step
//! if it holds on all its ways in, and those of a way that certainly comes hold in any case. The
//! answer errs on the careful side: what it calls certain is certain.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::reference::Source;
use super::{Placed, Reference, Step, StepKind, Workflow};

/// Something that is certain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// The step at this position was passed.
    Passed(usize),
    /// The value is there.
    Present(Source, Vec<String>),
}

impl Fact {
    pub(super) fn present(reference: &Reference) -> Self {
        Self::Present(reference.source.clone(), reference.fields.clone())
    }
}

/// One way from a step to another.
#[derive(Debug, Clone)]
struct Way {
    from: usize,
    /// What is certain on it, beside what is certain at its start.
    facts: BTreeSet<Fact>,
}

/// The order of the steps.
#[derive(Debug)]
pub(super) struct Flow {
    /// What is certain before each step; empty for one that is never reached.
    pub(super) certain: Vec<BTreeSet<Fact>>,
    /// The steps that may have run before each.
    pub(super) before: Vec<BTreeSet<usize>>,
    /// Whether anything leads to the step.
    pub(super) reached: Vec<bool>,
    /// Steps that lead back to themselves: the ids on the way.
    pub(super) cycle: Option<Vec<usize>>,
}

/// Positions of steps by id.
pub(super) fn positions(workflow: &Workflow) -> HashMap<&str, usize> {
    let steps = workflow.steps.iter().enumerate();
    steps
        .map(|(at, step)| (step.id.value.as_str(), at))
        .collect()
}

/// All targets a step names.
pub(super) fn targets(step: &Step) -> Vec<&Placed<String>> {
    match &step.kind {
        StepKind::Run(run) => run.next.iter().collect(),
        StepKind::Decide(branches) => branches.iter().flat_map(|branch| &branch.go).collect(),
    }
}

impl Flow {
    pub(super) fn of(workflow: &Workflow) -> Self {
        let known = positions(workflow);
        let follows: Vec<Vec<usize>> = workflow
            .steps
            .iter()
            .map(|step| {
                let found = targets(step).into_iter();
                found
                    .filter_map(|target| known.get(target.value.as_str()).copied())
                    .collect()
            })
            .collect();
        let count = workflow.steps.len();
        let (order, cycle) = sorted(&follows);
        let mut flow = Self {
            certain: vec![BTreeSet::new(); count],
            before: vec![BTreeSet::new(); count],
            reached: vec![false; count],
            cycle,
        };
        for at in &order {
            flow.reached[*at] = true;
        }
        if flow.cycle.is_none() {
            flow.fill(workflow, &known, &order);
        }
        flow
    }

    fn fill(&mut self, workflow: &Workflow, known: &HashMap<&str, usize>, order: &[usize]) {
        let always = always(workflow, known, order);
        let mut ways: BTreeMap<usize, Vec<Way>> = BTreeMap::new();
        for at in order {
            let incoming = ways.remove(at).unwrap_or_default();
            self.certain[*at] = self.at_step(workflow, known, &incoming, &always);
            for way in &incoming {
                let earlier = self.before[way.from].clone();
                self.before[*at].extend(earlier);
                self.before[*at].insert(way.from);
            }
            for (target, facts) in outgoing(&workflow.steps[*at]) {
                if let Some(to) = known.get(target) {
                    ways.entry(*to).or_default().push(Way { from: *at, facts });
                }
            }
        }
    }

    /// What is certain at the end of a way.
    fn on_way(&self, way: &Way) -> BTreeSet<Fact> {
        let mut facts = self.certain[way.from].clone();
        facts.extend(way.facts.iter().cloned());
        facts.insert(Fact::Passed(way.from));
        facts
    }

    fn at_step(
        &self,
        workflow: &Workflow,
        known: &HashMap<&str, usize>,
        incoming: &[Way],
        always: &[BTreeSet<usize>],
    ) -> BTreeSet<Fact> {
        let mut ways = incoming.iter().map(|way| self.on_way(way));
        let Some(first) = ways.next() else {
            return BTreeSet::new();
        };
        let mut facts = ways.fold(first, |common, way| &common & &way);
        loop {
            let active: BTreeSet<usize> = facts
                .iter()
                .filter_map(|fact| match fact {
                    Fact::Passed(at) => Some(always[*at].iter().copied()),
                    Fact::Present(..) => None,
                })
                .flatten()
                .collect();
            let before = facts.len();
            for way in incoming {
                let comes =
                    active.contains(&way.from) && leads_on_alone(&workflow.steps[way.from], known);
                if comes {
                    facts.extend(self.certain[way.from].iter().cloned());
                    facts.insert(Fact::Passed(way.from));
                }
            }
            if facts.len() == before {
                return facts;
            }
        }
    }
}

/// Whether every way out of a step is taken.
fn leads_on_alone(step: &Step, known: &HashMap<&str, usize>) -> bool {
    match &step.kind {
        StepKind::Run(_) => true,
        StepKind::Decide(branches) => {
            let first = |branch: &super::Branch| match branch.go.as_slice() {
                [only] => known.get(only.value.as_str()).copied(),
                _ => None,
            };
            let mut targets = branches.iter().map(first);
            let one = targets.next().flatten();
            one.is_some() && targets.all(|other| other == one)
        }
    }
}

/// For each step, those that are certainly passed when it is.
fn always(
    workflow: &Workflow,
    known: &HashMap<&str, usize>,
    order: &[usize],
) -> Vec<BTreeSet<usize>> {
    let mut always = vec![BTreeSet::new(); workflow.steps.len()];
    let of = |always: &[BTreeSet<usize>], go: &[Placed<String>]| -> BTreeSet<usize> {
        let found = go
            .iter()
            .filter_map(|target| known.get(target.value.as_str()));
        found.flat_map(|at| always[*at].iter().copied()).collect()
    };
    for at in order.iter().rev() {
        let mut passed = match &workflow.steps[*at].kind {
            StepKind::Run(run) => of(&always, &run.next),
            StepKind::Decide(branches) => {
                let mut each = branches.iter().map(|branch| of(&always, &branch.go));
                let first = each.next().unwrap_or_default();
                each.fold(first, |common, branch| &common & &branch)
            }
        };
        if may_stop(&workflow.steps[*at]) {
            passed.clear();
        } else {
            passed.insert(*at);
        }
        always[*at] = passed;
    }
    always
}

/// Whether a path may end at the step before it is passed.
fn may_stop(step: &Step) -> bool {
    matches!(&step.kind, StepKind::Run(run) if run.stop_when_kpi.is_some())
}

/// The ways out of a step, and what is certain on each.
fn outgoing(step: &Step) -> Vec<(&str, BTreeSet<Fact>)> {
    let mut ways = Vec::new();
    match &step.kind {
        StepKind::Run(run) => {
            for target in &run.next {
                ways.push((target.value.as_str(), BTreeSet::new()));
            }
        }
        StepKind::Decide(branches) => {
            let mut refused: BTreeSet<Fact> = BTreeSet::new();
            for branch in branches {
                let mut facts = refused.clone();
                if let Some(when) = &branch.when {
                    facts.extend(when.present(true).into_iter().map(Fact::present));
                    refused.extend(when.present(false).into_iter().map(Fact::present));
                }
                for target in &branch.go {
                    ways.push((target.value.as_str(), facts.clone()));
                }
            }
        }
    }
    ways
}

/// The steps reached from the first, each after all that lead to it; and one circle, if there is
/// any.
fn sorted(follows: &[Vec<usize>]) -> (Vec<usize>, Option<Vec<usize>>) {
    let mut state = vec![0_u8; follows.len()];
    let mut order = Vec::new();
    let mut cycle = None;
    let mut way: Vec<(usize, usize)> = Vec::new();
    if !follows.is_empty() {
        way.push((0, 0));
        state[0] = 1;
    }
    while let Some((at, next)) = way.last_mut() {
        let (from, index) = (*at, *next);
        *next += 1;
        let Some(to) = follows[from].get(index).copied() else {
            state[from] = 2;
            order.push(from);
            way.pop();
            continue;
        };
        match state[to] {
            0 => {
                state[to] = 1;
                way.push((to, 0));
            }
            1 if cycle.is_none() => {
                let start = way.iter().position(|(on_way, _)| *on_way == to);
                let circle = way[start.unwrap_or(0)..].iter().map(|(step, _)| *step);
                cycle = Some(circle.collect());
            }
            _ => {}
        }
    }
    order.reverse();
    (order, cycle)
}
