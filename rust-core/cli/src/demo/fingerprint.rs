//! Two digests as a picture: equal ones mirror each other, bar by bar.

use std::fmt::Write as _;

use cyclorama_content::Digest;

const WIDTH: f64 = 600.0;
const HALF: f64 = 92.0;
const MIDDLE: f64 = 132.0;

/// The first digest upwards, the second downwards, in the report's colours.
pub(crate) fn draw(above: (&str, Digest), below: (&str, Digest)) -> String {
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {:.0}" xmlns="http://www.w3.org/2000/svg" role="img" font-size="14">"#,
        2.0 * MIDDLE
    );
    half(&mut svg, above.1, "#030303", |height| MIDDLE - 2.0 - height);
    half(&mut svg, below.1, "#040404", |_| MIDDLE + 2.0);
    let _ = write!(svg, r#"<text x="24" y="24">{}</text>"#, above.0);
    let _ = write!(svg, r#"<text x="24" y="{:.0}">{}</text></svg>"#, 2.0 * MIDDLE - 12.0, below.0);
    svg
}

fn half(svg: &mut String, digest: Digest, fill: &str, top: impl Fn(f64) -> f64) {
    let bytes = digest.as_bytes();
    let step = (WIDTH - 48.0) / bytes.len() as f64;
    for (index, byte) in bytes.iter().enumerate() {
        let height = 4.0 + (HALF - 4.0) * f64::from(*byte) / 255.0;
        let _ = write!(
            svg,
            r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{height:.1}" rx="2" fill="{fill}" opacity="0.85"/>"#,
            24.0 + step * index as f64 + 1.5,
            top(height),
            step - 3.0
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(svg: &str) -> Vec<&str> {
        svg.split(r#" height=""#).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn equal_digests_mirror_each_other_and_different_ones_do_not() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let (same, different) = (draw(("x", a), ("y", a)), draw(("x", a), ("y", b)));
        let (same, different) = (heights(&same), heights(&different));
        assert_eq!((same.len(), &same[..32]), (64, &same[32..]));
        assert_ne!(&different[..32], &different[32..]);
    }
}
