//! The order of paths in every list of what a version holds.

use std::cmp::Ordering;

/// Name by name, so that each folder stands before what is in it, and that together: `a`, `a/b`, `a-x`.
pub(crate) fn path_order(a: &str, b: &str) -> Ordering {
    let rank = |byte: u8| if byte == b'/' { 0 } else { u16::from(byte) + 1 };
    let (a, b) = (a.as_bytes(), b.as_bytes());
    match a.iter().zip(b).position(|(a, b)| a != b) {
        Some(at) => rank(a[at]).cmp(&rank(b[at])),
        None => a.len().cmp(&b.len()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn paths_are_ordered_name_by_name(a in "[a/\\-é]{0,8}", b in "[a/\\-é]{0,8}") {
            prop_assert_eq!(path_order(&a, &b), a.split('/').cmp(b.split('/')));
        }
    }
}
