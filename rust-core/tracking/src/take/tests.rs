//! Takes as files: what is written comes back, and nothing damaged comes back unnoticed.

mod full_disk;

use std::{io::Cursor, net::SocketAddr, path::Path};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::{Clock, FrameRate, StageTime, Timecode, UtcTime, VirtualClock};
use proptest::{collection::vec, prelude::*};

use super::{format, small_disk::SmallDisk, *};
use crate::Protocol;

const SECOND: i64 = 1_000_000_000;

fn info() -> TakeInfo {
    TakeInfo::new("test", Protocol::F4, UtcTime::from_nanos(0))
}

fn label(frame: i64) -> Timecode {
    Timecode::parse("23:59:58:00", FrameRate::FPS_25).expect("a label").plus_frames(frame)
}

/// A take of `frames` records of 25 fps in a folder, closed or as a killed recorder leaves it.
fn recorded(path: &Path, frames: i64, closed: bool) -> Vec<Record> {
    let clock = VirtualClock::new(UtcTime::from_nanos(0));
    let mut writer = Writer::create(path, &info()).expect("a new take");
    let mut records = Vec::new();
    for frame in 0..frames {
        clock.advance(SECOND / 25);
        let record = Record {
            arrived: clock.now(),
            source: Some(SocketAddr::from(([10, 0, 0, (frame % 3) as u8], 8001))),
            timecode: Some(label(frame)),
            bytes: (0..105).map(|byte: i64| (byte * frame) as u8).collect(),
        };
        writer.record(record.arrived, record.source, &record.bytes, record.timecode).expect("room");
        writer.sync_if_due(clock.now());
        records.push(record);
    }
    if closed {
        writer.close().expect("room");
    }
    records
}

fn bytes_of(frames: i64, closed: bool) -> (Vec<u8>, Vec<Record>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.take");
    let records = recorded(&path, frames, closed);
    (std::fs::read(path).expect("the take"), records)
}

fn open(bytes: &[u8]) -> Result<Reader, TakeError> {
    Reader::from_source(Box::new(Cursor::new(bytes.to_vec())))
}

fn check(bytes: &[u8]) -> Result<VerifyReport, TakeError> {
    verify_source(Box::new(Cursor::new(bytes.to_vec())))
}

fn read_all(reader: &Reader) -> Vec<Record> {
    reader.records().collect::<Result<_, _>>().expect("a whole take")
}

#[test]
fn a_closed_take_gives_back_what_was_recorded_and_is_intact() {
    let (bytes, records) = bytes_of(100, true);
    let reader = open(&bytes).expect("a take");
    assert_eq!(read_all(&reader), records);
    let summary = reader.summary();
    assert!(summary.closed);
    assert_eq!((summary.records, summary.chunks), (100, 8), "13 frames fit into half a second");
    assert_eq!(summary.first_timecode, Some(label(0)));
    assert_eq!(summary.last_timecode.expect("labels").to_string(), "00:00:01:24", "over midnight");
    let report = check(&bytes).expect("a take");
    assert_eq!((report.state, report.readable, report.damage.len()), (State::Intact, 100, 0));
}

#[test]
fn a_recorder_that_was_killed_leaves_all_but_the_last_half_second() {
    let (bytes, records) = bytes_of(100, false);
    let reader = open(&bytes).expect("a take");
    let kept = read_all(&reader);
    assert_eq!(kept, records[..kept.len()]);
    assert!(
        kept.len() >= records.len() - 13,
        "{} of {} records stand in the file",
        kept.len(),
        records.len()
    );
    assert_eq!(check(&bytes).expect("a take").state, State::Recovered);
}

