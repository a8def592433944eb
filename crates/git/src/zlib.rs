//! The compression of Git's objects. Inflating never makes more bytes than were announced.

use std::cell::RefCell;
use std::thread::LocalKey;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use thiserror::Error;

/// The level at which prompts compress well; the lower levels cost half as much space again.
const LEVEL: u32 = 6;
/// Room for what does not compress.
const SPARE_BYTES: usize = 64;
/// Memory set aside before the first byte was inflated, whatever size was announced.
const RESERVE_BYTES_MAX: usize = 1024 * 1024;

/// Why bytes could not be inflated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InflateError {
    /// The bytes are not zlib data, or are cut off.
    #[error("the compressed data is damaged")]
    Damaged,
    /// The content is not as long as was announced.
    #[error("the content is not {announced} bytes long, as was announced")]
    WrongSize {
        /// The announced size.
        announced: usize,
    },
    /// Something follows the compressed data.
    #[error("something follows the compressed data")]
    Trailing,
}

thread_local! {
    /// The same for small things that are inflated by the thousand.
    static DECOMPRESSOR: RefCell<Decompress> = RefCell::new(Decompress::new(true));
    /// A compressor sets aside some 300 KB; one a thread is used again and again.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), true));
    static QUICK_COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), true));
}

/// Compresses bytes.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    deflate_with(&COMPRESSOR, bytes)
}

/// Compresses what hardly can be made smaller, such as a tree, which is mostly ids: several times
/// faster, to nearly the same size.
pub fn deflate_quickly(bytes: &[u8]) -> Vec<u8> {
    deflate_with(&QUICK_COMPRESSOR, bytes)
}

fn deflate_with(compressor: &'static LocalKey<RefCell<Compress>>, bytes: &[u8]) -> Vec<u8> {
    compressor.with_borrow_mut(|compressor| {
        compressor.reset();
        let mut out = Vec::with_capacity(bytes.len() / 2 + SPARE_BYTES);
        loop {
            let read = usize::try_from(compressor.total_in()).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            match compressor.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return out,
                Ok(_) => out.reserve(bytes.len() / 4 + SPARE_BYTES),
                // Writing into memory cannot fail; were it to, no reader accepts nothing.
                Err(_) => return Vec::new(),
            }
        }
    })
}

/// Inflates data whose content is exactly `size` bytes, with nothing behind it.
pub fn inflate(data: &[u8], size: usize) -> Result<Vec<u8>, InflateError> {
    let (content, used) = inflate_prefix(data, size)?;
    if used == data.len() {
        Ok(content)
    } else {
        Err(InflateError::Trailing)
    }
}

/// Inflates data whose content is of unknown size, but at most `limit` bytes.
pub fn inflate_up_to(data: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    let mut content = Vec::with_capacity(limit.saturating_add(1).min(data.len() * 4 + SPARE_BYTES));
    DECOMPRESSOR.with_borrow_mut(|decompress| {
        decompress.reset(true);
        inflate_all(decompress, data, &mut content, limit)
    })?;
    Ok(content)
}

fn inflate_all(
    decompress: &mut Decompress,
    data: &[u8],
    content: &mut Vec<u8>,
    limit: usize,
) -> Result<(), InflateError> {
    loop {
        if content.len() == content.capacity() {
            content.reserve(content.len().clamp(SPARE_BYTES, RESERVE_BYTES_MAX));
        }
        let before = (decompress.total_in(), decompress.total_out());
        let rest = data.get(consumed(decompress)..).unwrap_or(&[]);
        let status = decompress
            .decompress_vec(rest, content, FlushDecompress::None)
            .map_err(|_| InflateError::Damaged)?;
        if content.len() > limit {
            return Err(InflateError::WrongSize { announced: limit });
        }
        if status == Status::StreamEnd {
            return Ok(());
        }
        let stuck = before == (decompress.total_in(), decompress.total_out());
        if stuck && content.len() < content.capacity() {
            return Err(InflateError::Damaged);
        }
    }
}

/// Inflates data at the beginning of `data` whose content is exactly `size` bytes; returns it with
/// the number of compressed bytes.
pub(crate) fn inflate_prefix(data: &[u8], size: usize) -> Result<(Vec<u8>, usize), InflateError> {
    DECOMPRESSOR.with_borrow_mut(|decompress| {
        decompress.reset(true);
        inflate_exactly(decompress, data, size)
    })
}

fn inflate_exactly(
    decompress: &mut Decompress,
    data: &[u8],
    size: usize,
) -> Result<(Vec<u8>, usize), InflateError> {
    let mut content = Vec::with_capacity(size.min(RESERVE_BYTES_MAX));
    loop {
        if content.len() > size {
            return Err(InflateError::WrongSize { announced: size });
        }
        if content.len() == content.capacity() {
            // One byte more than announced, to see whether there is more.
            let room = (size - content.len()).min(content.capacity().max(RESERVE_BYTES_MAX));
            content.reserve_exact(room + 1);
        }
        let (read, wrote) = (decompress.total_in(), decompress.total_out());
        let rest = data.get(consumed(decompress)..).unwrap_or(&[]);
        let status = decompress
            .decompress_vec(rest, &mut content, FlushDecompress::None)
            .map_err(|_| InflateError::Damaged)?;
        if status == Status::StreamEnd {
            break;
        }
        let stuck = (read, wrote) == (decompress.total_in(), decompress.total_out());
        if stuck && content.len() < content.capacity() {
            return Err(InflateError::Damaged);
        }
    }
    if content.len() != size {
        return Err(InflateError::WrongSize { announced: size });
    }
    Ok((content, consumed(decompress)))
}

fn consumed(decompress: &Decompress) -> usize {
    usize::try_from(decompress.total_in()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_bombs_cuts_and_wrong_sizes() {
        let bomb = deflate(&vec![0; 8 * 1024 * 1024]);
        assert_eq!(
            inflate(&bomb, 1000),
            Err(InflateError::WrongSize { announced: 1000 })
        );
        let data = deflate(b"hello");
        assert_eq!(
            inflate(&data, 4),
            Err(InflateError::WrongSize { announced: 4 })
        );
        assert_eq!(
            inflate(&data, 6),
            Err(InflateError::WrongSize { announced: 6 })
        );
        assert_eq!(
            inflate(&data, usize::MAX),
            Err(InflateError::WrongSize {
                announced: usize::MAX
            })
        );
        assert_eq!(
            inflate(&data[..data.len() - 1], 5),
            Err(InflateError::Damaged)
        );
        assert_eq!(
            inflate(&[&data[..], b"x"].concat(), 5),
            Err(InflateError::Trailing)
        );
        assert_eq!(inflate(b"", 0), Err(InflateError::Damaged));
        assert_eq!(inflate(&deflate(b""), 0), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(content in prop::collection::vec(any::<u8>(), 0..5000)) {
            prop_assert_eq!(inflate(&deflate(&content), content.len()), Ok(content));
        }

        #[test]
        fn stands_any_bytes(data in prop::collection::vec(any::<u8>(), 0..300), size in 0_usize..5000) {
            if let Ok(content) = inflate(&data, size) {
                prop_assert_eq!(content.len(), size);
            }
        }
    }
}
