//! The text of a USD layer as a tree of prims and attributes, without knowing what they mean.
//!
//! Borrows from the text and copies nothing. Nesting and counts are bounded. Composition (references, payloads,
//! inherits, variants) is refused with advice: this reader opens no second file.

mod cursor;

use super::UsdaError;
use cursor::Cursor;

/// A layer: its metadata and its prims.
#[derive(Debug, Default)]
pub(super) struct Layer<'a> {
    pub(super) metadata: Vec<Entry<'a>>,
    pub(super) prims: Vec<Prim<'a>>,
}

/// One prim.
#[derive(Debug)]
pub(super) struct Prim<'a> {
    pub(super) line: usize,
    /// `Mesh`, `Xform`; empty when the file does not say.
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) children: Vec<Prim<'a>>,
}

/// One attribute or relationship, by its full name (`inputs:roughness`, `xformOp:transform`).
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) line: usize,
    pub(super) name: &'a str,
    /// The default value, or the target of a relationship or connection.
    pub(super) value: Option<Value<'a>>,
    /// Time samples in rising order of time.
    pub(super) samples: Vec<(f64, Value<'a>)>,
}

/// A named value in metadata or a dictionary.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) value: Value<'a>,
}

/// A value as written. Numbers keep their text, so that nothing is rounded before its unit is known.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// A number.
    Number(&'a str),
    /// A string, its escapes still in it.
    Text(&'a str),
    /// `<path>`.
    Path(&'a str),
    /// `@asset@`.
    Asset,
    /// `true`, `None` and the like.
    Word,
    /// `(a, b)` or `[a, b]`.
    List(Vec<Value<'a>>),
    /// `{ ... }`.
    Dictionary,
}

/// No file of more bytes is read.
pub(super) const MOST_BYTES: usize = 256 << 20;
/// Prims and lists are not nested deeper.
const DEEPEST: usize = 64;

/// The tree of a USD text.
pub(super) fn parse(text: &str) -> Result<(Layer<'_>, Vec<Entry<'_>>), UsdaError> {
    if text.len() > MOST_BYTES {
        return Err(UsdaError::TooLarge { bytes: text.len(), most: MOST_BYTES });
    }
    let Some(rest) = text.strip_prefix("#usda 1.") else { return Err(UsdaError::NotUsda) };
    let mut parser = Parser { cursor: Cursor::new(text, text.len() - rest.len()), dictionary: Vec::new() };
    parser.cursor.skip_line();
    let mut layer = Layer::default();
    if parser.cursor.eat('(') {
        layer.metadata = parser.metadata()?;
    }
    while !parser.cursor.at_end() {
        if let Some(prim) = parser.prim(0)? {
            layer.prims.push(prim);
        }
    }
    Ok((layer, parser.dictionary))
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    /// Entries of `customLayerData`, however deep they stand.
    dictionary: Vec<Entry<'a>>,
}

impl<'a> Parser<'a> {
    /// `def Kind "name" (metadata) { contents }`; `None` for a class, which nothing here can use.
    fn prim(&mut self, depth: usize) -> Result<Option<Prim<'a>>, UsdaError> {
        let line = self.cursor.line();
        if depth > DEEPEST {
            return Err(UsdaError::TooDeep { line, most: DEEPEST });
        }
        let specifier = self.cursor.word();
        if !matches!(specifier, "def" | "over" | "class") {
            return Err(self.cursor.expected("`def`, `over` or `class`"));
        }
        let kind = self.cursor.word();
        let name = self.cursor.string().ok_or_else(|| self.cursor.expected("the prim's name in quotes"))?;
        if self.cursor.eat('(') {
            self.metadata()?;
        }
        self.cursor.demand('{')?;
        let mut prim = Prim { line, kind, name, attributes: Vec::new(), children: Vec::new() };
        while !self.cursor.eat('}') {
            match self.cursor.peek_word() {
                "def" | "over" | "class" => prim.children.extend(self.prim(depth + 1)?),
                "variantSet" => {
                    return Err(UsdaError::Composition { line: self.cursor.line(), what: "variant sets" });
                }
                "" => return Err(self.cursor.expected("an attribute, a prim or `}`")),
                _ => self.attribute(&mut prim.attributes)?,
            }
        }
        Ok((specifier != "class").then_some(prim))
    }

    /// `[custom] [uniform] type name [.timeSamples | .connect] [= value] [(metadata)]`.
    fn attribute(&mut self, attributes: &mut Vec<Attribute<'a>>) -> Result<(), UsdaError> {
        let line = self.cursor.line();
        while matches!(
            self.cursor.peek_word(),
            "custom" | "uniform" | "varying" | "config" | "prepend" | "append" | "add" | "delete" | "reorder"
        ) {
            self.cursor.word();
        }
        self.cursor.word();
        if self.cursor.eat('[') {
            self.cursor.demand(']')?;
        }
        let mut name = self.cursor.name();
        if name.is_empty() {
            // `reorder properties = [...]` has no type; nothing here depends on the order.
            if self.cursor.eat('=') {
                self.value(0)?;
                return Ok(());
            }
            return Err(self.cursor.expected("the attribute's name"));
        }
        let samples_follow = name.ends_with(".timeSamples");
        for ending in [".timeSamples", ".connect"] {
            name = name.strip_suffix(ending).unwrap_or(name);
        }
        let index = attributes.iter().position(|known| known.name == name).unwrap_or_else(|| {
            attributes.push(Attribute { line, name, value: None, samples: Vec::new() });
            attributes.len() - 1
        });
        if self.cursor.eat('=') {
            if samples_follow {
                attributes[index].samples = self.samples()?;
            } else {
                attributes[index].value = Some(self.value(0)?);
            }
        }
        if self.cursor.eat('(') {
            self.metadata()?;
        }
        Ok(())
    }

    /// `{ 0: value, 1: value, }`.
    fn samples(&mut self) -> Result<Vec<(f64, Value<'a>)>, UsdaError> {
        self.cursor.demand('{')?;
        let mut samples: Vec<(f64, Value<'a>)> = Vec::new();
        while !self.cursor.eat('}') {
            let time = self.cursor.number().and_then(|text| text.parse::<f64>().ok());
            let time = time
                .filter(|time| time.is_finite())
                .ok_or_else(|| self.cursor.expected("the time of a sample"))?;
            self.cursor.demand(':')?;
            samples.push((time, self.value(0)?));
            self.cursor.eat(',');
        }
        if !samples.is_sorted_by(|a, b| a.0 < b.0) {
            samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok(samples)
    }

    /// Entries up to the closing parenthesis.
    fn metadata(&mut self) -> Result<Vec<Entry<'a>>, UsdaError> {
        let mut entries = Vec::new();
        while !self.cursor.eat(')') {
            self.cursor.eat(';');
            if self.cursor.string().is_some() {
                // A bare string is a comment for people.
                continue;
            }
            while matches!(self.cursor.peek_word(), "prepend" | "append" | "add" | "delete" | "reorder") {
                self.cursor.word();
            }
            let line = self.cursor.line();
            let name = self.cursor.name();
            if let Some(what) = composition(name) {
                return Err(UsdaError::Composition { line, what });
            }
            if name.is_empty() {
                return Err(self.cursor.expected("metadata or `)`"));
            }
            self.cursor.demand('=')?;
            let value = self.value(0)?;
            entries.push(Entry { name, value });
        }
        Ok(entries)
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, UsdaError> {
        if depth > DEEPEST {
            return Err(UsdaError::TooDeep { line: self.cursor.line(), most: DEEPEST });
        }
        if let Some(text) = self.cursor.string() {
            return Ok(Value::Text(text));
        }
        if let Some(path) = self.cursor.between('<', '>')? {
            return Ok(Value::Path(path));
        }
        if self.cursor.between('@', '@')?.is_some() {
            return Ok(Value::Asset);
        }
        for (open, close) in [('(', ')'), ('[', ']')] {
            if self.cursor.eat(open) {
                let mut list = Vec::new();
                while !self.cursor.eat(close) {
                    list.push(self.value(depth + 1)?);
                    self.cursor.eat(',');
                }
                return Ok(Value::List(list));
            }
        }
        if self.cursor.eat('{') {
            self.entries(depth)?;
            return Ok(Value::Dictionary);
        }
        if let Some(number) = self.cursor.number() {
            return Ok(Value::Number(number));
        }
        match self.cursor.word() {
            "" => Err(self.cursor.expected("a value")),
            _ => Ok(Value::Word),
        }
    }

    /// `type name = value` up to the closing brace.
    fn entries(&mut self, depth: usize) -> Result<(), UsdaError> {
        while !self.cursor.eat('}') {
            self.cursor.word();
            if self.cursor.eat('[') {
                self.cursor.demand(']')?;
            }
            let quoted = self.cursor.string();
            let name = quoted.unwrap_or_else(|| self.cursor.name());
            if name.is_empty() {
                return Err(self.cursor.expected("a dictionary entry or `}`"));
            }
            self.cursor.demand('=')?;
            let value = self.value(depth + 1)?;
            self.dictionary.push(Entry { name, value });
            self.cursor.eat(';');
            self.cursor.eat(',');
        }
        Ok(())
    }
}

fn composition(name: &str) -> Option<&'static str> {
    match name {
        "references" => Some("references"),
        "payload" => Some("payloads"),
        "inherits" => Some("inherits"),
        "specializes" => Some("specializes"),
        "subLayers" => Some("sublayers"),
        "variants" | "variantSets" => Some("variant sets"),
        _ => None,
    }
}
