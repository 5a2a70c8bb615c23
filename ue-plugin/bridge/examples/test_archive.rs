//! The bridge as a static library, made of what the tests' build has compiled. `scripts/build_core --for-tests` builds it.

extern crate cyclorama_bridge;
