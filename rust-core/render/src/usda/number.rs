//! Metres as centimetres, exactly: the decimal point moves, the digits stay.
//!
//! A factor of 100 in binary would round; reading it back would then give another number than was written.

/// `metres` in centimetres, as the shortest decimal text that [`metres_of`] reads back to the same bits.
pub(super) fn centimetres(metres: f64) -> String {
    shifted(&metres.to_string(), 2).unwrap_or_else(|| metres.to_string())
}

/// The metres that `text` says in units of `unit` metres; `None` when it is no number.
pub(super) fn metres_of(text: &str, unit: f64) -> Option<f64> {
    if unit == 0.01
        && let Some(shifted) = shifted(text, -2)
    {
        return shifted.parse().ok();
    }
    text.parse::<f64>().ok().map(|value| value * unit)
}

/// A plain decimal number with its point moved right by `places`; `None` for any other text (exponents, inf).
fn shifted(text: &str, places: i32) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.len() <= 400 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
    for _ in 0..places {
        whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
    }
    for _ in places..0 {
        fraction.insert(0, whole.pop().unwrap_or('0'));
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_point_moves_two_places() {
        for (metres, text) in
            [(1.19801, "119.801"), (-0.08045, "-8.045"), (0.07, "7"), (0.0, "0"), (12.0, "1200")]
        {
            assert_eq!(centimetres(metres), text);
            assert_eq!(metres_of(text, 0.01), Some(metres));
        }
        assert_eq!(metres_of("2.5", 1.0), Some(2.5));
        assert_eq!(metres_of("1e2", 0.01), Some(1.0));
        assert_eq!(metres_of("x", 0.01), None);
    }

    proptest! {
        #[test]
        fn metres_come_back_to_the_same_bits(metres in any::<f64>().prop_filter("finite", |m| m.is_finite())) {
            let back = metres_of(&centimetres(metres), 0.01).unwrap();
            prop_assert_eq!(back.to_bits(), metres.to_bits());
        }
    }
}
