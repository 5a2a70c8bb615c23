//! When work may be done: not before a moment, and perhaps only in off-peak hours.

use std::fmt;
use std::str::FromStr;

use cyclorama_time::UtcTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

const DAY: i64 = 86_400_000_000_000;
const MINUTE: i64 = 60_000_000_000;

/// Hours of each day, on a clock that is so far from UTC. They may pass midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffPeak {
    from: i64,
    to: i64,
    zone: i64,
}

impl OffPeak {
    /// From `from` to `to`, as in `20:00` and `06:00`, on a clock `zone` (as in `+01:00`) from UTC.
    pub fn new(from: &str, to: &str, zone: &str) -> Option<Self> {
        let (sign, offset) = match zone.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (from, to) = (minutes(from)?, minutes(to)?);
        (from != to).then_some(Self { from, to, zone: sign * minutes(offset)? })
    }

    /// Whether `moment` is in them, and when that changes.
    fn at(&self, moment: UtcTime) -> (bool, UtcTime) {
        let local = moment.nanos().saturating_add(self.zone * MINUTE);
        let into_day = local.rem_euclid(DAY);
        let until = |minute: i64| (minute * MINUTE - into_day).rem_euclid(DAY);
        let (to_from, to_to) = (until(self.from), until(self.to));
        // Whichever border comes next says where we are. On a border, what begins there holds.
        let after = |nanos: i64| if nanos == 0 { DAY } else { nanos };
        let inside = after(to_to) < after(to_from);
        let next = if inside { after(to_to) } else { after(to_from) };
        (inside, UtcTime::from_nanos(moment.nanos().saturating_add(next)))
    }
}

/// The text is no hours of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wanted: hours of each day and how far their clock is from UTC, as 20:00-06:00+01:00")]
pub struct NoHours;

/// As [`OffPeak::word`] writes them.
impl FromStr for OffPeak {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        let parts = || {
            let (from, rest) = text.split_at_checked(5)?;
            let (to, zone) = rest.strip_prefix('-')?.split_at_checked(5)?;
            Self::new(from, to, zone)
        };
        parts().ok_or(NoHours)
    }
}

impl OffPeak {
    /// Both ends and the zone, as clocks show them.
    fn clocks(&self) -> [String; 3] {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let sign = if self.zone < 0 { '-' } else { '+' };
        [clock(self.from), clock(self.to), format!("{sign}{}", clock(self.zone.abs()))]
    }

    /// In one word, for a command line: `20:00-06:00+01:00`.
    pub fn word(&self) -> String {
        let [from, to, zone] = self.clocks();
        format!("{from}-{to}{zone}")
    }
}

impl fmt::Display for OffPeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to, zone] = self.clocks();
        write!(f, "{from} to {to} UTC{zone}")
    }
}

impl<'de> Deserialize<'de> for OffPeak {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            from: String,
            to: String,
            zone: String,
        }
        let Fields { from, to, zone } = Fields::deserialize(deserializer)?;
        Self::new(&from, &to, &zone)
            .ok_or_else(|| D::Error::custom("wanted: from and to as 20:00, zone as +01:00"))
    }
}

fn minutes(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// When work may be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// Not before this.
    pub not_before: Option<UtcTime>,
    /// Only in these.
    pub only: Option<OffPeak>,
}

/// Work is not followed for longer than a year.
const MOST_DAYS: u32 = 366;

impl Hours {
    /// When work may begin, at a moment at which it may not; `None` while it may.
    pub fn closed_until(&self, now: UtcTime) -> Option<UtcTime> {
        let from = self.not_before.map_or(now, |moment| moment.max(now));
        let opens = self.only.map_or(from, |only| match only.at(from) {
            (true, _) => from,
            (false, next) => next,
        });
        (opens > now).then_some(opens)
    }

    /// When work of `seconds` that begins at `now` at the earliest is done, each opening costing `start` seconds anew, and
    /// how often it was begun. `None`: never, or not within a year.
    pub fn end(&self, now: UtcTime, seconds: f64, start: f64) -> Option<(UtcTime, u32)> {
        let mut at = now.max(self.not_before.unwrap_or(now));
        let Some(only) = self.only else { return Some((later(at, start + seconds), 1)) };
        let mut left = seconds;
        let mut begun = 0;
        for _ in 0..2 * MOST_DAYS {
            let (inside, next) = only.at(at);
            if inside {
                begun += 1;
                let room = next.nanos_since(at) as f64 * 1e-9 - start;
                if left <= room {
                    return Some((later(at, start + left), begun));
                }
                left -= room.max(0.0);
            }
            at = next;
        }
        None
    }
}

