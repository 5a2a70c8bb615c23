//! UTC for people: RFC 3339 text and calendar fields of [`UtcTime`].
//!
//! Plain arithmetic on the proleptic Gregorian calendar. Knows no time zones' rules and no leap seconds, as
//! POSIX time does not: a sixtieth second is read as the first of the next minute.

use std::{fmt, str::FromStr};

use cyclorama_outcome::{Classify, Kind};

use crate::UtcTime;

/// A moment in calendar fields, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Civil {
    /// 1677 to 2262: what 64 bits of nanoseconds reach.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999 999 999.
    pub nanosecond: u32,
}

/// The text is no moment in UTC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; write 2026-11-21T09:00:00Z")]
pub struct UtcError(pub String);

impl Classify for UtcError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl UtcTime {
    /// The calendar fields of this moment.
    pub fn civil(self) -> Civil {
        let (days, nanos) = (self.nanos().div_euclid(DAY), self.nanos().rem_euclid(DAY));
        let (year, month, day) = date_of(days);
        let seconds = nanos / SECOND;
        let field = |value: i64| value as u8;
        Civil {
            year,
            month,
            day,
            hour: field(seconds / 3600),
            minute: field(seconds / 60 % 60),
            second: field(seconds % 60),
            nanosecond: (nanos % SECOND) as u32,
        }
    }

    /// The moment of these fields. `None` when a field is out of range or the day does not exist.
    pub fn from_civil(civil: &Civil) -> Option<Self> {
        let Civil { year, month, day, hour, minute, second, nanosecond } = *civil;
        let in_range = (1..=12).contains(&month)
            && hour < 24
            && minute < 60
            && second < 60
            && nanosecond < 1_000_000_000
            && (1600..=2400).contains(&year);
        let days = days_of(year, month, day);
        if !in_range || date_of(days) != (year, month, day) {
            return None;
        }
        let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
        let nanos = i128::from(days) * i128::from(DAY) + i128::from(seconds * SECOND + i64::from(nanosecond));
        i64::try_from(nanos).ok().map(Self::from_nanos)
    }

    /// `20261121T090000Z`: for file names, sorts by time, in whole seconds.
    pub fn file_stamp(self) -> String {
        let Civil { year, month, day, hour, minute, second, .. } = self.civil();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }
}

impl fmt::Display for UtcTime {
    /// RFC 3339 in UTC with milliseconds, or with as many digits as asked for (`{time:.9}`). Cut, not rounded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, nanosecond } = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let digits = f.precision().unwrap_or(3).min(9);
        if digits > 0 {
            let fraction = format!("{nanosecond:09}");
            write!(f, ".{}", &fraction[..digits])?;
        }
        f.write_str("Z")
    }
}

impl FromStr for UtcTime {
    type Err = UtcError;

    /// Reads RFC 3339: `2026-11-21T09:00:00.123Z`, also with an offset such as `+01:00`. Digits past the
    /// nanosecond are cut.
    fn from_str(text: &str) -> Result<Self, UtcError> {
        read(text.as_bytes()).ok_or_else(|| UtcError(text.to_owned()))
    }
}

fn read(text: &[u8]) -> Option<UtcTime> {
    // Fixed columns first: YYYY-MM-DDTHH:MM:SS.
    let (fixed, rest) = text.split_at_checked(19)?;
    let separators = [(4, b"-"), (7, b"-"), (10, b"Tt "), (13, b":"), (16, b":")] as [(usize, &[u8]); 5];
    if !separators.iter().all(|(at, allowed)| allowed.contains(&fixed[*at])) {
        return None;
    }
    let small = |at: usize| number(&fixed[at..at + 2]).and_then(|value| u8::try_from(value).ok());
    let (nanosecond, zone) = fraction(rest)?;
    let sixtieth = small(17)? == 60;
    let civil = Civil {
        year: i32::try_from(number(&fixed[..4])?).ok()?,
        month: small(5)?,
        day: small(8)?,
        hour: small(11)?,
        minute: small(14)?,
        second: if sixtieth { 59 } else { small(17)? },
        nanosecond: if sixtieth { 0 } else { nanosecond },
    };
    let local = UtcTime::from_civil(&civil)?.nanos().checked_add(if sixtieth { SECOND } else { 0 })?;
    local.checked_sub(offset_nanos(zone)?).map(UtcTime::from_nanos)
}

/// Nanoseconds of `.123...`, and what follows.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let length = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at(length);
    let nine: Vec<u8> = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9).collect();
    (length > 0).then_some((number(&nine)?, zone))
}

