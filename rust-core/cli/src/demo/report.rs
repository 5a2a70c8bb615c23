//! The report: one self-contained page, pictures inlined, without scripts. Fit for light, dark and paper.

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

/// What the page shows, already in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) headline: String,
    pub(crate) summary: String,
    pub(crate) made_on: String,
    pub(crate) take: String,
    pub(crate) hero: Hero,
    pub(crate) figures: Vec<Figure>,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) folder: String,
    pub(crate) files: Vec<File>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) machine: String,
    pub(crate) total: String,
    pub(crate) notice: String,
}

/// The picture at the top.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Hero {
    /// A data URI.
    pub(crate) image: String,
    pub(crate) frame: i64,
    pub(crate) timecode: Option<String>,
    pub(crate) lens: String,
}

/// One large number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) value: String,
    pub(crate) label: String,
    /// `good`, `alarm` or empty.
    pub(crate) tone: &'static str,
}

/// One part of the story.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Chapter {
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) drawings: Vec<Drawing>,
    /// Words above, drawings in a row below; otherwise side by side.
    pub(crate) wide: bool,
}

/// A labelled value.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// Set in a fixed-width face.
    pub(crate) code: bool,
}

/// A picture or drawing; `body` is SVG or an `img` of our own making.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Drawing {
    pub(crate) body: String,
    pub(crate) caption: String,
}

/// A file that was made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) what: String,
    pub(crate) size: String,
}

/// One row of the table of frames.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Frame {
    pub(crate) number: i64,
    pub(crate) timecode: String,
    pub(crate) worker: String,
    pub(crate) seconds: String,
    pub(crate) digest: String,
    pub(crate) verdict: &'static str,
}

impl Report {
    /// The page. All text is escaped; only drawings and the style sheet, which are ours, are not.
    ///
    /// # Errors
    /// When the template and this structure do not fit, which a test rules out.
    pub(crate) fn page(&self) -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template(NAME, include_str!("report/report.html"))?;
        let style = include_str!("report/style.css");
        let version = env!("CARGO_PKG_VERSION");
        environment
            .get_template(NAME)?
            .render(context! { style, version, ..minijinja::Value::from_serialize(self) })
    }
}

/// The ending makes the engine escape what it puts into the page.
const NAME: &str = "report.html";

/// A PNG as a data URI.
pub(crate) fn png_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64(png))
}

/// A PNG as an image of the page.
pub(crate) fn png_image(png: &[u8], description: &str) -> String {
    let description = description.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(r#"<img src="{}" alt="{description}">"#, png_uri(png))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_examples_of_its_standard() {
        let examples = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in examples {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_description_cannot_break_out_of_its_attribute() {
        assert!(png_image(b"", r#"a "b" <c>"#).ends_with(r#"alt="a &quot;b&quot; &lt;c>">"#));
    }
}
