//! The compression of Git's objects. Inflating never makes more bytes than were announced.

use std::io::{Read as _, Write as _};

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use thiserror::Error;

/// The level at which prompts compress well; the lower levels cost half as much space again.
const LEVEL: u32 = 6;
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

/// Compresses bytes.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    // Writing into memory cannot fail; were it to, nothing would come out and no reader accept it.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
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
    let mut content = Vec::new();
    let ceiling = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut reader = ZlibDecoder::new(data).take(ceiling);
    reader
        .read_to_end(&mut content)
        .map_err(|_| InflateError::Damaged)?;
    if content.len() > limit {
        return Err(InflateError::WrongSize { announced: limit });
    }
    Ok(content)
}

/// Inflates data at the beginning of `data` whose content is exactly `size` bytes; returns it with
/// the number of compressed bytes.
pub(crate) fn inflate_prefix(data: &[u8], size: usize) -> Result<(Vec<u8>, usize), InflateError> {
    let mut decompress = Decompress::new(true);
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
        let rest = data.get(consumed(&decompress)..).unwrap_or(&[]);
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
    Ok((content, consumed(&decompress)))
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
