//! Samples on their way to whoever evaluates them on a thread of its own: bounded queues, read without a lock.

use std::sync::{Arc, Mutex, Weak, mpsc};

use cyclorama_time::StageTime;
use cyclorama_tracking::Sample;

use super::shared::locked;

/// A sample, and when it was taken.
pub(crate) type Fed = (StageTime, Sample);

/// The reading end of one queue. What comes while it is full is not kept.
pub(crate) struct Samples {
    queue: mpsc::Receiver<Fed>,
    /// Which writing end is its own.
    mark: Arc<()>,
    ears: Weak<Mutex<Vec<Ear>>>,
}

/// The writing ends of all.
#[derive(Default)]
pub(super) struct Ears(Arc<Mutex<Vec<Ear>>>);

struct Ear {
    /// Only this subject; else all.
    subject: Option<u32>,
    queue: mpsc::SyncSender<Fed>,
    mark: Weak<()>,
}

impl Samples {
    /// What waits, oldest first; never waits itself.
    pub(crate) fn try_iter(&self) -> mpsc::TryIter<'_, Fed> {
        self.queue.try_iter()
    }
}

impl Drop for Samples {
    /// Its queue goes at once: a tracker may be silent all day, and a queue alone is told only by the next sample.
    fn drop(&mut self) {
        if let Some(ears) = self.ears.upgrade() {
            let own = Arc::downgrade(&self.mark);
            locked(&ears).retain(|ear| !ear.mark.ptr_eq(&own));
        }
    }
}

impl Ears {
    /// Samples of a subject, or of all, from now on; `room` of them may wait.
    pub(super) fn listen(&self, subject: Option<u32>, room: usize) -> Samples {
        let (sender, queue) = mpsc::sync_channel(room);
        let mark = Arc::new(());
        locked(&self.0).push(Ear { subject, queue: sender, mark: Arc::downgrade(&mark) });
        Samples { queue, mark, ears: Arc::downgrade(&self.0) }
    }

    pub(super) fn tell(&self, subject: u32, at: StageTime, sample: &Sample) {
        for ear in locked(&self.0).iter() {
            if ear.subject.is_none_or(|wanted| wanted == subject) {
                // A reader that does not look misses some.
                let _ = ear.queue.try_send((at, sample.clone()));
            }
        }
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        locked(&self.0).clear();
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_time::FrameRate;
    use cyclorama_tracking::send::{Move, Simulation};

    use super::*;

    fn sample() -> Sample {
        Simulation::new(Move::ALL[0], FrameRate::new(25, 1).expect("a rate")).sample(0)
    }

    fn at(nanos: i64) -> StageTime {
        StageTime::from_nanos(nanos)
    }

    #[test]
    fn each_hears_the_subject_it_asked_for_and_no_more_than_it_has_room_for() {
        let ears = Ears::default();
        let (one, all) = (ears.listen(Some(1), 2), ears.listen(None, 8));
        for nanos in 0..6 {
            ears.tell(u32::from(nanos % 2 == 1), at(nanos), &sample());
        }
        let times = |samples: &Samples| samples.try_iter().map(|(at, _)| at.nanos()).collect::<Vec<_>>();
        assert_eq!((times(&one), times(&all)), (vec![1, 3], vec![0, 1, 2, 3, 4, 5]));
        ears.close();
        assert!(times(&all).is_empty());
    }

    #[test]
    fn those_that_were_dropped_do_not_pile_up_while_no_sample_comes() {
        let ears = Ears::default();
        let kept = ears.listen(None, 1);
        for _ in 0..100 {
            drop(ears.listen(Some(3), 1));
        }
        assert_eq!(locked(&ears.0).len(), 1);
        ears.tell(0, at(0), &sample());
        assert_eq!((locked(&ears.0).len(), kept.try_iter().count()), (1, 1));
    }
}