fn offset_nanos(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let nanos = i64::from(hours * 60 + minutes) * 60 * SECOND;
            (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -nanos } else { nanos })
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, c| {
        c.is_ascii_digit().then(|| value.checked_mul(10)?.checked_add(u32::from(c - b'0')))?
    })
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is a year's last.
fn days_of(year: i32, month: u8, day: u8) -> i64 {
    let month = i64::from(month);
    let year = i64::from(year) - i64::from(month < 3);
    let since_march = (month + 9) % 12;
    let days_before_month = (153 * since_march + 2) / 5;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + days_before_month + i64::from(day) - 1 - DAYS_TO_1970
}

/// The inverse of [`days_of`].
fn date_of(days: i64) -> (i32, u8, u8) {
    let days = days + DAYS_TO_1970;
    let (century4, in_century4) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    // Years within the 400: leap days taken out, each at the end of its 4, 100 or 400 years.
    let year_of_400 =
        (in_century4 - in_century4 / 1_460 + in_century4 / 36_524 - in_century4 / 146_096) / 365;
    let day_of_year = in_century4 - (365 * year_of_400 + year_of_400 / 4 - year_of_400 / 100);
    let since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * since_march + 2) / 5 + 1;
    let month = (since_march + 2) % 12 + 1;
    let year = 400 * century4 + year_of_400 + i64::from(month < 3);
    (year as i32, month as u8, day as u8)
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Days from 1 March of year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_moment_comes_back_from_its_text(nanos in any::<i64>()) {
            let time = UtcTime::from_nanos(nanos);
            prop_assert_eq!(format!("{time:.9}").parse::<UtcTime>().unwrap(), time);
            prop_assert_eq!(UtcTime::from_civil(&time.civil()), Some(time));
        }

        #[test]
        fn text_sorts_as_time_does(a in any::<i64>(), b in any::<i64>()) {
            let (a, b) = (UtcTime::from_nanos(a), UtcTime::from_nanos(b));
            prop_assert_eq!(a.cmp(&b), format!("{a:.9}").cmp(&format!("{b:.9}")));
            prop_assert_eq!(a.cmp(&b), a.civil().cmp(&b.civil()));
        }

        #[test]
        fn no_text_brings_it_down(text in ".{0,40}") {
            let _ = text.parse::<UtcTime>();
        }
    }

    #[test]
    fn every_day_of_the_range_follows_the_one_before() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (mut year, mut month, mut day) = date_of(-107_000);
        for days in -107_000..107_000_i64 {
            assert_eq!((date_of(days), days_of(year, month, day)), ((year, month, day), days));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = lengths[usize::from(month) - 1] + u8::from(month == 2 && leap);
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn known_moments_are_written_as_everybody_writes_them() {
        let shown = |nanos: i64| UtcTime::from_nanos(nanos).to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(shown(951_782_400_000_000_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(shown(1_795_251_600_123_000_000), "2026-11-21T09:00:00.123Z");
        assert_eq!(UtcTime::from_nanos(1_795_251_600_123_000_000).file_stamp(), "20261121T090000Z");
        assert_eq!(format!("{:.0}", UtcTime::from_nanos(1_795_251_600_123_000_000)), "2026-11-21T09:00:00Z");
    }

    #[test]
    fn offsets_and_leap_seconds_are_understood() {
        let read = |text: &str| text.parse::<UtcTime>().unwrap().nanos();
        let nine = read("2026-11-21T09:00:00Z");
        assert_eq!(nine, 1_795_251_600_000_000_000);
        assert_eq!(read("2026-11-21T10:30:00+01:30"), nine);
        assert_eq!(read("2026-11-20 23:00:00-10:00"), nine);
        assert_eq!(read("2026-11-21T09:00:00.1234567899z"), nine + 123_456_789);
        assert_eq!(read("2016-12-31T23:59:60Z"), read("2017-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T09:00:00",
            "2026-02-29T09:00:00Z",
            "2026-13-01T09:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T09:60:00Z",
            "2026-11-21T09:00:61Z",
            "2026-11-21T09:00:00.Z",
            "2026-11-21T09:00:00Z ",
            "2026-11-21T09:00:00+1:00",
            "2026/11/21T09:00:00Z",
            "9999-11-21T09:00:00Z",
            "+026-11-21T09:00:00Z",
        ] {
            assert_eq!(text.parse::<UtcTime>(), Err(UtcError(text.to_owned())), "{text}");
        }
    }
}
