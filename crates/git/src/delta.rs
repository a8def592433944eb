//! Git's delta form: an object as copies from another one and bytes of its own. Rows stored this
//! way go into packs as they are.

use std::collections::HashMap;

use thiserror::Error;

/// What a delta must save to be worth a second read of its base.
const SAVED_BYTES_MIN: usize = 64;
/// The unit in which common parts away from both ends are looked for.
const BLOCK_BYTES: usize = 16;
/// The longest copy Git itself writes in one instruction.
const COPY_BYTES_MAX: usize = 0x1_0000;
/// The longest insertion the form can express in one instruction.
const INSERT_BYTES_MAX: usize = 127;
/// Copies cannot begin behind this offset, which has 32 bits.
const BASE_BYTES_MAX: usize = u32::MAX as usize;

/// Why a delta could not be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeltaError {
    /// The delta ends in the middle of an instruction or has one that means nothing.
    #[error("the delta is malformed")]
    Malformed,
    /// The delta was made for a base of another size.
    #[error("the delta belongs to another base")]
    OtherBase,
    /// A copy reaches beyond the base.
    #[error("the delta copies from beyond its base")]
    OutOfBase,
    /// The result is not as long as was announced.
    #[error("the delta makes a result of another size than it says")]
    WrongSize,
    /// The result would be too large.
    #[error("the delta makes more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// Writes `target` as a delta against `base`; `None` if that would save too little.
pub fn encode_delta(base: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    if base.is_empty() || base.len() > BASE_BYTES_MAX || target.len() <= SAVED_BYTES_MIN {
        return None;
    }
    let prefix = base.iter().zip(target).take_while(|(a, b)| a == b).count();
    let (base_rest, target_rest) = (&base[prefix..], &target[prefix..]);
    let same = |(a, b): &(&u8, &u8)| a == b;
    let suffix = base_rest
        .iter()
        .rev()
        .zip(target_rest.iter().rev())
        .take_while(same)
        .count();
    let mut out = Vec::new();
    push_size(&mut out, base.len());
    push_size(&mut out, target.len());
    push_copy(&mut out, 0, prefix);
    let base_middle = prefix..base.len() - suffix;
    push_middle(
        &mut out,
        base,
        base_middle,
        &target_rest[..target_rest.len() - suffix],
    );
    push_copy(&mut out, base.len() - suffix, suffix);
    (out.len() + SAVED_BYTES_MIN <= target.len()).then_some(out)
}

/// Writes what lies between the common ends: blocks that also stand in the middle of the base are
/// copied, the rest is inserted.
fn push_middle(out: &mut Vec<u8>, base: &[u8], middle: std::ops::Range<usize>, target: &[u8]) {
    let mut blocks: HashMap<&[u8], usize> = HashMap::new();
    let starts = middle.clone().step_by(BLOCK_BYTES);
    for start in starts.take_while(|start| start + BLOCK_BYTES <= middle.end) {
        blocks
            .entry(&base[start..start + BLOCK_BYTES])
            .or_insert(start);
    }
    let (mut done, mut at) = (0, 0);
    while !blocks.is_empty() && at + BLOCK_BYTES <= target.len() {
        let Some(start) = blocks.get(&target[at..at + BLOCK_BYTES]).copied() else {
            at += 1;
            continue;
        };
        let equal = |(a, b): &(&u8, &u8)| a == b;
        let (before, open) = (&base[middle.start..start], &target[done..at]);
        let back = before
            .iter()
            .rev()
            .zip(open.iter().rev())
            .take_while(equal)
            .count();
        let ahead = base[start..]
            .iter()
            .zip(&target[at..])
            .take_while(equal)
            .count();
        push_insert(out, &target[done..at - back]);
        push_copy(out, start - back, back + ahead);
        at += ahead;
        done = at;
    }
    push_insert(out, &target[done..]);
}

fn push_size(out: &mut Vec<u8>, mut size: usize) {
    while size > 0x7f {
        out.push(low_byte(size) | 0x80);
        size >>= 7;
    }
    out.push(low_byte(size));
}

fn push_insert(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.chunks(INSERT_BYTES_MAX) {
        out.push(low_byte(chunk.len()));
        out.extend_from_slice(chunk);
    }
}

fn push_copy(out: &mut Vec<u8>, mut offset: usize, mut size: usize) {
    while size > 0 {
        let now = size.min(COPY_BYTES_MAX);
        let at = out.len();
        out.push(0x80);
        for (bit, byte) in (0..4).map(|n| (1 << n, low_byte(offset >> (8 * n)))) {
            if byte != 0 {
                out[at] |= bit;
                out.push(byte);
            }
        }
        // The largest size is written as none at all.
        for (bit, byte) in (0..2).map(|n| (0x10 << n, low_byte((now & 0xffff) >> (8 * n)))) {
            if byte != 0 {
                out[at] |= bit;
                out.push(byte);
            }
        }
        offset += now;
        size -= now;
    }
}

fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

