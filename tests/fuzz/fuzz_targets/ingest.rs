//! Datagrams of any protocol, with any times, to any listener: judged, followed, evaluated, never a pose of no numbers.
#![no_main]

use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Protocol,
    ingest::{Ingest, IngestOptions, Speech},
};

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<(i64, u8, Vec<u8>)>)| {
    let protocol = Protocol::ALL[usize::from(input.0 % 4)];
    let mut ingest = Ingest::new(IngestOptions::new(Speech::Protocol(protocol, DecodeOptions::default())));
    for (arrived, lane, bytes) in input.1.iter().take(64) {
        let now = StageTime::from_nanos(*arrived);
        ingest.datagram(usize::from(lane % 5), now, Some(([10, 0, 0, *lane], 7).into()), bytes);
        let subjects: Vec<String> = ingest.tracker().subjects().map(str::to_owned).collect();
        for subject in subjects {
            let found = ingest.at(&subject, now, now.plus_nanos(80_000_000));
            assert!(found.is_none_or(|found| found.pose.is_valid()));
        }
        ingest.poll_fault(now);
        ingest.health(now);
    }
});
