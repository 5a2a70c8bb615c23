//! One OpenTrackIO sample as typed values.
//!
//! A [`Message`] is meant to be decoded into again and again: its text and lists live in pools that keep their
//! memory, and [`Text`] and [`List`] are places in those pools. Nothing here reads or writes bytes.

use std::ops::Range;

mod parts;
mod words;

pub use parts::*;

/// A piece of text inside a [`Message`]; read it with [`Message::text`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Text {
    start: u32,
    len: u32,
}

/// A run of entries in one of a [`Message`]'s pools; which one, the field that holds it says.
#[derive(Clone, Copy, Debug, Default)]
pub struct List {
    start: u32,
    len: u32,
}

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JSON text, code 1.
    Json,
    /// CBOR (RFC 8949), code 2.
    Cbor,
}

/// A free-form `custom` value, kept as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Custom {
    /// How its bytes are to be read.
    pub encoding: Encoding,
    place: List,
}

/// What was noticed while decoding, without giving up the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Keys that came twice in one object; the last one counts.
    pub duplicate_keys: u32,
    /// Known fields with a value of the wrong kind or out of range; they were dropped.
    pub wrong_fields: u32,
}

/// One OpenTrackIO sample; every field may be absent.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// What changes rarely: camera, lens and tracker make and model, sensor size.
    pub statics: Option<Static>,
    /// State of the tracking system.
    pub tracker: Option<Tracker>,
    /// When the sample was taken.
    pub timing: Option<Timing>,
    /// Lens state.
    pub lens: Option<Lens>,
    /// Protocol name and version.
    pub protocol: Option<Version>,
    /// `urn:uuid` of this sample.
    pub sample_id: Option<Text>,
    /// `urn:uuid` of the source.
    pub source_id: Option<Text>,
    /// Number of the stream within its source.
    pub source_number: Option<u32>,
    /// `urn:uuid`s of related samples; texts.
    pub related_sample_ids: Option<List>,
    /// Where the stage stands on Earth.
    pub global_stage: Option<GlobalStage>,
    /// From the stage (first) to the sensor (last); empty when absent.
    pub transforms: Vec<Transform>,
    /// Distortion models; empty when absent.
    pub distortion: Vec<Distortion>,
    /// Whatever the producer wished to add.
    pub custom: Option<Custom>,
    /// What was noticed while decoding.
    pub notes: Notes,
    pub(super) pools: Pools,
}

/// The memory behind [`Text`], [`List`] and [`Custom`].
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    pub(super) text: String,
    pub(super) texts: Vec<Text>,
    pub(super) numbers: Vec<f64>,
    pub(super) raw: Vec<u8>,
}

impl Message {
    /// Empties the message; its memory stays for the next one.
    pub fn clear(&mut self) {
        self.statics = None;
        self.tracker = None;
        self.timing = None;
        self.lens = None;
        self.protocol = None;
        self.sample_id = None;
        self.source_id = None;
        self.source_number = None;
        self.related_sample_ids = None;
        self.global_stage = None;
        self.transforms.clear();
        self.distortion.clear();
        self.custom = None;
        self.notes = Notes::default();
        self.pools.text.clear();
        self.pools.texts.clear();
        self.pools.numbers.clear();
        self.pools.raw.clear();
    }

    /// The characters of `text`; empty if it is not of this message.
    pub fn text(&self, text: Text) -> &str {
        self.pools.text.get(text.range()).unwrap_or_default()
    }

    /// The numbers of a list of numbers; empty if it is not of this message.
    pub fn numbers(&self, list: List) -> &[f64] {
        self.pools.numbers.get(list.range()).unwrap_or_default()
    }

    /// The entries of a list of texts.
    pub fn texts(&self, list: List) -> impl ExactSizeIterator<Item = &str> {
        self.pools.texts.get(list.range()).unwrap_or_default().iter().map(|&text| self.text(text))
    }

    /// The bytes of a custom value, in its encoding.
    pub fn raw(&self, custom: Custom) -> &[u8] {
        self.pools.raw.get(custom.place.range()).unwrap_or_default()
    }

    /// Stores `text` in this message.
    pub fn put_text(&mut self, text: &str) -> Text {
        self.pools.put_text(text)
    }

    /// Stores `numbers` in this message.
    pub fn put_numbers(&mut self, numbers: &[f64]) -> List {
        let start = self.pools.numbers.len();
        self.pools.numbers.extend_from_slice(numbers);
        self.pools.numbers_since(start)
    }

    /// Stores a list of texts in this message.
    pub fn put_texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> List {
        let start = self.pools.texts.len();
        for text in texts {
            let text = self.pools.put_text(text);
            self.pools.texts.push(text);
        }
        self.pools.texts_since(start)
    }

    /// Stores one JSON or CBOR value as it stands. It must be well formed; encoders copy it unread.
    pub fn put_custom(&mut self, encoding: Encoding, bytes: &[u8]) -> Custom {
        self.pools.put_raw(encoding, bytes)
    }
}

impl Pools {
    pub(super) fn put_text(&mut self, text: &str) -> Text {
        let start = self.text.len();
        self.text.push_str(text);
        self.text_since(start)
    }

    pub(super) fn text_since(&self, start: usize) -> Text {
        let List { start, len } = List::between(start, self.text.len());
        Text { start, len }
    }

    pub(super) fn texts_since(&self, start: usize) -> List {
        List::between(start, self.texts.len())
    }

    pub(super) fn numbers_since(&self, start: usize) -> List {
        List::between(start, self.numbers.len())
    }

    pub(super) fn put_raw(&mut self, encoding: Encoding, bytes: &[u8]) -> Custom {
        let start = self.raw.len();
        self.raw.extend_from_slice(bytes);
        Custom { encoding, place: List::between(start, self.raw.len()) }
    }

    pub(super) fn text(&self, text: Text) -> &str {
        self.text.get(text.range()).unwrap_or_default()
    }
}

impl Text {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}

impl List {
    /// Whether it has no entries.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Number of entries.
    pub fn len(self) -> usize {
        self.len as usize
    }

    // Payloads end below 4 GiB, so pools do as well.
    fn between(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }

    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}
