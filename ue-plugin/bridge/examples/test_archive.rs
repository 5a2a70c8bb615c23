//! The bridge as a static library, made of what the tests' build has compiled. `scripts/build_core --for-tests` builds it.

#[expect(unused_extern_crates, reason = "what is exported there is all that this is")]
extern crate cyclorama_bridge;
