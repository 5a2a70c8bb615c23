//! Where the reader stands in the text. Every step skips spaces and comments first.

use crate::usda::UsdaError;

pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Lines are counted once: up to `counted` there are `lines` line ends.
    counted: usize,
    lines: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, counted: 0, lines: 0 }
    }

    /// The line it stands on, from 1.
    pub(super) fn line(&mut self) -> usize {
        self.skip();
        let passed = &self.text.as_bytes()[self.counted..self.at];
        self.lines += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.counted = self.at;
        1 + self.lines
    }

    pub(super) fn expected(&mut self, what: &'static str) -> UsdaError {
        UsdaError::Syntax { line: self.line(), expected: what }
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip();
        self.at >= self.text.len()
    }

    pub(super) fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    pub(super) fn eat(&mut self, character: char) -> bool {
        self.skip();
        let there = self.rest().starts_with(character);
        if there {
            self.at += character.len_utf8();
        }
        there
    }

    pub(super) fn demand(&mut self, character: char) -> Result<(), UsdaError> {
        if self.eat(character) {
            return Ok(());
        }
        let what = match character {
            '{' => "`{`",
            ']' => "`]`",
            '=' => "`=`",
            _ => "`:`",
        };
        Err(self.expected(what))
    }

    /// Letters, digits and `_`; empty when something else stands there.
    pub(super) fn word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.at += word.len();
        word
    }

    pub(super) fn peek_word(&mut self) -> &'a str {
        self.skip();
        self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// A word that may hold `:` and `.` inside.
    pub(super) fn name(&mut self) -> &'a str {
        self.skip();
        let name = self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.'));
        self.at += name.len();
        name
    }

    /// A number as written, `inf` and `nan` included.
    pub(super) fn number(&mut self) -> Option<&'a str> {
        self.skip();
        let text = self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        text.parse::<f64>().ok()?;
        self.at += text.len();
        Some(text)
    }

    /// A string in single or double, single or triple quotes, its escapes untouched.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.skip();
        let rest = self.rest();
        for quote in ["\"\"\"", "'''", "\"", "'"] {
            let Some(inside) = rest.strip_prefix(quote) else { continue };
            let bytes = inside.as_bytes();
            let mut end = 0;
            while end < bytes.len() {
                if bytes[end] == b'\\' {
                    end += 2;
                } else if inside.as_bytes()[end..].starts_with(quote.as_bytes()) {
                    self.at += 2 * quote.len() + end;
                    return inside.get(..end);
                } else if quote.len() == 1 && bytes[end] == b'\n' {
                    return None;
                } else {
                    end += 1;
                }
            }
            return None;
        }
        None
    }

    /// What stands between two marks, when the first of them comes next.
    pub(super) fn between(&mut self, open: char, close: char) -> Result<Option<&'a str>, UsdaError> {
        if !self.eat(open) {
            return Ok(None);
        }
        let Some(length) = self.rest().find(close) else {
            return Err(self.expected("the end of a path or asset"));
        };
        let inside = &self.rest()[..length];
        self.at += length + close.len_utf8();
        Ok(Some(inside))
    }

    fn run(&self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !belongs(byte)).unwrap_or(rest.len());
        &rest[..length]
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        loop {
            let blank = self.run(|byte| byte.is_ascii_whitespace()).len();
            self.at += blank;
            if self.rest().starts_with('#') {
                self.skip_line();
            } else if blank == 0 {
                return;
            }
        }
    }
}
