//! Derived files in a folder of the data folder. Whatever stands here can be made again.

mod folder;

pub use folder::FolderShelf;
