//! A movie file of frames, encoded by ffmpeg: H.264 in MP4 with the exact rate and a timecode track.
//!
//! For people to look at, never a master: 8 bits, display-referred sRGB. The file appears whole or not at all. ffmpeg is
//! started from an argument list, hears pictures on its stdin, and is no part of Cyclorama.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use cyclorama_assets::local::patiently;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::{FrameRate, Timecode};

use crate::frame::{Image, srgb_bytes};
use crate::host::Console;

/// Why there is no movie.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MovieError {
    /// ffmpeg does not start.
    #[error("start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// ffmpeg does not want what it is given.
    #[error("encode the movie: ffmpeg says: {0}")]
    Refused(String),
    /// A picture of another size than the first.
    #[error("encode the movie: a picture is {}x{} after pictures of {}x{}", found.0, found.1, wanted.0, wanted.1)]
    Size {
        /// Width and height of the movie, pixels.
        wanted: (u32, u32),
        /// Of this picture.
        found: (u32, u32),
    },
    /// The file cannot be put in its place.
    #[error("write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Classify for MovieError {
    fn kind(&self) -> Kind {
        match self {
            Self::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Kind::NotFound,
            Self::Size { .. } => Kind::Integrity,
            _ => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Start { .. } => Some("install ffmpeg, or name its program with --ffmpeg".to_owned()),
            _ => None,
        }
    }
}

/// A movie that is being made. Dropped before [`Movie::finish`], it leaves nothing behind.
pub struct Movie {
    child: Child,
    input: Option<ChildStdin>,
    path: PathBuf,
    unfinished: PathBuf,
    size: (u32, u32),
    done: bool,
}

impl Movie {
    /// Starts `ffmpeg` for a movie at `path` of pictures of `size` pixels, whose first has this timecode.
    ///
    /// # Errors
    /// [`MovieError::Start`].
    pub fn start(
        ffmpeg: &OsStr,
        path: &Path,
        size: (u32, u32),
        rate: FrameRate,
        timecode: Option<Timecode>,
    ) -> Result<Self, MovieError> {
        let mut name = path.file_name().unwrap_or(OsStr::new("movie")).to_owned();
        name.push(".unfinished");
        // A whole path: ffmpeg takes a name with a colon for an address, and one with a dash for a flag.
        let unfinished = path.with_file_name(name);
        let unfinished = std::path::absolute(&unfinished).unwrap_or(unfinished);
        let rate = format!("{}/{}", rate.numerator(), rate.denominator());
        let mut command = Command::new(ffmpeg);
        command.args([
            "-nostdin",
            "-hide_banner",
            "-loglevel",
            "error",
            "-y",
            "-f",
            "rawvideo",
            "-pixel_format",
            "rgb24",
        ]);
        command.args(["-video_size", &format!("{}x{}", size.0, size.1), "-framerate", &rate, "-i", "pipe:0"]);
        // H.264 has even sides; a row or column of black makes odd ones so. Colours are named, and converted as named.
        command.args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv"]);
        command
            .args(["-c:v", "libx264", "-preset", "medium", "-crf", "16", "-pix_fmt", "yuv420p", "-r", &rate]);
        command.args([
            "-color_primaries",
            "bt709",
            "-color_trc",
            "iec61966-2-1",
            "-colorspace",
            "bt709",
            "-color_range",
            "tv",
        ]);
        if let Some(timecode) = timecode {
            command.args(["-timecode", &timecode.to_string()]);
        }
        command.args(["-movflags", "+faststart", "-f", "mp4"]).arg(&unfinished);
        Console::Shared.of(&mut command);
        let start = |source| MovieError::Start { program: ffmpeg.to_string_lossy().into_owned(), source };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(start)?;
        let input = child.stdin.take();
        Ok(Self { child, input, path: path.to_owned(), unfinished, size, done: false })
    }

