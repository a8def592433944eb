//! Assignment hashes and ranges of other tools, for reading their experiments.
//!
//! Not used for our own assignment. Knows strings and numbers only.

use crate::hash::{BUCKETS, murmur3_x86_32};
use crate::number::of_usize;

const FNV_OFFSET: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;

/// FNV-1a, 32 bit, over bytes.
pub fn fnv1a32(bytes: &[u8]) -> u32 {
    fnv(bytes.iter().map(|byte| u32::from(*byte)))
}

/// FNV-1a, 32 bit, over UTF-16 code units, as JavaScript implementations compute it.
pub fn fnv1a32_utf16(text: &str) -> u32 {
    fnv(text.encode_utf16().map(u32::from))
}

fn fnv(units: impl Iterator<Item = u32>) -> u32 {
    units.fold(FNV_OFFSET, |hash, unit| {
        (hash ^ unit).wrapping_mul(FNV_PRIME)
    })
}

/// Version of GrowthBook's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrowthBookVersion {
    /// The first version; dependent across experiments, for old experiments only.
    One,
    /// The second version, with a seed for each experiment.
    Two,
}

/// GrowthBook's hash of a unit, in `0.0..1.0`.
pub fn growthbook(seed: &str, value: &str, version: GrowthBookVersion) -> f64 {
    match version {
        GrowthBookVersion::One => {
            let hash = fnv(value
                .encode_utf16()
                .chain(seed.encode_utf16())
                .map(u32::from));
            f64::from(hash % 1000) / 1000.0
        }
        GrowthBookVersion::Two => {
            let inner = fnv(seed
                .encode_utf16()
                .chain(value.encode_utf16())
                .map(u32::from));
            f64::from(fnv1a32_utf16(&inner.to_string()) % 10_000) / 10_000.0
        }
    }
}

/// GrowthBook's ranges of the unit interval, one for each variation.
///
/// Coverage is cut to `0..=1`; weights of the wrong number or sum are replaced by equal ones.
pub fn growthbook_ranges(
    variations: usize,
    coverage: f64,
    weights: Option<&[f64]>,
) -> Vec<(f64, f64)> {
    let coverage = if coverage.is_nan() {
        1.0
    } else {
        coverage.clamp(0.0, 1.0)
    };
    let usable = weights.filter(|weights| {
        let sum: f64 = weights.iter().sum();
        weights.len() == variations && (0.99..=1.01).contains(&sum)
    });
    let equal = 1.0 / of_usize(variations.max(1));
    let mut start = 0.0;
    let mut ranges = Vec::with_capacity(variations);
    for index in 0..variations {
        let weight = usable
            .and_then(|weights| weights.get(index))
            .copied()
            .unwrap_or(equal);
        ranges.push((start, start + coverage * weight));
        start += weight;
    }
    ranges
}

/// Unleash's normalised hash: 1 to `normalizer`. A normalizer of zero counts as one.
pub fn unleash_normalized(group: &str, identifier: &str, normalizer: u32, seed: u32) -> u32 {
    let mut hash = crate::hash::Murmur3::new(seed);
    hash.write(group.as_bytes());
    hash.write(b":");
    hash.write(identifier.as_bytes());
    hash.finish() % normalizer.max(1) + 1
}

/// Optimizely's bucket of a bucketing key: 0 to 9999.
pub fn optimizely_bucket(key: &str) -> u32 {
    let scaled = u64::from(murmur3_x86_32(key.as_bytes(), 1)) * u64::from(BUCKETS);
    u32::try_from(scaled >> 32).unwrap_or(BUCKETS - 1)
}
