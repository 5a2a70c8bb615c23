//! What the packages that are read refer to, learnt on the way: whoever wants a map from the store then need not fetch
//! every package's header first.

use std::sync::{Mutex, PoisonError};

use cyclorama_content::Digest;

use crate::unreal::{Dependencies, DependencyTable, HeaderError, dependencies, is_package};

/// What was learnt, by all threads.
#[derive(Debug, Default)]
pub(super) struct Learnt(Mutex<DependencyTable>);

impl Learnt {
    pub(super) fn learn(&self, content: Digest, dependencies: &Dependencies) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).learn(content, dependencies);
    }

    pub(super) fn into_table(self) -> DependencyTable {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning of a file that is being read, as long as its header may go on.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    /// Empty while the first piece was enough.
    bytes: Vec<u8>,
    /// More of it may tell what the file refers to.
    open: bool,
    told: Option<Dependencies>,
}

impl Beginning {
    pub(super) fn of(path: &str) -> Self {
        Self { open: is_package(path), ..Self::default() }
    }

    /// Looks at the next piece of the file.
    pub(super) fn add(&mut self, piece: &[u8]) {
        if !self.open {
            return;
        }
        let first = self.bytes.is_empty();
        if !first {
            self.bytes.extend_from_slice(piece);
        }
        let answer = dependencies(if first { piece } else { &self.bytes });
        self.open = matches!(answer, Err(HeaderError::Short { .. })) && self.bytes.len() < LONGEST;
        self.told = answer.ok();
        if self.open && first {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// What the file refers to, where it is a package whose header could be read.
    pub(super) fn told(&self) -> Option<&Dependencies> {
        self.told.as_ref()
    }
}

/// Bytes of the longest header that is learnt from; of a longer one, whoever wants to know reads it.
const LONGEST: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unreal::sample::Sample;

    #[test]
    fn a_header_is_understood_however_it_is_cut() {
        let package = Sample::new("/Game/X").needs(&["/Game/A"]).mentions(&["/Game/B"]).bytes();
        let whole = dependencies(&package).expect("a package");
        for length in [1, 7, 100, package.len()] {
            let mut beginning = Beginning::of("Content/X.uasset");
            package.chunks(length).for_each(|piece| beginning.add(piece));
            assert_eq!(beginning.told(), Some(&whole), "{length} bytes at a time");
        }
    }

    #[test]
    fn what_is_no_package_says_nothing() {
        let package = Sample::new("/Game/X").needs(&["/Game/A"]).bytes();
        for (path, bytes) in [("a.txt", &package[..]), ("a.uasset", &b"something else"[..]), ("a.umap", b"")]
        {
            let mut beginning = Beginning::of(path);
            beginning.add(bytes);
            assert_eq!(beginning.told(), None, "{path}");
            assert!(!beginning.open || bytes.is_empty());
        }
    }
}
