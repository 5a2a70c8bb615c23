//! Arbitrary messages and documents, thrown from a tape of random bytes. A shorter tape throws a smaller thing.

use super::{Message, message::*};

pub(super) struct Dice<'t> {
    tape: &'t [u8],
}

impl<'t> Dice<'t> {
    pub(super) fn new(tape: &'t [u8]) -> Self {
        Self { tape }
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.tape.split_off_first().copied().unwrap_or(0)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    pub(super) fn bits(&mut self) -> u64 {
        let bytes: [u8; 8] = std::array::from_fn(|_| self.byte());
        u64::from_be_bytes(bytes)
    }

    fn maybe<T>(&mut self, throw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() & 1 == 1).then(|| throw(self))
    }

    pub(super) fn float(&mut self) -> f64 {
        match self.below(4) {
            0 => f64::from(self.byte()) - 100.0,
            1 => f64::from(self.byte()) * 0.1,
            2 => f64::from(self.bits() as i32) / 1024.0,
            _ => Some(f64::from_bits(self.bits())).filter(|value| value.is_finite()).unwrap_or(-0.0),
        }
    }

    fn above_zero(&mut self) -> f64 {
        Some(self.float().abs()).filter(|value| *value > 0.0).unwrap_or(1.5)
    }

    fn at_least_one(&mut self) -> f64 {
        self.float().abs().max(1.0)
    }

    fn unit(&mut self) -> f64 {
        f64::from(self.byte()) / 255.0
    }

    fn int(&mut self) -> u32 {
        let bits = self.bits();
        (bits >> (bits % 40)) as u32
    }

    pub(super) fn string(&mut self) -> String {
        const CHARACTERS: [&str; 12] =
            ["a", "Z", "0", " ", "\"", "\\", "\n", "\u{1}", "\u{7f}", "é", "\u{2028}", "🎥"];
        let count = self.below(20);
        (0..count).map(|_| CHARACTERS[self.below(CHARACTERS.len())]).collect()
    }

    fn text(&mut self, m: &mut Message) -> Option<Text> {
        self.maybe(|dice| m.put_text(&dice.string()))
    }

    fn numbers(&mut self, m: &mut Message, least: usize) -> List {
        let count = least + self.below(9);
        let numbers: Vec<f64> = (0..count).map(|_| self.float()).collect();
        m.put_numbers(&numbers)
    }

    fn rational(&mut self) -> Option<Rational> {
        self.maybe(|dice| Rational { num: (dice.int() >> 1).max(1), denom: dice.int().max(1) })
    }

    fn three<T: Copy>(&mut self, mut throw: impl FnMut(&mut Self) -> T) -> Option<[Option<T>; 3]> {
        let values = [self.maybe(&mut throw), self.maybe(&mut throw), self.maybe(&mut throw)];
        values.iter().any(Option::is_some).then_some(values)
    }

    pub(super) fn message(&mut self) -> Message {
        let mut message = Message::default();
        let m = &mut message;
        m.statics = self.maybe(|dice| dice.statics(m));
        m.tracker = self.maybe(|dice| Tracker {
            notes: dice.text(m),
            recording: dice.maybe(|dice| dice.byte() & 1 == 1),
            slate: dice.text(m),
            status: dice.text(m),
        });
        m.timing = self.maybe(|dice| dice.timing(m));
        m.lens = self.maybe(|dice| dice.lens(m));
        m.protocol = self.maybe(|dice| Version {
            name: m.put_text(&dice.string()),
            version: [dice.byte(), dice.byte(), dice.byte()],
        });
        m.sample_id = self.text(m);
        m.source_id = self.text(m);
        m.source_number = self.maybe(Self::int);
        m.related_sample_ids = self.maybe(|dice| {
            let texts: Vec<String> = (0..dice.below(4)).map(|_| dice.string()).collect();
            m.put_texts(texts.iter().map(String::as_str))
        });
        m.global_stage = self.maybe(|dice| {
            let [e, n, u, lat0, lon0, h0] = std::array::from_fn(|_| dice.float());
            GlobalStage { e, n, u, lat0, lon0, h0 }
        });
        for _ in 0..self.below(5) {
            let transform = Transform {
                translation: std::array::from_fn(|_| self.float()),
                rotation: std::array::from_fn(|_| self.float()),
                scale: self.maybe(|dice| std::array::from_fn(|_| dice.float())),
                id: self.text(m),
            };
            m.transforms.push(transform);
        }
        m.custom = self.maybe(|dice| {
            let mut json = String::new();
            dice.document(&mut json, 3, false);
            m.put_custom(Encoding::Json, json.as_bytes())
        });
        message
    }

