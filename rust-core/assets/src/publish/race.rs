//! Whether a race for a ref is lost already: the sooner an attempt ends that will fail, the less it leaves behind.

use crate::{RefName, Repository, Writers, repository::Pointer};

/// The race for a ref, by somebody who has read `pointer`.
pub(super) struct Race<'a> {
    pub(super) repository: &'a Repository,
    pub(super) name: &'a RefName,
    pub(super) pointer: Option<&'a Pointer>,
}

impl Race<'_> {
    /// Whether somebody else has moved the ref by now, as far as is `asked` and can be told. Nobody does where this one has the
    /// turn.
    pub(super) async fn is_lost(&self, asked: bool) -> bool {
        if !asked || self.repository.format().writers == Writers::Single {
            return false;
        }
        let now = self.repository.read_ref(self.name).await;
        now.is_ok_and(|now| now.as_ref() != self.pointer)
    }
}
