//! `--house`: where the house's timecode comes from.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::PathBuf,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use cyclorama_outcome::Kind;
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

/// Where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HouseFrom {
    /// LTC in a WAV file, or as WAV or bare 16-bit little-endian mono on stdin (`-`).
    Ltc(PathBuf),
    /// The wall clock, so many minutes ahead of UTC.
    Wall(i64),
}

impl FromStr for HouseFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "wanted: ltc:FILE, ltc:-, wall, or wall:+HH:MM".to_owned();
        match text.split_once(':') {
            Some(("ltc", file)) if !file.is_empty() => Ok(Self::Ltc(PathBuf::from(file))),
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

/// A running source.
pub(super) enum HouseTime {
    Ltc(Arc<Mutex<House>>, Cancel),
    Wall { rate: FrameRate, ahead_nanos: i64 },
}

impl HouseTime {
    /// Starts it; labels count at `rate`.
    pub(super) fn start(
        from: &HouseFrom,
        rate: FrameRate,
        sample_rate: u32,
        cx: &Context,
    ) -> Result<Self, Failure> {
        let HouseFrom::Ltc(file) = from else {
            let HouseFrom::Wall(minutes) = from else { return Err(Failure::new(Kind::Internal, "no house")) };
            return Ok(Self::Wall { rate, ahead_nanos: minutes * 60_000_000_000 });
        };
        let name = file.display().to_string();
        let is_stdin = name == "-";
        let input: Box<dyn Read + Send> = if is_stdin {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(file).doing_io(format!("read {name}"))?)
        };
        let house = Arc::new(Mutex::new(House::default()));
        let cancel = Cancel::new();
        let (theirs, clock, stop) = (house.clone(), cx.clock.clone(), cancel.clone());
        thread::Builder::new()
            .name("ltc".to_owned())
            .spawn(move || {
                let mut input = BufReader::new(input);
                if let Err(error) =
                    listen(&mut input, !is_stdin, rate, sample_rate, &theirs, clock.as_ref(), &stop)
                {
                    tracing::warn!(%error, "the house's timecode ended");
                }
            })
            .doing_io("listen for LTC")?;
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
    input: &mut (impl io::BufRead + ?Sized),
    paced: bool,
    rate: FrameRate,
    sample_rate: u32,
    house: &Mutex<House>,
    clock: &dyn Clock,
    stop: &Cancel,
) -> io::Result<()> {
    let form = Form::read(input, sample_rate)?;
    let mut reader = LtcReader::new(form.sample_rate, rate);
    let begun = clock.now();
    let nanos = |samples: u64| (samples as f64 * 1e9 / f64::from(form.sample_rate)) as i64;
    let mut heard = 0_u64;
    let mut block = vec![0; form.frame_bytes() * 256];
    let mut samples = Vec::new();
    while !stop.is_cancelled() {
        input.read_exact(&mut block)?;
        samples.clear();
        samples.extend(block.chunks_exact(form.frame_bytes()).map(|frame| form.first_channel(frame)));
        heard += samples.len() as u64;
        let mut now = clock.now();
        while paced && now.nanos_since(begun) < nanos(heard) && !stop.is_cancelled() {
            let wait = (nanos(heard) - now.nanos_since(begun)).unsigned_abs();
            thread::park_timeout(Duration::from_nanos(wait.min(20_000_000)));
            now = clock.now();
        }
        // The last sample of a block is heard now.
        reader.samples(&samples, |found| {
            let began = now.plus_nanos(-nanos(heard.saturating_sub(found.begins)));
            house.lock().unwrap_or_else(PoisonError::into_inner).hear(began, found.label);
        });
    }
    Ok(())
}

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    sample_rate: u32,
    channels: u16,
    /// 2 or 3 bytes, little-endian.
    bytes: u16,
}