#[test]
fn every_cut_opens_with_every_chunk_that_was_whole() {
    let (bytes, records) = bytes_of(60, true);
    let whole = open(&bytes).expect("a take");
    let ends: Vec<_> =
        whole.parts.parts.iter().map(|part| (part.to, part.span.expect("known").records)).collect();
    for cut in whole.start.end..bytes.len() as u64 {
        let reader = open(&bytes[..cut as usize]).expect("a take");
        let expected: u32 = ends.iter().filter(|(to, _)| *to <= cut).map(|(_, records)| records).sum();
        assert_eq!(read_all(&reader), records[..expected as usize], "cut at {cut}");
        let summary = reader.summary();
        assert!(!summary.closed);
        let last_end = ends.iter().rfind(|(to, _)| *to <= cut).map_or(whole.start.end, |(to, _)| *to);
        assert_eq!(summary.torn_bytes, cut - last_end, "cut at {cut}");
        let report = check(&bytes[..cut as usize]).expect("a take");
        assert_eq!((report.state, report.readable), (State::Recovered, u64::from(expected)), "cut at {cut}");
    }
}

#[test]
fn a_cut_within_the_start_is_refused() {
    let (bytes, _) = bytes_of(3, true);
    let start = open(&bytes).expect("a take").start.end as usize;
    for cut in 0..start {
        assert!(open(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn every_flipped_byte_is_found_and_no_wrong_record_comes_out() {
    let (bytes, records) = bytes_of(30, true);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let Ok(report) = check(&damaged) else { continue };
            assert_eq!(report.state, State::Damaged, "byte {at} ^ {flip:#x}");
            assert!(
                report.damage.iter().any(|d| (d.from..d.to).contains(&(at as u64))),
                "byte {at}: {report:?}"
            );
            let reader = open(&damaged).expect("it just opened");
            for record in reader.records().flatten() {
                assert!(records.contains(&record), "byte {at} ^ {flip:#x} made a record");
            }
        }
    }
}

#[test]
fn every_flipped_byte_of_a_take_that_was_not_closed_loses_no_other_chunk() {
    let (bytes, records) = bytes_of(45, false);
    let whole = open(&bytes).expect("a take");
    let total = read_all(&whole).len();
    for at in whole.start.end as usize..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let reader = open(&damaged).expect("the start is whole");
        let kept: Vec<_> = reader.records().flatten().collect();
        assert!(kept.len() >= total - 13, "byte {at}: {} of {total} left", kept.len());
        assert!(kept.iter().all(|record| records.contains(record)), "byte {at}");
        let report = check(&damaged).expect("the start is whole");
        assert!(report.state == State::Damaged || report.summary.torn_bytes > 0, "byte {at} was not noticed");
    }
}

#[test]
fn damage_in_the_middle_is_named_with_its_timecodes() {
    let (mut bytes, _) = bytes_of(100, true);
    let part = open(&bytes).expect("a take").parts.parts[3];
    bytes[part.from as usize + 140] ^= 1;
    let report = check(&bytes).expect("a take");
    let damage = &report.damage[0];
    assert_eq!((damage.chunk, damage.from, damage.to), (Some(3), part.from, part.to));
    assert_eq!(damage.first_timecode, Some(label(39)));
    assert_eq!(damage.last_timecode, Some(label(51)));
    assert_eq!((damage.records, report.readable), (Some(13), 87));
    let errors: Vec<_> = open(&bytes).expect("a take").records().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind(), Kind::Integrity);
}

#[test]
fn a_chunk_of_another_take_is_refused() {
    let take = |first_byte: u8| {
        let disk = SmallDisk::new(usize::MAX);
        let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room");
        for frame in 0..30 {
            let payload = [if frame == 0 { first_byte } else { 7 }; 20];
            writer.record(StageTime::from_nanos(frame * SECOND / 25), None, &payload, None).expect("room");
        }
        drop(writer);
        disk.held()
    };
    // Alike but for one byte in the first chunk; the second chunk of one is put into the other.
    let (mut ours, theirs) = (take(1), take(2));
    let second = open(&ours).expect("a take").parts.parts[1];
    let in_theirs = open(&theirs).expect("a take").parts.parts[1];
    ours.truncate(second.from as usize);
    ours.extend(&theirs[in_theirs.from as usize..in_theirs.to as usize]);
    let report = check(&ours).expect("a take");
    assert_eq!((report.readable, report.summary.chunks), (13, 1), "only its own chunk belongs to it");
    assert!(report.summary.torn_bytes > 0);
}

