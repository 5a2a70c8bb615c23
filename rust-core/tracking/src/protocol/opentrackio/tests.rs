//! What SMPTE's examples must come out as, and what any message, document or packet must.

use proptest::prelude::*;

use super::*;

mod dice;
mod lenient;
mod oracle;
mod round_trip;
mod vectors;
