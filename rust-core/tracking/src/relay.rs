//! A live subject out again, in any protocol: for engines that follow without our plugin.
//!
//! [`Relay`] turns samples into datagrams; it foretells nothing (that is [`crate::ingest`]'s work) and holds no
//! socket. A lost tracker is passed on as lost.

use std::{fmt, net::SocketAddr, str::FromStr};

use crate::{DecodeOptions, Protocol, Sample, Status, protocol::opentrackio::Encoding, send::Encoder};

/// How samples leave.
#[derive(Clone, Debug, PartialEq)]
pub struct RelayOptions {
    /// Protocol and, for OpenTrackIO, encoding of the datagrams.
    pub language: Language,
    /// What the protocol leaves open.
    pub options: DecodeOptions,
    /// Only this subject; absent: all of them.
    pub subject: Option<String>,
}

impl RelayOptions {
    /// Passes on everything as it came.
    pub fn to(language: Language) -> Self {
        Self { language, options: DecodeOptions::default(), subject: None }
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
}

impl Relay {
    /// A relay that has seen nothing yet.
    pub fn new(options: RelayOptions) -> Self {
        let encoder = Encoder::new(options.language.protocol, options.options.clone());
        let encoder = encoder.with_encoding(options.language.encoding);
        Self { options, encoder }
    }

    /// Hands the datagrams that say `sample` to `send`; none if it is another subject, or the protocol cannot
    /// say it.
    pub fn sample(&mut self, sample: &Sample, send: impl FnMut(&[u8])) {
        if self.options.subject.as_deref().is_some_and(|wanted| wanted != &*sample.subject) {
            return;
        }
        let mut out = sample.clone();
        // A pose that is held is no measurement: whoever follows is told that there is none.
        out.pose = out.pose.filter(|_| out.status != Status::Lost);
        self.encoder.encode(&out, send);
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_space::rotation;
    use cyclorama_time::FrameRate;

    use super::*;
    use crate::{
        Decoder,
        send::{Move, Simulation},
    };

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
    fn a_lost_tracker_is_passed_on_as_lost_and_not_extrapolated() {
        let (_, language) = Language::ALL[0];
        let options = RelayOptions::to(language);
        let lost = simulated(4).enumerate().map(|(index, mut sample)| {
            if index >= 100 {
                sample.status = Status::Lost;
            }
            sample
        });
        let out = received(options, lost);
        assert!(out[..100].iter().all(|sample| sample.pose.is_some()));
        assert!(out[100..].iter().all(|sample| sample.pose.is_none()), "no pose is invented");
    }

    #[test]
    fn only_the_subject_that_is_wanted_is_passed_on() {
        let (_, language) = Language::ALL[0];
        let other = RelayOptions { subject: Some("f4:9".to_owned()), ..RelayOptions::to(language) };
        assert!(received(other, simulated(1)).is_empty());
    }

    #[test]
    fn targets_that_are_none_are_refused() {
        for text in ["", "freed", "freed:", "freed:10.0.0.1", "stype:10.0.0.1:5", "f4:nowhere:7"] {
            assert!(text.parse::<RelayTarget>().is_err(), "{text}");
        }
    }
}
