//! Blocks of memory that are used again: asking the system for new ones costs a page fault for every 4 KiB, and giving
//! them back piecemeal leaves an allocator with holes that grow with what was read.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Blocks that nobody uses at the moment. As many as were ever in use at the same time.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// A block that is shared out; the last who reads of it gives it back.
struct Lent {
    block: Vec<u8>,
    home: Buffers,
}

impl Buffers {
    /// An empty block with room for `length` bytes. Small ones are not worth keeping.
    pub(super) fn take(&self, length: usize) -> Vec<u8> {
        if length < WORTH_KEEPING {
            return Vec::with_capacity(length);
        }
        let mut block = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        block.reserve(length.max(USUAL));
        block
    }

    /// Takes a block back that was not shared out.
    pub(super) fn give(&self, mut block: Vec<u8>) {
        if block.capacity() >= WORTH_KEEPING {
            block.clear();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(block);
        }
    }

    /// The block's bytes, to be shared out.
    pub(super) fn share(&self, block: Vec<u8>) -> Bytes {
        if block.capacity() < WORTH_KEEPING {
            return block.into();
        }
        Bytes::from_owner(Lent { block, home: self.clone() })
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.block
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.home.give(std::mem::take(&mut self.block));
    }
}

/// What has to be held of a batch, packed or not, seldom is more.
const USUAL: usize = super::fetch::LARGEST_BATCH;
const WORTH_KEEPING: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_when_the_last_piece_of_it_is_dropped() {
        let buffers = Buffers::default();
        let mut block = buffers.take(2 << 20);
        block.extend_from_slice(b"some bytes");
        let place = block.as_ptr();
        let mut whole = buffers.share(block);
        let piece = whole.split_to(4);
        drop(whole);
        assert_eq!(&piece[..], b"some");
        let other = buffers.take(2 << 20);
        assert!(other.as_ptr() != place, "a piece of it is still read");
        drop(piece);
        let again = buffers.take(3 << 20);
        assert!(again.is_empty() && again.as_ptr() == place);
    }
}
