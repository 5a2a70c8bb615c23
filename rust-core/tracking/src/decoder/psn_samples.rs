//! PosiStageNet trackers as samples, and their names.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use cyclorama_space::{LensState, convert::psn as table};
use cyclorama_time::SenderTime;
use serde::{Deserialize, Serialize};

use super::{Arrival, subjects::Subjects};
use crate::{
    Clocking, Sample, Status,
    protocol::psn::{
        Data, Info, Packet, Tracker,
        frame::{Frame, State},
    },
};

/// How to read what PosiStageNet leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PsnOptions {
    /// Which way a positive angle turns.
    pub sense: table::Sense,
    /// Use only frames of which every packet arrived, all trackers at once. Otherwise each packet is used as it
    /// comes: earlier, and a lost packet costs only its own trackers. Incomplete frames are counted either way.
    pub whole_frames: bool,
    /// Believe the validity field. Some servers never fill it and would be lost for ever.
    pub trust_validity: bool,
}

impl Default for PsnOptions {
    fn default() -> Self {
        Self { sense: table::Sense::default(), whole_frames: false, trust_validity: true }
    }
}

/// What is kept of a PosiStageNet stream. Bounded.
#[derive(Debug)]
pub(super) struct Stream {
    options: PsnOptions,
    subjects: Subjects,
    names: HashMap<u16, String>,
    servers: Vec<Server>,
    datagrams: u64,
}

#[derive(Debug)]
struct Server {
    address: Option<SocketAddr>,
    last_heard: u64,
    data: Frame,
    info: Frame,
}

impl Stream {
    pub(super) fn new(options: PsnOptions) -> Self {
        Self {
            options,
            subjects: Subjects::new("psn"),
            names: HashMap::new(),
            servers: Vec::new(),
            datagrams: 0,
        }
    }

    pub(super) fn message(&mut self, arrival: &mut Arrival<'_>, message: &[u8]) {
        let packet = match Packet::decode(message) {
            Ok((packet, _)) => packet,
            Err(cause) => return arrival.summary.reject(cause.cause()),
        };
        self.datagrams += 1;
        let index = server(&mut self.servers, arrival.source, self.datagrams);
        match packet {
            Packet::Data(data) => self.data(arrival, index, &data, message),
            Packet::Info(info) => self.info(arrival, index, &info, message),
        }
    }

    pub(super) fn name_of(&self, subject: &str) -> Option<&str> {
        let number = subject.strip_prefix("psn:")?.parse().ok()?;
        self.names.get(&number).map(String::as_str)
    }

    fn data(&mut self, arrival: &mut Arrival<'_>, index: usize, data: &Data<'_>, message: &[u8]) {
        let Self { options, subjects, servers, .. } = self;
        let frame = &mut servers[index].data;
        let step = frame.push(&data.header, message, options.whole_frames);
        let mut emit = |data: &Data<'_>| {
            for tracker in data.trackers() {
                match subjects.name(u32::from(tracker.id)) {
                    Some(subject) => push_sample(arrival, *options, subject, data, &tracker),
                    None => arrival.summary.ignore("too-many-subjects"),
                }
            }
        };
        match step.state {
            State::Repeated => return arrival.summary.ignore("repeated-packet"),
            State::Overlong => return arrival.summary.reject("frame-too-long"),
            State::Whole if options.whole_frames => {
                for packet in frame.packets() {
                    if let Ok((Packet::Data(data), _)) = Packet::decode(packet) {
                        emit(&data);
                    }
                }
            }
            State::Partial if options.whole_frames => {}
            State::Whole | State::Partial => emit(data),
        }
        arrival.summary.accepted += 1;
        match (step.dropped, options.whole_frames) {
            (true, true) => arrival.summary.reject("incomplete-frame"),
            (true, false) => arrival.summary.ignore("incomplete-frame"),
            (false, _) => {}
        }
    }

    fn info(&mut self, arrival: &mut Arrival<'_>, index: usize, info: &Info<'_>, message: &[u8]) {
        let step = self.servers[index].info.push(&info.header, message, false);
        if step.state == State::Repeated {
            return arrival.summary.ignore("repeated-packet");
        }
        arrival.summary.accepted += 1;
        if step.dropped {
            arrival.summary.ignore("incomplete-frame");
        }
        for (number, name) in info.names() {
            let name = &name[..name.len().min(LONGEST_NAME)];
            let has_room = self.names.len() < Subjects::MOST;
            match self.names.get_mut(&number) {
                Some(known) if known.as_bytes() == name => {}
                Some(known) => *known = String::from_utf8_lossy(name).into_owned(),
                None if has_room => {
                    self.names.insert(number, String::from_utf8_lossy(name).into_owned());
                }
                None => arrival.summary.ignore("too-many-subjects"),
            }
        }
    }
}

/// Where the server at `address` stands in the list; a new one takes the place of the one longest silent.
fn server(servers: &mut Vec<Server>, address: Option<SocketAddr>, now: u64) -> usize {
    let found = servers.iter().position(|server| server.address == address);
    let index = found.unwrap_or_else(|| {
        let fresh = Server { address, last_heard: now, data: Frame::default(), info: Frame::default() };
        if servers.len() < MOST_SERVERS {
            servers.push(fresh);
            return servers.len() - 1;
        }
        let silent = servers.iter().enumerate().min_by_key(|(_, server)| server.last_heard);
        let index = silent.map_or(0, |(index, _)| index);
        servers[index] = fresh;
        index
    });
    servers[index].last_heard = now;
    index
}

fn push_sample(
    arrival: &mut Arrival<'_>,
    options: PsnOptions,
    subject: Arc<str>,
    data: &Data<'_>,
    tracker: &Tracker,
) {
    let mut sound = |vector: Option<[f32; 3]>| {
        let finite = vector.filter(|vector| vector.iter().all(|value| value.is_finite()));
        if finite.is_none() && vector.is_some() {
            arrival.summary.ignore("bad-field");
        }
        finite.map(|vector| vector.map(f64::from))
    };
    let (position, orientation) = (sound(tracker.position), sound(tracker.orientation));
    let status = tracker.validity.filter(|_| options.trust_validity).map_or(Status::Unknown, status);
    let pose = position.filter(|_| status != Status::Lost);
    let micros = tracker.timestamp_us.unwrap_or(data.header.timestamp_us);
    arrival.out.push(Sample {
        subject,
        arrived: arrival.arrived,
        sampled: i64::try_from(micros).ok().and_then(|us| us.checked_mul(1000)).map(SenderTime::from_nanos),
        sequence: Some(u32::from(data.header.frame_id)),
        timecode: None,
        pose: pose.map(|position| table::to_stage(position, orientation.unwrap_or_default(), options.sense)),
        lens: LensState::default(),
        status,
        recording: None,
        genlocked: None,
        clocking: Clocking::default(),
    });
}

/// The document gives validity no scale but its ends; these steps are ours.
fn status(validity: f32) -> Status {
    match validity {
        v if v >= 0.8 => Status::Good,
        v if v >= 0.5 => Status::Caution,
        v if v > 0.0 => Status::Bad,
        v if v.is_nan() => Status::Unknown,
        _ => Status::Lost,
    }
}

/// Servers whose frames are followed at the same time.
const MOST_SERVERS: usize = 64;

/// Bytes of a tracker's name that are kept.
const LONGEST_NAME: usize = 255;
