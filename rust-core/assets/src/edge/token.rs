//! The word that a machine must know to read from an edge.

use std::fmt;

use cyclorama_content::Digest;

/// A secret word. Never shown, and compared in a time that tells nothing about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    digest: Digest,
}

impl Token {
    /// A token; `None` when it is shorter than 16 characters or has others than ASCII without spaces.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_fit = (16..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_fit.then(|| Self { text: text.to_owned(), digest: Digest::of(text.as_bytes()) })
    }

    /// The value of the header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.text)
    }

    /// Whether a header carries it. Digests are compared, so that the time taken says nothing about the token.
    pub(super) fn is_in(&self, header: Option<&[u8]>) -> bool {
        let shown = header.and_then(|header| header.strip_prefix(b"Bearer ")).unwrap_or_default();
        Digest::of(shown) == self.digest
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}
