//! A shelf that is a folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use variorum_ports::StoreError;
use variorum_ports::shelf::{Draft, Pages, Shelf};

/// The ending of files that are not finished.
const UNFINISHED: &str = "part";
/// Bytes that are written together.
const BUFFER_BYTES: usize = 1024 * 1024;

/// Files in a folder.
pub struct FolderShelf {
    folder: PathBuf,
}

impl FolderShelf {
    /// Opens a folder, which is made where it is missing; files that were never finished go.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(failed)?;
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|ending| ending == UNFINISHED) {
                fs::remove_file(path).map_err(failed)?;
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }
}

impl Shelf for FolderShelf {
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            names.extend(entry.map_err(failed)?.file_name().into_string().ok());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create(&self, name: &str) -> Result<Box<dyn Draft>, StoreError> {
        let path = self.folder.join(name);
        let unfinished = self.folder.join(format!("{name}.{UNFINISHED}"));
        let file = File::create(&unfinished).map_err(failed)?;
        Ok(Box::new(FileDraft {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            unfinished,
            path,
            folder: self.folder.clone(),
        }))
    }

    fn open(&self, name: &str) -> Result<Arc<dyn Pages>, StoreError> {
        let file = File::open(self.folder.join(name)).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        Ok(Arc::new(FilePages { file, bytes }))
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

struct FileDraft {
    file: BufWriter<File>,
    unfinished: PathBuf,
    path: PathBuf,
    folder: PathBuf,
}

impl Draft for FileDraft {
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(failed)
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        self.file.flush().map_err(failed)?;
        self.file.get_ref().sync_all().map_err(failed)?;
        fs::rename(&self.unfinished, &self.path).map_err(failed)?;
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }
}

struct FilePages {
    file: File,
    bytes: u64,
}

impl Pages for FilePages {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), StoreError> {
        self.file.read_exact_at(into, offset).map_err(failed)
    }
}

fn failed(error: io::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::open(folder.path()).unwrap();
        let mut draft = shelf.create("a").unwrap();
        draft.write(b"hello ").unwrap();
        assert!(shelf.open("a").is_err());
        draft.write(b"there").unwrap();
        draft.finish().unwrap();
        let pages = shelf.open("a").unwrap();
        assert_eq!(pages.bytes(), 11);
        shelf.remove("a").unwrap();
        shelf.remove("a").unwrap();
        let mut middle = [0; 5];
        pages.read(6, &mut middle).unwrap();
        assert_eq!(&middle, b"there", "who has it open reads on");
        assert!(pages.read(7, &mut middle).is_err());
    }

    #[test]
    fn what_was_never_finished_is_gone_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::open(folder.path()).unwrap();
        let mut draft = shelf.create("a").unwrap();
        draft.write(b"half").unwrap();
        drop(draft);
        let shelf = FolderShelf::open(folder.path()).unwrap();
        assert_eq!(shelf.names().unwrap(), Vec::<String>::new());
    }
}
