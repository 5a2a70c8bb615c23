//! A fixed number of words for another thread: written by one, read by many, no lock, no allocation.
//!
//! A sequence lock over words that are atomic each: a reader that meets a writer reads again, and never sees half
//! of one value and half of another. A reader never delays the writer.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering, fence},
};

#[derive(Debug)]
struct Shared<const N: usize> {
    /// Odd while the words are being written; 0 before the first.
    sequence: AtomicU64,
    words: [AtomicU64; N],
}

/// The writing end; there is one.
#[derive(Debug)]
pub struct WordsWriter<const N: usize>(Arc<Shared<N>>);

/// A reading end.
#[derive(Clone, Debug)]
pub struct Words<const N: usize>(Arc<Shared<N>>);

/// Both ends.
pub fn words<const N: usize>() -> (WordsWriter<N>, Words<N>) {
    let words = std::array::from_fn(|_| AtomicU64::new(0));
    let shared = Arc::new(Shared { sequence: AtomicU64::new(0), words });
    (WordsWriter(shared.clone()), Words(shared))
}

impl<const N: usize> WordsWriter<N> {
    /// Replaces what readers see.
    pub fn write(&mut self, value: &[u64; N]) {
        let shared = &*self.0;
        let sequence = shared.sequence.load(Ordering::Relaxed);
        shared.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        // No word may be seen before the sequence is odd.
        fence(Ordering::Release);
        for (word, bits) in shared.words.iter().zip(value) {
            word.store(*bits, Ordering::Relaxed);
        }
        shared.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }
}

impl<const N: usize> Words<N> {
    /// What was written last; `None` before the first.
    #[inline]
    pub fn read(&self) -> Option<[u64; N]> {
        let shared = &*self.0;
        loop {
            let sequence = shared.sequence.load(Ordering::Acquire);
            if sequence == 0 {
                return None;
            }
            if sequence.is_multiple_of(2) {
                let words = std::array::from_fn(|index| shared.words[index].load(Ordering::Relaxed));
                // No word may be read after the sequence is looked at again.
                fence(Ordering::Acquire);
                if shared.sequence.load(Ordering::Relaxed) == sequence {
                    return Some(words);
                }
            }
            std::hint::spin_loop();
        }
    }
}
