//! The `timing` block.

use super::{Object, Sink};
use crate::protocol::opentrackio::message::{
    Message, Ptp, Synchronization, TimecodeLabel, Timestamp, Timing,
};

pub(super) fn timing<S: Sink>(sink: &mut S, message: &Message, timing: &Timing) {
    Object::new(sink)
        .put("mode", timing.mode, |sink, mode| sink.text(mode.word()))
        .put("recordedTimestamp", timing.recorded_timestamp, timestamp)
        .rational("sampleRate", timing.sample_rate)
        .put("sampleTimestamp", timing.sample_timestamp, timestamp)
        .integer("sequenceNumber", timing.sequence_number)
        .put("synchronization", timing.synchronization.as_ref(), |sink, value| {
            synchronization(sink, message, value);
        })
        .put("timecode", timing.timecode, timecode)
        .end();
}

fn timestamp<S: Sink>(sink: &mut S, timestamp: Timestamp) {
    Object::new(sink)
        .integer("seconds", Some(timestamp.seconds))
        .integer("nanoseconds", Some(timestamp.nanoseconds))
        .end();
}

fn timecode<S: Sink>(sink: &mut S, label: TimecodeLabel) {
    Object::new(sink)
        .integer("hours", Some(label.hours))
        .integer("minutes", Some(label.minutes))
        .integer("seconds", Some(label.seconds))
        .integer("frames", Some(label.frames))
        .rational("frameRate", Some(label.frame_rate))
        .integer("subFrame", label.sub_frame)
        .boolean("dropFrame", label.drop_frame)
        .end();
}

fn synchronization<S: Sink>(sink: &mut S, message: &Message, sync: &Synchronization) {
    Object::new(sink)
        .boolean("locked", Some(sync.locked))
        .put("source", Some(sync.source), |sink, source| sink.text(source.word()))
        .rational("frequency", sync.frequency)
        .put("offsets", sync.offsets, |sink, offsets| {
            Object::new(sink)
                .number("translation", offsets.translation)
                .number("rotation", offsets.rotation)
                .number("lensEncoders", offsets.lens_encoders)
                .end();
        })
        .boolean("present", sync.present)
        .put("ptp", sync.ptp.as_ref(), |sink, value| ptp(sink, message, value))
        .end();
}

fn ptp<S: Sink>(sink: &mut S, message: &Message, ptp: &Ptp) {
    Object::new(sink)
        .put("profile", ptp.profile, |sink, profile| sink.text(profile.word()))
        .integer("domain", ptp.domain)
        .text("leaderIdentity", ptp.leader_identity, message)
        .put("leaderPriorities", ptp.leader_priorities, |sink, [first, second]| {
            Object::new(sink).integer("priority1", Some(first)).integer("priority2", Some(second)).end();
        })
        .number("leaderAccuracy", ptp.leader_accuracy)
        .put("leaderTimeSource", ptp.leader_time_source, |sink, source| sink.text(source.word()))
        .number("meanPathDelay", ptp.mean_path_delay)
        .integer("vlan", ptp.vlan)
        .end();
}