fn later(moment: UtcTime, seconds: f64) -> UtcTime {
    UtcTime::from_nanos(moment.nanos().saturating_add((seconds * 1e9) as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> UtcTime {
        text.parse().expect("a moment")
    }

    #[test]
    fn work_waits_for_the_night_and_goes_on_in_the_next_one() {
        let only = OffPeak::new("20:00", "06:00", "+01:00");
        let hours = Hours { not_before: None, only };
        // 19:00 UTC is 20:00 there: ten hours a night, each begun with an hour of starting.
        let (end, begun) = hours.end(at("2026-11-25T12:00:00Z"), 10.0 * 3600.0, 3600.0).expect("ends");
        assert_eq!((end, begun), (at("2026-11-26T21:00:00Z"), 2));
        let free = Hours { not_before: Some(at("2026-11-25T18:00:00Z")), only: None };
        assert_eq!(free.end(at("2026-11-25T12:00:00Z"), 60.0, 30.0), Some((at("2026-11-25T18:01:30Z"), 1)));
        assert_eq!(hours.end(at("2026-11-25T12:00:00Z"), 1.0, 11.0 * 3600.0), None, "it only ever starts");
    }

    #[test]
    fn closed_hours_say_when_they_open() {
        let only = OffPeak::new("20:00", "06:00", "+01:00");
        let nights = Hours { not_before: None, only };
        assert_eq!(nights.closed_until(at("2026-11-25T12:00:00Z")), Some(at("2026-11-25T19:00:00Z")));
        assert_eq!(nights.closed_until(at("2026-11-25T19:00:00Z")), None, "what begins there holds");
        assert_eq!(nights.closed_until(at("2026-11-26T04:59:59Z")), None);
        assert_eq!(nights.closed_until(at("2026-11-26T05:00:00Z")), Some(at("2026-11-26T19:00:00Z")));
        let noon = Some(at("2026-11-27T12:00:00Z"));
        let later = Hours { not_before: noon, only: None };
        assert_eq!(later.closed_until(at("2026-11-25T12:00:00Z")), noon);
        assert_eq!(later.closed_until(at("2026-11-27T12:00:00Z")), None);
        let both = Hours { not_before: noon, only };
        assert_eq!(both.closed_until(at("2026-11-25T20:00:00Z")), Some(at("2026-11-27T19:00:00Z")));
        assert_eq!(Hours::default().closed_until(at("2026-11-25T12:00:00Z")), None);
    }

    proptest! {
        #[test]
        fn hours_are_read_from_their_own_word(from in 0..1440_i64, length in 1..1439_i64, zone in -840..840_i64) {
            let only = OffPeak { from, to: (from + length) % 1440, zone };
            prop_assert_eq!(only.word().parse(), Ok(only));
        }

        #[test]
        fn whatever_is_closed_opens_when_it_says(
            now in 0..2_000_000_000_i64, from in 0..1440_i64, length in 1..1439_i64, zone in -840..840_i64, wait in 0..200_000_i64,
        ) {
            let now = UtcTime::from_nanos(now * 1_000_000_000);
            let not_before = Some(UtcTime::from_nanos(now.nanos() + wait * 1_000_000_000));
            let hours = Hours { not_before, only: Some(OffPeak { from, to: (from + length) % 1440, zone }) };
            if let Some(opens) = hours.closed_until(now) {
                prop_assert_eq!(hours.closed_until(opens), None);
                let just_before = UtcTime::from_nanos(opens.nanos() - 1);
                prop_assert_eq!(hours.closed_until(just_before), Some(opens));
            }
        }

        #[test]
        fn work_is_never_done_early_nor_outside_its_hours(
            now in 0..2_000_000_000_i64, from in 0..1440_i64, length in 1..1439_i64, zone in -840..840_i64, work in 1.0..200_000.0_f64,
        ) {
            let only = OffPeak { from, to: (from + length) % 1440, zone };
            let now = UtcTime::from_nanos(now * 1_000_000_000);
            let hours = Hours { not_before: None, only: Some(only) };
            if let Some((end, _)) = hours.end(now, work, 0.0) {
                prop_assert!(end.nanos_since(now) as f64 * 1e-9 >= work - 1e-3);
                let just_before = UtcTime::from_nanos(end.nanos() - 1_000_000);
                prop_assert!(only.at(just_before).0);
            }
        }

        #[test]
        fn any_words_are_hours_or_none(from in ".{0,6}", to in ".{0,6}", zone in ".{0,7}") {
            let _ = OffPeak::new(&from, &to, &zone);
            let _ = format!("{from}-{to}{zone}").parse::<OffPeak>();
        }
    }
}
