//! From datagrams to samples, whatever the protocol.
//!
//! A [`Decoder`] holds what a stream needs from one datagram to the next and counts by cause what it refuses. It
//! takes arrival times as they are given, reads no clock, and its memory is bounded whatever arrives. After
//! the first packets of a stream it allocates nothing.

use std::{collections::BTreeMap, net::SocketAddr, ops::Range};

use cyclorama_time::StageTime;
use serde::{Deserialize, Serialize};

use crate::{
    Protocol, Sample,
    protocol::{
        f4, freed, opentrackio, psn,
        wire::{self, Origin, Piece, What},
    },
};

mod f4_samples;
mod freed_samples;
mod opentrackio_samples;
mod psn_samples;
mod subjects;

pub use psn_samples::PsnOptions;

/// How to read what the protocol leaves open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DecodeOptions {
    /// Whose FreeD it is.
    pub vendor: freed::Vendor,
    /// FreeD lens counts at the ends of the rings, where the rig differs from its vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lens_ranges: Option<freed::Ranges>,
    /// Width of the sensor that F4's focal lengths and offsets are brought to, mm; greater than zero.
    pub sensor_width_mm: f64,
    /// PosiStageNet.
    pub psn: PsnOptions,
    /// Which OpenTrackIO checksums pass.
    pub checksum: opentrackio::ChecksumMode,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            vendor: freed::Vendor::default(),
            lens_ranges: None,
            sensor_width_mm: 36.0,
            psn: PsnOptions::default(),
            checksum: opentrackio::ChecksumMode::default(),
        }
    }
}

/// What became of the messages so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Messages used.
    pub accepted: u64,
    /// Damaged messages, by cause; nothing of them was used.
    pub rejected: BTreeMap<&'static str, u64>,
    /// What was sound but carries no sample, and fields left out of an accepted message, by cause.
    pub ignored: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// All rejected messages.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    pub(crate) fn reject(&mut self, cause: &'static str) {
        *self.rejected.entry(cause).or_default() += 1;
    }

    pub(crate) fn ignore(&mut self, cause: &'static str) {
        *self.ignored.entry(cause).or_default() += 1;
    }
}

/// Decodes one stream of datagrams.
#[derive(Debug)]
pub struct Decoder {
    options: DecodeOptions,
    summary: Summary,
    state: State,
}

/// What each protocol keeps between datagrams. A protocol has one arm here, in [`State::new`], in
/// [`State::datagram`] and in [`split`]; its stream gets an [`Arrival`] and the bytes.
#[derive(Debug)]
enum State {
    F4(f4_samples::Stream),
    FreeD(freed_samples::Stream),
    Psn(Box<psn_samples::Stream>),
    OpenTrackIO(Box<opentrackio_samples::Stream>),
}

/// One datagram's circumstances, and where its samples and counts go.
pub(crate) struct Arrival<'a> {
    pub(crate) arrived: StageTime,
    pub(crate) source: Option<SocketAddr>,
    pub(crate) out: &'a mut Vec<Sample>,
    pub(crate) summary: &'a mut Summary,
}

impl Decoder {
    /// A decoder that has seen nothing yet.
    pub fn new(protocol: Protocol, options: DecodeOptions) -> Self {
        let state = State::new(protocol, &options);
        Self { options, summary: Summary::default(), state }
    }

    /// Takes one datagram and appends its samples to `out`. Damaged messages are counted by cause and give no sample.
    pub fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        out: &mut Vec<Sample>,
    ) {
        let arrival = Arrival { arrived, source, out, summary: &mut self.summary };
        self.state.datagram(arrival, &self.options, bytes);
    }

    /// What became of the messages so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The slate a subject last named, where the protocol has slates.
    pub fn slate_of(&self, subject: &str) -> Option<&str> {
        match &self.state {
            State::OpenTrackIO(stream) => stream.slate_of(subject),
            _ => None,
        }
    }

    /// The name its server gives a subject (`psn:3`), where the protocol has names.
    pub fn name_of(&self, subject: &str) -> Option<&str> {
        match &self.state {
            State::Psn(stream) => stream.name_of(subject),
            _ => None,
        }
    }
}

