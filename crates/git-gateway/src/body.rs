//! The body of a request, inflated where it comes compressed, and never more of it than is allowed.

use std::io::Write as _;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::GzDecoder;
use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use crate::limits::{BODY_STALL, DISCARDED_BYTES_MAX, SPOOL_MEMORY_BYTES};

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// The client went away, or stopped sending.
    Broken,
    /// It says it is compressed and is not.
    NotGzip,
    /// It is compressed in a way nobody asked for.
    UnknownEncoding,
    /// There is more of it than is allowed.
    TooLarge,
    /// It could not be kept.
    Io(String),
}

/// Pieces of a body, inflated. A piece of compressed data can become a thousand times as large, so it
/// is inflated a little at a time.
struct Pieces {
    body: axum::body::BodyDataStream,
    gzip: Option<GzDecoder<Vec<u8>>>,
    waiting: Bytes,
    ended: bool,
}

/// Compressed bytes that are inflated at a time.
const INFLATE_STEP: usize = 4 * 1024;

impl Pieces {
    fn of(headers: &HeaderMap, body: Body) -> Result<Self, BodyError> {
        let encoding = headers.get(header::CONTENT_ENCODING);
        let gzip = match encoding.map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase()) {
            None => None,
            Some(name) if name == "identity" => None,
            Some(name) if name == "gzip" || name == "x-gzip" => Some(GzDecoder::new(Vec::new())),
            Some(_) => return Err(BodyError::UnknownEncoding),
        };
        Ok(Self {
            body: body.into_data_stream(),
            gzip,
            waiting: Bytes::new(),
            ended: false,
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            if self.waiting.is_empty() && !self.ended {
                match tokio::time::timeout(BODY_STALL, self.body.next()).await {
                    Err(_) | Ok(Some(Err(_))) => return Err(BodyError::Broken),
                    Ok(Some(Ok(bytes))) => self.waiting = bytes,
                    Ok(None) => self.ended = true,
                }
            }
            let Some(gzip) = &mut self.gzip else {
                let piece = std::mem::take(&mut self.waiting);
                return Ok((!piece.is_empty() || !self.ended).then_some(piece));
            };
            let step = self.waiting.split_to(self.waiting.len().min(INFLATE_STEP));
            let inflated = if self.ended && step.is_empty() {
                gzip.try_finish()
            } else {
                gzip.write_all(&step)
            };
            inflated.map_err(|_| BodyError::NotGzip)?;
            let piece = std::mem::take(gzip.get_mut());
            if !piece.is_empty() {
                return Ok(Some(piece.into()));
            }
            if self.ended && self.waiting.is_empty() {
                return Ok(None);
            }
        }
    }
}

