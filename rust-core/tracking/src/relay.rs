//! A live subject out again, in any protocol, as it came or foretold: for engines that follow without our plugin.
//!
//! [`Relay`] turns samples into datagrams and takes time from the samples; it holds no socket. A lost tracker is
//! passed on as lost, never extrapolated.

use std::{collections::BTreeMap, fmt, net::SocketAddr, str::FromStr, sync::Arc};

use cyclorama_space::Pose;

use crate::{
    DecodeOptions, Protocol, Sample, Status,
    predict::{Method, Predictor},
    protocol::opentrackio::Encoding,
    send::Encoder,
};

/// How samples leave.
#[derive(Clone, Debug, PartialEq)]
pub struct RelayOptions {
    /// Protocol and, for OpenTrackIO, encoding of the datagrams.
    pub language: Language,
    /// What the protocol leaves open.
    pub options: DecodeOptions,
    /// How far ahead the pose is foretold, seconds, 0 to 0.5; 0 passes on what was measured.
    pub ahead: f64,
    /// How it is foretold.
    pub method: Method,
    /// Places tracker space in wall space.
    pub alignment: Option<Pose>,
    /// Only this subject; absent: all of them.
    pub subject: Option<String>,
}

impl RelayOptions {
    /// Passes on everything as it came.
    pub fn to(language: Language) -> Self {
        Self {
            language,
            options: DecodeOptions::default(),
            ahead: 0.0,
            method: Method::Adaptive,
            alignment: None,
            subject: None,
        }
    }
}

/// A protocol to send, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// The protocol.
    pub protocol: Protocol,
    /// Of OpenTrackIO payloads.
    pub encoding: Encoding,
}

impl Language {
    /// All that can be sent.
    pub const ALL: [(&'static str, Self); 5] = [
        ("opentrackio", Self { protocol: Protocol::OpenTrackIO, encoding: Encoding::Json }),
        ("opentrackio-cbor", Self { protocol: Protocol::OpenTrackIO, encoding: Encoding::Cbor }),
        ("freed", Self { protocol: Protocol::FreeD, encoding: Encoding::Json }),
        ("f4", Self { protocol: Protocol::F4, encoding: Encoding::Json }),
        ("psn", Self { protocol: Protocol::Psn, encoding: Encoding::Json }),
    ];
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::ALL.iter().find(|(_, language)| language == self);
        f.write_str(found.map_or(self.protocol.name(), |(name, _)| name))
    }
}

/// Where to, in which language: `opentrackio:239.135.1.5:55555`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayTarget {
    /// What is spoken there.
    pub language: Language,
    /// Unicast or multicast.
    pub address: SocketAddr,
}

/// The text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no target; write PROTOCOL:IP:PORT with opentrackio, opentrackio-cbor, freed, f4 or psn")]
pub struct UnknownTarget(pub String);

impl FromStr for RelayTarget {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        let unknown = || UnknownTarget(text.to_owned());
        let (name, address) = text.split_once(':').ok_or_else(unknown)?;
        let (_, language) =
            Language::ALL.into_iter().find(|(known, _)| *known == name).ok_or_else(unknown)?;
        Ok(Self { language, address: address.parse().map_err(|_| unknown())? })
    }
}

/// Passes samples on.
pub struct Relay {
    options: RelayOptions,
    encoder: Encoder,
    followed: BTreeMap<Arc<str>, Followed>,
}

/// One subject's motion so far.
struct Followed {
    predictor: Box<dyn Predictor>,
    /// Whether its own time is used; else arrival.
    own_time: bool,
    /// Newest time in seconds, and readings since it last grew.
    last: Option<f64>,
    stuck: u32,
}

/// Subjects that are foretold; further ones are passed on as they came.
const MOST_SUBJECTS: usize = 64;
/// A clock that stands still for so many readings is given up for arrival.
const PATIENCE: u32 = 8;

impl Relay {
    /// A relay that has seen nothing yet. `ahead` is brought into 0 to 0.5 seconds.
    pub fn new(mut options: RelayOptions) -> Self {
        options.ahead = if options.ahead.is_finite() { options.ahead.clamp(0.0, 0.5) } else { 0.0 };
        let encoder = Encoder::new(options.language.protocol, options.options.clone());
        let encoder = encoder.with_encoding(options.language.encoding);
        Self { options, encoder, followed: BTreeMap::new() }
    }

