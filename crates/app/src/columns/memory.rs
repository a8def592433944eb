//! A shelf in memory, for a process that keeps nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use variorum_ports::StoreError;
use variorum_ports::shelf::{Draft, Pages, Shelf};

type Files = Arc<Mutex<BTreeMap<String, Arc<Vec<u8>>>>>;

/// Files in memory.
#[derive(Default)]
pub(super) struct MemoryShelf {
    files: Files,
}

impl Shelf for MemoryShelf {
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(files.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> Result<Box<dyn Draft>, StoreError> {
        Ok(Box::new(MemoryDraft {
            files: self.files.clone(),
            name: name.to_owned(),
            bytes: Vec::new(),
        }))
    }

    fn open(&self, name: &str) -> Result<Arc<dyn Pages>, StoreError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = files.get(name).cloned();
        let bytes = bytes.ok_or_else(|| StoreError::Unavailable("no such file".into()))?;
        Ok(Arc::new(MemoryPages(bytes)))
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.remove(name);
        Ok(())
    }
}

struct MemoryDraft {
    files: Files,
    name: String,
    bytes: Vec<u8>,
}

impl Draft for MemoryDraft {
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(self.name, Arc::new(self.bytes));
        Ok(())
    }
}

struct MemoryPages(Arc<Vec<u8>>);

impl Pages for MemoryPages {
    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), StoreError> {
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        let piece = self.0.get(begin..begin.saturating_add(into.len()));
        let piece = piece.ok_or_else(|| StoreError::Unavailable("past the end".into()))?;
        into.copy_from_slice(piece);
        Ok(())
    }
}