#[test]
fn chunks_in_the_wrong_order_are_refused() {
    let (bytes, _) = bytes_of(60, false);
    let whole = open(&bytes).expect("a take");
    let (first, second) = (whole.parts.parts[0], whole.parts.parts[1]);
    let mut forged = bytes[..first.from as usize].to_vec();
    forged.extend(&bytes[second.from as usize..second.to as usize]);
    forged.extend(&bytes[first.from as usize..first.to as usize]);
    assert_eq!(check(&forged).expect("a take").readable, 0);
}

#[test]
fn recovery_closes_a_torn_take_and_keeps_its_digest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (torn, closed) = (folder.path().join("torn.take"), folder.path().join("closed.take"));
    recorded(&torn, 100, false);
    let before = Reader::open(&torn).expect("a take").digest();
    let recovered = recover(&torn, &closed).expect("room");
    let report = verify(&closed).expect("a take");
    assert_eq!(report.state, State::Intact);
    assert_eq!((report.summary.digest, recovered.summary.digest), (before, before));
    assert_eq!(
        read_all(&Reader::open(&torn).expect("a take")),
        read_all(&Reader::open(&closed).expect("a take"))
    );
    assert_eq!(recover(&torn, &closed).expect_err("it exists").kind(), Kind::Conflict);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 2, "no temporary file stays");
}

#[test]
fn recovery_of_a_damaged_take_notes_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (folder.path().join("old.take"), folder.path().join("new.take"));
    let records = recorded(&old, 100, true);
    let part = Reader::open(&old).expect("a take").parts.parts[2];
    let mut bytes = std::fs::read(&old).expect("the take");
    bytes[part.from as usize + 20] ^= 4;
    std::fs::write(&old, &bytes).expect("room");
    recover(&old, &new).expect("room");
    let reader = Reader::open(&new).expect("a take");
    let expected: Vec<_> = records[..26].iter().chain(&records[39..]).cloned().collect();
    assert_eq!(read_all(&reader), expected);
    assert_eq!(verify(&new).expect("a take").state, State::Intact);
    let lost = Lost {
        after_records: 26,
        records: Some(13),
        first_timecode: Some(label(26)),
        last_timecode: Some(label(38)),
    };
    assert_eq!(reader.info().lost, [lost]);
}

#[test]
fn a_take_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.take");
    recorded(&path, 5, true);
    let Err(error) = Writer::create(&path, &info()) else { panic!("it exists") };
    assert!(matches!(error, TakeError::Exists { .. }));
    assert_eq!(verify(&path).expect("a take").readable, 5);
}

#[test]
fn a_take_that_is_being_recorded_is_not_recovered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.take");
    let _writer = Writer::create(&path, &info()).expect("a new take");
    let error = recover(&path, &folder.path().join("b.take")).expect_err("the recorder holds it");
    assert!(matches!(error, TakeError::Busy { .. }));
}

#[test]
fn an_empty_take_is_a_take() {
    let (bytes, _) = bytes_of(0, true);
    let report = check(&bytes).expect("a take");
    assert_eq!((report.state, report.summary.records, report.summary.seconds()), (State::Intact, 0, 0.0));
}

#[test]
fn a_chunk_that_would_unpack_to_more_than_it_declares_is_refused() {
    let (bytes, _) = bytes_of(1, false);
    let start = open(&bytes).expect("a take").start.end as usize;
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).expect("memory");
    let header = |payload_len| format::ChunkHeader {
        sequence: 0,
        span: format::Span { records: 1, ..Default::default() },
        payload_len,
        stored_len: bomb.len() as u32,
        codec: format::Codec::Zstd,
        chain: cyclorama_content::Digest::of(b"none"),
        stored_check: format::ChunkHeader::check(&bomb),
    };
    for payload_len in [0, 1, 1000, format::MAX_PAYLOAD as u32, 64 << 20, u32::MAX] {
        let mut take = bytes[..start].to_vec();
        take.extend(header(payload_len).encode());
        take.extend(&bomb);
        let report = check(&take).expect("a take");
        assert_eq!((report.readable, report.summary.chunks), (0, 0), "declared {payload_len}");
    }
}

