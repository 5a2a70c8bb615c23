//! Makes a take from recorded messages, at the rate they came.
//!
//! The times of a recording without arrival times come, in this order, from a rate that is given, from the
//! timecode of its samples, or from the time the tracker says it sampled. Damaged messages are kept too: a
//! take holds what was sent.

use std::{fs, path::Path};

use cyclorama_time::{FrameRate, StageTime, Timecode};

use super::{TakeError, TakeInfo, TakeSummary, Writer, place::Unfinished};
use crate::{Decoder, Protocol, Sample, Summary, decoder::split};

/// How to import a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Messages per second, where the recording does not carry it or is to be overruled.
    pub rate: Option<FrameRate>,
}

/// What an import made.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Imported {
    /// The new take.
    pub take: TakeSummary,
    /// What became of its messages when they were decoded to learn their times.
    pub decoded: Summary,
}

/// Writes the messages in `recording` as a take to `path`. Protocol and decoding come from `info`.
///
/// # Errors
/// When the recording holds no message, carries no time and no rate was given, when `path` exists, or the disk
/// refuses. Then nothing stands at `path`.
pub fn import(
    recording: &[u8],
    path: &Path,
    info: &TakeInfo,
    options: ImportOptions,
) -> Result<Imported, TakeError> {
    let place = Unfinished::at(path)?;
    let datagrams = split(info.protocol, recording);
    let (marks, decoded) = marks(info, &datagrams, recording);
    if decoded.accepted == 0 {
        return Err(TakeError::NothingToImport { protocol: info.protocol });
    }
    let times = arrivals(info.protocol, &marks, options.rate)?;
    // A rest of a run that was killed under the same process number.
    let _ = fs::remove_file(place.temporary());
    let mut writer = Writer::create(place.temporary(), info)?;
    for ((range, mark), arrived) in datagrams.into_iter().zip(&marks).zip(times) {
        for part in recording[range].chunks(super::record::MAX_DATAGRAM) {
            writer.record(arrived, None, part, mark.timecode)?;
        }
    }
    let take = writer.close()?;
    place.place()?;
    Ok(Imported { take, decoded })
}

/// What one datagram says about its time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mark {
    timecode: Option<Timecode>,
    sampled_nanos: Option<i64>,
}

fn marks(info: &TakeInfo, datagrams: &[std::ops::Range<usize>], recording: &[u8]) -> (Vec<Mark>, Summary) {
    let mut decoder = Decoder::new(info.protocol, info.options.clone());
    let mut samples: Vec<Sample> = Vec::new();
    let mut mark = |range: &std::ops::Range<usize>| {
        samples.clear();
        decoder.datagram(StageTime::default(), None, &recording[range.clone()], &mut samples);
        Mark {
            timecode: samples.iter().find_map(|sample| sample.timecode),
            sampled_nanos: samples
                .iter()
                .find_map(|sample| sample.sampled)
                .map(cyclorama_time::SenderTime::nanos),
        }
    };
    let marks = datagrams.iter().map(&mut mark).collect();
    (marks, decoder.summary().clone())
}

/// One arrival time for each datagram, beginning at zero and never going back.
fn arrivals(
    protocol: Protocol,
    marks: &[Mark],
    rate: Option<FrameRate>,
) -> Result<Vec<StageTime>, TakeError> {
    if let Some(rate) = rate {
        return Ok((0i64..).take(marks.len()).map(|index| at(rate, index)).collect());
    }
    if marks.iter().any(|mark| mark.timecode.is_some()) {
        return Ok(by_timecode(marks));
    }
    if marks.iter().any(|mark| mark.sampled_nanos.is_some()) {
        return Ok(by_sampling(marks));
    }
    match marks {
        [_] => Ok(vec![StageTime::default()]),
        _ => Err(TakeError::RateNeeded { protocol }),
    }
}

fn at(rate: FrameRate, frame: i64) -> StageTime {
    StageTime::from_nanos(rate.nanos_at(cyclorama_time::FrameNumber(frame)))
}

