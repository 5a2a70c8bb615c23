//! OpenTrackIO datagrams to samples: duplicates, segments, sources, and the static block that comes now and then.
//!
//! Allocates nothing per packet once the streams are known. Memory is bounded: so many sources, so many segments.

use std::{net::SocketAddr, sync::Arc};

use cyclorama_space::SensorSize;
use cyclorama_time::StageTime;

use super::Arrival;
use crate::{
    Sample,
    protocol::opentrackio::{
        self, ChecksumMode, Encoding, Message, Packet, PacketError,
        convert::{self, Reading},
        reassembly::Reassembly,
    },
};

/// Sources remembered at most; the one heard least recently makes room.
const MOST_SOURCES: usize = 256;
/// A datagram is looked for among this many before it.
const RECENT: usize = 32;
/// And only within this many nanoseconds: a sender that does not count may well repeat itself when nothing moves.
const ECHO: i64 = 100_000_000;

/// What a stream needs from one datagram to the next.
#[derive(Debug)]
pub(super) struct Stream {
    checksum: ChecksumMode,
    message: Message,
    reassembly: Reassembly,
    recent: Vec<Datagram>,
    next: usize,
    sources: Vec<Source>,
    heard: u64,
}

/// A datagram as it came, to know it again.
#[derive(Debug, Default)]
struct Datagram {
    arrived: StageTime,
    source: Option<SocketAddr>,
    bytes: Vec<u8>,
}

/// One source and its static block, as far as samples need it.
#[derive(Debug)]
struct Source {
    id: String,
    number: Option<u32>,
    /// Only for sources that do not name themselves.
    address: Option<SocketAddr>,
    subject: Arc<str>,
    sensor: Option<SensorSize>,
    squeeze: Option<f64>,
    /// The slate it last named; empty when none.
    slate: String,
    heard: u64,
}

impl Stream {
    pub(super) fn new(checksum: ChecksumMode) -> Self {
        Self {
            checksum,
            message: Message::default(),
            reassembly: Reassembly::default(),
            recent: Vec::new(),
            next: 0,
            sources: Vec::new(),
            heard: 0,
        }
    }

    /// Takes one datagram: a packet, or a bare payload as files hold them.
    pub(super) fn datagram(&mut self, arrival: &mut Arrival<'_>, bytes: &[u8]) {
        match Packet::decode(bytes, self.checksum) {
            Ok(packet) => self.packet(arrival, bytes, &packet),
            Err(PacketError::Foreign) => match opentrackio::bare_encoding(bytes) {
                Some(encoding) => self.payload(arrival, encoding, bytes, None),
                None => arrival.summary.reject(PacketError::Foreign.cause()),
            },
            Err(error) => arrival.summary.reject(error.cause()),
        }
    }

    fn packet(&mut self, arrival: &mut Arrival<'_>, bytes: &[u8], packet: &Packet<'_>) {
        if self.came_before(arrival.arrived, arrival.source, bytes) {
            return arrival.summary.ignore("duplicate");
        }
        if packet.tolerated {
            arrival.summary.ignore("tolerated-checksum");
        }
        if packet.offset == 0 && packet.last {
            return self.payload(arrival, packet.encoding, packet.payload, Some(packet.sequence));
        }
        let Self { reassembly, message, .. } = self;
        let whole = reassembly.segment(arrival.arrived, arrival.source, packet);
        let decoded = whole.map(|whole| opentrackio::decode(packet.encoding, whole, message));
        for _ in 0..self.reassembly.take_dropped() {
            arrival.summary.reject("incomplete");
        }
        match decoded {
            Some(Ok(())) => self.sample(arrival, None),
            Some(Err(_)) => arrival.summary.reject("malformed"),
            None => {}
        }
    }

    fn payload(
        &mut self,
        arrival: &mut Arrival<'_>,
        encoding: Encoding,
        payload: &[u8],
        packet: Option<u16>,
    ) {
        match opentrackio::decode(encoding, payload, &mut self.message) {
            Ok(()) => self.sample(arrival, packet),
            Err(_) => arrival.summary.reject("malformed"),
        }
    }