#[test]
fn reading_can_begin_at_a_time_or_a_timecode() {
    let (bytes, records) = bytes_of(100, true);
    let reader = open(&bytes).expect("a take");
    let from = reader.records_from(records[50].arrived).next().expect("some").expect("whole");
    assert_eq!(from, records[39], "the chunk that holds it begins there");
    let from = reader.records_from_timecode(label(60)).next().expect("some").expect("whole");
    assert_eq!(from, records[52]);
    assert!(reader.records_from_timecode(label(500)).next().is_none());
}

#[test]
fn another_version_is_refused_by_name() {
    let (mut bytes, _) = bytes_of(1, true);
    bytes[8] = 2;
    assert!(matches!(open(&bytes), Err(TakeError::Version { major: 2 })));
    assert!(matches!(open(b"#usda 1.0"), Err(TakeError::NotATake)));
}

#[test]
fn the_file_begins_as_documented() {
    let (bytes, _) = bytes_of(1, false);
    assert_eq!(&bytes[..12], b"\x89CYTAKE\n\x01\0\0\0");
    let info_len = u32::from_le_bytes(bytes[12..16].try_into().expect("four")) as usize;
    assert_eq!(bytes[48], b'{');
    assert_eq!(bytes[48 + info_len - 1], b'}');
    let header = format::ChunkHeader {
        sequence: 1,
        span: format::Span { records: 1, ..Default::default() },
        payload_len: 3,
        stored_len: 3,
        codec: format::Codec::Stored,
        chain: cyclorama_content::Digest::of(b""),
        stored_check: format::ChunkHeader::check(b"abc"),
    };
    let encoded = header.encode();
    assert_eq!(encoded.len(), format::CHUNK_HEADER_LEN);
    assert_eq!(format::ChunkHeader::decode(&encoded.try_into().expect("136 bytes")), Ok(header));
}

fn any_record() -> impl Strategy<Value = Record> {
    let address = prop_oneof![
        Just(None),
        any::<([u8; 4], u16)>().prop_map(|(ip, port)| Some(SocketAddr::from((ip, port)))),
        any::<([u16; 8], u16)>().prop_map(|(ip, port)| Some(SocketAddr::from((ip, port)))),
    ];
    let timecode = prop::option::of((0..5_000_000i64, any::<bool>()).prop_map(|(frame, drop)| {
        Timecode::from_frame(cyclorama_time::FrameNumber(frame), FrameRate::FPS_29_97, drop).expect("a label")
    }));
    (any::<i64>(), address, timecode, vec(any::<u8>(), 0..300)).prop_map(
        |(nanos, source, timecode, bytes)| Record {
            arrived: StageTime::from_nanos(nanos),
            source,
            timecode,
            bytes,
        },
    )
}

proptest! {
    #[test]
    fn any_records_come_back_as_they_were(records in vec(any_record(), 0..40)) {
        let disk = SmallDisk::new(usize::MAX);
        let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room");
        for record in &records {
            writer.record(record.arrived, record.source, &record.bytes, record.timecode).expect("room");
        }
        writer.close().expect("room");
        let bytes = disk.held();
        prop_assert_eq!(read_all(&open(&bytes).expect("a take")), records);
        prop_assert_eq!(check(&bytes).expect("a take").state, State::Intact);
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        fuzz_bytes(&bytes);
    }

    #[test]
    fn any_damage_never_panics(at in vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), cut in any::<prop::sample::Index>()) {
        let (mut bytes, _) = bytes_of(20, true);
        for (at, value) in at {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        fuzz_bytes(&bytes);
    }
}
