//! The lines of a configuration in which names stand. OCIO writes YAML, of which this knows as much as it writes there: keys by their
//! indentation, scalars plain or quoted, and lists and maps in one line or several.

use std::iter::{Enumerate, Peekable};
use std::str::Lines;

use super::{LONGEST_NAME, MOST_NAMES, OcioConfig, OcioError, OcioSpace};

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Other,
    Roles,
    Spaces,
}

struct Reader<'a> {
    lines: Peekable<Enumerate<Lines<'a>>>,
    config: OcioConfig,
    names: usize,
    /// Column of the dashes in the list that is being read.
    dash: Option<usize>,
    /// Column of the keys of the colour space that is being read.
    keys: Option<usize>,
}

pub(super) fn parse(text: &str) -> Result<OcioConfig, OcioError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(OcioError::NotOne("it is no text"));
    }
    let lines = text.lines().enumerate().peekable();
    let mut reader = Reader { lines, config: OcioConfig::default(), names: 0, dash: None, keys: None };
    let mut section = Section::Other;
    let mut is_config = false;
    while let Some((index, line)) = reader.next() {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        if body.is_empty() {
            continue;
        }
        if indent == 0 && !is_item(body) {
            let Some((key, value)) = key_of(body) else { continue };
            is_config |= key == "ocio_profile_version";
            section = match key {
                "roles" => Section::Roles,
                "colorspaces" | "display_colorspaces" => Section::Spaces,
                _ => Section::Other,
            };
            (reader.dash, reader.keys) = (None, None);
            if section == Section::Roles && !value.is_empty() {
                let inside = reader.gathered(index, value, '{', '}')?;
                split(&inside).into_iter().try_for_each(|pair| reader.role(index, pair))?;
            }
            continue;
        }
        match section {
            Section::Roles => reader.role(index, body)?,
            Section::Spaces => reader.space_line(index, indent, body)?,
            Section::Other => {}
        }
    }
    if !is_config {
        return Err(OcioError::NotOne("it has no ocio_profile_version"));
    }
    let mut config = reader.config;
    config.spaces.retain(|space| !space.name.is_empty());
    if config.spaces.is_empty() { Err(OcioError::NotOne("it has no colour spaces")) } else { Ok(config) }
}

impl<'a> Reader<'a> {
    /// The next line, without its comment.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let (index, line) = self.lines.next()?;
        let line = without_comment(line);
        self.config.reads_files |= line.contains("!<FileTransform>");
        Some((index, line))
    }

    fn role(&mut self, index: usize, text: &str) -> Result<(), OcioError> {
        let Some((role, space)) = key_of(text) else {
            return Err(bad(index, "wanted is a role and its colour space"));
        };
        let (role, space) = (self.name(index, role)?, self.name(index, space)?);
        self.config.roles.insert(role, space);
        Ok(())
    }

    /// A line in the list of colour spaces.
    fn space_line(&mut self, index: usize, indent: usize, body: &str) -> Result<(), OcioError> {
        if !is_item(body) || self.dash.is_some_and(|dash| indent != dash) {
            // Keys of transforms, and the lines of descriptions, stand further to the right.
            let is_key = !is_item(body) && self.dash.is_some() && *self.keys.get_or_insert(indent) == indent;
            return if is_key { self.space_key(index, body) } else { Ok(()) };
        }
        self.config.spaces.push(OcioSpace::default());
        let item = body[1..].trim_start();
        let untagged = without_tag(item);
        self.dash = Some(indent);
        self.keys = None;
        if untagged.starts_with('{') {
            let inside = self.gathered(index, untagged, '{', '}')?;
            return split(&inside).into_iter().try_for_each(|pair| self.space_key(index, pair));
        }
        if untagged.is_empty() {
            return Ok(());
        }
        // The first key stands behind the dash.
        self.keys = Some(indent + body.len() - item.len());
        self.space_key(index, untagged)
    }

    fn space_key(&mut self, index: usize, text: &str) -> Result<(), OcioError> {
        match key_of(text) {
            Some(("name", value)) => {
                let name = self.name(index, value)?;
                if let Some(space) = self.config.spaces.last_mut() {
                    space.name = name;
                }
            }
            Some(("aliases", "")) => {
                while let Some(alias) = self.listed() {
                    self.alias(index, alias)?;
                }
            }
            Some(("aliases", value)) => {
                let inside = self.gathered(index, value, '[', ']')?;
                split(&inside).into_iter().try_for_each(|alias| self.alias(index, alias))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the next line lists, when it is an item of a list within a colour space.
    fn listed(&mut self) -> Option<&'a str> {
        let (_, line) = self.lines.peek()?;
        let body = line.trim_start_matches(' ');
        let is_inner = is_item(body) && self.dash.is_some_and(|dash| line.len() - body.len() > dash);
        if is_inner { self.next().map(|(_, line)| line.trim_start_matches(' ')[1..].trim()) } else { None }
    }

    fn alias(&mut self, index: usize, text: &str) -> Result<(), OcioError> {
        let alias = self.name(index, text)?;
        if let Some(space) = self.config.spaces.last_mut() {
            space.aliases.push(alias);
        }
        Ok(())
    }

    /// What stands between `open` and its `close`, also over several lines.
    fn gathered(&mut self, index: usize, first: &str, open: char, close: char) -> Result<String, OcioError> {
        let mut all = without_tag(first.trim()).to_owned();
        if !all.starts_with(open) {
            return Err(bad(index, "wanted is a list or map within brackets"));
        }
        loop {
            if let Some(end) = closing(&all, open, close) {
                return Ok(all[open.len_utf8()..end].to_owned());
            }
            let more = self.next().filter(|_| all.len() < LONGEST_BRACKETS);
            let Some((_, more)) = more else { return Err(bad(index, "a bracket is not closed")) };
            all.push(' ');
            all.push_str(more.trim());
        }
    }

    fn name(&mut self, index: usize, text: &str) -> Result<String, OcioError> {
        let name = unquoted(text.trim()).ok_or_else(|| bad(index, "a quote is not closed"))?;
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(bad(index, "a name must have 1 to 256 bytes and no control characters"));
        }
        self.names += 1;
        if self.names > MOST_NAMES { Err(OcioError::TooMany) } else { Ok(name) }
    }
}

