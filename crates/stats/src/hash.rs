//! The published assignment hash: MurmurHash3 x86 32 bit over `salt:unit`.
//!
//! Knows bytes only. Strings are taken as given: not trimmed, not normalised, no case folding.

/// Number of buckets of the published hash; one bucket is one basis point.
pub const BUCKETS: u32 = 10_000;

/// MurmurHash3 x86 32 bit (Appleby), fed piece by piece without a buffer on the heap.
///
/// The state is small and `Copy`: hash a salt once and go on from there for each unit.
#[derive(Clone, Copy, Debug)]
pub struct Murmur3 {
    state: u32,
    pending: u32,
    pending_bits: u32,
    length: u32,
}

impl Murmur3 {
    /// Starts a hash with a seed.
    pub const fn new(seed: u32) -> Self {
        Self {
            state: seed,
            pending: 0,
            pending_bits: 0,
            length: 0,
        }
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while self.pending_bits > 0
            && let [first, tail @ ..] = rest
        {
            self.push(*first);
            rest = tail;
        }
        let blocks = rest.chunks_exact(4);
        let tail = blocks.remainder();
        for block in blocks {
            if let [first, second, third, fourth] = *block {
                self.mix(u32::from_le_bytes([first, second, third, fourth]));
                self.length = self.length.wrapping_add(4);
            }
        }
        for byte in tail {
            self.push(*byte);
        }
    }

    /// Finishes a copy of the hash; more bytes may follow.
    pub fn finish(&self) -> u32 {
        let mut hash = self.state;
        if self.pending_bits > 0 {
            hash ^= scramble(self.pending);
        }
        hash ^= self.length;
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        hash ^ (hash >> 16)
    }

    fn push(&mut self, byte: u8) {
        self.pending |= u32::from(byte) << self.pending_bits;
        self.pending_bits += 8;
        self.length = self.length.wrapping_add(1);
        if self.pending_bits == 32 {
            let block = self.pending;
            self.pending = 0;
            self.pending_bits = 0;
            self.mix(block);
        }
    }

    fn mix(&mut self, block: u32) {
        let mixed = (self.state ^ scramble(block)).rotate_left(13);
        self.state = mixed.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
}

fn scramble(block: u32) -> u32 {
    block
        .wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593)
}

/// Hashes bytes with MurmurHash3 x86 32 bit.
pub fn murmur3_x86_32(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = Murmur3::new(seed);
    hash.write(bytes);
    hash.finish()
}

/// The published bucket `pm1` of a unit: 0 to 9999.
pub fn pm1(salt: &str, unit: &str) -> u32 {
    let mut hash = Murmur3::new(0);
    hash.write(salt.as_bytes());
    hash.write(b":");
    hash.write(unit.as_bytes());
    hash.finish() % BUCKETS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_hash_like_the_whole(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            cuts in proptest::collection::vec(0usize..40, 0..4),
            seed: u32,
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut hash = Murmur3::new(seed);
            let mut from = 0;
            for cut in cuts {
                hash.write(&bytes[from..cut]);
                from = cut;
            }
            hash.write(&bytes[from..]);
            prop_assert_eq!(hash.finish(), murmur3_x86_32(&bytes, seed));
        }

        #[test]
        fn the_bucket_is_the_hash_of_the_joined_string(salt in ".{0,12}", unit in ".{0,12}") {
            let joined = format!("{salt}:{unit}");
            prop_assert_eq!(
                pm1(&salt, &unit),
                murmur3_x86_32(joined.as_bytes(), 0) % BUCKETS
            );
        }
    }
}
