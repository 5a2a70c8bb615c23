//! Damages packets the ways a network, a faulty sender or an attacker would, from a number.

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(case: u64) -> Self {
        let mut random = Self(case.wrapping_mul(0xD129_0B26_5D57_1A4F));
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end`, not included; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    fn byte(&mut self) -> u8 {
        const TELLING: [u8; 8] = [0x00, 0x01, 0x7F, 0x80, 0xFF, 0xF4, 0xD1, 0x7B];
        let number = self.next();
        if number & 1 == 0 { TELLING[(number >> 8) as usize % 8] } else { (number >> 16) as u8 }
    }
}

/// Makes one damaged packet after the other in a buffer it uses again.
pub(crate) struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    repair: fn(&mut [u8]),
    packet: Vec<u8>,
}

impl<'a> Mutator<'a> {
    /// `repair` puts a fitting checksum into a packet that is shaped like one.
    pub(crate) fn new(seeds: &'a [Vec<u8>], repair: fn(&mut [u8])) -> Self {
        Self { seeds, repair, packet: Vec::new() }
    }

    /// The packet made last.
    pub(crate) fn packet(&self) -> &[u8] {
        &self.packet
    }

    /// Makes the next packet; false when it is a seed as it was.
    pub(crate) fn make(&mut self, random: &mut Random) -> bool {
        let seed = &self.seeds[random.below(self.seeds.len())];
        self.packet.clear();
        self.packet.extend_from_slice(seed);
        let kind = random.below(16);
        if kind == 0 {
            return false;
        }
        self.damage(kind, random);
        if random.below(2) == 0 {
            (self.repair)(&mut self.packet);
        }
        self.packet != *seed
    }

    fn damage(&mut self, kind: usize, random: &mut Random) {
        let length = self.packet.len();
        match kind {
            1..=4 => {
                for _ in 0..=random.below(4) {
                    let at = random.below(length);
                    self.packet[at] ^= 1 << random.below(8);
                }
            }
            5 | 6 => {
                for _ in 0..=random.below(3) {
                    let at = random.below(length.min(20));
                    self.packet[at] = random.byte();
                }
            }
            7 => self.packet.truncate(random.below(length)),
            8 => {
                let more = random.below(64);
                self.packet.extend((0..more).map(|_| random.byte()));
            }
            9 | 10 => {
                let other = &self.seeds[random.below(self.seeds.len())];
                self.packet.truncate(random.below(length));
                self.packet.extend_from_slice(&other[random.below(other.len())..]);
            }
            11 => {
                let other = &self.seeds[random.below(self.seeds.len())];
                self.packet.extend_from_slice(other);
                let at = random.below(self.packet.len());
                self.packet[at] ^= 1 << random.below(8);
            }
            12 => {
                let from = random.below(length);
                let gone = random.below(length - from).min(16);
                self.packet.drain(from..from + gone);
            }
            13 => {
                let from = random.below(length);
                let end = from + random.below(length - from);
                self.packet.extend_from_within(from..end);
            }
            14 => {
                let at = random.below(length);
                let end = (at + 1 + random.below(8)).min(length);
                self.packet[at..end].fill_with(|| random.byte());
            }
            _ => {
                self.packet.clear();
                let length = random.below(200);
                self.packet.extend((0..length).map(|_| random.byte()));
            }
        }
    }
}