/// Applies a delta to its base. Takes any bytes; makes at most `limit` bytes.
pub fn apply_delta(base: &[u8], delta: &[u8], limit: usize) -> Result<Vec<u8>, DeltaError> {
    let mut input = Reader { rest: delta };
    if input.size()? != base.len() {
        return Err(DeltaError::OtherBase);
    }
    let size = input.size()?;
    if size > limit {
        return Err(DeltaError::TooLarge { limit });
    }
    // A short delta may announce much, so memory is only set aside for what a base could explain.
    let mut out = Vec::with_capacity(size.min(base.len().saturating_add(delta.len())));
    while let Ok(instruction) = input.byte() {
        let piece = match instruction {
            0 => return Err(DeltaError::Malformed),
            1..=0x7f => input.take(usize::from(instruction))?,
            _ => {
                let (offset, length) = input.copy(instruction)?;
                let end = offset.checked_add(length).ok_or(DeltaError::OutOfBase)?;
                base.get(offset..end).ok_or(DeltaError::OutOfBase)?
            }
        };
        if piece.len() > size - out.len() {
            return Err(DeltaError::WrongSize);
        }
        out.extend_from_slice(piece);
    }
    if out.len() == size {
        Ok(out)
    } else {
        Err(DeltaError::WrongSize)
    }
}

/// The size of the object that a delta makes.
pub fn target_size(delta: &[u8]) -> Result<usize, DeltaError> {
    let mut input = Reader { rest: delta };
    input.size()?;
    input.size()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, DeltaError> {
        let (first, rest) = self.rest.split_first().ok_or(DeltaError::Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DeltaError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(DeltaError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn size(&mut self) -> Result<usize, DeltaError> {
        let mut size = 0_usize;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = usize::from(byte & 0x7f);
            if bits != 0 && bits.leading_zeros() < shift {
                return Err(DeltaError::Malformed);
            }
            size |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(size);
            }
        }
        Err(DeltaError::Malformed)
    }

    fn copy(&mut self, instruction: u8) -> Result<(usize, usize), DeltaError> {
        let mut number = |bits: std::ops::Range<u32>| -> Result<usize, DeltaError> {
            let mut value = 0;
            for (place, bit) in bits.enumerate() {
                if instruction & (1 << bit) != 0 {
                    value |= usize::from(self.byte()?) << (8 * place);
                }
            }
            Ok(value)
        };
        let offset = number(0..4)?;
        let size = number(4..7)?;
        Ok((offset, if size == 0 { COPY_BYTES_MAX } else { size }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn costs_little_for_small_changes_in_large_content() {
        let base: Vec<u8> = (0..400_000_u32)
            .flat_map(|n| (n / 7 * 31).to_le_bytes())
            .collect();
        let mut target = base.clone();
        for at in [100, 500_000, 1_200_000] {
            target[at..at + 20].fill(0xab);
        }
        let delta = encode_delta(&base, &target).unwrap();
        assert!(delta.len() < 500, "{}", delta.len());
        assert_eq!(apply_delta(&base, &delta, usize::MAX), Ok(target.clone()));
        assert_eq!(target_size(&delta), Ok(target.len()));
        assert_eq!(
            apply_delta(&base, &delta, 10),
            Err(DeltaError::TooLarge { limit: 10 })
        );
        assert_eq!(
            apply_delta(&base[1..], &delta, usize::MAX),
            Err(DeltaError::OtherBase)
        );
        assert_eq!(encode_delta(&base, b"something else"), None);
    }

    #[test]
    fn refuses_what_means_nothing() {
        let check = |delta: &[u8], error| {
            assert_eq!(apply_delta(b"base", delta, 100), Err(error), "{delta:?}");
        };
        check(&[], DeltaError::Malformed);
        check(&[4, 1, 0], DeltaError::Malformed);
        check(&[4, 3, 3, b'a'], DeltaError::Malformed);
        check(&[4, 1, 2, b'a', b'b'], DeltaError::WrongSize);
        check(&[4, 9, 1, b'a'], DeltaError::WrongSize);
        check(&[4, 9, 0x91, 3, 9], DeltaError::OutOfBase);
        check(&[0xff; 12], DeltaError::Malformed);
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(
            base in prop::collection::vec(any::<u8>(), 0..600),
            cut in 0_usize..600,
            inserted in prop::collection::vec(any::<u8>(), 0..200),
            skipped in 0_usize..300,
        ) {
            let cut = cut.min(base.len());
            let skipped = (cut + skipped).min(base.len());
            let target = [&base[skipped..], &base[..cut], &inserted, &base[cut..]].concat();
            if let Some(delta) = encode_delta(&base, &target) {
                prop_assert!(delta.len() < target.len());
                prop_assert_eq!(apply_delta(&base, &delta, target.len()), Ok(target));
            }
        }

        #[test]
        fn stands_any_bytes(
            base in prop::collection::vec(any::<u8>(), 0..50),
            delta in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            if let Ok(result) = apply_delta(&base, &delta, 1000) {
                prop_assert!(result.len() <= 1000);
            }
            let sized = [&[u8::try_from(base.len()).unwrap(), 40], &delta[..]].concat();
            if let Ok(result) = apply_delta(&base, &sized, 1000) {
                prop_assert!(result.len() <= 1000);
            }
        }
    }
}
