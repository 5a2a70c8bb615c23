//! Small pieces of text for people: sizes, times, counts, ranges.

pub(crate) use cyclorama_progress::words::{bytes, count, seconds};
use cyclorama_time::UtcTime;

/// `name 1, other 2`, for counters by cause.
pub(crate) fn by_cause<'a>(causes: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    let listed: Vec<_> = causes.into_iter().map(|(cause, count)| format!("{cause} {count}")).collect();
    listed.join(", ")
}

/// `, 1.4 MB saved`, to be added to what was done; nothing where nothing was.
pub(crate) fn and_saved(saved: u64) -> String {
    if saved == 0 { String::new() } else { format!(", {} saved", bytes(saved)) }
}

/// `2026-11-21T09:38:12Z`, to the second.
pub(crate) fn utc(time: UtcTime) -> String {
    let seconds = time.nanos().div_euclid(1_000_000_000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// `21 November 2026, 10:34 UTC`.
pub(crate) fn date(time: UtcTime) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let minutes = time.nanos().div_euclid(60_000_000_000);
    let (year, month, day) = civil(minutes.div_euclid(1440));
    let of_day = minutes.rem_euclid(1440);
    format!("{day} {} {year}, {:02}:{:02} UTC", MONTHS[(month - 1) as usize], of_day / 60, of_day % 60)
}

/// Year, month and day of the day that is `days` after 1970-01-01. Counts in years that begin in March, so that
/// the leap day comes last, and in eras of 400 years, which are all of the same length.
fn civil(days: i64) -> (i64, i64, i64) {
    let since_march_year_0 = days + 719_468;
    let era = since_march_year_0.div_euclid(146_097);
    let day_of_era = since_march_year_0.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_is_written_as_iso_8601() {
        let at = |seconds: i64| utc(UtcTime::from_nanos(seconds * 1_000_000_000));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(at(-1), "1969-12-31T23:59:59Z");
        assert_eq!(date(UtcTime::from_nanos(951_827_696_000_000_000)), "29 February 2000, 12:34 UTC");
    }
}
