//! Whether the disk has room for what has to be written: better known before hours of fetching than after them.

use std::path::{Path, PathBuf};

use super::HydrateError;

/// Bytes of the `needed` ones that are not free where `root` is or will be; 0 when all are. `free` is how many there are,
/// as far as it is known already. A disk that does not tell has room.
pub(super) async fn missing(root: &Path, needed: u64, free: Option<u64>) -> Result<u64, HydrateError> {
    if needed == 0 {
        return Ok(0);
    }
    let root: PathBuf = root.to_owned();
    let free = match free {
        Some(free) => Some(free),
        None => tokio::task::spawn_blocking(move || free_near(&root)).await?,
    };
    Ok(free.map_or(0, |free| needed.saturating_sub(free)))
}

/// Free bytes where the nearest folder lies that is there.
fn free_near(path: &Path) -> Option<u64> {
    let here =
        path.ancestors().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = here.into_iter().find(|folder| folder.is_dir())?;
    match fs4::available_space(folder) {
        // File systems of programs may tell nothing by telling 0 of 0.
        Ok(0) if fs4::total_space(folder).is_ok_and(|all| all == 0) => None,
        Ok(free) => Some(free),
        Err(error) => {
            tracing::debug!(%error, "how much room there is cannot be found out");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_looked_for_where_a_folder_will_be_made_and_what_lacks_is_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let later = folder.path().join("not/there/yet");
        let free = free_near(&later).expect("a disk that tells");
        assert!(free > 0 && free < u64::MAX / 2);
        assert_eq!(missing(&later, 1, None).await.expect("looks"), 0);
        assert!(missing(&later, u64::MAX, None).await.expect("looks") > u64::MAX / 2);
        assert_eq!(missing(&later, 10, Some(7)).await.expect("looks"), 3);
        assert_eq!(missing(&later, 0, Some(0)).await.expect("looks"), 0);
        assert!(free_near(Path::new("surely/not/there")).is_some(), "beside where the command is started");
    }
}
