//! What SMPTE's examples must come out as, in both encodings and both directions.

use super::*;

mod vectors;
