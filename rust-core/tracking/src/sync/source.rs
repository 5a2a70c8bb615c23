//! Where subjects come from: a tracker with its timecode; and the beat the primary's engine runs by.

use cyclorama_content::Digest;
use cyclorama_time::{FrameNumber, FrameRate, Timecode};

use super::{SyncError, wire::Wire};

/// Trackers of a record at most.
pub const MOST_SOURCES: usize = 16;
const LABELLED: u8 = 1;
const DROP_FRAME: u8 = 2;

/// A tracker that a record's subjects come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Which one: [`Source::id_of`] the line by which it was opened.
    pub id: [u8; 8],
    /// Its timecode at the moment the record was evaluated for; nothing while it says none.
    pub timecode: Option<Timecode>,
}

/// A frame of the beat that the primary's engine runs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Its number since the beat's origin: beats that passed between two records are the difference.
    pub frame: i64,
    /// Beats per second.
    pub rate: FrameRate,
}

impl Source {
    /// The id of a tracker: nodes that know its line find it without the line being sent.
    pub fn id_of(line: &str) -> [u8; 8] {
        let digest = Digest::of(line.as_bytes());
        std::array::from_fn(|at| digest.as_bytes()[at])
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id);
        let Some(label) = self.timecode else { return out.push(0) };
        out.push(LABELLED | if label.is_drop_frame() { DROP_FRAME } else { 0 });
        // A day has at most 120 frames in each of 86 400 seconds.
        out.extend_from_slice(&(label.frame_of_day().0 as u32).to_le_bytes());
        rate_out(out, label.rate());
    }

    pub(super) fn decode(wire: &mut Wire<'_>) -> Result<Self, SyncError> {
        let id = wire.array()?;
        let timecode = match wire.array()? {
            [0] => None,
            [flags] if flags & !DROP_FRAME == LABELLED => {
                let frame = FrameNumber(u32::from_le_bytes(wire.array()?).into());
                let rate = rate_in(wire)?;
                let label = Timecode::from_frame(frame, rate, flags & DROP_FRAME != 0);
                // One text for each label: those past midnight are none.
                let label = label.ok().filter(|label| label.frame_of_day() == frame);
                Some(label.ok_or(SyncError::Damaged)?)
            }
            _ => return Err(SyncError::Foreign),
        };
        Ok(Self { id, timecode })
    }
}

impl Beat {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.frame.to_le_bytes());
        rate_out(out, self.rate);
    }

    pub(super) fn decode(wire: &mut Wire<'_>) -> Result<Self, SyncError> {
        Ok(Self { frame: i64::from_le_bytes(wire.array()?), rate: rate_in(wire)? })
    }
}

fn rate_out(out: &mut Vec<u8>, rate: FrameRate) {
    out.extend_from_slice(&rate.numerator().to_le_bytes());
    out.extend_from_slice(&rate.denominator().to_le_bytes());
}

fn rate_in(wire: &mut Wire<'_>) -> Result<FrameRate, SyncError> {
    let (numerator, denominator) = (u32::from_le_bytes(wire.array()?), u32::from_le_bytes(wire.array()?));
    let rate = FrameRate::new(numerator, denominator).map_err(|_| SyncError::Damaged)?;
    // In lowest terms, as they are written.
    let same = rate.numerator() == numerator && rate.denominator() == denominator;
    if same { Ok(rate) } else { Err(SyncError::Damaged) }
}
