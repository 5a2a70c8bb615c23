//! `--house`: where the house's timecode comes from.

pub(super) mod sound;

use std::{
    str::FromStr,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::{Clock, FrameRate, StageTime, Timecode};
use cyclorama_tracking::{
    clock::WallReference,
    house::{self, House, LtcReader},
};

use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
};
use sound::{Sound, SoundFrom};

/// Where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HouseFrom {
    /// LTC, as sound.
    Ltc(SoundFrom),
    /// The wall clock, so many minutes ahead of UTC.
    Wall(i64),
}

impl FromStr for HouseFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "wanted: ltc:FILE, ltc:-, alsa:DEVICE, wall, or wall:+HH:MM".to_owned();
        if let Ok(sound) = text.parse() {
            return Ok(Self::Ltc(sound));
        }
        match text.split_once(':') {
            None if text == "wall" => Ok(Self::Wall(0)),
            Some(("wall", ahead)) => {
                let sign = if ahead.starts_with('-') { -1 } else { 1 };
                let (hours, minutes) =
                    ahead.trim_start_matches(['+', '-']).split_once(':').ok_or_else(wanted)?;
                let within =
                    |text: &str, most: i64| text.parse().ok().filter(|value| (0..=most).contains(value));
                let parts = within(hours, 14).zip(within(minutes, 59)).ok_or_else(wanted)?;
                Ok(Self::Wall(sign * (60 * parts.0 + parts.1)))
            }
            _ => Err(wanted()),
        }
    }
}

/// Reads the rate of LTC's labels.
pub(super) fn ltc_rate(text: &str) -> Result<FrameRate, String> {
    let rate: FrameRate = text.parse().map_err(|error| format!("{error}"))?;
    if rate.as_f64() > 30.01 {
        return Err(
            "LTC counts 30 frames a second at most; at 50 or 60 it counts every second frame".to_owned()
        );
    }
    Ok(rate)
}

/// A running source.
pub(super) enum HouseTime {
    Ltc(Arc<Mutex<House>>, Cancel),
    Wall { rate: FrameRate, ahead_nanos: i64 },
}

/// A card or a file has said within this that it cannot be heard.
const OPENS_WITHIN: Duration = Duration::from_secs(3);

impl HouseTime {
    /// Starts it; labels count at `rate`.
    pub(super) fn start(
        from: &HouseFrom,
        rate: FrameRate,
        sample_rate: u32,
        cx: &Context,
    ) -> Result<Self, Failure> {
        let from = match from {
            HouseFrom::Ltc(from) => from.clone(),
            HouseFrom::Wall(minutes) => {
                return Ok(Self::Wall { rate, ahead_nanos: minutes * 60_000_000_000 });
            }
        };
        let house = Arc::new(Mutex::new(House::default()));
        let cancel = Cancel::new();
        let (theirs, clock, stop) = (house.clone(), cx.clock.clone(), cancel.clone());
        let waits = from != SoundFrom::Stdin;
        let (opened, outcome) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("ltc".to_owned())
            .spawn(move || {
                let paced = matches!(from, SoundFrom::File(_));
                match Sound::open(&from, sample_rate) {
                    Ok(sound) => {
                        let _ = opened.send(Ok(()));
                        if let Err(error) = listen(sound, paced, rate, &theirs, clock.as_ref(), &stop) {
                            tracing::warn!("the house's timecode ended: {error}");
                        }
                    }
                    Err(failure) => {
                        let _ = opened.send(Err(failure));
                    }
                }
            })
            .doing_io("listen for LTC")?;
        // Whoever pipes sound in may take their time.
        if waits && let Ok(outcome) = outcome.recv_timeout(OPENS_WITHIN) {
            outcome?;
        }
        Ok(Self::Ltc(house, cancel))
    }

    /// The label at a time.
    pub(super) fn label(&self, time: StageTime, wall: impl Fn() -> WallReference) -> Option<Timecode> {
        match self {
            Self::Ltc(house, _) => house.lock().unwrap_or_else(PoisonError::into_inner).label(time),
            Self::Wall { rate, ahead_nanos } => house::wall_label(&wall(), time, *rate, *ahead_nanos),
        }
    }
}

impl Drop for HouseTime {
    fn drop(&mut self) {
        // The thread ends with its next block of sound; one that waits for stdin ends with the process.
        if let Self::Ltc(_, cancel) = self {
            cancel.cancel();
        }
    }
}

/// Reads sound block by block. A file is read at the pace it would be heard.
fn listen(
    mut sound: Sound,
    paced: bool,
    rate: FrameRate,
    house: &Mutex<House>,
    clock: &dyn Clock,
    stop: &Cancel,
) -> std::io::Result<()> {
    let sample_rate = sound.sample_rate();
    let mut reader = LtcReader::new(sample_rate, rate);
    let begun = clock.now();
    let nanos = |samples: u64| (samples as f64 * 1e9 / f64::from(sample_rate)) as i64;
    let mut heard = 0_u64;
    while !stop.is_cancelled() {
        let Some(samples) = sound.block()? else { return Ok(()) };
        heard += samples.len() as u64;
        let mut now = clock.now();
        while paced && now.nanos_since(begun) < nanos(heard) && !stop.is_cancelled() {
            let wait = (nanos(heard) - now.nanos_since(begun)).unsigned_abs();
            thread::park_timeout(Duration::from_nanos(wait.min(20_000_000)));
            now = clock.now();
        }
        // The last sample of a block is heard now.
        reader.samples(samples, |found| {
            let began = now.plus_nanos(-nanos(heard.saturating_sub(found.begins)));
            house.lock().unwrap_or_else(PoisonError::into_inner).hear(began, found.label);
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_written_as_people_write_them() {
        assert_eq!("ltc:-".parse(), Ok(HouseFrom::Ltc(SoundFrom::Stdin)));
        assert_eq!("alsa:plughw:1,0".parse(), Ok(HouseFrom::Ltc(SoundFrom::Alsa("plughw:1,0".to_owned()))));
        assert_eq!("wall".parse(), Ok(HouseFrom::Wall(0)));
        assert_eq!("wall:-03:30".parse(), Ok(HouseFrom::Wall(-210)));
        for wrong in ["", "ltc", "ltc:", "alsa:", "wall:2", "wall:+25:00", "ntp"] {
            assert!(wrong.parse::<HouseFrom>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ltc_has_no_rate_above_thirty() {
        assert!(["24", "25", "23.976", "29.97", "30"].iter().all(|rate| ltc_rate(rate).is_ok()));
        assert!(ltc_rate("50").unwrap_err().contains("every second frame"));
    }
}
