//! The wall clock against senders' stamps: TAI, UTC taken for TAI, or a clock of their own.

use cyclorama_time::{Clock, SenderTime, StageTime, UtcTime};
use serde::Serialize;

/// What this machine's wall clock showed at a moment of stage time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallReference {
    /// The moment.
    pub stage: StageTime,
    /// What the wall clock showed then.
    pub utc: UtcTime,
    /// How far off it may be, nanoseconds. Only a clock good to a millisecond places samples by itself; any
    /// other still tells one time scale from another.
    pub within_nanos: i64,
}

/// The time scale of a sender's stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// TAI, as PTP has it and OpenTrackIO asks for.
    Tai,
    /// UTC where TAI is due: a common mistake, 37 seconds off.
    Utc,
    /// Seconds since 1900, as NTP counts: the 70 years were not taken off.
    Ntp,
    /// None of these: a clock that runs by itself.
    Own,
}

/// TAI is ahead of UTC by this, since 2017.
const TAI_AHEAD: i64 = 37_000_000_000;
/// From 1900 to 1970.
const SINCE_1900: i64 = 2_208_988_800_000_000_000;
/// Stamps within this of a scale are on it.
const NEAR: i64 = 2_000_000_000;
/// A packet is not older than this when it arrives.
const OLDEST: i64 = 500_000_000;
/// How far the fit to the earliest arrivals may be off at first.
const FIT: i64 = 1_000_000;
/// A wall clock this exact may place samples.
const EXACT: i64 = 1_000_000;

impl WallReference {
    /// What the wall clock shows now; it may be off by `within_nanos`, beside what reading it adds.
    pub fn read(clock: &dyn Clock, within_nanos: i64) -> Self {
        // Two clocks cannot be read at once: of a few tries the one that was least interrupted counts.
        let read = || {
            let (before, utc, after) = (clock.now(), clock.utc(), clock.now());
            (after.nanos_since(before), before, utc)
        };
        let (took, before, utc) = [read(), read(), read()].into_iter().min().unwrap_or_else(read);
        Self { stage: before.plus_nanos(took / 2), utc, within_nanos: within_nanos.saturating_add(took / 2) }
    }

    /// A moment of the stage's clock in TAI, as PTP counts; `None` outside what fits.
    pub fn tai_at(&self, time: StageTime) -> Option<SenderTime> {
        let utc = self.utc.nanos().checked_add(time.nanos().checked_sub(self.stage.nanos())?)?;
        utc.checked_add(TAI_AHEAD).map(SenderTime::from_nanos)
    }

    /// When PTP began to count, 1970-01-01 TAI, on the stage's clock.
    pub fn ptp_epoch(&self) -> StageTime {
        self.stage.plus_nanos(self.utc.nanos().saturating_add(TAI_AHEAD).saturating_neg())
    }

    /// The scale of a stamp whose packet arrived at `arrived`.
    pub(super) fn scale_of(&self, stamp: SenderTime, arrived: StageTime) -> Scale {
        let near = |scale: &Scale| {
            self.place(stamp, *scale).is_some_and(|at| arrived.nanos_since(at).saturating_abs() < NEAR)
        };
        [Scale::Tai, Scale::Utc, Scale::Ntp].into_iter().find(near).unwrap_or(Scale::Own)
    }

    /// Where a stamp stands on the stage's clock; `None` for clocks of their own.
    pub(super) fn place(&self, stamp: SenderTime, scale: Scale) -> Option<StageTime> {
        let ahead = match scale {
            Scale::Tai => TAI_AHEAD,
            Scale::Utc => 0,
            Scale::Ntp => SINCE_1900,
            Scale::Own => return None,
        };
        let utc = stamp.nanos().checked_sub(ahead)?;
        Some(self.stage.plus_nanos(utc.checked_sub(self.utc.nanos())?))
    }

    /// Whether a packet can have travelled that long.
    pub(super) fn is_plausible(&self, travelled_nanos: i64) -> bool {
        let early = self.within_nanos.saturating_add(FIT).saturating_neg();
        (early..=OLDEST).contains(&travelled_nanos)
    }

    /// Whether the wall clock is exact enough to place samples.
    pub(super) fn is_exact(&self) -> bool {
        (0..=EXACT).contains(&self.within_nanos)
    }
}