impl Form {
    /// Reads a WAV header where there is one; else it is 16-bit mono.
    fn read(input: &mut (impl io::BufRead + ?Sized), sample_rate: u32) -> io::Result<Self> {
        if !input.fill_buf()?.starts_with(b"RIFF") {
            return Ok(Self { sample_rate, channels: 1, bytes: 2 });
        }
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut head = [0; 12];
        input.read_exact(&mut head)?;
        if head[8..] != *b"WAVE" {
            return Err(bad("the RIFF file is no WAVE"));
        }
        let mut form = None;
        // A header with more chunks than this is none.
        for _ in 0..64 {
            let mut chunk = [0; 8];
            input.read_exact(&mut chunk)?;
            let length = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
            if chunk[..4] == *b"data" {
                return form.ok_or_else(|| bad("the WAVE has no format"));
            }
            if length > 1 << 20 {
                return Err(bad("the WAVE has a chunk too long before its sound"));
            }
            let mut body = vec![0; (length + length % 2) as usize];
            input.read_exact(&mut body)?;
            if chunk[..4] == *b"fmt " && body.len() >= 16 {
                form = Some(Self::of(&body).ok_or_else(|| bad("only PCM of 16 or 24 bits is read"))?);
            }
        }
        Err(bad("the WAVE has no sound"))
    }

    fn of(body: &[u8]) -> Option<Self> {
        let half = |at: usize| u16::from_le_bytes([body[at], body[at + 1]]);
        let sample_rate = u32::from_le_bytes([body[4], body[5], body[6], body[7]]);
        let (tag, channels, bits) = (half(0), half(2), half(14));
        let known = [1, 0xFFFE].contains(&tag) && (1..=64).contains(&channels) && [16, 24].contains(&bits);
        (known && (32_000..=384_000).contains(&sample_rate)).then_some(Self {
            sample_rate,
            channels,
            bytes: bits / 8,
        })
    }

    fn frame_bytes(&self) -> usize {
        usize::from(self.channels * self.bytes)
    }

    /// The upper 16 bits decide.
    fn first_channel(&self, frame: &[u8]) -> f32 {
        let top = usize::from(self.bytes);
        f32::from(i16::from_le_bytes([frame[top - 2], frame[top - 1]])) / 32_768.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_written_as_people_write_them() {
        assert_eq!("ltc:-".parse(), Ok(HouseFrom::Ltc("-".into())));
        assert_eq!("wall".parse(), Ok(HouseFrom::Wall(0)));
        assert_eq!("wall:-03:30".parse(), Ok(HouseFrom::Wall(-210)));
        for wrong in ["", "ltc", "ltc:", "wall:2", "wall:+25:00", "ntp"] {
            assert!(wrong.parse::<HouseFrom>().is_err(), "{wrong}");
        }
    }

    fn wav(bits: u16, channels: u16) -> Vec<u8> {
        let mut bytes =
            b"RIFF\xff\xff\xff\xffWAVELIST\x02\x00\x00\x00xxfmt \x10\x00\x00\x00\x01\x00".to_vec();
        bytes.extend(channels.to_le_bytes());
        bytes.extend(48_000_u32.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data\xff\xff\xff\x7f");
        bytes
    }

    #[test]
    fn a_wave_says_its_form_and_anything_else_is_bare_samples() {
        let read = |bytes: &[u8]| Form::read(&mut &bytes[..], 44_100);
        assert_eq!(read(&wav(24, 2)).expect("a form"), Form { sample_rate: 48_000, channels: 2, bytes: 3 });
        assert_eq!(read(&[1, 2, 3, 4]).expect("bare"), Form { sample_rate: 44_100, channels: 1, bytes: 2 });
        assert!(read(&wav(8, 1)).is_err() && read(&wav(16, 0)).is_err());
        let whole = wav(16, 1);
        for end in 4..whole.len() {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_a_form_or_refused_and_never_panics(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            for bytes in [bytes.clone(), [b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".as_slice(), &bytes].concat()] {
                if let Ok(form) = Form::read(&mut &bytes[..], 48_000) {
                    proptest::prop_assert!((2..=192).contains(&form.frame_bytes()));
                }
            }
        }
    }

    #[test]
    fn the_upper_bytes_of_a_sample_decide() {
        let form = Form { sample_rate: 48_000, channels: 2, bytes: 3 };
        assert_eq!(form.frame_bytes(), 6);
        assert!((form.first_channel(&[0, 0, 0x40, 9, 9, 9]) - 0.5).abs() < 1e-6);
    }
}