    fn statics(&mut self, m: &mut Message) -> Static {
        Static {
            duration: self.rational(),
            camera: self.maybe(|dice| StaticCamera {
                capture_frame_rate: dice.rational(),
                active_sensor_physical_dimensions: dice
                    .maybe(|dice| Dimensions { height: dice.float().abs(), width: dice.float().abs() }),
                active_sensor_resolution: dice
                    .maybe(|dice| Resolution { height: dice.int() >> 1, width: dice.int() >> 1 }),
                make: dice.text(m),
                model: dice.text(m),
                serial_number: dice.text(m),
                firmware_version: dice.text(m),
                label: dice.text(m),
                anamorphic_squeeze: dice.rational(),
                iso_speed: dice.maybe(|dice| dice.int().max(1)),
                fdl_link: dice.text(m),
                shutter_angle: dice.maybe(|dice| dice.unit() * 360.0),
            }),
            lens: self.maybe(|dice| StaticLens {
                distortion_overscan_max: dice.maybe(Self::at_least_one),
                undistortion_overscan_max: dice.maybe(Self::at_least_one),
                make: dice.text(m),
                model: dice.text(m),
                serial_number: dice.text(m),
                firmware_version: dice.text(m),
                nominal_focal_length: dice.maybe(Self::above_zero),
                calibration_history: dice.maybe(|dice| {
                    let texts: Vec<String> = (0..dice.below(4)).map(|_| dice.string()).collect();
                    m.put_texts(texts.iter().map(String::as_str))
                }),
            }),
            tracker: self.maybe(|dice| StaticTracker {
                make: dice.text(m),
                model: dice.text(m),
                serial_number: dice.text(m),
                firmware_version: dice.text(m),
            }),
        }
    }

    fn timing(&mut self, m: &mut Message) -> Timing {
        let timestamp = |dice: &mut Self| Timestamp { seconds: dice.bits() >> 16, nanoseconds: dice.int() };
        Timing {
            mode: self.maybe(|dice| if dice.byte() & 1 == 1 { Mode::Internal } else { Mode::External }),
            recorded_timestamp: self.maybe(timestamp),
            sample_rate: self.rational(),
            sample_timestamp: self.maybe(timestamp),
            sequence_number: self.maybe(Self::int),
            synchronization: self.maybe(|dice| dice.synchronization(m)),
            timecode: self.rational().map(|frame_rate| TimecodeLabel {
                hours: self.byte() % 24,
                minutes: self.byte() % 60,
                seconds: self.byte() % 60,
                frames: self.byte() % 120,
                frame_rate,
                sub_frame: self.maybe(Self::int),
                drop_frame: self.maybe(|dice| dice.byte() & 1 == 1),
            }),
        }
    }

    fn synchronization(&mut self, m: &mut Message) -> Synchronization {
        use SyncSource::{Genlock, Ntp, VideoIn};
        Synchronization {
            locked: self.byte() & 1 == 1,
            source: [Genlock, VideoIn, SyncSource::Ptp, Ntp][self.below(4)],
            frequency: self.rational(),
            offsets: self.maybe(|dice| SyncOffsets {
                translation: dice.maybe(Self::float),
                rotation: dice.maybe(Self::float),
                lens_encoders: dice.maybe(Self::float),
            }),
            present: self.maybe(|dice| dice.byte() & 1 == 1),
            ptp: self.maybe(|dice| Ptp {
                profile: dice.maybe(|dice| {
                    [PtpProfile::Ieee1588, PtpProfile::Ieee8021As, PtpProfile::SmpteSt2059][dice.below(3)]
                }),
                domain: dice.maybe(|dice| dice.byte() & 127),
                leader_identity: dice.text(m),
                leader_priorities: dice.maybe(|dice| [dice.byte(), dice.byte()]),
                leader_accuracy: dice.maybe(|dice| dice.float().abs()),
                leader_time_source: dice.maybe(|dice| {
                    [LeaderTimeSource::Gnss, LeaderTimeSource::AtomicClock, LeaderTimeSource::Ntp]
                        [dice.below(3)]
                }),
                mean_path_delay: dice.maybe(|dice| dice.float().abs()),
                vlan: dice.maybe(Self::int),
            }),
        }
    }