    /// Hands the datagrams that say `sample` to `send`; none if it is another subject, or the protocol cannot
    /// say it.
    pub fn sample(&mut self, sample: &Sample, send: impl FnMut(&[u8])) {
        if self.options.subject.as_deref().is_some_and(|wanted| wanted != &*sample.subject) {
            return;
        }
        let mut out = sample.clone();
        if let Some(alignment) = &self.options.alignment {
            out.pose = out.pose.map(|pose| alignment.then_inner(&pose));
        }
        if self.options.ahead > 0.0 && !matches!(out.status, Status::Lost) {
            self.foretell(&mut out);
        }
        self.encoder.encode(&out, send);
    }

    /// Moves the pose ahead. The tracker's own time moves with it; timecode stays the label of what was measured.
    fn foretell(&mut self, sample: &mut Sample) {
        let ahead = self.options.ahead;
        let Some(pose) = sample.pose else { return };
        if !self.followed.contains_key(&sample.subject) {
            if self.followed.len() >= MOST_SUBJECTS {
                return;
            }
            let followed = Followed::new(self.options.method, ahead, sample.sampled.is_some());
            self.followed.insert(sample.subject.clone(), followed);
        }
        let Some(followed) = self.followed.get_mut(&sample.subject) else { return };
        if followed.is_stuck(sample) {
            *followed = Followed::new(self.options.method, ahead, false);
        }
        // A reading that came late is passed over by the predictor, which then says the newest again.
        if !matches!(sample.status, Status::Bad) {
            followed.predictor.observe(followed.seconds(sample), &pose);
        }
        if let Some(foretold) = followed.predictor.predict(ahead) {
            sample.pose = Some(foretold);
            sample.sampled = sample.sampled.map(|time| time.plus_nanos((ahead * 1e9) as i64));
        }
    }
}

impl Followed {
    fn new(method: Method, ahead: f64, own_time: bool) -> Self {
        Self { predictor: method.predictor(ahead), own_time, last: None, stuck: 0 }
    }

    fn seconds(&self, sample: &Sample) -> f64 {
        match sample.sampled.filter(|_| self.own_time) {
            Some(time) => time.seconds(),
            None => sample.arrived.seconds(),
        }
    }

    /// Whether the tracker's own clock has stood still, or is gone.
    fn is_stuck(&mut self, sample: &Sample) -> bool {
        let now = self.seconds(sample);
        let grew = sample.sampled.is_some() && self.last.is_none_or(|last| now > last);
        self.stuck = if grew { 0 } else { self.stuck + 1 };
        self.last = Some(self.last.map_or(now, |last| last.max(now)));
        self.own_time && self.stuck >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_space::{DVec3, PanTiltRoll, rotation};
    use cyclorama_time::{FrameRate, SenderTime};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Decoder,
        send::{Move, Simulation},
    };

    const AHEAD: f64 = 0.12;

    fn simulated(seconds: i64) -> impl Iterator<Item = Sample> {
        let simulation = Simulation::new(Move::Crane, FrameRate::FPS_50);
        (0..50 * seconds).map(move |frame| simulation.sample(frame))
    }

    /// What a receiver of the relay decodes.
    fn received(options: RelayOptions, samples: impl Iterator<Item = Sample>) -> Vec<Sample> {
        let mut decoder = Decoder::new(options.language.protocol, options.options.clone());
        let (mut relay, mut out) = (Relay::new(options), Vec::new());
        for sample in samples {
            relay.sample(&sample, |bytes| decoder.datagram(sample.arrived, None, bytes, &mut out));
        }
        assert_eq!(decoder.summary().rejected_total(), 0);
        out
    }

