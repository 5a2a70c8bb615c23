//! Sizes, times and counts as people say them.

/// `1.4 MB`; bytes in powers of ten, as disks are sold.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// `0.42 s`, `38 s`, `2 min 05 s`, `10 h 00 min`.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 9.995 => format!("{s:.2} s"),
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 7199.5 => format!("{:.0} min {:02.0} s", (s.round() / 60.0).floor(), s.round() % 60.0),
        s => format!("{:.0} h {:02.0} min", ((s / 60.0).round() / 60.0).floor(), (s / 60.0).round() % 60.0),
    }
}

/// `1 frame`, `24 frames`.
pub fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_read_like_people_say_them() {
        assert_eq!(
            [bytes(0), bytes(999), bytes(63_000), bytes(999_999), bytes(1_500_000_000)],
            ["0 B", "999 B", "63.0 kB", "1.0 MB", "1.5 GB"]
        );
        assert_eq!(
            [seconds(0.424), seconds(38.2), seconds(99.6), seconds(125.0), seconds(119.9)],
            ["0.42 s", "38 s", "1 min 40 s", "2 min 05 s", "2 min 00 s"]
        );
        let long = [seconds(7199.0), seconds(7199.9), seconds(36_000.0), seconds(93_599.0)];
        assert_eq!(long, ["119 min 59 s", "2 h 00 min", "10 h 00 min", "26 h 00 min"]);
        assert_eq!([count(1, "frame"), count(24, "frame")], ["1 frame", "24 frames"]);
    }
}
