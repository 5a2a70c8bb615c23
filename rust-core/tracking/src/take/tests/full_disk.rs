//! Disks and shares that have no room: what was taken is never lost, and what is lost is said.

use super::*;
use crate::take::small_disk::{Share, noise};

#[test]
fn a_full_disk_is_said_and_leaves_a_whole_take_at_every_size() {
    for room in (600..6_000).step_by(97) {
        let disk = SmallDisk::new(room);
        let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room for the start");
        let refused = (0..600).find_map(|frame| {
            let payload: Vec<u8> = (0..105u32).map(|byte| ((byte * byte * (frame + 7)) >> 3) as u8).collect();
            writer.record(StageTime::from_nanos(i64::from(frame) * SECOND / 25), None, &payload, None).err()
        });
        let refused = refused.or_else(|| writer.close().err()).expect("the disk is smaller than the take");
        assert!(matches!(refused, TakeError::DiskFull { .. }), "{refused}");
        assert!(refused.hint().is_some());
        let bytes = disk.held();
        let report = check(&bytes).expect("a take");
        assert_eq!((report.state, report.summary.torn_bytes), (State::Recovered, 0), "room {room}");
    }
}

fn at_25(frame: u32) -> StageTime {
    StageTime::from_nanos(i64::from(frame) * SECOND / 25)
}

#[test]
fn what_a_full_disk_refuses_waits_and_is_in_the_take_once_there_is_room() {
    let disk = SmallDisk::new(4_000);
    let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room for the start");
    let mut waited = 0;
    for frame in 0..600 {
        writer.record(at_25(frame), None, &noise(frame, 105), None).expect("it waits");
        writer.sync_if_due(at_25(frame));
        waited += u32::from(writer.refused().is_some());
        let report = check(&disk.held()).expect("a take");
        assert_eq!(report.summary.torn_bytes, 0, "whole at every moment");
        if waited == 200 {
            // Somebody removed other files.
            disk.make_room(usize::MAX);
        }
    }
    assert!((200..=226).contains(&waited), "a disk with room is asked again within a second: {waited}");
    assert_eq!(writer.records(), 600);
    writer.close().expect("room");
    let bytes = disk.held();
    assert_eq!(check(&bytes).expect("a take").state, State::Intact);
    let records = read_all(&open(&bytes).expect("a take"));
    assert!(records.iter().zip(0..).all(|(record, frame)| record.bytes == noise(frame, 105)));
    assert_eq!(records.len(), 600, "nothing is lost");
}

#[test]
fn what_waits_for_a_full_disk_is_bounded_and_what_was_accepted_comes_once_there_is_room() {
    let disk = SmallDisk::new(4_000);
    let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room for the start");
    let (mut taken, mut refused) = (Vec::new(), 0_u64);
    for frame in 0..600 {
        match writer.record(at_25(frame), None, &noise(frame, 60_000), None) {
            Ok(()) => taken.push(frame),
            Err(error) => {
                assert!(matches!(error, TakeError::NoRoom { .. }), "{error}");
                refused += 1;
                if refused == 5 {
                    disk.make_room(usize::MAX);
                }
            }
        }
    }
    assert!((5..=31).contains(&refused), "a disk with room is asked again within a second: {refused}");
    assert_eq!(
        (writer.lost(), writer.records()),
        (refused, taken.len() as u64),
        "what is refused is not in it"
    );
    writer.close().expect("room");
    let bytes = disk.held();
    assert_eq!(check(&bytes).expect("a take").state, State::Intact);
    let kept: Vec<_> =
        read_all(&open(&bytes).expect("a take")).into_iter().map(|record| record.bytes).collect();
    let wanted: Vec<_> = taken.into_iter().map(|frame| noise(frame, 60_000)).collect();
    assert!(kept == wanted, "everything that was accepted is there");
}

#[test]
fn a_little_room_takes_a_little_of_what_waits_and_more_may_wait() {
    let disk = SmallDisk::new(4_000);
    let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room for the start");
    let refused =
        (0..400).find(|frame| writer.record(at_25(*frame), None, &noise(*frame, 60_000), None).is_err());
    let refused = refused.expect("no more fits than 16 MiB");
    let before = writer.records();
    disk.make_room(2 << 20);
    // A second later it is asked again.
    writer.record(at_25(refused + 26), None, &noise(refused, 60_000), None).expect("some of it has gone");
    assert_eq!((writer.lost(), writer.records()), (1, before + 1));
    assert!(writer.refused().is_some(), "the rest still waits");
}

#[test]
fn a_take_whose_end_a_full_disk_refuses_is_closed_once_there_is_room() {
    let disk = SmallDisk::new(4_000);
    let mut writer = Writer::to_sink(Box::new(disk.clone()), &info()).expect("room for the start");
    for frame in 0..100 {
        writer.record(at_25(frame), None, &noise(frame, 105), None).expect("it waits");
    }
    let error = writer.finish().expect_err("the disk is smaller than the take");
    assert!(matches!(error, TakeError::DiskFull { .. }), "{error}");
    let there = check(&disk.held()).expect("a take").readable;
    assert_eq!((there > 0, writer.missing()), (true, 100 - there));
    disk.make_room(usize::MAX);
    assert_eq!(writer.finish().expect("room").records, 100);
    assert_eq!((writer.missing(), check(&disk.held()).expect("a take").state), (0, State::Intact));
}

#[test]
fn what_a_share_took_and_could_not_bring_to_its_disk_is_written_again() {
    let share = Share::new(4_000);
    let mut writer = Writer::to_sink(Box::new(share.clone()), &info()).expect("room for the start");
    let mut waited = 0;
    for frame in 0..1_800 {
        writer.record(at_25(frame), None, &noise(frame, 105), None).expect("it waits");
        writer.sync_if_due(at_25(frame));
        waited += u32::from(writer.refused().is_some());
        if waited == 1_500 {
            share.make_room(usize::MAX);
        }
    }
    assert!((1_500..=1_526).contains(&waited), "a share with room is asked again within a second: {waited}");
    assert!(share.sent() < 600_000, "it is asked with little: {} bytes", share.sent());
    writer.close().expect("room");
    let bytes = share.held();
    assert_eq!(check(&bytes).expect("a take").state, State::Intact);
    let records = read_all(&open(&bytes).expect("a take"));
    assert!(records.iter().zip(0..).all(|(record, frame)| record.bytes == noise(frame, 105)));
    assert_eq!(records.len(), 1_800, "nothing is lost");
}

#[test]
fn a_share_that_fails_once_when_a_take_is_closed_has_all_of_it_all_the_same() {
    let share = Share::new(usize::MAX);
    let mut writer = Writer::to_sink(Box::new(share.clone()), &info()).expect("room for the start");
    for frame in 0..100 {
        writer.record(at_25(frame), None, &noise(frame, 105), None).expect("room");
    }
    share.fail_once();
    assert_eq!(writer.close().expect("the second time").records, 100);
    assert_eq!(check(&share.held()).expect("a take").state, State::Intact);
}
