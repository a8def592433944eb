//! Which event ids were seen before. Four generations of 15 days; the oldest is forgotten whole.
//!
//! Events older than 45 days are refused at the door, so whatever is forgotten cannot come back. An
//! id is remembered by 64 bits of its SHA-256: with ten million ids the chance that a new one is
//! mistaken for a known one is below 10^-12.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use sha2::{Digest as _, Sha256};

use crate::id::Time;
use crate::limits::EVENT_AGE_DAYS_MAX;

/// Seconds of one generation: a third of the age at which events are refused.
const GENERATION_SECONDS: i64 = EVENT_AGE_DAYS_MAX * 86_400 / 3;
/// Generations kept: the current one and those that reach back over the whole age.
const GENERATIONS: i64 = 4;

/// Passes a key through that is uniform already.
#[derive(Debug, Default, Clone, Copy)]
struct Uniform(u64);

impl Hasher for Uniform {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

type Keys = HashSet<u64, BuildHasherDefault<Uniform>>;

/// The ids seen, by the time at which they were received.
#[derive(Debug, Default)]
pub struct Seen {
    generations: BTreeMap<i64, Keys>,
}

impl Seen {
    /// Remembers an id received at a time; `false` when it was known.
    pub fn insert(&mut self, id: &str, received: Time) -> bool {
        self.insert_key(Self::key(id), received)
    }

    /// Whether an id is known.
    pub fn contains(&self, id: &str) -> bool {
        let key = Self::key(id);
        self.generations.values().any(|keys| keys.contains(&key))
    }

    /// The key under which an id is remembered.
    pub fn key(id: &str) -> u64 {
        let digest: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        digest[..8]
            .iter()
            .fold(0, |key, byte| (key << 8) | u64::from(*byte))
    }

    /// Remembers a key received at a time; `false` when it was known.
    pub fn insert_key(&mut self, key: u64, received: Time) -> bool {
        if self.generations.values().any(|keys| keys.contains(&key)) {
            return false;
        }
        let generation = received.seconds().div_euclid(GENERATION_SECONDS);
        if !self.generations.contains_key(&generation) {
            self.generations
                .retain(|known, _| *known > generation - GENERATIONS);
        }
        self.generations.entry(generation).or_default().insert(key)
    }

    /// Takes back an id whose event could not be stored.
    pub fn remove(&mut self, id: &str) {
        let key = Self::key(id);
        for keys in self.generations.values_mut() {
            keys.remove(&key);
        }
    }

    /// How many ids are remembered.
    pub fn len(&self) -> usize {
        self.generations.values().map(HashSet::len).sum()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.insert("a", Time(0)));
        assert!(!seen.insert("a", Time(1)));
        assert!(seen.insert("b", Time(1)));
        seen.remove("a");
        assert!(seen.insert("a", Time(2)));
    }

    #[test]
    fn an_id_is_remembered_for_at_least_the_age_limit() {
        for start_day in 0..20 {
            let mut seen = Seen::default();
            let at = |day: i64| Time::from_seconds((start_day + day) * 86_400);
            assert!(seen.insert("a", at(0)));
            for day in 1..=EVENT_AGE_DAYS_MAX {
                seen.insert(&format!("x{day}"), at(day));
            }
            assert!(!seen.insert("a", at(EVENT_AGE_DAYS_MAX)));
        }
    }

    #[test]
    fn memory_is_bounded_in_time() {
        let mut seen = Seen::default();
        for day in 0..400 {
            seen.insert(&format!("x{day}"), Time::from_seconds(day * 86_400));
        }
        assert!(seen.len() <= 61, "{}", seen.len());
    }
}
