use std::sync::atomic::{AtomicI64, Ordering};

use super::{ring::ROOM, *};

fn fed() -> (Feed, Arc<Queue>) {
    let queue = Arc::new(Queue::default());
    (queue.feed(), queue)
}

fn numbered(number: i64) -> (Pose, Details) {
    (Pose { at_ns: number, ..Pose::default() }, Details { sampled_ns: number, ..Details::default() })
}

fn push(queue: &Queue, (pose, details): (Pose, Details)) {
    queue.push(&pose, &details);
}

fn take(feed: &mut Feed, most: usize) -> Vec<i64> {
    let mut poses = vec![Pose::default(); most];
    let count = feed.take(&mut poses) as usize;
    poses[..count].iter().map(|pose| pose.at_ns).collect()
}

/// A sample of which every number says which it is; its lens is turned with every third.
fn whole(number: i64) -> (Pose, Details) {
    let (float, lens) = (number as f64, (number / 3) as f64);
    let pose = Pose {
        at_ns: number,
        x: float,
        y: -float,
        z: float + 0.5,
        qx: float,
        qy: -float,
        qz: float,
        qw: -float,
        subject: number as u32 % 2,
        flags: !(number as u32),
    };
    let details = Details {
        sampled_ns: number,
        arrived_ns: number + 1,
        ready_ns: number + 2,
        timecode_frame: -number,
        confidence: float,
        subject: pose.subject,
        sequence: number as u32,
        focal_length_mm: lens,
        distortion: [lens; 8],
        cy: -lens,
        rate_numerator: lens as u32,
        ..Details::default()
    };
    (pose, details)
}

#[test]
fn everything_comes_once_in_order_however_it_is_taken() {
    let (mut feed, queue) = fed();
    let mut seen = Vec::new();
    for number in 0..10_000 {
        push(&queue, numbered(number));
        if number % 7 == 0 {
            seen.extend(take(&mut feed, (number % 11) as usize));
        }
        if number % 13 == 0 {
            let (mut poses, mut details) = ([Pose::default(); 9], [Details::default(); 12]);
            let count = feed.wait(1, &mut poses, &mut details) as usize;
            assert!(poses[..count].iter().zip(&details).all(|(pose, more)| pose.at_ns == more.sampled_ns));
            seen.extend(poses[..count].iter().map(|pose| pose.at_ns));
        }
    }
    seen.extend(take(&mut feed, 10_000));
    assert_eq!(seen, (0..10_000).collect::<Vec<_>>());
    assert_eq!((take(&mut feed, 10), feed.dropped()), (Vec::new(), 0));
}

#[test]
fn beside_a_writer_every_sample_of_every_feed_is_whole_and_in_its_place() {
    const ALL: i64 = 200_000;
    let (mut batches, queue) = fed();
    let mut waits = queue.feed();
    let (taken, waited) = (AtomicI64::new(0), AtomicI64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // As fast as it can, but never so far ahead that something is dropped.
            for number in 0..ALL {
                while number - taken.load(Ordering::Acquire).min(waited.load(Ordering::Acquire))
                    >= ROOM as i64
                {
                    std::thread::yield_now();
                }
                push(&queue, whole(number));
            }
        });
        scope.spawn(|| {
            let (mut poses, mut next) = (vec![Pose::default(); 500], 0);
            while next < ALL {
                let count = batches.take(&mut poses) as usize;
                for pose in &poses[..count] {
                    assert_eq!(*pose, whole(next).0);
                    next += 1;
                }
                taken.store(next, Ordering::Release);
            }
        });
        let (mut poses, mut details) = ([Pose::default(); 64], [Details::default(); 64]);
        let mut next = 0;
        while next < ALL {
            let count = waits.wait(60_000_000, &mut poses, &mut details) as usize;
            for sample in poses[..count].iter().copied().zip(details) {
                assert_eq!(sample, whole(next));
                next += 1;
            }
            waited.store(next, Ordering::Release);
        }
    });
    assert_eq!((batches.dropped(), waits.dropped()), (0, 0));
}

#[test]
fn who_is_overtaken_by_a_writer_gets_whole_samples_all_the_same_and_knows_how_many_it_missed() {
    const ALL: i64 = 300_000;
    let (mut feed, queue) = fed();
    let writer = std::thread::spawn(move || {
        for number in 0..ALL {
            push(&queue, whole(number));
        }
        queue.end(Status::Cancelled);
    });
    let (mut poses, mut details) = (vec![Pose::default(); 300], vec![Details::default(); 300]);
    let (mut last, mut count) = (-1, 0);
    loop {
        // Asked first: what was pushed before the end is still given.
        let over = feed.standing() != Status::Ok;
        let got = feed.wait(1_000, &mut poses, &mut details) as usize;
        for sample in poses[..got].iter().copied().zip(details.iter().copied()) {
            assert!(sample.0.at_ns > last);
            last = sample.0.at_ns;
            assert_eq!(sample, whole(last));
        }
        count += got as u64;
        if got == 0 && over {
            break;
        }
    }
    writer.join().expect("it ends");
    assert_eq!((last, count + feed.dropped()), (ALL - 1, ALL as u64));
}

#[test]
fn who_waits_is_woken_by_every_sample_it_waits_for() {
    let (mut feed, queue) = fed();
    let (taken, next) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        for number in 0..2_000 {
            push(&queue, numbered(number));
            next.recv().expect("it was taken");
        }
    });
    let (mut poses, mut details) = ([Pose::default(); 4], [Details::default(); 4]);
    for number in 0..2_000 {
        // Unwoken, it would find the sample only after a minute.
        assert_eq!(feed.wait(60_000_000, &mut poses, &mut details), 1);
        assert_eq!(poses[0].at_ns, number);
        taken.send(()).expect("it waits");
    }
    writer.join().expect("it ends");
}

#[test]
fn what_nobody_takes_is_dropped_oldest_first_and_counted() {
    let (mut feed, queue) = fed();
    let all = 3 * ROOM as i64 + 5;
    for number in 0..all {
        push(&queue, numbered(number));
    }
    assert_eq!(feed.dropped(), 2 * ROOM as u64 + 5);
    assert_eq!(take(&mut feed, 2 * ROOM), (all - ROOM as i64..all).collect::<Vec<_>>());
    assert_eq!(feed.dropped(), 2 * ROOM as u64 + 5);
}

#[test]
fn each_feed_begins_when_it_is_made_and_nothing_is_kept_for_nobody() {
    let (mut first, queue) = fed();
    push(&queue, numbered(0));
    let mut second = queue.feed();
    push(&queue, numbered(1));
    assert_eq!((take(&mut first, 9), take(&mut second, 9)), (vec![0, 1], vec![1]));
    drop(first);
    drop(second);
    push(&queue, numbered(2));
    let mut third = queue.feed();
    push(&queue, numbered(3));
    assert_eq!((take(&mut third, 9), third.dropped()), (vec![3], 0));
    queue.end(Status::Cancelled);
    push(&queue, numbered(4));
    assert_eq!((take(&mut third, 9), third.standing()), (vec![], Status::Cancelled));
    assert_eq!((take(&mut queue.feed(), 9), queue.feed().standing()), (vec![], Status::Cancelled));
}
