//! The fixed words of the standard, one table each.

use super::{LeaderTimeSource, Mode, PtpProfile, SyncSource};

macro_rules! words {
    ($kind:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $kind {
            /// The value the standard calls `word`.
            pub fn named(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word of the standard.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

words!(Mode { Internal = "internal", External = "external" });
words!(SyncSource { Genlock = "genlock", VideoIn = "videoIn", Ptp = "ptp", Ntp = "ntp" });
words!(PtpProfile {
    Ieee1588 = "IEEE Std 1588-2019",
    Ieee8021As = "IEEE Std 802.1AS-2020",
    SmpteSt2059 = "SMPTE ST2059-2:2021",
});
words!(LeaderTimeSource { Gnss = "GNSS", AtomicClock = "Atomic clock", Ntp = "NTP" });
