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
    /// Tells the writing end that somebody still reads: a queue alone tells that only to the next sample.
    _read: Arc<()>,
}

/// The writing ends of all.
#[derive(Default)]
pub(super) struct Ears(Mutex<Vec<Ear>>);

struct Ear {
    /// Only this subject; else all.
    subject: Option<u32>,
    queue: mpsc::SyncSender<Fed>,
    read: Weak<()>,
}

impl Samples {
    /// What waits, oldest first; never waits itself.
    pub(crate) fn try_iter(&self) -> mpsc::TryIter<'_, Fed> {
        self.queue.try_iter()
    }
}

impl Ears {
    /// Samples of a subject, or of all, from now on; `room` of them may wait.
    pub(super) fn listen(&self, subject: Option<u32>, room: usize) -> Samples {
        let (sender, queue) = mpsc::sync_channel(room);
        let read = Arc::new(());
        let mut ears = locked(&self.0);
        // A tracker may be silent all day: those that were dropped meanwhile go now, not with its next sample.
        ears.retain(Ear::is_read);
        ears.push(Ear { subject, queue: sender, read: Arc::downgrade(&read) });
        Samples { queue, _read: read }
    }

    pub(super) fn tell(&self, subject: u32, at: StageTime, sample: &Sample) {
        locked(&self.0).retain(|ear| {
            if ear.subject.is_none_or(|wanted| wanted == subject) {
                // A reader that does not look misses some.
                let _ = ear.queue.try_send((at, sample.clone()));
            }
            ear.is_read()
        });
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        locked(&self.0).clear();
    }
}

impl Ear {
    fn is_read(&self) -> bool {
        self.read.strong_count() > 0
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
        assert!(locked(&ears.0).len() <= 2);
        ears.tell(0, at(0), &sample());
        assert_eq!((locked(&ears.0).len(), kept.try_iter().count()), (1, 1));
    }
}
