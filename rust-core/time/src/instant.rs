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
