//! A subject at any time, evaluated on the thread that asks: the samples come through a bounded queue without a lock.

use cyclorama_time::StageTime;
use cyclorama_tracking::live::{Live, LiveOptions};

use super::{
    Details, Pose, convert,
    samples::{Fed, Samples},
};
use crate::{Status, failure::Failure};

/// Samples that may wait for their reader: a second at 240 Hz. What comes while it is full is not evaluated.
pub(crate) const ROOM: usize = 256;

/// See the module.
pub(crate) struct Reader {
    subject: u32,
    live: Live,
    samples: Option<Samples>,
    newest: Option<Fed>,
}

impl Reader {
    pub(super) fn new(subject: u32, options: LiveOptions, samples: Samples) -> Self {
        Self { subject, live: Live::new(options), samples: Some(samples), newest: None }
    }

    /// One that never gives anything.
    pub(super) fn ended() -> Self {
        Self { subject: 0, live: Live::new(LiveOptions::default()), samples: None, newest: None }
    }

    pub(super) fn at(&mut self, at_ns: i64, pose: &mut Pose, details: &mut Details) -> Result<(), Failure> {
        let samples = self.samples.as_ref().ok_or(Status::Internal)?;
        // No more than were waiting: whoever asks has a frame to finish.
        for fed in samples.try_iter().take(ROOM) {
            self.live.take(fed.0, &fed.1);
            self.newest = Some(fed);
        }
        let (sampled, sample) = self.newest.as_ref().ok_or(Status::NotFound)?;
        let evaluated = self.live.at(StageTime::from_nanos(at_ns)).ok_or(Status::NotFound)?;
        let told = convert::Told {
            subject: self.subject,
            sampled: *sampled,
            sample,
            evaluated: &evaluated,
            timecode: sample.timecode,
        };
        *pose = told.pose();
        *details = told.details();
        Ok(())
    }
}