/// Timecode gives the frame; datagrams of one frame share it evenly. A jump in timecode takes one frame.
fn by_timecode(marks: &[Mark]) -> Vec<StageTime> {
    let mut times = Vec::with_capacity(marks.len());
    let mut frame = 0i64;
    let mut last: Option<Timecode> = None;
    let mut rest = marks;
    while !rest.is_empty() {
        // A group: one label, and the datagrams without a label that follow it.
        let label = rest[0].timecode;
        let more = rest[1..].iter().take_while(|mark| mark.timecode.is_none() || mark.timecode == label);
        let (group, after) = rest.split_at(1 + more.count());
        if let (Some(label), Some(before)) = (label.or(last), last) {
            let step = if label.rate() == before.rate() { label.frames_since(before) } else { 1 };
            let longest = i64::from(label.rate().nominal()) * LONGEST_GAP_SECONDS;
            frame += if (1..=longest).contains(&step) { step } else { 1 };
        }
        last = label.or(last);
        let rate = last
            .or_else(|| marks.iter().find_map(|mark| mark.timecode))
            .map_or(FrameRate::FPS_25, Timecode::rate);
        let (from, to) = (at(rate, frame), at(rate, frame + 1));
        let length = to.nanos_since(from);
        times.extend(
            (0..group.len()).map(|index| from.plus_nanos(length * index as i64 / group.len() as i64)),
        );
        rest = after;
    }
    times
}

/// The tracker's own clock; where it steps back or far ahead, its usual step is taken instead.
fn by_sampling(marks: &[Mark]) -> Vec<StageTime> {
    let steps = || {
        let stamps = || marks.iter().filter_map(|mark| mark.sampled_nanos);
        stamps().zip(stamps().skip(1)).map(|(before, after)| after.saturating_sub(before))
    };
    let mut usual: Vec<_> = steps().filter(|step| *step > 0).collect();
    usual.sort_unstable();
    let usual = usual.get(usual.len() / 2).copied().unwrap_or(0);
    let (mut now, mut last) = (StageTime::default(), None);
    let mut next = |mark: &Mark| {
        if let (Some(stamp), Some(before)) = (mark.sampled_nanos, last) {
            let step = stamp.saturating_sub(before);
            let believable = (0..=LONGEST_GAP_SECONDS * 1_000_000_000).contains(&step);
            now = now.plus_nanos(if believable { step } else { usual });
        }
        last = mark.sampled_nanos.or(last);
        now
    };
    marks.iter().map(&mut next).collect()
}

/// A gap in timecode or sampling time up to this long is believed; a longer one is a cut in the recording.
const LONGEST_GAP_SECONDS: i64 = 600;

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(text: &str) -> Mark {
        let timecode = Timecode::parse(text, FrameRate::FPS_25).expect("a label");
        Mark { timecode: Some(timecode), ..Mark::default() }
    }

    fn millis(marks: &[Mark], rate: Option<FrameRate>) -> Vec<i64> {
        let times = arrivals(Protocol::F4, marks, rate).expect("times");
        times.into_iter().map(|time| time.nanos() / 1_000_000).collect()
    }

    #[test]
    fn timecode_gives_the_times_over_gaps_and_midnight() {
        let marks = ["23:59:59:23", "23:59:59:24", "00:00:00:00", "00:00:00:03"].map(labelled);
        assert_eq!(millis(&marks, None), [0, 40, 80, 200]);
    }

    #[test]
    fn datagrams_of_one_frame_share_it() {
        let marks = ["01:00:00:00", "01:00:00:00", "01:00:00:01"].map(labelled);
        assert_eq!(millis(&marks, None), [0, 20, 40]);
        let marks = [labelled("01:00:00:00"), Mark::default(), labelled("01:00:00:01"), Mark::default()];
        assert_eq!(millis(&marks, None), [0, 20, 40, 60]);
    }

    #[test]
    fn a_jump_back_takes_one_frame() {
        let marks = ["01:00:00:00", "00:30:00:00", "00:30:00:01"].map(labelled);
        assert_eq!(millis(&marks, None), [0, 40, 80]);
    }

    #[test]
    fn a_given_rate_overrules_the_recording() {
        let marks = ["01:00:00:00", "01:00:00:05"].map(labelled);
        assert_eq!(millis(&marks, Some(FrameRate::FPS_50)), [0, 20]);
    }

    #[test]
    fn the_trackers_clock_gives_the_times_and_its_steps_back_do_not() {
        let stamped = |nanos| Mark { sampled_nanos: Some(nanos), ..Mark::default() };
        let marks = [5_000_000_000, 5_010_000_000, 4_000_000_000, 4_010_000_000].map(stamped);
        assert_eq!(millis(&marks, None), [0, 10, 20, 30]);
    }

    #[test]
    fn a_recording_without_any_time_needs_a_rate() {
        let error = arrivals(Protocol::FreeD, &[Mark::default(); 2], None).expect_err("no time");
        assert!(matches!(error, TakeError::RateNeeded { .. }));
    }
}
