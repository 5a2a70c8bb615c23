//! Takes that are over: closed at once, or once a disk that refuses their end takes it.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use cyclorama_time::StageTime;

use super::{TakeName, recorder::SlatedTake};
use crate::take::{TakeError, Writer};

/// Takes that may wait for the disk; each holds 16 MiB and a little more at most.
const MOST: usize = 4;
/// How long a disk that refused is left alone.
const AGAIN_NANOS: i64 = 1_000_000_000;

/// A take that is written.
pub(super) struct Written {
    pub(super) name: TakeName,
    pub(super) path: PathBuf,
    pub(super) writer: Writer,
}

impl Written {
    fn close(&mut self) -> Result<SlatedTake, TakeError> {
        let summary = self.writer.finish()?;
        let (name, path) = (self.name.clone(), self.path.clone());
        Ok(SlatedTake { name, path, summary, lost: self.writer.lost() })
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Closing {
    /// Takes that wait, the oldest first, and what the disk said last.
    waiting: VecDeque<(Written, TakeError)>,
    asked: Option<StageTime>,
    /// Datagrams that are missing in takes that are over and wait no more.
    lost: u64,
}

impl Closing {
    /// Closes a take, or lets it wait: then why.
    ///
    /// # Errors
    /// When too many wait: the oldest is given up. What stands in its file stays, as of a recorder that was killed.
    pub(super) fn close(
        &mut self,
        mut take: Written,
        closed: &mut dyn FnMut(SlatedTake),
    ) -> Result<(), TakeError> {
        match take.close() {
            Ok(done) => self.done(take, done, closed),
            Err(refused) => self.waiting.push_back((take, refused)),
        }
        if self.waiting.len() <= MOST {
            return Ok(());
        }
        self.waiting.pop_front().map_or(Ok(()), |(take, refused)| {
            self.lost += take.writer.missing();
            Err(refused)
        })
    }

    /// Tries those that wait once more, once a second.
    pub(super) fn tick(&mut self, now: StageTime, closed: &mut dyn FnMut(SlatedTake)) {
        if self.waiting.is_empty() {
            // The first one of the next wait is asked for a second after it began to.
            self.asked = Some(now);
            return;
        }
        if self.asked.is_some_and(|last| now.nanos_since(last) < AGAIN_NANOS) {
            return;
        }
        self.asked = Some(now);
        self.again(closed);
    }

    /// Tries those that wait for the last time.
    ///
    /// # Errors
    /// What the disk said of the first one that it still refuses. What stands in the files stays.
    pub(super) fn end(&mut self, closed: &mut dyn FnMut(SlatedTake)) -> Result<(), TakeError> {
        self.again(closed);
        let mut outcome = Ok(());
        for (take, refused) in self.waiting.drain(..) {
            self.lost += take.writer.missing();
            outcome = outcome.and(Err(refused));
        }
        outcome
    }

    /// Why takes wait.
    pub(super) fn refused(&self) -> Option<&TakeError> {
        self.waiting.back().map(|(_, refused)| refused)
    }

    /// Why that take waits.
    pub(super) fn refused_of(&self, path: &Path) -> Option<&TakeError> {
        self.waiting.iter().find(|(take, _)| take.path == path).map(|(_, refused)| refused)
    }

    /// Datagrams that are missing in takes that are over, for good.
    pub(super) fn lost(&self) -> u64 {
        self.lost + self.waiting.iter().map(|(take, _)| take.writer.lost()).sum::<u64>()
    }

    fn again(&mut self, closed: &mut dyn FnMut(SlatedTake)) {
        for (mut take, _) in std::mem::take(&mut self.waiting) {
            match take.close() {
                Ok(done) => self.done(take, done, closed),
                Err(refused) => self.waiting.push_back((take, refused)),
            }
        }
    }

    /// Tells of a take once nobody holds its file any more: whoever hears of it may read or move it at once.
    fn done(&mut self, written: Written, take: SlatedTake, closed: &mut dyn FnMut(SlatedTake)) {
        drop(written);
        self.lost += take.lost;
        closed(take);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use cyclorama_time::UtcTime;

    use super::*;
    use crate::{
        Protocol,
        take::{
            State, TakeInfo,
            small_disk::{SmallDisk, noise},
            verify_source,
        },
    };

    const FRAMES: u32 = 100;

    /// A take that is longer than its disk.
    fn take(number: u32) -> (Written, SmallDisk) {
        let disk = SmallDisk::new(4_000);
        let info = TakeInfo::new("test", Protocol::F4, UtcTime::from_nanos(0));
        let mut writer = Writer::to_sink(Box::new(disk.clone()), &info).expect("room for the start");
        for frame in 0..FRAMES {
            let arrived = StageTime::from_nanos(i64::from(frame) * 40_000_000);
            writer.record(arrived, None, &noise(frame, 105), None).expect("it waits");
        }
        let name = TakeName { slate: "A101".to_owned(), take: number };
        let path = PathBuf::from(name.file_stem());
        (Written { name, path, writer }, disk)
    }

    #[test]
    fn a_take_whose_end_the_disk_refuses_is_closed_once_there_is_room() {
        let (mut closing, mut closed) = (Closing::default(), Vec::new());
        let (take, disk) = take(1);
        let path = take.path.clone();
        closing.close(take, &mut |take| closed.push(take)).expect("it waits");
        assert!(closing.refused().is_some() && closing.refused_of(&path).is_some());
        closing.tick(StageTime::from_nanos(0), &mut |take| closed.push(take));
        disk.make_room(usize::MAX);
        closing.tick(StageTime::from_nanos(999_999_999), &mut |take| closed.push(take));
        assert!(closed.is_empty(), "the disk was asked less than a second ago");
        closing.tick(StageTime::from_nanos(1_000_000_000), &mut |take| closed.push(take));
        assert_eq!((closed[0].summary.records, closed[0].lost, closing.lost()), (u64::from(FRAMES), 0, 0));
        assert!(closing.refused().is_none());
        let report = verify_source(Box::new(Cursor::new(disk.held()))).expect("a take");
        assert_eq!(report.state, State::Intact);
    }

    #[test]
    fn of_too_many_that_wait_the_oldest_is_given_up_and_what_is_missing_in_it_is_counted() {
        let (mut closing, mut closed, mut disks) = (Closing::default(), 0, Vec::new());
        for number in 1..=4 {
            let (take, disk) = take(number);
            disks.push(disk);
            closing.close(take, &mut |_| closed += 1).expect("it waits");
        }
        assert_eq!(closing.lost(), 0, "what waits is not lost");
        closing.close(take(5).0, &mut |_| closed += 1).expect_err("no more may wait");
        assert_eq!(closed, 0, "there is no room");
        let report = verify_source(Box::new(Cursor::new(disks[0].held()))).expect("a take");
        assert_eq!((report.state, closing.lost()), (State::Recovered, u64::from(FRAMES) - report.readable));
    }

    #[test]
    fn at_the_end_what_still_waits_is_tried_once_more_and_else_counted() {
        let (mut closing, mut closed) = (Closing::default(), Vec::new());
        let ((first, disk), (second, _)) = (take(1), take(2));
        for take in [first, second] {
            closing.close(take, &mut |take| closed.push(take)).expect("it waits");
        }
        disk.make_room(usize::MAX);
        closing.end(&mut |take| closed.push(take)).expect_err("one has no room");
        assert_eq!((closed.len(), closed[0].name.take), (1, 1));
        assert!(closing.lost() > 0 && closing.refused().is_none());
    }
}
