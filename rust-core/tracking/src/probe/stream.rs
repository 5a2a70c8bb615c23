//! One subject of one sender: rate, jitter, and what its counter says is missing.

use std::{collections::BTreeMap, net::SocketAddr};

use cyclorama_time::StageTime;
use serde::Serialize;

use crate::{ClockSource, Protocol, Sample};

/// Distances between arrivals that are kept: the first so many.
const MOST_GAPS: usize = 8192;

/// What is remembered of a subject.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    samples: u64,
    poses: u64,
    first: Option<StageTime>,
    last: Option<StageTime>,
    gaps: Vec<i64>,
    sequence: Option<u32>,
    /// The highest number seen tells how wide the counter is.
    widest: u32,
    steps: Vec<(u32, u32)>,
    timecode: bool,
    own_time: bool,
    genlocked: bool,
    clock: Option<ClockReport>,
}

/// What a tracker says its clock follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockReport {
    /// What it follows.
    pub source: ClockSource,
    /// It says that it is locked to it.
    pub locked: bool,
    /// The PTP leader, as six pairs of hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// The PTP domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<u8>,
}

/// Who a stream comes from.
pub(super) struct About {
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    pub(super) source: SocketAddr,
    pub(super) subject: String,
    pub(super) name: Option<String>,
    pub(super) accepted: u64,
    pub(super) rejected: BTreeMap<&'static str, u64>,
}

/// What is known of one stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamReport {
    /// What it speaks.
    pub protocol: Protocol,
    /// The port it is sent to.
    pub port: u16,
    /// Who sends.
    pub source: SocketAddr,
    /// What is tracked; empty when no message was sound.
    pub subject: String,
    /// The name its server gives the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Samples of this subject.
    pub samples: u64,
    /// Those with a pose.
    pub poses: u64,
    /// Samples per second; absent below three samples.
    pub rate_hz: Option<f64>,
    /// 95 of 100 distances between arrivals are within so much of the usual one, ms.
    pub jitter_ms: Option<f64>,
    /// Numbers missing in its counter; absent when it has none.
    pub lost: Option<u64>,
    /// Numbers that came again or late.
    pub out_of_order: Option<u64>,
    /// Sound messages of this sender.
    pub accepted: u64,
    /// Damaged messages of this sender, by cause.
    pub rejected: BTreeMap<&'static str, u64>,
    /// It carries timecode.
    pub timecode: bool,
    /// It carries the tracker's own time.
    pub own_time: bool,
    /// It says that it is genlocked.
    pub genlocked: bool,
    /// What it says its clock follows; the newest word. Absent when it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockReport>,
    /// What to do about it.
    pub advice: Vec<String>,
}

impl Stream {
    pub(super) fn sample(&mut self, sample: &Sample) {
        self.samples += 1;
        self.poses += u64::from(sample.pose.is_some());
        if let Some(last) = self.last.filter(|_| self.gaps.len() < MOST_GAPS) {
            self.gaps.push(sample.arrived.nanos_since(last));
        }
        self.first = self.first.or(Some(sample.arrived));
        self.last = Some(sample.arrived);
        if let Some(number) = sample.sequence {
            self.widest = self.widest.max(number);
            if let Some(before) = self.sequence.filter(|_| self.steps.len() < MOST_GAPS) {
                self.steps.push((before, number));
            }
            self.sequence = Some(number);
        }
        self.timecode |= sample.timecode.is_some();
        self.own_time |= sample.sampled.is_some();
        self.genlocked |= sample.genlocked == Some(true);
        if let Some(source) = sample.clocking.source {
            let pairs = |leader: [u8; 6]| leader.map(|byte| format!("{byte:02x}")).join(":");
            self.clock = Some(ClockReport {
                source,
                locked: sample.genlocked == Some(true),
                leader: sample.clocking.leader.map(pairs),
                domain: sample.clocking.domain,
            });
        }
    }

    pub(super) fn report(&self, about: About) -> StreamReport {
        let usual = self.usual_gap();
        // A gap of several usual distances is loss, told elsewhere: only what is left beside them scatters.
        let beside = |gap: i64, usual: i64| {
            let steps = (gap as f64 / usual.max(1) as f64).round().max(1.0);
            (gap - (steps * usual as f64) as i64).abs()
        };
        let mut off: Vec<i64> =
            usual.iter().flat_map(|usual| self.gaps.iter().map(move |gap| beside(*gap, *usual))).collect();
        off.sort_unstable();
        let jitter_ms = (off.len() >= 2).then(|| off[off.len() * 95 / 100] as f64 * 1e-6);
        let counted = self.sequence.filter(|_| !self.steps.is_empty()).map(|_| self.counted(about.protocol));
        StreamReport {
            protocol: about.protocol,
            port: about.port,
            source: about.source,
            subject: about.subject,
            name: about.name,
            samples: self.samples,
            poses: self.poses,
            rate_hz: self.rate(),
            jitter_ms,
            lost: counted.map(|(lost, _)| lost),
            out_of_order: counted.map(|(_, late)| late),
            accepted: about.accepted,
            rejected: about.rejected,
            timecode: self.timecode,
            own_time: self.own_time,
            genlocked: self.genlocked,
            clock: self.clock.clone(),
            advice: Vec::new(),
        }
    }

    /// The usual distance between arrivals, nanoseconds: over four in a row, where scatter evens out, and of
    /// those one in which nothing was lost.
    fn usual_gap(&self) -> Option<i64> {
        let row = if self.gaps.len() >= 16 { 4 } else { 1 };
        let mut rows: Vec<i64> =
            self.gaps.windows(row).map(|gaps| gaps.iter().sum::<i64>() / row as i64).collect();
        rows.sort_unstable();
        rows.get(rows.len() / 4).copied()
    }

    fn rate(&self) -> Option<f64> {
        let seconds = self.last?.nanos_since(self.first?) as f64 * 1e-9;
        (self.samples > 2 && seconds > 0.0).then(|| (self.samples - 1) as f64 / seconds)
    }

    /// Missing numbers, and those that came again or late.
    fn counted(&self, protocol: Protocol) -> (u64, u64) {
        let size: i64 = match protocol {
            Protocol::F4 | Protocol::FreeD => 16,
            Protocol::Psn => 256,
            Protocol::OpenTrackIO if self.widest < 65_536 => 65_536,
            Protocol::OpenTrackIO => 1 << 32,
        };
        let (mut lost, mut late) = (0i64, 0);
        for (before, now) in &self.steps {
            let step = (i64::from(*now) - i64::from(*before)).rem_euclid(size);
            if step == 0 || step > size / 2 {
                late += 1;
                // What came late was counted as missing before.
                lost -= i64::from(step != 0);
            } else {
                lost += step - 1;
            }
        }
        (lost.max(0).unsigned_abs(), late)
    }
}
