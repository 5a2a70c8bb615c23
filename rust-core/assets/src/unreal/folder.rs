//! Packages in a folder of this machine: their headers, read by all cores at once.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;

use super::{
    Closure, Dependencies, FIRST_READ, Follow, Header, HeaderError, LONGEST_HEADER, Packages, UnknownPackage,
    Walk, dependencies, read,
};

/// Everything that maps need, in a project's folder. Blocks; call it off the runtime's threads.
///
/// # Errors
/// [`UnknownPackage`] when a map is not there. Headers that cannot be read are listed in the result.
pub fn closure_of_folder<N: AsRef<str>>(
    root: &Path,
    packages: &Packages,
    maps: &[N],
    follow: Follow,
) -> Result<Closure, UnknownPackage> {
    let mut walk = Walk::new(packages, maps, follow)?;
    loop {
        let asked = walk.ask();
        if asked.is_empty() {
            return Ok(walk.finish());
        }
        let answers: Vec<_> =
            asked.par_iter().map(|package| dependencies_of_file(&root.join(&package.path))).collect();
        for (package, answer) in asked.into_iter().zip(answers) {
            walk.answer(package, answer);
        }
    }
}

/// What the package in a file refers to.
///
/// # Errors
/// [`HeaderError`], also when the file cannot be read.
pub fn dependencies_of_file(path: &Path) -> Result<Dependencies, HeaderError> {
    with_beginning(path, dependencies)
}

/// The header of the package in a file.
///
/// # Errors
/// [`HeaderError`], also when the file cannot be read.
pub fn read_file(path: &Path) -> Result<Header, HeaderError> {
    with_beginning(path, read)
}

/// Gives `parse` the beginning of a file, and more of it while it asks for more.
fn with_beginning<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, HeaderError>) -> Result<T, HeaderError> {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let unreadable = |problem: io::Error| HeaderError::Unreadable(problem.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        let mut wanted = FIRST_FILE_READ as u64;
        loop {
            let have = buffer.len() as u64;
            let read = file.by_ref().take(wanted - have).read_to_end(buffer).map_err(unreadable)?;
            match parse(buffer) {
                Err(HeaderError::Short { needed })
                    if needed > have + read as u64 && have + read as u64 == wanted =>
                {
                    wanted = needed.max(wanted * 2).max(FIRST_READ as u64);
                    if wanted > LONGEST_HEADER * 2 {
                        return Err(HeaderError::TooLong { length: wanted });
                    }
                    file.seek(SeekFrom::Start(have + read as u64)).map_err(unreadable)?;
                }
                result => {
                    if buffer.capacity() > LARGEST_KEPT {
                        *buffer = Vec::new();
                    }
                    return result;
                }
            }
        }
    })
}

/// Bytes of a file's first read: enough for an actor's package as a whole, and for most others' headers.
const FIRST_FILE_READ: usize = 16 << 10;
/// Bytes of a buffer that a thread keeps for the next file.
const LARGEST_KEPT: usize = 1 << 20;
