//! Writes a message in the standard's order, once for JSON and CBOR.
//!
//! JSON comes out compact, numbers as the shortest text that reads back the same; CBOR with definite lengths, whole
//! numbers as short as they go and all others as 64-bit floats. Both are byte for byte what SMPTE's tools write.

mod cbor;
mod json;
mod lens;
mod statics;
mod timing;
mod transcode;

use super::message::{Custom, Encoding, List, Message, Rational, Text, Transform};

/// Appends `message` to `out` in `encoding`. Absent fields are left out.
pub fn encode(message: &Message, encoding: Encoding, out: &mut Vec<u8>) {
    match encoding {
        Encoding::Json => write_message(&mut json::Writer::new(out), message),
        Encoding::Cbor => write_message(&mut cbor::Writer::new(out), message),
    }
}

/// Where values go, in order. Objects and arrays are opened and closed by the caller.
trait Sink {
    /// What is needed to close an object or array.
    type Open: Copy;

    fn object(&mut self) -> Self::Open;
    fn key(&mut self, open: &mut Self::Open, key: &str);
    fn end_object(&mut self, open: Self::Open);
    fn array(&mut self, len: usize) -> Self::Open;
    /// Before each element.
    fn element(&mut self, open: &mut Self::Open);
    fn end_array(&mut self, open: Self::Open);
    fn number(&mut self, value: f64);
    fn integer(&mut self, value: u64);
    fn boolean(&mut self, value: bool);
    fn text(&mut self, value: &str);
    /// A value kept as it was written.
    fn custom(&mut self, encoding: Encoding, bytes: &[u8]);
}

/// An object under construction.
struct Object<'s, S: Sink> {
    sink: &'s mut S,
    open: S::Open,
}

impl<'s, S: Sink> Object<'s, S> {
    fn new(sink: &'s mut S) -> Self {
        let open = sink.object();
        Self { sink, open }
    }

    /// Writes `key` and a value, if there is one.
    fn put<T>(&mut self, key: &str, value: Option<T>, write: impl FnOnce(&mut S, T)) -> &mut Self {
        if let Some(value) = value {
            self.sink.key(&mut self.open, key);
            write(self.sink, value);
        }
        self
    }

    fn number(&mut self, key: &str, value: Option<f64>) -> &mut Self {
        self.put(key, value, S::number)
    }

    fn integer(&mut self, key: &str, value: Option<impl Into<u64>>) -> &mut Self {
        self.put(key, value, |sink, value| sink.integer(value.into()))
    }

    fn boolean(&mut self, key: &str, value: Option<bool>) -> &mut Self {
        self.put(key, value, S::boolean)
    }

    fn text(&mut self, key: &str, value: Option<Text>, message: &Message) -> &mut Self {
        self.put(key, value, |sink, value| sink.text(message.text(value)))
    }

    fn rational(&mut self, key: &str, value: Option<Rational>) -> &mut Self {
        self.put(key, value, |sink, value| {
            Object::new(sink).integer("num", Some(value.num)).integer("denom", Some(value.denom)).end();
        })
    }

    /// An object of numbers.
    fn numbers<const N: usize>(
        &mut self,
        key: &str,
        names: [&str; N],
        values: Option<[Option<f64>; N]>,
    ) -> &mut Self {
        self.put(key, values, |sink, values| {
            let mut object = Object::new(sink);
            for (name, value) in names.into_iter().zip(values) {
                object.number(name, value);
            }
            object.end();
        })
    }

    fn number_list(&mut self, key: &str, list: Option<List>, message: &Message) -> &mut Self {
        self.put(key, list, |sink, list| {
            let numbers = message.numbers(list);
            each(sink, numbers.iter(), |sink, &number| sink.number(number));
        })
    }

    fn texts(&mut self, key: &str, list: Option<List>, message: &Message) -> &mut Self {
        self.put(key, list, |sink, list| each(sink, message.texts(list), S::text))
    }

    fn end(&mut self) {
        self.sink.end_object(self.open);
    }
}

fn each<S: Sink, T>(sink: &mut S, items: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut S, T)) {
    let mut open = sink.array(items.len());
    for item in items {
        sink.element(&mut open);
        write(sink, item);
    }
    sink.end_array(open);
}

fn write_message<S: Sink>(sink: &mut S, message: &Message) {
    let m = message;
    Object::new(sink)
        .put("static", m.statics.as_ref(), |sink, value| statics::statics(sink, m, value))
        .put("tracker", m.tracker, |sink, tracker| {
            Object::new(sink)
                .text("notes", tracker.notes, m)
                .boolean("recording", tracker.recording)
                .text("slate", tracker.slate, m)
                .text("status", tracker.status, m)
                .end();
        })
        .put("timing", m.timing.as_ref(), |sink, value| timing::timing(sink, m, value))
        .put("lens", m.lens.as_ref(), |sink, value| lens::lens(sink, m, value))
        .put("protocol", m.protocol, |sink, protocol| {
            Object::new(sink)
                .text("name", Some(protocol.name), m)
                .put("version", Some(protocol.version), |sink, version| {
                    each(sink, version.into_iter(), |sink, digit| sink.integer(digit.into()));
                })
                .end();
        })
        .text("sampleId", m.sample_id, m)
        .text("sourceId", m.source_id, m)
        .integer("sourceNumber", m.source_number)
        .texts("relatedSampleIds", m.related_sample_ids, m)
        .numbers(
            "globalStage",
            ["E", "N", "U", "lat0", "lon0", "h0"],
            m.global_stage
                .map(|place| [place.e, place.n, place.u, place.lat0, place.lon0, place.h0].map(Some)),
        )
        .put("transforms", (!m.transforms.is_empty()).then_some(&m.transforms), |sink, transforms| {
            each(sink, transforms.iter(), |sink, value| transform(sink, m, value));
        })
        .put("custom", m.custom, |sink, custom: Custom| sink.custom(custom.encoding, m.raw(custom)))
        .end();
}

fn transform<S: Sink>(sink: &mut S, message: &Message, transform: &Transform) {
    Object::new(sink)
        .numbers("translation", ["x", "y", "z"], Some(transform.translation.map(Some)))
        .numbers("rotation", ["pan", "tilt", "roll"], Some(transform.rotation.map(Some)))
        .numbers("scale", ["x", "y", "z"], transform.scale.map(|scale| scale.map(Some)))
        .text("id", transform.id, message)
        .end();
}
