//! Maps by code.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys are made of codes of a dictionary and whole days: the house deals them out, so no
/// stranger chooses which of them collide.
pub(crate) type CodeMap<K, V> = HashMap<K, V, BuildHasherDefault<CodeHasher>>;

/// Multiplies word by word; the best bits end up where a map looks.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct CodeHasher(u64);

/// An odd number with bits all over, from the golden ratio.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for CodeHasher {
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut wide = [0; 8];
            wide[..word.len()].copy_from_slice(word);
            self.write_u64(u64::from_le_bytes(wide));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word.cast_unsigned());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher as _, BuildHasherDefault};

    use super::CodeHasher;

    #[test]
    fn lanes_and_days_fall_into_many_places() {
        let hasher = BuildHasherDefault::<CodeHasher>::default();
        let (mut low, mut high) = (HashSet::new(), HashSet::new());
        for lane in 0..32_u32 {
            for day in 0..128_i64 {
                let hash = hasher.hash_one((lane, day * 86_400_000_000));
                low.insert(hash % 4_096);
                high.insert(hash >> 57);
            }
        }
        // Of 4,096 throws into as many places about 63 % are hit.
        assert!(low.len() > 2_000, "{}", low.len());
        assert_eq!(high.len(), 128);
    }
}
