//! A reader that ends rows which never end.

use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ROW_BYTES_MAX;

/// Counts what was read since the row began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Arc<AtomicUsize>);

impl Meter {
    pub(crate) fn row_begins(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A reader under a meter.
#[derive(Debug)]
pub(crate) struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R> Metered<R> {
    pub(crate) fn new(inner: R, meter: Meter) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        let before = self.meter.0.fetch_add(read, Ordering::Relaxed);
        if before > ROW_BYTES_MAX {
            let what =
                format!("a row is longer than {ROW_BYTES_MAX} bytes; is a quote never closed?");
            return Err(Error::other(what));
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.meter.row_begins();
        self.inner.seek(to)
    }
}
