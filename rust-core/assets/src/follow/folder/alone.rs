//! Working in a followed folder alone, and so that a power cut leaves nothing half done.

use std::fs::File;

use cap_fs_ext::DirExt as _;
use cap_std::fs::OpenOptions;

use super::{APPLYING, Folder, FollowError};
use crate::follow::journal::Step;
use crate::local::{OWN_FOLDER, workspace};

impl Folder {
    /// Takes the folder for one command, as hydrating and publishing take it; it is free again when the file is dropped.
    ///
    /// # Errors
    /// [`WriteError::Busy`](crate::local::WriteError::Busy) while another command works in it.
    pub(in crate::follow) fn lock(&self) -> Result<File, FollowError> {
        let own = self.dir.open_dir_nofollow(OWN_FOLDER);
        let own = own.map_err(|source| self.failed("open", OWN_FOLDER, source))?;
        Ok(workspace::lock(&own, &self.path)?)
    }

    /// Whether steps to a version are being taken, or were left over by a kill.
    pub(in crate::follow) async fn is_applying(&self) -> Result<bool, FollowError> {
        self.blocking(|folder| Ok(folder.dir.symlink_metadata(APPLYING).is_ok())).await
    }

    /// Brings what is staged to the disk, before a journal says that it is there.
    pub(super) fn settle(&self, steps: &[Step]) -> Result<(), FollowError> {
        let mut staged = steps.iter().filter_map(|step| match step {
            Step::Put { staged, .. } => Some(super::staged_path(staged)),
            _ => None,
        });
        if cfg!(target_os = "linux") {
            // One call for all of them.
            return if staged.next().is_some() { Ok(workspace::sync(&self.path)?) } else { Ok(()) };
        }
        staged.try_for_each(|path| {
            let file = self.dir.open_with(&path, OpenOptions::new().write(true));
            let synced = file.and_then(|file| file.sync_all());
            synced.map_err(|source| self.failed("bring to the disk", &path, source))
        })
    }
}