    fn lens(&mut self, m: &mut Message) -> Lens {
        for _ in 0..self.below(4) {
            let model = Distortion {
                model: self.text(m),
                radial: self.numbers(m, 1),
                tangential: self.maybe(|dice| dice.numbers(m, 1)),
                overscan: self.maybe(Self::at_least_one),
            };
            m.distortion.push(model);
        }
        Lens {
            custom: self.maybe(|dice| dice.numbers(m, 0)),
            distortion_offset: self.maybe(|dice| [dice.float(), dice.float()]),
            encoders: self.three(Self::unit),
            entrance_pupil_offset: self.maybe(Self::float),
            exposure_falloff: self
                .maybe(|dice| [Some(dice.float()), dice.maybe(Self::float), dice.maybe(Self::float)]),
            f_stop: self.maybe(Self::above_zero),
            pinhole_focal_length: self.maybe(Self::above_zero),
            focus_distance: self.maybe(Self::above_zero),
            projection_offset: self.maybe(|dice| [dice.float(), dice.float()]),
            raw_encoders: self.three(Self::int),
            t_stop: self.maybe(Self::above_zero),
        }
    }

    /// Any JSON value; with white space and every kind of escape where `wild`.
    pub(super) fn document(&mut self, out: &mut String, depth: usize, wild: bool) {
        let space = |dice: &mut Self, out: &mut String| {
            if wild {
                out.push_str(["", "", "", " ", "\n\t", "\r\n  "][dice.below(6)]);
            }
        };
        space(self, out);
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => out.push_str(["null", "true", "false"][self.below(3)]),
            1 => out.push_str(&(self.bits() as i64 >> (self.byte() % 64)).to_string()),
            2 => out.push_str(&format!("{:?}", self.float())),
            3 if wild => self.number(out),
            6 | 7 => {
                out.push('{');
                for index in 0..self.below(4) {
                    if index > 0 {
                        out.push(',');
                    }
                    space(self, out);
                    self.quoted(out, wild);
                    space(self, out);
                    out.push(':');
                    self.document(out, depth - 1, wild);
                }
                out.push('}');
            }
            8 => {
                out.push('[');
                for index in 0..self.below(4) {
                    if index > 0 {
                        out.push(',');
                    }
                    self.document(out, depth - 1, wild);
                }
                space(self, out);
                out.push(']');
            }
            _ => self.quoted(out, wild),
        }
        space(self, out);
    }

    /// A number in digits of any length.
    pub(super) fn number(&mut self, out: &mut String) {
        if self.byte() & 1 == 1 {
            out.push('-');
        }
        let digits = |dice: &mut Self, out: &mut String| {
            for _ in 0..1 + dice.below(24) {
                out.push(char::from(b'0' + dice.byte() % 10));
            }
        };
        out.push(char::from(b'1' + self.byte() % 9));
        digits(self, out);
        if self.byte() & 1 == 1 {
            out.push('.');
            digits(self, out);
        }
        if self.byte() & 3 == 3 {
            out.push_str(["e", "E+", "e-", "e-0"][self.below(4)]);
            out.push_str(&self.byte().to_string());
        }
    }

    fn quoted(&mut self, out: &mut String, wild: bool) {
        const ESCAPES: [&str; 8] =
            ["\\n", "\\/", "\\\\", "\\u0041", "\\u00e9", "\\uD83C\\uDFA5", "\\ufeff", "é🎥"];
        out.push('"');
        for _ in 0..self.below(12) {
            match self.below(3) {
                0 if wild => out.push_str(ESCAPES[self.below(ESCAPES.len())]),
                _ => out.push(char::from(b'a' + self.byte() % 26)),
            }
        }
        out.push('"');
    }
}
