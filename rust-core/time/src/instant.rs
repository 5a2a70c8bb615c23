//! Moments on four different clocks. They do not convert into each other by accident.

use serde::{Deserialize, Serialize};

macro_rules! instant {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// From nanoseconds since this clock's zero.
            pub const fn from_nanos(nanos: i64) -> Self {
                Self(nanos)
            }

            /// From seconds since this clock's zero, rounded to the nearest nanosecond.
            pub fn from_seconds(seconds: f64) -> Self {
                Self((seconds * 1e9).round() as i64)
            }

            /// Nanoseconds since this clock's zero.
            pub const fn nanos(self) -> i64 {
                self.0
            }

            /// Seconds since this clock's zero.
            pub fn seconds(self) -> f64 {
                self.0 as f64 * 1e-9
            }

            /// This moment moved by `nanos` (saturating).
            #[must_use]
            pub const fn plus_nanos(self, nanos: i64) -> Self {
                Self(self.0.saturating_add(nanos))
            }

            /// Nanoseconds from `earlier` to this moment; negative when `earlier` is later (saturating).
            pub const fn nanos_since(self, earlier: Self) -> i64 {
                self.0.saturating_sub(earlier.0)
            }
        }
    };
}

instant! {
    /// Monotonic time of this machine, the one all tracking is brought to. Zero is arbitrary.
    StageTime
}
instant! {
    /// Time as a tracker stamped it: PTP/TAI, UTC or its own free-running clock.
    SenderTime
}
instant! {
    /// Time of the engine's frame loop.
    EngineTime
}
instant! {
    /// UTC, nanoseconds since 1970-01-01T00:00:00Z. For names, reports and audit, never for intervals.
    UtcTime
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn moving_and_measuring_are_inverse(start in any::<i32>(), nanos in any::<i32>()) {
            let start = StageTime::from_nanos(start.into());
            prop_assert_eq!(start.plus_nanos(nanos.into()).nanos_since(start), i64::from(nanos));
        }

        #[test]
        fn seconds_round_to_the_nearest_nanosecond(nanos in -1_000_000_000_000_000..1_000_000_000_000_000_i64) {
            prop_assert_eq!(SenderTime::from_seconds(SenderTime::from_nanos(nanos).seconds()).nanos(), nanos);
        }
    }

    #[test]
    fn the_ends_of_time_do_not_wrap() {
        let (first, last) = (EngineTime::from_nanos(i64::MIN), EngineTime::from_nanos(i64::MAX));
        assert_eq!(last.plus_nanos(1), last);
        assert_eq!(first.nanos_since(last), i64::MIN);
        assert_eq!(EngineTime::from_seconds(f64::INFINITY), last);
        assert_eq!(EngineTime::from_seconds(f64::NAN).nanos(), 0);
    }

    #[test]
    fn a_moment_is_a_plain_number_of_nanoseconds_in_files() {
        assert_eq!(serde_json::to_string(&StageTime::from_nanos(-5)).unwrap(), "-5");
        assert_eq!(serde_json::from_str::<UtcTime>("17").unwrap(), UtcTime::from_nanos(17));
    }
}
