//! A host that draws nothing of worth and fails on purpose, one way at a time.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use cyclorama_render::content::ContentName;
use cyclorama_render::frame::{
    Channel, FrameFormat, Header, Image, PngDepth, encode_exr_with, encode_png_frame,
};
use cyclorama_render::host::protocol::{FrameHeader, Open, Render};
use cyclorama_render::host::{Draws, Host, HostError};
use cyclorama_render::plan::{ChannelNames, Passes, channels_of};
use cyclorama_time::FrameNumber;

/// A way to fail at a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Ends at once, in the middle of the frame.
    Crash,
    /// Never says anything again.
    Hang,
    /// Leaves half a file.
    Truncate,
    /// Says in the header that it is the frame after.
    WrongNumber,
    /// Puts a value that is no number into the picture.
    Nan,
    /// Draws nothing.
    Black,
    /// Draws the frame before again.
    Duplicate,
    /// Draws another size.
    WrongSize,
    /// Reports a file that it did not write.
    Missing,
    /// Reports an error.
    Report,
    /// Leaves many files in its folder that nobody asked for, 2 MiB.
    Fill,
    /// Leaves one such file.
    Flood,
    /// Leaves out what the job wants beside the beauty.
    NoPass,
    /// Puts a value that is no number into the depth.
    NanDepth,
    /// Writes a file of the other format.
    OtherFormat,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Crash,
        Self::Hang,
        Self::Truncate,
        Self::WrongNumber,
        Self::Nan,
        Self::Black,
        Self::Duplicate,
        Self::WrongSize,
        Self::Missing,
        Self::Report,
        Self::Fill,
        Self::Flood,
        Self::NoPass,
        Self::NanDepth,
        Self::OtherFormat,
    ];

    /// Its name on the command line of the fake host.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::Truncate => "truncate",
            Self::WrongNumber => "wrong-number",
            Self::Nan => "nan",
            Self::Black => "black",
            Self::Duplicate => "duplicate",
            Self::WrongSize => "wrong-size",
            Self::Missing => "missing",
            Self::Report => "report",
            Self::Fill => "fill",
            Self::Flood => "flood",
            Self::NoPass => "no-pass",
            Self::NanDepth => "nan-depth",
            Self::OtherFormat => "other-format",
        }
    }
}

impl FromStr for Mode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|mode| mode.name() == text).ok_or_else(|| format!("`{text}` is no mode"))
    }
}

/// The fake host. Frame number, and nothing else, decides what it draws.
pub struct FakeHost {
    faults: BTreeMap<i64, Mode>,
    /// With a folder a fault happens once per frame, and the folder remembers; without, every time.
    once: Option<PathBuf>,
    slow: Duration,
    start: Duration,
    size: (u32, u32),
    needs: Option<PathBuf>,
    crowd: Option<PathBuf>,
    format: FrameFormat,
    passes: Passes,
    knows_passes: bool,
}

impl FakeHost {
    /// A host that fails at the given frames, each time, or once as remembered by files in `once`, and waits for
    /// `slow` at each frame, also of a walk-in, in place of drawing.
    pub fn new(faults: BTreeMap<i64, Mode>, once: Option<PathBuf>, slow: Duration) -> Self {
        Self {
            faults,
            once,
            slow,
            start: Duration::ZERO,
            size: (16, 9),
            needs: None,
            crowd: None,
            format: FrameFormat::Exr,
            passes: Passes::default(),
            knows_passes: true,
        }
    }

    /// The same, and it draws nothing but the beauty.
    #[must_use]
    pub fn of_beauty_alone(self, alone: bool) -> Self {
        Self { knows_passes: !alone, ..self }
    }

    /// The same, and it waits for so long when a scene is opened.
    #[must_use]
    pub fn starting_in(self, start: Duration) -> Self {
        Self { start, ..self }
    }

    /// The same, and it opens no scene unless `file`, which begins with the name of content, is where it is told that content lies.
    #[must_use]
    pub fn needing(self, file: Option<PathBuf>) -> Self {
        Self { needs: file, ..self }
    }

    /// The same, and it tells in `file` of each frame how many of its frames lay in its folder, this one among them.
    #[must_use]
    pub fn counting(self, file: Option<PathBuf>) -> Self {
        Self { crowd: file, ..self }
    }

    fn count_beside(&self, path: &Path) -> std::io::Result<()> {
        let (Some(file), Some(folder)) = (&self.crowd, path.parent()) else { return Ok(()) };
        let is_frame = |name: &Path| name.extension().is_some_and(|end| end == self.format.extension());
        let there = std::fs::read_dir(folder)?.flatten().filter(|entry| is_frame(&entry.path())).count();
        let mut file = std::fs::File::options().append(true).create(true).open(file)?;
        writeln!(file, "{there}")
    }

    #[expect(clippy::disallowed_methods, reason = "a host of its own, not a part of the command")]
    fn lacks(&self, open: &Open) -> Option<String> {
        let needed = self.needs.as_ref()?;
        let mut parts = needed.components();
        let name = parts.next()?.as_os_str().to_str()?.parse::<ContentName>().ok()?;
        let told = std::env::var_os(name.variable()).map(PathBuf::from);
        let there = open.content.get(&name).filter(|folder| told.as_ref() == Some(folder));
        let there = there.is_some_and(|folder| folder.join(parts.as_path()).is_file());
        (!there).then(|| format!("{} is not there", needed.display()))
    }