    #[test]
    fn every_language_passes_a_pose_on_as_it_came() {
        for (name, language) in Language::ALL {
            let out = received(RelayOptions::to(language), simulated(2));
            assert_eq!(out.len(), 100, "{name}");
            let (truth, pose) = (Move::Crane.pose(1.0), out[50].pose.expect("a pose"));
            assert!(pose.position.distance(truth.position) < 2e-5, "{name}");
            assert!(rotation::angle_between(pose.rotation, truth.rotation) < 1e-4, "{name}");
            assert_eq!(
                format!("{name}:10.0.0.7:55555").parse::<RelayTarget>().expect("a target").language,
                language
            );
            assert_eq!(language.to_string(), name);
        }
    }

    #[test]
    fn ahead_the_pose_is_that_of_later() {
        let (_, language) = Language::ALL[0];
        let error = |options: RelayOptions| {
            let out = received(options, simulated(10));
            let pose = out[450].pose.expect("a pose");
            rotation::angle_between(pose.rotation, Move::Crane.pose(9.0 + AHEAD).rotation)
        };
        let (raw, foretold) = (
            error(RelayOptions::to(language)),
            error(RelayOptions { ahead: AHEAD, ..RelayOptions::to(language) }),
        );
        assert!(foretold < 0.05 * raw, "{foretold} against {raw}");
    }

    #[test]
    fn a_lost_tracker_is_passed_on_as_lost_and_not_extrapolated() {
        let (_, language) = Language::ALL[0];
        let options = RelayOptions { ahead: AHEAD, ..RelayOptions::to(language) };
        let lost = simulated(4).enumerate().map(|(index, mut sample)| {
            if index >= 100 {
                (sample.pose, sample.status) = (None, Status::Lost);
            }
            sample
        });
        let out = received(options, lost);
        assert!(out[..100].iter().all(|sample| sample.pose.is_some()));
        assert!(out[100..].iter().all(|sample| sample.pose.is_none()), "no pose is invented");
    }

    #[test]
    fn a_clock_that_stands_still_gives_way_to_arrival() {
        let (_, language) = Language::ALL[0];
        let options = RelayOptions { ahead: AHEAD, ..RelayOptions::to(language) };
        let frozen = simulated(10).map(|mut sample| {
            sample.sampled = Some(SenderTime::from_nanos(1_000_000_000));
            sample
        });
        let pose = received(options, frozen)[450].pose.expect("a pose");
        let truth = Move::Crane.pose(9.0 + AHEAD);
        assert!(rotation::angle_between(pose.rotation, truth.rotation) < 0.2_f64.to_radians());
    }

    #[test]
    fn an_alignment_and_a_subject_are_obeyed() {
        let (_, language) = Language::ALL[0];
        let alignment = Pose::new(DVec3::new(1.0, 2.0, 3.0), PanTiltRoll::from_degrees(90.0, 0.0, 0.0));
        let options = RelayOptions { alignment: Some(alignment), ..RelayOptions::to(language) };
        let pose = received(options.clone(), simulated(1))[0].pose.expect("a pose");
        let truth = alignment.then_inner(&Move::Crane.pose(0.0));
        assert!(pose.position.distance(truth.position) < 1e-6);
        let other = RelayOptions { subject: Some("f4:9".to_owned()), ..options };
        assert!(received(other, simulated(1)).is_empty());
    }

    #[test]
    fn targets_that_are_none_are_refused() {
        for text in ["", "freed", "freed:", "freed:10.0.0.1", "stype:10.0.0.1:5", "f4:nowhere:7"] {
            assert!(text.parse::<RelayTarget>().is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_order_of_times_makes_a_relay_panic_or_send_a_pose_of_no_numbers(
            times in prop::collection::vec((any::<i64>(), prop::option::of(any::<i64>())), 1..60),
        ) {
            let (_, language) = Language::ALL[0];
            let mut relay = Relay::new(RelayOptions { ahead: AHEAD, ..RelayOptions::to(language) });
            for (index, (arrived, sampled)) in times.iter().enumerate() {
                let mut sample = Simulation::new(Move::Crane, FrameRate::FPS_50).sample(index as i64);
                sample.arrived = cyclorama_time::StageTime::from_nanos(*arrived);
                sample.sampled = sampled.map(SenderTime::from_nanos);
                relay.sample(&sample, |_| ());
            }
        }
    }
}