fn bad(index: usize, what: &'static str) -> OcioError {
    OcioError::Line { line: index + 1, what }
}

/// What stands in brackets is not longer, bytes.
const LONGEST_BRACKETS: usize = 16 << 10;

/// Whether a line is an item of a list.
fn is_item(body: &str) -> bool {
    body.starts_with("- ") || body == "-"
}

/// The characters that no quotes are around. An apostrophe within a word quotes nothing.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut before) = (None, ' ');
    text.char_indices().filter(move |&(_, c)| {
        let is_outside = quote.is_none();
        match quote {
            Some(mark) if mark == c => quote = None,
            Some(_) => {}
            None if (c == '"' || c == '\'') && !before.is_alphanumeric() => quote = Some(c),
            None => {}
        }
        before = c;
        is_outside
    })
}

fn without_comment(line: &str) -> &str {
    let begins = |at: usize| line[..at].chars().next_back().is_none_or(char::is_whitespace);
    let comment = outside_quotes(line).find(|&(at, c)| c == '#' && begins(at));
    comment.map_or(line, |(at, _)| &line[..at]).trim_end()
}

/// Key and value of `key: value`.
fn key_of(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let from = match text.chars().next()? {
        quote @ ('"' | '\'') => 1 + text[1..].find(quote)? + 1,
        _ => 0,
    };
    let rest = &text[from..];
    let at = rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len))?;
    let key = text[..from + at].trim();
    let key = if from > 0 { key.trim_matches(['"', '\'']) } else { key };
    Some((key, rest[at + 1..].trim()))
}

/// What follows a tag such as `!<ColorSpace>`.
fn without_tag(text: &str) -> &str {
    if !text.starts_with('!') {
        return text;
    }
    text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start())
}

/// Where the bracket that opens `text` is closed.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in outside_quotes(text) {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The parts of a list or map, at its outermost commas.
fn split(inside: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, c) in outside_quotes(inside) {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(inside[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inside[from..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// A scalar as it is meant.
fn unquoted(text: &str) -> Option<String> {
    let inside = |quote: char| text.strip_prefix(quote).map(|rest| rest.strip_suffix(quote));
    if let Some(single) = inside('\'') {
        return Some(single?.replace("''", "'"));
    }
    match inside('"') {
        None => Some(text.to_owned()),
        Some(double) => Some(double?.replace("\\\"", "\"").replace("\\\\", "\\")),
    }
}
