//! Fletcher-16 as OpenTrackIO uses it: modulo 256, over the first 14 header bytes and the payload.

/// Rows this wide are added lane by lane, which compilers turn into vector instructions.
const LANES: usize = 32;

/// The checksum of `head` followed by `payload`.
pub(super) fn checksum(head: &[u8], payload: &[u8]) -> u16 {
    let (first, second) = sums(head);
    let (first_payload, second_payload) = sums(payload);
    // Each byte of the head is counted once more for every byte that follows it.
    let second = second.wrapping_add(first.wrapping_mul(payload.len() as u8)).wrapping_add(second_payload);
    u16::from_be_bytes([second, first.wrapping_add(first_payload)])
}

/// The sum of all bytes, and the sum of all its partial sums, both modulo 256.
///
/// With rows r of `LANES` bytes, the partial sums weigh byte (r, lane) by `len - r LANES - lane`. Per lane, `total` is
/// the sum over rows and `running` the sum of its partial sums, which weighs row r by `rows - r`: so no multiplication
/// is needed in the loop.
fn sums(bytes: &[u8]) -> (u8, u8) {
    let (rows, rest) = bytes.as_chunks::<LANES>();
    let (mut total, mut running) = ([0u8; LANES], [0u8; LANES]);
    for row in rows {
        for lane in 0..LANES {
            total[lane] = total[lane].wrapping_add(row[lane]);
            running[lane] = running[lane].wrapping_add(total[lane]);
        }
    }
    let (mut first, mut second) = (0u8, 0u8);
    for lane in 0..LANES {
        let weight = (bytes.len() as u8).wrapping_sub(lane as u8);
        let rows_weight = running[lane].wrapping_sub((rows.len() as u8).wrapping_mul(total[lane]));
        first = first.wrapping_add(total[lane]);
        second = second
            .wrapping_add(weight.wrapping_mul(total[lane]))
            .wrapping_add((LANES as u8).wrapping_mul(rows_weight));
    }
    for (index, byte) in rest.iter().enumerate() {
        first = first.wrapping_add(*byte);
        second = second.wrapping_add(((rest.len() - index) as u8).wrapping_mul(*byte));
    }
    (first, second)
}

/// The same modulo 255, as drafts before 1.0.1 had it. Slow; only for senders that need it.
pub(super) fn checksum_mod_255(head: &[u8], payload: &[u8]) -> u16 {
    let (mut first, mut second) = (0u16, 0u16);
    for byte in head.iter().chain(payload) {
        first = (first + u16::from(*byte)) % 255;
        second = (second + first) % 255;
    }
    second << 8 | first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn as_defined(head: &[u8], payload: &[u8]) -> u16 {
        let (mut first, mut second) = (0u8, 0u8);
        for byte in head.iter().chain(payload) {
            first = first.wrapping_add(*byte);
            second = second.wrapping_add(first);
        }
        u16::from_be_bytes([second, first])
    }

    proptest! {
        #[test]
        fn rows_give_the_sum_of_the_definition(
            head in proptest::collection::vec(any::<u8>(), 0..40),
            payload in proptest::collection::vec(any::<u8>(), 0..1200),
        ) {
            prop_assert_eq!(checksum(&head, &payload), as_defined(&head, &payload));
        }
    }

    #[test]
    fn the_two_moduli_differ_where_255_is_passed() {
        assert_eq!(checksum(&[], &[1, 2]), 0x0403);
        assert_eq!(checksum_mod_255(&[], &[1, 2]), 0x0403);
        assert_eq!(checksum(&[], &[255, 1]), 0xFF00);
        assert_eq!(checksum_mod_255(&[], &[255, 1]), 0x0101);
    }
}
