//! Which trackers speak on this network: protocols, subjects, rates and faults, from whatever datagrams come.
//!
//! [`Probe`] is fed datagrams and judges them by their content, never by their port alone; it takes times as
//! arguments. [`network`] holds the sockets. It only listens: nothing is sent, and no port is taken from others.

mod advice;
pub mod network;
mod stream;

use std::{collections::BTreeMap, net::SocketAddr};

use cyclorama_time::StageTime;
use serde::Serialize;

use crate::{
    DecodeOptions, Decoder, Protocol, Sample,
    protocol::{f4, opentrackio::packet, psn},
};

pub use network::{PortState, ProbeOptions, Probed};
pub use stream::{ClockReport, StreamReport};

/// Senders that are told apart on one port; further ones are only counted.
pub const MOST_SENDERS: usize = 64;

/// Collects what is heard.
#[derive(Debug, Default)]
pub struct Probe {
    senders: BTreeMap<(u16, SocketAddr, &'static str), Sender>,
    strangers: BTreeMap<(u16, SocketAddr), u64>,
    uncounted: u64,
    samples: Vec<Sample>,
}

/// One sender that speaks one protocol to one port.
#[derive(Debug)]
struct Sender {
    protocol: Protocol,
    decoder: Decoder,
    streams: BTreeMap<String, stream::Stream>,
}

/// All that was heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// One for each subject, port and sender, in that order.
    pub streams: Vec<StreamReport>,
    /// Senders whose datagrams are of no protocol known here.
    pub strangers: Vec<Stranger>,
    /// Datagrams of senders beyond [`MOST_SENDERS`].
    pub uncounted: u64,
}

/// A sender of something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stranger {
    /// The port it sends to.
    pub port: u16,
    /// Its address.
    pub source: SocketAddr,
    /// Its datagrams.
    pub datagrams: u64,
}

impl Probe {
    /// Takes a datagram that came to `port`.
    pub fn datagram(&mut self, port: u16, arrived: StageTime, source: SocketAddr, bytes: &[u8]) {
        let on_port = self.senders.keys().filter(|(known, ..)| *known == port).count();
        let Some(protocol) = spoken(bytes) else {
            if self.strangers.len() < MOST_SENDERS || self.strangers.contains_key(&(port, source)) {
                *self.strangers.entry((port, source)).or_default() += 1;
            } else {
                self.uncounted += 1;
            }
            return;
        };
        let key = (port, source, protocol.name());
        if on_port >= MOST_SENDERS && !self.senders.contains_key(&key) {
            self.uncounted += 1;
            return;
        }
        let sender = self.senders.entry(key).or_insert_with(|| Sender {
            protocol,
            decoder: Decoder::new(protocol, DecodeOptions::default()),
            streams: BTreeMap::new(),
        });
        self.samples.clear();
        sender.decoder.datagram(arrived, Some(source), bytes, &mut self.samples);
        for sample in &self.samples {
            if let Some(stream) = sender.streams.get_mut(&*sample.subject) {
                stream.sample(sample);
            } else if sender.streams.len() < MOST_SENDERS {
                let stream = sender.streams.entry(sample.subject.to_string()).or_default();
                stream.sample(sample);
            }
        }
    }

    /// What was heard so far, with advice.
    pub fn report(&self) -> Report {
        let mut streams = Vec::new();
        for ((port, source, _), sender) in &self.senders {
            let summary = sender.decoder.summary();
            let about = |subject: &str| stream::About {
                protocol: sender.protocol,
                port: *port,
                source: *source,
                subject: subject.to_owned(),
                name: sender.decoder.name_of(subject).map(str::to_owned),
                accepted: summary.accepted,
                rejected: summary.rejected.clone(),
            };
            if sender.streams.is_empty() {
                streams.push(stream::Stream::default().report(about("")));
            }
            streams.extend(sender.streams.iter().map(|(subject, stream)| stream.report(about(subject))));
        }
        advice::add(&mut streams);
        let stranger = |((port, source), datagrams): (&(u16, SocketAddr), &u64)| Stranger {
            port: *port,
            source: *source,
            datagrams: *datagrams,
        };
        Report {
            streams,
            strangers: self.strangers.iter().map(stranger).collect(),
            uncounted: self.uncounted,
        }
    }
}

/// The protocol a datagram begins like.
fn spoken(bytes: &[u8]) -> Option<Protocol> {
    let first = *bytes.first()?;
    if bytes.starts_with(&packet::MAGIC) || first == b'{' {
        Some(Protocol::OpenTrackIO)
    } else if psn::is_start(bytes) {
        Some(Protocol::Psn)
    } else if first == f4::START {
        Some(Protocol::F4)
    } else if (0xD0..=0xDB).contains(&first) {
        Some(Protocol::FreeD)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
