//! A million damaged packets per protocol: nothing panics, no corrupt sample passes, memory stays bounded.
//!
//! Every case is made from its number alone, so a failure names the case that repeats it. What a decoder accepts is
//! checked by plain, separate code in `support/recheck.rs`. `CYCLORAMA_MUTATIONS` sets another number of cases.
#![expect(clippy::print_stdout, reason = "the figures are for whoever asks with --nocapture")]

use std::net::SocketAddr;

use cyclorama_time::StageTime;
use cyclorama_tracking::{DecodeOptions, Decoder, Protocol, Sample, decoder::PsnOptions};

#[path = "support/corpus.rs"]
mod corpus;
#[expect(dead_code, reason = "how often is another test's concern")]
#[path = "support/counting.rs"]
mod counting;
#[path = "support/mutator.rs"]
mod mutator;
#[path = "support/recheck.rs"]
mod recheck;

use mutator::{Mutator, Random};

#[test]
fn freed_stands_a_million_damaged_packets() {
    torture(Protocol::FreeD, DecodeOptions::default(), 1 << 20);
}

#[test]
fn f4_stands_a_million_damaged_packets() {
    torture(Protocol::F4, DecodeOptions::default(), 1 << 20);
}

#[test]
fn psn_stands_a_million_damaged_packets() {
    torture(Protocol::Psn, DecodeOptions::default(), 4 << 20);
}

#[test]
fn psn_in_whole_frames_stands_a_million_damaged_packets() {
    let psn = PsnOptions { whole_frames: true, ..PsnOptions::default() };
    torture(Protocol::Psn, DecodeOptions { psn, ..DecodeOptions::default() }, 32 << 20);
}

#[test]
fn opentrackio_stands_a_million_damaged_packets() {
    torture(Protocol::OpenTrackIO, DecodeOptions::default(), 16 << 20);
}

/// Decodes damaged packets from many senders; all that is kept must fit into `most_bytes`.
fn torture(protocol: Protocol, options: DecodeOptions, most_bytes: i64) {
    let seeds = corpus::packets(protocol);
    let mut mutator = Mutator::new(&seeds, recheck::repair(protocol));
    let mut decoder = Decoder::new(protocol, options);
    let mut samples: Vec<Sample> = Vec::new();
    let mut told = Told { protocol, case: 0 };
    let (mut damaged_but_sound, mut sound) = (0u64, 0u64);
    let before = counting::live();
    counting::restart_peak();
    for case in 0..cases() {
        told.case = case;
        let mut random = Random::new(case);
        let touched = mutator.make(&mut random);
        let packet = mutator.packet();
        let accepted_before = decoder.summary().accepted;
        samples.clear();
        let source = SocketAddr::from(([10, 0, 0, random.below(4) as u8], random.below(200) as u16));
        decoder.datagram(StageTime::from_nanos(case as i64 * 1_000_000), Some(source), packet, &mut samples);
        let accepted = decoder.summary().accepted - accepted_before;
        recheck::check(protocol, packet, accepted, &samples);
        sound += u64::from(!touched && accepted > 0);
        damaged_but_sound += u64::from(touched && accepted > 0);
    }
    let most = counting::peak() - before;
    assert!(most < most_bytes, "{protocol} kept {most} bytes");
    // The stream must have been alive, and repaired packets must have got past the checksum.
    assert!(
        sound > cases() / 100 && damaged_but_sound > cases() / 100,
        "{sound} and {damaged_but_sound} accepted"
    );
    println!(
        "{protocol}: {damaged_but_sound} damaged but sound, at most {most} bytes kept, {:?}",
        decoder.summary()
    );
}

/// Names the case that was at work when a panic passes by.
struct Told {
    protocol: Protocol,
    case: u64,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{} failed at case {}", self.protocol, self.case);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's size has no other way in; nothing else reads it")]
fn cases() -> u64 {
    let text = std::env::var("CYCLORAMA_MUTATIONS").unwrap_or_else(|_| "1000000".to_owned());
    text.parse().expect("CYCLORAMA_MUTATIONS is a number of packets")
}
