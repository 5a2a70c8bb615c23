//! What is not there for a moment is not removed: many programs save by removing a file and moving the new one into its
//! place. Before a version tells anybody that something is gone, it is looked for once more.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use cyclorama_content::Digest;
use tokio::time::Sleep;

use super::{Now, Work};
use crate::{
    RepositoryError,
    local::Record,
    publish::{PublishError, Scanned, ScannedKind, Source},
    tree::path_order,
};

impl Work<'_> {
    /// Looks once more for what the scan did not find, and for what was gone when it was to be read; says whether something
    /// is to be read now. `scanned` ends when the scan is a source's grace ago.
    pub(in crate::publish) async fn look_again(
        &mut self,
        source: &Arc<dyn Source>,
        scanned: Pin<&mut Sleep>,
    ) -> Result<bool, PublishError> {
        let missing: Vec<String> = self.missing().map(|known| known.path().to_owned()).collect();
        let lost = std::mem::take(&mut self.lost);
        if missing.is_empty() && lost.is_empty() {
            return Ok(false);
        }
        if lost.is_empty() {
            scanned.await;
        } else {
            // Those went just now.
            tokio::time::sleep(source.grace()).await;
        }
        let asked = Arc::clone(source);
        let looked = tokio::task::spawn_blocking(move || {
            let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
            if missing.is_empty() { Ok(Vec::new()) } else { asked.look_again(&missing) }
        });
        let found = looked.await.map_err(RepositoryError::from)?.map_err(PublishError::Look)?;
        for job in &lost {
            self.now[*job as usize] = Now::Unread;
        }
        let is_more = !lost.is_empty() || !found.is_empty();
        self.take_back(found);
        Ok(is_more)
    }

    /// These are there after all. Their files are to be read.
    fn take_back(&mut self, found: Vec<Scanned>) {
        if found.is_empty() {
            return;
        }
        let scan = Arc::unwrap_or_clone(std::mem::take(&mut self.scan));
        let mut all: Vec<_> = scan.into_iter().zip(std::mem::take(&mut self.now)).collect();
        for found in found {
            let Some(at) = self.base.entries.find(&found.path).filter(|at| !self.seen[*at]) else { continue };
            self.seen[at] = true;
            let now = if matches!(found.kind, ScannedKind::File { .. }) { Now::Unread } else { Now::Seen };
            all.push((found, now));
        }
        all.sort_by(|(a, _), (b, _)| path_order(&a.path, &b.path));
        let (scan, now) = all.into_iter().unzip();
        (self.scan, self.now) = (Arc::new(scan), now);
    }

    /// Files and links of the version before that are not there any more, sorted. What only moved is none of them: a file
    /// at a new path has its content.
    pub(in crate::publish) fn removed(&self) -> Vec<String> {
        let before = &self.base.entries;
        let lost = self.now.iter().zip(self.scan.iter()).filter(|(now, _)| **now == Now::Gone);
        let lost = lost.filter_map(|(_, found)| before.get(&found.path));
        let gone: Vec<Record<'_>> = self.missing().chain(lost).filter(|known| !known.is_folder()).collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let mut moved: HashMap<Digest, usize> = HashMap::new();
        for (now, Scanned { path, .. }) in self.now.iter().zip(self.scan.iter()) {
            if let Now::Read(_) = now
                && before.find(path).is_none()
                && let Some((.., content)) = self.record(*now, path).and_then(|record| record.look())
            {
                *moved.entry(content).or_default() += 1;
            }
        }
        let mut is_elsewhere =
            |known: &Record<'_>| match known.look().map(|(.., content)| moved.get_mut(&content)) {
                Some(Some(left)) if *left > 0 => {
                    *left -= 1;
                    true
                }
                _ => false,
            };
        let mut removed: Vec<String> =
            gone.iter().filter(|known| !is_elsewhere(known)).map(|known| known.path().to_owned()).collect();
        removed.sort_unstable();
        removed
    }
}
