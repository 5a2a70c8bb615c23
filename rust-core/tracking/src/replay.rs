//! Takes back into samples, through the same decoder that served the stage: the same bits each time.
//!
//! Reads no clock: arrival times are the recorded ones.

use crate::{
    Decoder, Sample, Summary,
    take::{Reader, TakeError},
};

/// The samples of a take and what became of its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// In the order they arrived.
    pub samples: Vec<Sample>,
    /// Accepted, rejected and ignored messages.
    pub summary: Summary,
}

/// All samples of a take.
///
/// # Errors
/// When a chunk of the take is damaged or cannot be read: a path with a hole in it would look whole.
/// [`crate::take::recover`] makes a take of what is left.
pub fn samples(reader: &Reader) -> Result<Replayed, TakeError> {
    let mut samples = Vec::new();
    let summary = each(reader, |sample| samples.push(sample.clone()))?;
    Ok(Replayed { samples, summary })
}

/// Hands every sample of a take to `take`, holding no more than one datagram's samples.
///
/// # Errors
/// As [`samples`].
pub fn each(reader: &Reader, mut take: impl FnMut(&Sample)) -> Result<Summary, TakeError> {
    let info = reader.info();
    let mut decoder = Decoder::new(info.protocol, info.options.clone());
    let mut samples = Vec::new();
    for record in reader.records() {
        let record = record?;
        samples.clear();
        decoder.datagram(record.arrived, record.source, &record.bytes, &mut samples);
        samples.iter().for_each(&mut take);
    }
    Ok(decoder.summary().clone())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use cyclorama_time::{FrameRate, UtcTime};

    use super::*;
    use crate::{
        Protocol, evaluate,
        take::{ImportOptions, TakeInfo, Writer, import, recover},
    };

    fn recording() -> Vec<u8> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mosys_f4/dev_first600.f4");
        std::fs::read(path).expect("the recording in tests/data")
    }

    fn info() -> TakeInfo {
        TakeInfo::new("mosys", Protocol::F4, UtcTime::from_nanos(0))
    }

    fn digest_of(path: &Path) -> cyclorama_content::Digest {
        evaluate::digest(&samples(&Reader::open(path).expect("a take")).expect("whole").samples)
    }

    fn imported(folder: &Path) -> PathBuf {
        let path = folder.join("mosys.take");
        let imported = import(&recording(), &path, &info(), ImportOptions::default()).expect("room");
        assert_eq!((imported.decoded.accepted, imported.take.records), (600, 600));
        assert_eq!(imported.take.seconds(), 599.0 / 25.0, "the timecode counts 25 frames a second");
        path
    }

    #[test]
    fn a_real_recording_replays_to_the_same_bits_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = imported(folder.path());
        let replayed = samples(&Reader::open(&path).expect("a take")).expect("whole");
        assert_eq!(replayed.samples.len(), 600);
        assert_eq!(replayed.summary.rejected_total(), 0);
        assert_eq!(digest_of(&path), digest_of(&path));
    }

    #[test]
    fn a_take_that_was_cut_replays_to_the_same_bits_after_recovery() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = imported(folder.path());
        let bytes = std::fs::read(&path).expect("the take");
        let (cut, recovered) = (folder.path().join("cut.take"), folder.path().join("recovered.take"));
        for (n, at) in [bytes.len() / 3, bytes.len() / 2, bytes.len() - 9].into_iter().enumerate() {
            let (cut, recovered) =
                (cut.with_extension(n.to_string()), recovered.with_extension(n.to_string()));
            std::fs::write(&cut, &bytes[..at]).expect("room");
            recover(&cut, &recovered).expect("room");
            assert_eq!(digest_of(&cut), digest_of(&recovered));
        }
    }

    #[test]
    fn compression_and_chunking_change_no_sample() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = imported(folder.path());
        let reader = Reader::open(&path).expect("a take");
        let other = folder.path().join("other.take");
        let mut writer = Writer::create(&other, &info()).expect("room");
        for record in reader.records() {
            let record = record.expect("whole");
            writer.record(record.arrived, record.source, &record.bytes, None).expect("room");
            writer.sync_if_due(record.arrived.plus_nanos(500_000_000));
        }
        writer.close().expect("room");
        assert_eq!(digest_of(&path), digest_of(&other));
    }

    #[test]
    fn a_freed_recording_needs_a_rate_and_leaves_nothing_behind_without_one() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/freed/derived_from_mosys_f4_first600.freed"
        );
        let recording = std::fs::read(file).expect("the recording in tests/data");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("freed.take");
        let info = TakeInfo::new("freed", Protocol::FreeD, UtcTime::from_nanos(0));
        let error = import(&recording, &path, &info, ImportOptions::default()).expect_err("no time in it");
        assert!(matches!(error, TakeError::RateNeeded { .. }));
        let error = import(b"no message", &path, &info, ImportOptions::default()).expect_err("nothing in it");
        assert!(matches!(error, TakeError::NothingToImport { .. }));
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);

        let options = ImportOptions { rate: Some(FrameRate::FPS_25) };
        let imported = import(&recording, &path, &info, options).expect("room");
        assert_eq!((imported.take.records, imported.take.seconds()), (600, 599.0 / 25.0));
        let replayed = samples(&Reader::open(&path).expect("a take")).expect("whole");
        let evaluated = evaluate::evaluate(&replayed.samples, &Default::default()).expect("a path");
        assert_eq!((evaluated.path.rate, evaluated.report.frames), (FrameRate::FPS_25, 600));
        assert_eq!((evaluated.report.interpolated, evaluated.report.by_timecode), (0, false));
    }

    #[test]
    fn a_damaged_take_does_not_replay_with_a_hole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = imported(folder.path());
        let mut bytes = std::fs::read(&path).expect("the take");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, &bytes).expect("room");
        let reader = Reader::open(&path).expect("its start and index are whole");
        assert!(matches!(samples(&reader), Err(TakeError::Damaged { .. })));
    }
}
