//! The newest pose for another thread: written by one, read by many, no lock, no allocation; see [`super::words()`].

use cyclorama_space::{DQuat, DVec3, Pose};
use cyclorama_time::StageTime;

use super::words::{Words, WordsWriter, words};

/// What is handed over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewestPose {
    /// The moment it is for.
    pub at: StageTime,
    /// Camera (sensor) pose.
    pub pose: Pose,
    /// Focal length, mm; NaN where it is not known.
    pub focal_length_mm: f64,
    /// Focus distance, m; NaN where it is not known.
    pub focus_distance_m: f64,
    /// Held or otherwise not to be trusted.
    pub stale: bool,
}

const WORDS: usize = 11;

/// The writing end; there is one.
#[derive(Debug)]
pub struct NewestWriter(WordsWriter<WORDS>);

/// A reading end.
#[derive(Clone, Debug)]
pub struct Newest(Words<WORDS>);

/// Both ends.
pub fn newest() -> (NewestWriter, Newest) {
    let (writer, reader) = words();
    (NewestWriter(writer), Newest(reader))
}

impl NewestWriter {
    /// Replaces what readers see.
    pub fn write(&mut self, value: &NewestPose) {
        self.0.write(&to_words(value));
    }
}

impl Newest {
    /// What was written last; `None` before the first.
    #[inline]
    pub fn read(&self) -> Option<NewestPose> {
        self.0.read().map(|words| from_words(&words))
    }
}

fn to_words(value: &NewestPose) -> [u64; WORDS] {
    let NewestPose { at, pose: Pose { position, rotation }, focal_length_mm, focus_distance_m, stale } =
        *value;
    let bits = f64::to_bits;
    [
        at.nanos() as u64,
        bits(position.x),
        bits(position.y),
        bits(position.z),
        bits(rotation.x),
        bits(rotation.y),
        bits(rotation.z),
        bits(rotation.w),
        bits(focal_length_mm),
        bits(focus_distance_m),
        u64::from(stale),
    ]
}

#[inline]
fn from_words(words: &[u64; WORDS]) -> NewestPose {
    let float = |index: usize| f64::from_bits(words[index]);
    NewestPose {
        at: StageTime::from_nanos(words[0] as i64),
        pose: Pose {
            position: DVec3::new(float(1), float(2), float(3)),
            rotation: DQuat::from_xyzw(float(4), float(5), float(6), float(7)),
        },
        focal_length_mm: float(8),
        focus_distance_m: float(9),
        stale: words[10] != 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn numbered(number: u64) -> NewestPose {
        let float = number as f64;
        NewestPose {
            at: StageTime::from_nanos(number as i64),
            pose: Pose {
                position: DVec3::splat(float),
                rotation: DQuat::from_xyzw(float, -float, float, -float),
            },
            focal_length_mm: float,
            focus_distance_m: -float,
            stale: number % 2 == 1,
        }
    }

    #[test]
    fn nothing_is_read_before_something_is_written() {
        let (mut writer, newest) = newest();
        assert_eq!(newest.read(), None);
        writer.write(&numbered(7));
        assert_eq!(newest.read(), Some(numbered(7)));
    }

    #[test]
    fn readers_never_see_half_of_one_pose_and_half_of_another() {
        let (mut writer, newest) = newest();
        let done = AtomicBool::new(false);
        writer.write(&numbered(1));
        std::thread::scope(|scope| {
            let readers = [newest.clone(), newest].map(|newest| {
                let done = &done;
                scope.spawn(move || {
                    let (mut last, mut changes) = (0, 0);
                    while !done.load(Ordering::Relaxed) {
                        let seen = newest.read().expect("written");
                        assert_eq!(seen, numbered(seen.at.nanos() as u64));
                        assert!(seen.at.nanos() >= last, "the newest only gets newer");
                        changes += u64::from(seen.at.nanos() > last);
                        last = seen.at.nanos();
                    }
                    changes
                })
            });
            for number in 2..2_000_000 {
                writer.write(&numbered(number));
            }
            done.store(true, Ordering::Relaxed);
            for reader in readers {
                let _ = reader.join().expect("no torn pose");
            }
        });
    }
}
