//! Which texts are alike: copies, and near copies, found without comparing each with each.
//!
//! Every text becomes a set of shingles (runs of words) and of those a short signature; texts whose
//! signatures agree in a band are compared exactly (Broder 1997, *On the resemblance and containment
//! of documents*; banding after Leskovec, Rajaraman, Ullman, *Mining of massive datasets*, ch. 3).
//! Deterministic: the same texts give the same pairs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::id::Digest;
use crate::search::word_texts;

/// Words of one shingle.
const SHINGLE_WORDS: usize = 3;
/// Rows of a signature, and of each band. Texts that share eight tenths of their shingles meet in at
/// least one of the bands in 99.9 of 100 cases; those that share three tenths in 18.
const ROWS: usize = 96;
const ROWS_PER_BAND: usize = 4;
/// Texts that meet in one band are compared only with so many of their neighbours there, in order, so
/// that a thousand copies cost a thousand comparisons and not half a million.
const NEIGHBOURS_MAX: usize = 8;
/// The words of a text that are looked at.
const WORDS_MAX: usize = 20_000;
/// Texts with fewer words say too little to be alike by more than chance.
pub const LIKENESS_WORDS_MIN: usize = 8;

/// A text in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The same for texts that differ in nothing but spaces, signs and case.
    pub digest: Digest,
    signature: Vec<u32>,
    shingles: Vec<u64>,
}

/// Two texts that are alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The place of the one.
    pub first: usize,
    /// The place of the other, which comes later.
    pub second: usize,
    /// How many of a hundred shingles they share; 100 for copies.
    pub percent: u8,
}

/// The shape of a text; `None` where it is too short.
pub fn shape(text: &str) -> Option<Shape> {
    let mut words = word_texts(text);
    words.truncate(WORDS_MAX);
    if words.len() < LIKENESS_WORDS_MIN {
        return None;
    }
    let shingles: BTreeSet<u64> = words.windows(SHINGLE_WORDS).map(hash_words).collect();
    let signature = (0..ROWS as u64).map(|row| {
        let least = shingles
            .iter()
            .map(|shingle| mix(shingle ^ mix(row + 1)))
            .min();
        u32::try_from(least.unwrap_or(0) >> 32).unwrap_or(0)
    });
    Some(Shape {
        digest: Digest::of(words.join(" ").as_bytes()),
        signature: signature.collect(),
        shingles: shingles.into_iter().collect(),
    })
}

/// All pairs that share at least so many of a hundred shingles, the most alike first.
pub fn alike(shapes: &[Option<Shape>], percent_min: u8) -> Vec<Pair> {
    let mut candidates: BTreeSet<(usize, usize)> = BTreeSet::new();
    for band in 0..ROWS / ROWS_PER_BAND {
        let rows = band * ROWS_PER_BAND..(band + 1) * ROWS_PER_BAND;
        let mut met: HashMap<&[u32], Vec<usize>> = HashMap::new();
        for (place, shape) in shapes.iter().enumerate() {
            let Some(shape) = shape else { continue };
            met.entry(&shape.signature[rows.clone()])
                .or_default()
                .push(place);
        }
        for places in met.into_values() {
            for (at, first) in places.iter().enumerate() {
                let neighbours = places[at + 1..].iter().take(NEIGHBOURS_MAX);
                candidates.extend(neighbours.map(|second| (*first, *second)));
            }
        }
    }
    let mut pairs: Vec<Pair> = candidates
        .into_iter()
        .filter_map(|(first, second)| {
            let percent = shared(shapes[first].as_ref()?, shapes[second].as_ref()?);
            (percent >= percent_min).then_some(Pair {
                first,
                second,
                percent,
            })
        })
        .collect();
    pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.percent), pair.first, pair.second));
    pairs
}

