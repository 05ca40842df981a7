//! A backup: a consistent file of its own, written while others go on writing.

use super::checkpoint::write_checkpoint;
use crate::disk::{Disk, parent};
use crate::error::{Error, Result};
use crate::record::Checksum;
use crate::store::{Listing, Progress, Store};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// A backup that any thread can write, without the store.
#[derive(Debug)]
pub struct Backup {
    disk: Arc<dyn Disk>,
    items: Listing,
    commit: u64,
    prev: Checksum,
    mode: u32,
}

impl Backup {
    /// Takes the items of a store, as of its last look.
    pub(in crate::store) fn of(store: &mut Store) -> Self {
        Backup {
            disk: store.disk.clone(),
            items: store.data.list_for_copy(),
            commit: store.data.position.commit,
            prev: store.data.position.checksum,
            mode: store.options.mode,
        }
    }

    /// Writes the backup. The file gets its name only when it is complete, and then replaces an
    /// existing file of that name.
    pub fn write(mut self, path: &Path, progress: &Progress) -> Result<()> {
        let folder = self.disk.folder(parent(path))?;
        let Some(name) = path.file_name() else {
            return Err(Error::Io {
                operation: "write a file at",
                path: path.to_path_buf(),
                source: Arc::new(ErrorKind::IsADirectory.into()),
            });
        };
        let mut file = folder.new_file(self.mode)?;
        write_checkpoint(
            &mut *file,
            self.commit,
            self.prev,
            &mut self.items,
            progress,
            &|| Ok(()),
        )?;
        file.sync()?;
        file.persist(&name.to_string_lossy())?;
        folder.sync()
    }
}