    /// The next picture.
    ///
    /// # Errors
    /// [`MovieError::Size`], or [`MovieError::Refused`] with ffmpeg's own words.
    pub fn add(&mut self, image: &Image) -> Result<(), MovieError> {
        let found = (image.width, image.height);
        if found != self.size {
            return Err(MovieError::Size { wanted: self.size, found });
        }
        let bytes = srgb_bytes(image);
        let written = self.input.as_mut().is_some_and(|input| input.write_all(&bytes).is_ok());
        if written { Ok(()) } else { Err(self.last_words()) }
    }

    /// No more pictures: the file is put in its place.
    ///
    /// # Errors
    /// [`MovieError::Refused`] or [`MovieError::Write`].
    pub fn finish(mut self) -> Result<(), MovieError> {
        self.input = None;
        if !self.child.wait().is_ok_and(|status| status.success()) {
            return Err(self.last_words());
        }
        patiently(|| std::fs::rename(&self.unfinished, &self.path))
            .map_err(|source| MovieError::Write { path: self.path.clone(), source })?;
        self.done = true;
        Ok(())
    }

    fn last_words(&mut self) -> MovieError {
        use std::io::Read as _;
        let mut said = String::new();
        self.input = None;
        if let Some(errors) = self.child.stderr.take() {
            let _ = errors.take(16 << 10).read_to_string(&mut said);
        }
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        MovieError::Refused(last.unwrap_or("nothing").trim().to_owned())
    }
}

impl Drop for Movie {
    fn drop(&mut self) {
        if !self.done {
            let _ = self.child.kill();
            let _ = self.child.wait();
            let _ = std::fs::remove_file(&self.unfinished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_here(program: &str) -> bool {
        let here = Command::new(program).arg("-version").output().is_ok();
        if !here {
            println!("SKIPPED, no movie was made: {program} is missing");
        }
        here
    }

    #[test]
    fn a_movie_has_the_exact_rate_every_frame_and_the_timecode() {
        if !is_here("ffmpeg") || !is_here("ffprobe") {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("look.mp4");
        let rate: FrameRate = "30000/1001".parse().expect("a rate");
        let timecode = "00:59:59;28@30000/1001".parse().expect("drop-frame timecode");
        // An odd side on purpose.
        let mut movie =
            Movie::start(OsStr::new("ffmpeg"), &path, (63, 36), rate, Some(timecode)).expect("starts");
        for step in 0..7 {
            let mut image = Image::filled(63, 36, [0.02 * step as f32, 0.2, 0.4]);
            image.pixels[step] = [1.0; 3];
            movie.add(&image).expect("is taken");
        }
        assert!(!path.exists(), "nothing half made is seen");
        movie.finish().expect("is written");
        let probe = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-count_frames",
                "-select_streams",
                "v:0",
                "-of",
                "default=noprint_wrappers=1",
            ])
            .args([
                "-show_entries",
                "stream=r_frame_rate,nb_read_frames,width,height,color_transfer:stream_tags=timecode",
            ])
            .arg(&path)
            .output()
            .expect("ffprobe runs");
        let said = String::from_utf8_lossy(&probe.stdout).into_owned();
        for wanted in [
            "r_frame_rate=30000/1001",
            "nb_read_frames=7",
            "width=64",
            "height=36",
            "TAG:timecode=00:59:59;28",
            "color_transfer=iec61966-2-1",
        ] {
            assert!(said.lines().any(|line| line == wanted), "{wanted} is not in:\n{said}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn an_encoder_that_is_not_there_or_a_picture_that_does_not_fit_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("look.mp4");
        let start =
            |program: &str| Movie::start(OsStr::new(program), &path, (64, 36), FrameRate::FPS_24, None);
        let missing = start("no-such-encoder").err().expect("is not there");
        assert_eq!(missing.kind(), Kind::NotFound);
        if is_here("ffmpeg") {
            let mut movie = start("ffmpeg").expect("starts");
            assert!(movie.add(&Image::filled(32, 36, [0.0; 3])).is_err());
            drop(movie);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
