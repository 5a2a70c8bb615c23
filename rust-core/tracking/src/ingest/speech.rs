//! How trackers speak: one of our protocols, or a dialect that a file describes.

use std::net::SocketAddr;

use cyclorama_time::StageTime;

use crate::{
    DecodeOptions, Decoder, Protocol, Sample, Summary,
    describe::{Described, Descriptor},
};

/// A language of trackers.
#[derive(Clone, Debug)]
pub enum Speech {
    /// A protocol of ours.
    Protocol(Protocol, DecodeOptions),
    /// A dialect described in a file.
    Dialect(Descriptor),
}

impl Speech {
    /// The protocol, or the one that a dialect is treated like: it counts nothing that could be relied on.
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Protocol(protocol, _) => *protocol,
            Self::Dialect(_) => Protocol::FreeD,
        }
    }
}

/// What turns datagrams into samples.
pub(super) enum Decoding {
    Protocol(Decoder),
    Dialect(Described),
}

impl Decoding {
    pub(super) fn new(speech: &Speech) -> Self {
        match speech {
            Speech::Protocol(protocol, options) => Self::Protocol(Decoder::new(*protocol, options.clone())),
            Speech::Dialect(descriptor) => Self::Dialect(Described::new(descriptor.clone())),
        }
    }

    pub(super) fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        out: &mut Vec<Sample>,
    ) {
        match self {
            Self::Protocol(decoder) => decoder.datagram(arrived, source, bytes, out),
            Self::Dialect(described) => {
                described.datagram(arrived, bytes, out);
                // Nothing says at how many such a counter wraps.
                out.iter_mut().for_each(|sample| sample.sequence = None);
            }
        }
    }

    pub(super) fn summary(&self) -> &Summary {
        match self {
            Self::Protocol(decoder) => decoder.summary(),
            Self::Dialect(described) => described.summary(),
        }
    }

    pub(super) fn slate_of(&self, subject: &str) -> Option<&str> {
        match self {
            Self::Protocol(decoder) => decoder.slate_of(subject),
            Self::Dialect(_) => None,
        }
    }
}