    /// Whether the same datagram came from the same sender a moment ago: two paths, one sample.
    fn came_before(&mut self, arrived: StageTime, source: Option<SocketAddr>, bytes: &[u8]) -> bool {
        let is_echo = |recent: &Datagram| {
            recent.source == source
                && arrived.nanos_since(recent.arrived).saturating_abs() <= ECHO
                && recent.bytes == bytes
        };
        if self.recent.iter().any(is_echo) {
            return true;
        }
        if self.recent.len() < RECENT {
            self.recent.push(Datagram::default());
        }
        let datagram = &mut self.recent[self.next];
        datagram.arrived = arrived;
        datagram.source = source;
        datagram.bytes.clear();
        datagram.bytes.extend_from_slice(bytes);
        self.next = (self.next + 1) % RECENT;
        false
    }

    /// The decoded message becomes a sample. `packet` is the counter of the packet that brought all of it.
    fn sample(&mut self, arrival: &mut Arrival<'_>, packet: Option<u16>) {
        let notes = self.message.notes;
        for (count, cause) in [(notes.duplicate_keys, "duplicate-key"), (notes.wrong_fields, "wrong-field")] {
            for _ in 0..count {
                arrival.summary.ignore(cause);
            }
        }
        if self.message.protocol.is_some_and(|protocol| self.message.text(protocol.name) != "OpenTrackIO") {
            arrival.summary.ignore("protocol-name");
        }
        let index = self.source(arrival.source);
        let reading = convert::reading(&self.message, |cause| arrival.summary.ignore(cause));
        let Reading {
            sampled,
            sequence,
            timecode,
            pose,
            mut lens,
            status,
            recording,
            genlocked,
            mut clocking,
        } = reading;
        clocking.packet = packet;
        // The static block comes now and then; what it said holds until it says something else.
        let source = &mut self.sources[index];
        source.sensor = lens.sensor.or(source.sensor);
        source.squeeze = lens.anamorphic_squeeze.or(source.squeeze);
        lens.sensor = source.sensor;
        lens.anamorphic_squeeze = source.squeeze;
        let slate = self.message.tracker.and_then(|tracker| tracker.slate);
        let slate = slate.map_or("", |slate| self.message.text(slate));
        if source.slate != slate {
            slate.clone_into(&mut source.slate);
        }
        let subject = source.subject.clone();
        let arrived = arrival.arrived;
        arrival.summary.accepted += 1;
        arrival.out.push(Sample {
            subject,
            arrived,
            sampled,
            sequence,
            timecode,
            pose,
            lens,
            status,
            recording,
            genlocked,
            clocking,
        });
    }

    /// The slate a subject last named; `None` when it names none.
    pub(super) fn slate_of(&self, subject: &str) -> Option<&str> {
        let source = self.sources.iter().find(|source| *source.subject == *subject)?;
        Some(source.slate.as_str()).filter(|slate| !slate.is_empty())
    }

    /// Where the message's source stands among those known; it is added when it is new.
    fn source(&mut self, address: Option<SocketAddr>) -> usize {
        self.heard += 1;
        let id = self.message.source_id.map_or("", |id| self.message.text(id));
        let number = self.message.source_number;
        // A source without any name is told from others by where it sends from.
        let address = address.filter(|_| id.is_empty() && number.is_none());
        let known = self
            .sources
            .iter()
            .position(|source| source.number == number && source.address == address && source.id == id);
        let index = known.unwrap_or_else(|| {
            let subject = subject(id, number, address).into();
            let source = Source {
                id: id.to_owned(),
                number,
                address,
                subject,
                sensor: None,
                squeeze: None,
                slate: String::new(),
                heard: 0,
            };
            if self.sources.len() < MOST_SOURCES {
                self.sources.push(source);
                return self.sources.len() - 1;
            }
            let quiet = self.sources.iter().enumerate().min_by_key(|(_, source)| source.heard);
            let index = quiet.map_or(0, |(index, _)| index);
            self.sources[index] = source;
            index
        });
        self.sources[index].heard = self.heard;
        index
    }
}

/// The source id; streams other than the first add their number. Sources without an id go by number or address.
fn subject(id: &str, number: Option<u32>, address: Option<SocketAddr>) -> String {
    match (id, number, address) {
        ("", Some(number), _) => format!("opentrackio:{number}"),
        ("", None, Some(address)) => format!("opentrackio@{address}"),
        ("", None, None) => "opentrackio".to_owned(),
        (id, None | Some(1), _) => id.to_owned(),
        (id, Some(number), _) => format!("{id}#{number}"),
    }
}

#[cfg(test)]
mod tests;