impl State {
    fn new(protocol: Protocol, options: &DecodeOptions) -> Self {
        match protocol {
            Protocol::F4 => Self::F4(f4_samples::Stream::new()),
            Protocol::FreeD => Self::FreeD(freed_samples::Stream::new(options)),
            Protocol::OpenTrackIO => {
                Self::OpenTrackIO(Box::new(opentrackio_samples::Stream::new(options.checksum)))
            }
            Protocol::Psn => Self::Psn(Box::new(psn_samples::Stream::new(options.psn))),
        }
    }

    fn datagram(&mut self, mut arrival: Arrival<'_>, options: &DecodeOptions, bytes: &[u8]) {
        if bytes.is_empty() {
            return arrival.summary.reject("too-short");
        }
        match self {
            Self::F4(stream) => each(arrival, f4::pieces(bytes, Origin::Datagram), |arrival, range| {
                stream.message(arrival, options, &bytes[range]);
            }),
            // Nearly always a datagram is one whole message, and need not be searched for any.
            Self::FreeD(stream) => match freed::Packet::decode(bytes) {
                Ok(packet) if bytes.len() == freed::LEN => stream.packet(&mut arrival, &packet),
                _ => each(arrival, freed::pieces(bytes, Origin::Datagram), |arrival, range| {
                    stream.message(arrival, &bytes[range]);
                }),
            },
            Self::Psn(stream) => each(arrival, psn::pieces(bytes, Origin::Datagram), |arrival, range| {
                stream.message(arrival, &bytes[range]);
            }),
            Self::OpenTrackIO(stream) => stream.datagram(&mut arrival, bytes),
        }
    }
}

/// Hands every whole message of a datagram to `take` and counts the rest.
fn each(
    mut arrival: Arrival<'_>,
    pieces: impl Iterator<Item = Piece>,
    mut take: impl FnMut(&mut Arrival<'_>, Range<usize>),
) {
    for Piece { range, what } in pieces {
        match what {
            What::Message => take(&mut arrival, range),
            What::Other => arrival.summary.ignore("other-message"),
            What::Padding => arrival.summary.ignore("padding"),
            What::Damaged(cause) => arrival.summary.reject(cause.cause()),
        }
    }
}

/// Cuts a recording into datagrams: concatenated messages, one bare datagram, or packets that each follow their
/// length as a big-endian `u16`. Damaged stretches are cut out too, so that a [`Decoder`] counts them.
pub fn split(protocol: Protocol, recording: &[u8]) -> Vec<Range<usize>> {
    let prefixed = |is_start: fn(&[u8]) -> bool| {
        if is_start(recording) { None } else { wire::length_prefixed(recording, is_start) }
    };
    match protocol {
        Protocol::F4 => prefixed(|bytes| bytes.first() == Some(&f4::START))
            .unwrap_or_else(|| ranges(f4::pieces(recording, Origin::Recording))),
        Protocol::FreeD => prefixed(|bytes| bytes.first().is_some_and(|byte| (0xD0..=0xDB).contains(byte)))
            .unwrap_or_else(|| ranges(freed::pieces(recording, Origin::Recording))),
        Protocol::Psn => {
            prefixed(psn::is_start).unwrap_or_else(|| ranges(psn::pieces(recording, Origin::Recording)))
        }
        Protocol::OpenTrackIO => opentrackio::split(recording),
    }
}

fn ranges(pieces: impl Iterator<Item = Piece>) -> Vec<Range<usize>> {
    pieces.filter(|piece| piece.what != What::Padding).map(|piece| piece.range).collect()
}

#[cfg(test)]
mod tests;
