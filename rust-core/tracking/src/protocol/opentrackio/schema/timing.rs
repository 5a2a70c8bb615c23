//! The `timing` block.

use super::{Context, integer, object, rational, within};
use crate::protocol::opentrackio::{
    message::{
        LeaderTimeSource, Mode, Ptp, PtpProfile, SyncOffsets, SyncSource, Synchronization, TimecodeLabel,
        Timestamp, Timing,
    },
    source::{Read, Source},
};

pub(super) fn timing<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Timing> {
    let mut timing = Timing::default();
    object!(source, {
        b"mode" => { let value = word(source, cx, Mode::named)?; cx.take(&mut timing.mode, value); },
        b"recordedTimestamp" => { let value = timestamp(source, cx)?; cx.take(&mut timing.recorded_timestamp, value); },
        b"sampleRate" => { let value = rational(source, cx)?; cx.take(&mut timing.sample_rate, value); },
        b"sampleTimestamp" => { let value = timestamp(source, cx)?; cx.take(&mut timing.sample_timestamp, value); },
        b"sequenceNumber" => { let value = integer(source)?; cx.take(&mut timing.sequence_number, value); },
        b"synchronization" => {
            let value = synchronization(source, cx)?;
            cx.take(&mut timing.synchronization, value);
        },
        b"timecode" => { let value = timecode(source, cx)?; cx.take(&mut timing.timecode, value); },
    });
    Ok(Some(timing))
}

/// One of a fixed set of words.
fn word<'a, S: Source<'a>, T>(
    source: &mut S,
    cx: &mut Context<'_>,
    named: impl FnOnce(&str) -> Option<T>,
) -> Read<T> {
    let start = cx.pools.text.len();
    let value = source.text(cx.pools)?.and_then(|text| named(cx.pools.text(text)));
    cx.pools.text.truncate(start);
    Ok(value)
}

fn timestamp<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Timestamp> {
    let (mut seconds, mut nanoseconds) = (None, None);
    object!(source, {
        b"seconds" => {
            let value = source.integer()?.filter(|&seconds| seconds < 1 << 48);
            cx.take(&mut seconds, value);
        },
        b"nanoseconds" => { let value = integer(source)?; cx.take(&mut nanoseconds, value); },
    });
    Ok(seconds.zip(nanoseconds).map(|(seconds, nanoseconds)| Timestamp { seconds, nanoseconds }))
}

fn timecode<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<TimecodeLabel> {
    let (mut hours, mut minutes, mut seconds, mut frames) = (None, None, None, None);
    let (mut frame_rate, mut sub_frame, mut drop_frame) = (None, None, None);
    let mut whole = true;
    object!(source, {
        b"hours" => { let value = integer(source)?; cx.take(&mut hours, value); },
        b"minutes" => { let value = integer(source)?; cx.take(&mut minutes, value); },
        b"seconds" => { let value = integer(source)?; cx.take(&mut seconds, value); },
        b"frames" => { let value = integer(source)?; cx.take(&mut frames, value); },
        b"frameRate" => { let value = rational(source, cx)?; cx.take(&mut frame_rate, value); },
        b"subFrame" => { let value = integer(source)?; cx.take(&mut sub_frame, value); },
        b"dropFrame" => { let value = source.boolean()?; whole &= cx.take(&mut drop_frame, value); },
    });
    let (Some(hours), Some(minutes), Some(seconds)) = (hours, minutes, seconds) else { return Ok(None) };
    let (Some(frames), Some(frame_rate), true) = (frames, frame_rate, whole) else { return Ok(None) };
    let exists = hours < 24 && minutes < 60 && seconds < 60 && frames < 120;
    let label = TimecodeLabel { hours, minutes, seconds, frames, frame_rate, sub_frame, drop_frame };
    Ok(exists.then_some(label))
}

fn synchronization<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Synchronization> {
    let (mut locked, mut kind, mut frequency) = (None, None, None);
    let (mut offsets, mut present, mut ptp) = (None, None, None);
    object!(source, {
        b"locked" => { let value = source.boolean()?; cx.take(&mut locked, value); },
        b"source" => { let value = word(source, cx, SyncSource::named)?; cx.take(&mut kind, value); },
        b"frequency" => { let value = rational(source, cx)?; cx.take(&mut frequency, value); },
        b"offsets" => { let value = sync_offsets(source, cx)?; cx.take(&mut offsets, value); },
        b"present" => { let value = source.boolean()?; cx.take(&mut present, value); },
        b"ptp" => { let value = ptp_details(source, cx)?; cx.take(&mut ptp, value); },
    });
    let Some((locked, source)) = locked.zip(kind) else { return Ok(None) };
    Ok(Some(Synchronization { locked, source, frequency, offsets, present, ptp }))
}

fn sync_offsets<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<SyncOffsets> {
    let mut offsets = SyncOffsets::default();
    object!(source, {
        b"translation" => { let value = source.number()?; cx.take(&mut offsets.translation, value); },
        b"rotation" => { let value = source.number()?; cx.take(&mut offsets.rotation, value); },
        b"lensEncoders" => { let value = source.number()?; cx.take(&mut offsets.lens_encoders, value); },
    });
    Ok(Some(offsets))
}

fn ptp_details<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<Ptp> {
    let mut ptp = Ptp::default();
    object!(source, {
        b"profile" => { let value = word(source, cx, PtpProfile::named)?; cx.take(&mut ptp.profile, value); },
        b"domain" => {
            let value = integer(source)?.filter(|&domain: &u8| domain < 128);
            cx.take(&mut ptp.domain, value);
        },
        b"leaderIdentity" => { let value = source.text(cx.pools)?; cx.take(&mut ptp.leader_identity, value); },
        b"leaderPriorities" => { let value = priorities(source, cx)?; cx.take(&mut ptp.leader_priorities, value); },
        b"leaderAccuracy" => { let value = within(source, 0.0..=f64::MAX)?; cx.take(&mut ptp.leader_accuracy, value); },
        b"leaderTimeSource" => {
            let value = word(source, cx, LeaderTimeSource::named)?;
            cx.take(&mut ptp.leader_time_source, value);
        },
        b"meanPathDelay" => { let value = within(source, 0.0..=f64::MAX)?; cx.take(&mut ptp.mean_path_delay, value); },
        b"vlan" => { let value = integer(source)?; cx.take(&mut ptp.vlan, value); },
    });
    Ok(Some(ptp))
}

fn priorities<'a, S: Source<'a>>(source: &mut S, cx: &mut Context<'_>) -> Read<[u8; 2]> {
    let (mut first, mut second) = (None, None);
    object!(source, {
        b"priority1" => { let value = integer(source)?; cx.take(&mut first, value); },
        b"priority2" => { let value = integer(source)?; cx.take(&mut second, value); },
    });
    Ok(first.zip(second).map(|(first, second)| [first, second]))
}
