//! Sound that carries LTC: a file, what is piped in, or a sound card by ALSA's own recorder.
//!
//! No sound library is linked: docs/decisions/0009 tells why.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    str::FromStr,
};

use cyclorama_outcome::Kind;

use crate::failure::{DoingIo as _, Failure};

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SoundFrom {
    /// A WAV file.
    File(PathBuf),
    /// WAV, or bare 16-bit little-endian mono, on stdin.
    Stdin,
    /// A device as ALSA names it.
    Alsa(String),
}

impl FromStr for SoundFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("ltc", "-")) => Ok(Self::Stdin),
            Some(("ltc", file)) if !file.is_empty() => Ok(Self::File(PathBuf::from(file))),
            Some(("alsa", device)) if !device.is_empty() => Ok(Self::Alsa(device.to_owned())),
            _ => Err("wanted: ltc:FILE, ltc:-, or alsa:DEVICE".to_owned()),
        }
    }
}

/// Open sound, its first channel.
pub(crate) struct Sound {
    input: Box<dyn BufRead + Send>,
    form: Form,
    /// Ends with it.
    recorder: Option<Recorder>,
    bytes: Vec<u8>,
    samples: Vec<f32>,
}

/// Samples of a block: five milliseconds and less.
const BLOCK: usize = 256;
/// What the recorder is started by.
const RECORDER: &str = "arecord";

impl Sound {
    /// Opens it; `sample_rate` is that of bare sound and of a card.
    pub(crate) fn open(from: &SoundFrom, sample_rate: u32) -> Result<Self, Failure> {
        let (mut input, name, recorder): (Box<dyn BufRead + Send>, _, _) = match from {
            SoundFrom::Stdin => (Box::new(BufReader::new(io::stdin())), "stdin".to_owned(), None),
            SoundFrom::File(path) => {
                let name = path.display().to_string();
                let file = File::open(path).doing_io(format!("read {name}"))?;
                (Box::new(BufReader::new(file)), name, None)
            }
            SoundFrom::Alsa(device) => {
                let mut recorder = Recorder::start(device, sample_rate)?;
                let mut sound = BufReader::new(recorder.sound()?);
                // A card that cannot be opened says so before the first sample.
                if sound.fill_buf().doing_io(format!("hear {device}"))?.is_empty() {
                    return Err(recorder.refused(device));
                }
                (Box::new(sound), device.clone(), Some(recorder))
            }
        };
        let form = match recorder {
            Some(_) => Form { sample_rate, channels: 1, bytes: 2 },
            None => Form::read(&mut input, sample_rate).map_err(|error| no_sound(&name, &error))?,
        };
        let bytes = vec![0; form.frame_bytes() * BLOCK];
        Ok(Self { input, form, recorder, bytes, samples: Vec::with_capacity(BLOCK) })
    }

    /// Samples a second.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.form.sample_rate
    }

    /// The next samples, -1 to 1; `None` at the end.
    pub(crate) fn block(&mut self) -> io::Result<Option<&[f32]>> {
        let mut filled = 0;
        while filled < self.bytes.len() {
            match self.input.read(&mut self.bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (form, frames) = (self.form, self.bytes[..filled].chunks_exact(self.form.frame_bytes()));
        self.samples.clear();
        self.samples.extend(frames.map(|frame| form.first_channel(frame)));
        if self.samples.is_empty() {
            let said = self.recorder.as_mut().and_then(Recorder::said);
            return said.map_or(Ok(None), |said| Err(io::Error::other(said)));
        }
        Ok(Some(&self.samples))
    }
}

fn no_sound(name: &str, error: &io::Error) -> Failure {
    Failure::new(Kind::User, format!("failed to hear {name}: {error}"))
        .hint("give WAV of 16 or 24 bits at 32 kHz or more, or bare 16-bit mono")
}

/// ALSA's recorder at work; killed when nobody hears it any more.
struct Recorder(Child);

impl Recorder {
    fn start(device: &str, sample_rate: u32) -> Result<Self, Failure> {
        let mut command = Command::new(RECORDER);
        // A buffer of half a frame: what is heard is not older.
        command.args(["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "--buffer-time=20000", "-D", device]);
        command.args(["-r", &sample_rate.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        match child {
            Ok(child) => Ok(Self(child)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let message =
                    format!("failed to hear {device}: {RECORDER}, ALSA's recorder, is not on this machine");
                Err(Failure::new(Kind::NotFound, message)
                    .hint("install alsa-utils, or pipe the sound in with ltc:-"))
            }
            Err(error) => Err(error).doing_io(format!("start {RECORDER}")),
        }
    }

    fn sound(&mut self) -> Result<std::process::ChildStdout, Failure> {
        self.0.stdout.take().ok_or_else(|| Failure::new(Kind::Internal, "failed to hear: no pipe"))
    }

    /// What it says was wrong, once it has ended.
    fn said(&mut self) -> Option<String> {
        let mut said = String::new();
        let _ = self.0.stderr.take()?.take(4_096).read_to_string(&mut said);
        let line = said.lines().rev().find(|line| !line.trim().is_empty())?;
        // `arecord: main:830: audio open error: No such file or directory`
        Some(line.splitn(3, ": ").last().unwrap_or(line).to_owned())
    }

    fn refused(&mut self, device: &str) -> Failure {
        let said = self.said().unwrap_or_else(|| format!("{RECORDER} gave no sound"));
        Failure::new(Kind::NotFound, format!("failed to hear {device}: {said}"))
            .hint("`arecord -l` lists cards: of card 1, device 0, write alsa:plughw:1,0")
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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
