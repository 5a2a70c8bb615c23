//! What every target does: cut the bytes as a recording, decode each part, and hold what is accepted against plain
//! code that shares nothing with the decoders.

use cyclorama_time::StageTime;
use cyclorama_tracking::{DecodeOptions, Decoder, Protocol, decoder};

use crate::recheck;

/// Decodes `recording` as one stream.
pub(crate) fn decode(protocol: Protocol, recording: &[u8]) {
    let mut decoder = Decoder::new(protocol, DecodeOptions::default());
    let mut samples = Vec::new();
    for range in decoder::split(protocol, recording) {
        let datagram = &recording[range];
        let before = decoder.summary().accepted;
        samples.clear();
        decoder.datagram(StageTime::default(), None, datagram, &mut samples);
        recheck::check(protocol, datagram, decoder.summary().accepted - before, &samples);
    }
}

/// Decodes `recording` as it is, and with the checksum of its first message made to fit.
#[allow(dead_code, reason = "targets that make their own packets do not need it")]
pub(crate) fn both_ways(protocol: Protocol, recording: &[u8]) {
    decode(protocol, recording);
    let mut repaired = recording.to_vec();
    recheck::repair(protocol)(&mut repaired);
    decode(protocol, &repaired);
}
