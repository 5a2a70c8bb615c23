//! Whether every planned channel is there, and holds numbers that can be. What nobody planned is kept and not looked at.

use super::FrameFault;
use crate::frame::{ALPHA, Channel, Fault, FrameFile, Image, fault};
use crate::plan::{NORMAL, Passes, channels_of};

/// Judges the channels of a frame by the passes that were planned.
pub(super) fn check(frame: &FrameFile, passes: &Passes) -> Result<(), FrameFault> {
    check_colours(&frame.image)?;
    if let Some((pass, channel)) = passes.lacking(&frame.others) {
        return Err(FrameFault::Lacks { pass, channel });
    }
    for channel in frame.others.iter().filter(|channel| passes.cover(channel.name())) {
        check_values(channel, frame.image.width, passes)?;
    }
    Ok(())
}

/// Light is never infinite, nor is what covers a pixel or the way that a surface faces. How far away something is may be.
fn check_values(channel: &Channel, width: u32, passes: &Passes) -> Result<(), FrameFault> {
    let is_normal = passes.has(NORMAL) && channels_of(NORMAL).has(channel.name());
    match channel.fault(channel.name() == ALPHA || is_normal) {
        Some(fault) => Err(bad_value(channel.name(), fault.value, fault.pixel, width, fault.count)),
        None => Ok(()),
    }
}

/// Red, green and blue as the file has them.
pub(super) fn check_colours(image: &Image) -> Result<(), FrameFault> {
    match fault(image.pixels.as_flattened(), |value| !value.is_finite(), |value| value) {
        Some(Fault { value, pixel: at, count }) => {
            Err(bad_value(["R", "G", "B"][at % 3], value, at / 3, image.width, count))
        }
        None => Ok(()),
    }
}

fn bad_value(channel: &str, value: f32, pixel: usize, width: u32, count: usize) -> FrameFault {
    let width = width.max(1) as usize;
    let (column, row) = ((pixel % width) as u32, (pixel / width) as u32);
    FrameFault::Value { channel: channel.to_owned(), value, column, row, count: count as u64 }
}
