//! Paths to look at: the most travelled ones, and the steps as a flow of bounded size.

use std::collections::{BTreeMap, HashMap};

use super::journeys::{Journeys, PathSums};

/// A path as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct PathShown {
    /// The names, in order; more than the steps shown are cut.
    pub names: Vec<String>,
    /// How many touches it has.
    pub touches: usize,
    /// What became of its journeys.
    pub sums: PathSums,
    /// Its share of all journeys.
    pub share: f64,
    /// The share of its journeys that converted.
    pub rate: f64,
    /// Days from the first touch to the conversion, on average.
    pub days: Option<f64>,
}

/// A place where journeys are after so many touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which touch, counted from 0.
    pub step: usize,
    /// The name; `others` for those beyond the limit, `converted` and `left` for the end.
    pub name: String,
    /// Journeys that come by.
    pub journeys: u64,
    /// Those of them that convert in the end.
    pub conversions: u64,
}

/// Journeys from one place to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The place of the step they come from.
    pub from: usize,
    /// The place of the step they go to.
    pub to: usize,
    /// How many.
    pub journeys: u64,
}

/// What a person looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Explored {
    /// The most travelled paths.
    pub paths: Vec<PathShown>,
    /// How many paths there are.
    pub distinct: usize,
    /// The places of the flow.
    pub steps: Vec<Step>,
    /// What flows between them.
    pub links: Vec<Link>,
    /// Journeys by their number of touches, 1 first; the last counts all longer ones.
    pub lengths: Vec<u64>,
}

/// The name of the end of a journey that converted.
pub const CONVERTED: &str = "converted";
/// The name of the end of a journey that did not.
pub const LEFT: &str = "left";
/// The name of journeys that go on beyond the steps shown.
pub const ON: &str = "further touches";
/// The name for all names beyond the limit.
pub const OTHERS: &str = "others";
/// Lengths told apart.
const LENGTHS: usize = 10;
/// Names of a path that are shown.
const NAMES_SHOWN_MAX: usize = 12;

/// Paths and flow of what was taken in: so many paths, steps, and names at each step.
pub fn explore(journeys: &Journeys, paths: usize, steps: usize, names: usize) -> Explored {
    let all = journeys.paths();
    let total: u64 = all
        .iter()
        .map(|(_, sums)| sums.conversions + sums.nulls)
        .sum();
    let name = |place: u16| journeys.names()[usize::from(place)].clone();
    let shown = all.iter().take(paths).map(|(path, sums)| {
        let journeys = sums.conversions + sums.nulls;
        PathShown {
            names: path
                .iter()
                .take(NAMES_SHOWN_MAX)
                .map(|place| name(*place))
                .collect(),
            touches: path.len(),
            sums: *sums,
            share: part(journeys, total),
            rate: part(sums.conversions, journeys),
            days: (sums.conversions > 0 && sums.days > 0.0)
                .then(|| sums.days / of_u64(sums.conversions)),
        }
    });
    let mut lengths = vec![0; LENGTHS];
    for (path, sums) in &all {
        lengths[path.len().clamp(1, LENGTHS) - 1] += sums.conversions + sums.nulls;
    }
    let (steps, links) = flow(journeys, &all, steps, names);
    Explored {
        paths: shown.collect(),
        distinct: all.len(),
        steps,
        links,
        lengths,
    }
}

type Place = (usize, String);

/// The flow: each journey goes through its first steps and then to its end.
fn flow(
    journeys: &Journeys,
    all: &[(&[u16], PathSums)],
    steps: usize,
    names: usize,
) -> (Vec<Step>, Vec<Link>) {
    let kept = kept(all, steps, names);
    let mut places: BTreeMap<Place, (u64, u64)> = BTreeMap::new();
    let mut links: BTreeMap<(Place, Place), u64> = BTreeMap::new();
    for (path, sums) in all {
        let way: Vec<Place> = path
            .iter()
            .take(steps)
            .enumerate()
            .map(|(step, place)| {
                let known = kept[step].contains(place);
                let name = if known {
                    journeys.names()[usize::from(*place)].clone()
                } else {
                    OTHERS.to_owned()
                };
                (step, name)
            })
            .collect();
        let ends = [(CONVERTED, sums.conversions), (LEFT, sums.nulls)];
        for (end, count) in ends.into_iter().filter(|(_, count)| *count > 0) {
            let mut whole = way.clone();
            if path.len() > steps {
                whole.push((steps, ON.to_owned()));
            }
            whole.push((steps + 1, end.to_owned()));
            for place in &whole {
                let slot = places.entry(place.clone()).or_default();
                slot.0 += count;
                slot.1 += if end == CONVERTED { count } else { 0 };
            }
            for pair in whole.windows(2) {
                *links.entry((pair[0].clone(), pair[1].clone())).or_default() += count;
            }
        }
    }
    let order: HashMap<Place, usize> = places
        .keys()
        .enumerate()
        .map(|(at, place)| (place.clone(), at))
        .collect();
    let steps = places
        .into_iter()
        .map(|((step, name), (journeys, conversions))| Step {
            step,
            name,
            journeys,
            conversions,
        });
    let links = links.into_iter().map(|((from, to), journeys)| Link {
        from: order[&from],
        to: order[&to],
        journeys,
    });
    (steps.collect(), links.collect())
}

/// The names that most journeys meet at each step.
fn kept(all: &[(&[u16], PathSums)], steps: usize, names: usize) -> Vec<Vec<u16>> {
    let mut counts: Vec<BTreeMap<u16, u64>> = vec![BTreeMap::new(); steps];
    for (path, sums) in all {
        for (count, place) in counts.iter_mut().zip(path.iter()) {
            *count.entry(*place).or_default() += sums.conversions + sums.nulls;
        }
    }
    let most = counts.into_iter().map(|counts| {
        let mut counts: Vec<(u16, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(place, count)| (std::cmp::Reverse(*count), *place));
        counts
            .into_iter()
            .take(names)
            .map(|(place, _)| place)
            .collect()
    });
    most.collect()
}

fn part(of: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        of_u64(of) / of_u64(whole)
    }
}

fn of_u64(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts lie below 2^53")]
    let number = number as f64;
    number
}