    fn fault(&self, frame: i64) -> Option<Mode> {
        let mode = *self.faults.get(&frame)?;
        let Some(folder) = &self.once else { return Some(mode) };
        let mark = folder.join(format!("fault-{frame}"));
        std::fs::File::create_new(mark).is_ok().then_some(mode)
    }
}

/// Leaves `bytes` in so many files beside `path`.
fn leave(path: &Path, files: usize, bytes: usize) -> Result<(), HostError> {
    for file in 0..files {
        let litter = path.with_extension(format!("litter-{file}"));
        std::fs::write(litter, vec![0; bytes / files]).map_err(|error| HostError(error.to_string()))?;
    }
    Ok(())
}

/// What the fake host draws at `frame`.
pub fn picture(frame: i64, (width, height): (u32, u32)) -> Image {
    // Half floats tell no more of these apart.
    let red = (frame % 1024) as f32 / 64.0;
    let pixels = (0..width * height).map(|i| [red, i as f32 / 256.0, (i % 7) as f32 / 8.0]).collect();
    Image { width, height, pixels }
}

/// What the fake host draws beside the beauty: all channels of these passes, each of one value.
fn others(passes: &Passes, pixels: usize) -> Vec<Channel> {
    let flat = |name: &str| Channel::single(name, vec![0.5; pixels]);
    let of = |pass| match channels_of(pass) {
        ChannelNames::Exactly(names) => names.iter().map(|name| flat(name)).collect(),
        ChannelNames::Layer(layer) => vec![flat(&format!("{layer}.R"))],
    };
    passes.others().flat_map(of).collect()
}

impl Host for FakeHost {
    fn draws(&self) -> Draws {
        if self.knows_passes { Draws::Unknown } else { Draws::These(&["beauty"]) }
    }

    fn writes(&self, _: FrameFormat) -> bool {
        true
    }

    fn software(&self) -> String {
        "fake 1".to_owned()
    }

    #[expect(clippy::disallowed_methods, reason = "a host that starts slowly")]
    fn open(&mut self, open: &Open) -> Result<(), HostError> {
        std::thread::sleep(self.start);
        (self.size, self.format, self.passes) = ((open.width, open.height), open.format, open.passes.clone());
        if let Some(lack) = self.lacks(open) {
            return Err(HostError(lack));
        }
        let there = open.scene.is_file();
        if there { Ok(()) } else { Err(HostError("the scene is not there".to_owned())) }
    }

    fn begin_range(&mut self, _: &Render) {}

    #[expect(clippy::disallowed_methods, reason = "a host that is slow")]
    fn walk_in(&mut self, _: FrameNumber) -> Result<(), HostError> {
        std::thread::sleep(self.slow);
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "a host that crashes and one that is slow")]
    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError> {
        let frame = header.frame.0;
        let fault = self.fault(frame);
        std::thread::sleep(self.slow);
        let mut image = picture(frame, self.size);
        let mut number = header.frame;
        match fault {
            Some(Mode::Crash) => std::process::exit(42),
            Some(Mode::Hang) => loop {
                std::thread::park();
            },
            Some(Mode::Report) => return Err(HostError("out of paint".to_owned())),
            Some(Mode::Missing) => return Ok(()),
            Some(Mode::Fill) => leave(path, 16, 2 << 20)?,
            Some(Mode::Flood) => leave(path, 1, 2 << 20)?,
            Some(Mode::WrongNumber) => number = FrameNumber(frame + 1),
            Some(Mode::Nan) => image.pixels[7][2] = f32::NAN,
            Some(Mode::Black) => image.pixels.fill([0.0; 3]),
            Some(Mode::Duplicate) => image = picture(frame - 1, self.size),
            Some(Mode::WrongSize) => image = picture(frame, (self.size.0 + 1, self.size.1)),
            Some(Mode::Truncate | Mode::NoPass | Mode::NanDepth | Mode::OtherFormat) | None => {}
        }
        let mut beside = others(&self.passes, image.pixels.len());
        match fault {
            Some(Mode::NoPass) => beside.clear(),
            Some(Mode::NanDepth) => {
                let spoilt = (0..image.pixels.len()).map(|pixel| if pixel == 20 { f32::NAN } else { 0.5 });
                beside.retain(|channel| channel.name() != "Z");
                beside.push(Channel::single("Z", spoilt.collect()));
            }
            _ => {}
        }
        let header = Header {
            take: header.take.clone(),
            shot: header.shot.clone(),
            frame: number,
            timecode: header.timecode,
            rate: header.rate,
            pose: header.pose,
            lens: header.lens,
            colour_space: header.colour_space.clone(),
            ocio: header.ocio.clone(),
            software: self.software(),
        };
        let is_png = (self.format == FrameFormat::Png) != (fault == Some(Mode::OtherFormat));
        let encoded = if is_png {
            encode_png_frame(&image, PngDepth::Eight, &header)
        } else {
            encode_exr_with(&image, beside, &header)
        };
        let mut bytes = encoded.map_err(|error| HostError(error.to_string()))?;
        if fault == Some(Mode::Truncate) {
            bytes.truncate(bytes.len() / 2);
        }
        let written = std::fs::write(path, bytes).and_then(|()| self.count_beside(path));
        written.map_err(|error| HostError(error.to_string()))
    }
}