/// The pairs as groups: what is alike to one of a group belongs to it.
pub fn groups(pairs: &[Pair]) -> Vec<Vec<usize>> {
    let mut leader: BTreeMap<usize, usize> = BTreeMap::new();
    let find = |leader: &BTreeMap<usize, usize>, mut at: usize| {
        while let Some(next) = leader.get(&at).filter(|next| **next != at) {
            at = *next;
        }
        at
    };
    for pair in pairs {
        leader.entry(pair.first).or_insert(pair.first);
        leader.entry(pair.second).or_insert(pair.second);
        let (one, other) = (find(&leader, pair.first), find(&leader, pair.second));
        leader.insert(one.max(other), one.min(other));
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for place in leader.keys() {
        groups
            .entry(find(&leader, *place))
            .or_default()
            .push(*place);
    }
    groups.into_values().collect()
}

/// How many of a hundred shingles two texts share, exactly.
fn shared(one: &Shape, other: &Shape) -> u8 {
    if one.digest == other.digest {
        return 100;
    }
    let (mut a, mut b, mut both) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (one.shingles.get(a), other.shingles.get(b)) {
        both += usize::from(x == y);
        (a, b) = (a + usize::from(x <= y), b + usize::from(y <= x));
    }
    let all = one.shingles.len() + other.shingles.len() - both;
    // Texts that are no copies never count as such.
    u8::try_from((both * 100 / all.max(1)).min(99)).unwrap_or(99)
}

fn hash_words(words: &[String]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in words {
        for byte in word.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    mix(hash)
}

/// Spreads bits (the finaliser of SplitMix64).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "Write a short and friendly letter to a customer who left something in the basket and did not come back";

    fn shapes(texts: &[&str]) -> Vec<Option<Shape>> {
        texts.iter().map(|text| shape(text)).collect()
    }

    #[test]
    fn copies_and_near_copies_are_found() {
        let near = TEXT.replace("did not come back", "has not come back yet");
        let shouted = TEXT.to_uppercase().replace(' ', "\n  ");
        let other = "Summarise the meeting in five points, name who does what until when, and keep names as they are written";
        let found = alike(&shapes(&[TEXT, other, &near, &shouted, "too short"]), 60);
        let pairs: Vec<(usize, usize)> =
            found.iter().map(|pair| (pair.first, pair.second)).collect();
        assert_eq!(pairs, [(0, 3), (0, 2), (2, 3)]);
        assert_eq!(found[0].percent, 100);
        assert!((60..100).contains(&found[1].percent), "{:?}", found[1]);
        assert_eq!(groups(&found), [vec![0, 2, 3]]);
    }

    #[test]
    fn a_thousand_copies_are_one_group_and_not_half_a_million_pairs() {
        let texts = vec![TEXT; 1_000];
        let found = alike(&shapes(&texts), 90);
        assert!(found.len() <= 1_000 * NEIGHBOURS_MAX);
        assert_eq!(groups(&found), [(0..1_000).collect::<Vec<usize>>()]);
    }

    proptest! {
        /// The slow and obvious way: every pair, by sets of shingles.
        #[test]
        fn what_is_found_is_exact(picks in prop::collection::vec(prop::collection::vec(0_usize..12, 10..20), 2..8)) {
            let texts: Vec<String> = picks.iter().map(|picks| {
                picks.iter().map(|pick| format!("word{pick}")).collect::<Vec<_>>().join(" ")
            }).collect();
            let shapes: Vec<Option<Shape>> = texts.iter().map(|text| shape(text)).collect();
            for pair in alike(&shapes, 1) {
                let set = |place: usize| {
                    let words = word_texts(&texts[place]);
                    words.windows(SHINGLE_WORDS).map(<[String]>::to_vec).collect::<BTreeSet<_>>()
                };
                let (one, other) = (set(pair.first), set(pair.second));
                let exact = one.intersection(&other).count() * 100 / one.union(&other).count();
                let copies = texts[pair.first] == texts[pair.second];
                prop_assert_eq!(usize::from(pair.percent), if copies { 100 } else { exact.min(99) });
            }
        }
    }
}
