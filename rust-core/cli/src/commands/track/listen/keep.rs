//! What `track listen` records, and where to.

use std::path::PathBuf;

use cyclorama_outcome::Kind;
use cyclorama_time::{Clock as _, Timecode};
use cyclorama_tracking::{
    Protocol,
    ingest::Keep,
    slate::{
        SlateOptions,
        recorder::{Session, SlatedOptions},
    },
    take::{TakeInfo, Writer},
};

use super::Args;
use crate::{
    commands::take,
    context::Context,
    failure::{Doing as _, Failure},
};

/// The word that stands for the slate the tracker names.
const AUTO: &str = "auto";

/// What is recorded.
pub(super) struct Kept {
    pub(super) keep: Keep,
    /// Of the one take.
    pub(super) path: Option<PathBuf>,
}

impl Kept {
    /// Makes the take, or the folder for takes.
    pub(super) fn open(args: &Args, cx: &Context) -> Result<Self, Failure> {
        if let Some(folder) = &args.record_dir {
            let session = Session::new(options(args, folder.clone(), cx)?);
            let session = session.doing(format!("record takes to {}", folder.display()))?;
            return Ok(Self { keep: Keep::Slates(Box::new(session)), path: None });
        }
        let Some(named) = &args.record else { return Ok(Self { keep: Keep::Nothing, path: None }) };
        let path = take::place(named, cx);
        let mut info = info(args, &take::name_of(&path), cx);
        args.slate.onto(&mut info);
        let writer = Writer::create(&path, &info).doing(format!("record {}", path.display()))?;
        Ok(Self { keep: Keep::Take(Box::new(writer)), path: Some(path) })
    }
}

fn info(args: &Args, name: &str, cx: &Context) -> TakeInfo {
    // Dialects are not recorded; the flags see to that.
    let protocol = args.listening.protocol().unwrap_or(Protocol::FreeD);
    let mut info = TakeInfo::new(name, protocol, cx.clock.utc());
    info.options = args.listening.details.options();
    info.rate = args.rate;
    info
}

fn options(args: &Args, folder: PathBuf, cx: &Context) -> Result<SlatedOptions, Failure> {
    let mut info = info(args, "", cx);
    args.slate.onto(&mut info);
    let named = info.slate.take().filter(|slate| slate != AUTO);
    let usual = SlateOptions::default();
    let slate = SlateOptions {
        slate_of_tracker: named.is_none(),
        slate: named.unwrap_or_else(|| usual.slate.clone()),
        ranges: ranges(args)?,
        ..usual
    };
    Ok(SlatedOptions { slate, folder, info, pre_roll: args.pre_roll })
}

/// The ranges of timecode that are recorded.
fn ranges(args: &Args) -> Result<Vec<(Timecode, Timecode)>, Failure> {
    let Some(rate) = args.house_rate.or(args.rate) else {
        if args.timecode_range.is_empty() {
            return Ok(Vec::new());
        }
        let message = "failed to read --timecode-range: nothing says at which rate it counts";
        return Err(Failure::new(Kind::User, message).hint("give --rate, or --house with --house-rate"));
    };
    let range = |text: &String| {
        let read = |text: &str| Timecode::parse(text.trim(), rate).ok();
        let ends = text.split_once('-').and_then(|(from, to)| read(from).zip(read(to)));
        // Backwards by less than half a day is a slip of the pen; by more, a range over midnight.
        let sound = |from: &Timecode, to: &Timecode| {
            to.frame_of_day() >= from.frame_of_day() || to.frames_since(*from) >= 0
        };
        ends.filter(|(from, to)| sound(from, to)).ok_or_else(|| {
            let message =
                format!("failed to read --timecode-range: `{text}` is no range of labels at {rate}");
            Failure::new(Kind::User, message).hint("write HH:MM:SS:FF-HH:MM:SS:FF, the earlier one first")
        })
    };
    args.timecode_range.iter().map(range).collect()
}