/// Reads a short body as a whole.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    max: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut pieces = Pieces::of(headers, body)?;
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await? {
        if whole.len() + piece.len() > max {
            return Err(BodyError::TooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// A long body: its beginning in memory, the rest in a file without a name.
pub(crate) struct Spool {
    memory: Vec<u8>,
    file: Option<tokio::fs::File>,
    in_file: u64,
    /// Whether there was more than was allowed; that is gone.
    pub(crate) is_cut: bool,
}

/// Receives a body of at most `max` bytes; what is over is read and thrown away, so that the client,
/// which listens only when it has sent everything, can be told.
pub(crate) async fn spool(
    headers: &HeaderMap,
    body: Body,
    folder: &Path,
    max: u64,
) -> Result<Spool, BodyError> {
    let mut pieces = Pieces::of(headers, body)?;
    let mut spool = Spool {
        memory: Vec::new(),
        file: None,
        in_file: 0,
        is_cut: false,
    };
    let mut discarded = 0_u64;
    while let Some(piece) = pieces.next().await? {
        if spool.is_cut || spool.length() + piece.len() as u64 > max {
            if !spool.is_cut {
                spool.keep_the_beginning();
            }
            discarded += piece.len() as u64;
            if discarded > DISCARDED_BYTES_MAX {
                return Err(BodyError::TooLarge);
            }
        } else {
            spool.push(&piece, folder).await?;
        }
    }
    Ok(spool)
}

fn io(error: &std::io::Error) -> BodyError {
    BodyError::Io(error.to_string())
}

impl Spool {
    fn length(&self) -> u64 {
        self.memory.len() as u64 + self.in_file
    }

    /// Of a body that is too large only the list of refs at its beginning is needed.
    fn keep_the_beginning(&mut self) {
        self.is_cut = true;
        self.file = None;
        self.in_file = 0;
    }

    async fn push(&mut self, piece: &[u8], folder: &Path) -> Result<(), BodyError> {
        if self.file.is_none() && self.memory.len() + piece.len() <= SPOOL_MEMORY_BYTES {
            self.memory.extend_from_slice(piece);
            return Ok(());
        }
        if self.file.is_none() {
            std::fs::create_dir_all(folder).map_err(|error| io(&error))?;
            let file = tempfile::tempfile_in(folder).map_err(|error| io(&error))?;
            self.file = Some(tokio::fs::File::from_std(file));
        }
        if let Some(file) = &mut self.file {
            file.write_all(piece).await.map_err(|error| io(&error))?;
            self.in_file += piece.len() as u64;
        }
        Ok(())
    }

    /// Everything that was kept.
    pub(crate) async fn into_bytes(mut self) -> Result<Vec<u8>, BodyError> {
        let Some(file) = &mut self.file else {
            return Ok(self.memory);
        };
        file.flush().await.map_err(|error| io(&error))?;
        file.rewind().await.map_err(|error| io(&error))?;
        let length = usize::try_from(self.in_file).unwrap_or(0);
        self.memory.reserve_exact(length);
        file.read_to_end(&mut self.memory)
            .await
            .map_err(|error| io(&error))?;
        Ok(self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzipped(bytes: &[u8]) -> (HeaderMap, Body) {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        (headers, Body::from(writer.finish().unwrap()))
    }

    #[tokio::test]
    async fn a_body_is_inflated_and_its_inflated_size_counts() {
        let (headers, body) = gzipped(b"0032want something");
        assert_eq!(
            read(&headers, body, 100).await.unwrap(),
            b"0032want something"
        );
        let (headers, body) = gzipped(&vec![0; 8 * 1024 * 1024]);
        assert_eq!(
            read(&headers, body, 1_000_000).await,
            Err(BodyError::TooLarge)
        );
        let (headers, _) = gzipped(b"");
        let cut = read(&headers, Body::from("not gzip"), 100).await;
        assert_eq!(cut, Err(BodyError::NotGzip));
        let mut other = HeaderMap::new();
        other.insert(header::CONTENT_ENCODING, "br".parse().unwrap());
        let refused = read(&other, Body::from("x"), 100).await;
        assert_eq!(refused, Err(BodyError::UnknownEncoding));
    }

    #[tokio::test]
    async fn a_long_body_comes_back_from_its_file_and_one_too_long_keeps_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let none = HeaderMap::new();
        let long: Vec<u8> = (0..262_144_u32).flat_map(u32::to_le_bytes).collect();
        let chunks = |bytes: &[u8]| {
            let pieces: Vec<Result<Bytes, std::io::Error>> = bytes
                .chunks(10_000)
                .map(|piece| Ok(Bytes::copy_from_slice(piece)))
                .collect();
            Body::from_stream(futures::stream::iter(pieces))
        };
        let kept = spool(&none, chunks(&long), folder.path(), u64::MAX)
            .await
            .unwrap();
        assert!(!kept.is_cut);
        assert!(kept.into_bytes().await.unwrap() == long);
        let cut = spool(&none, chunks(&long), folder.path(), 600_000)
            .await
            .unwrap();
        assert!(cut.is_cut);
        let beginning = cut.into_bytes().await.unwrap();
        assert!(beginning.len() <= SPOOL_MEMORY_BYTES && long.starts_with(&beginning));
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "a file without a name leaves nothing behind");
    }
}
