//! The usual checksums of short messages.

/// How a checksum is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChecksumKind {
    /// Sum of the bytes, 8 bits.
    Sum8,
    /// What brings the sum of all bytes to 0x40, 8 bits, as FreeD has it.
    Freed,
    /// All bytes by exclusive or, 8 bits.
    Xor8,
    /// Sum of the bytes, 16 bits.
    Sum16,
    /// Fletcher-16 modulo 256, the second sum in the high byte.
    Fletcher16,
    /// CRC-16/CCITT-FALSE: polynomial 0x1021, from 0xFFFF.
    Crc16Ccitt,
}

impl ChecksumKind {
    /// Bytes it takes.
    pub const fn width(self) -> usize {
        match self {
            Self::Sum8 | Self::Freed | Self::Xor8 => 1,
            Self::Sum16 | Self::Fletcher16 | Self::Crc16Ccitt => 2,
        }
    }

    /// The checksum of these bytes.
    pub fn of(self, bytes: &[u8]) -> u16 {
        let sum = || bytes.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        match self {
            Self::Sum8 => sum() & 0xFF,
            Self::Freed => 0x40u16.wrapping_sub(sum()) & 0xFF,
            Self::Xor8 => u16::from(bytes.iter().fold(0, |all, byte| all ^ byte)),
            Self::Sum16 => sum(),
            Self::Fletcher16 => {
                let sums = bytes.iter().fold((0u8, 0u8), |(first, second), byte| {
                    let first = first.wrapping_add(*byte);
                    (first, second.wrapping_add(first))
                });
                u16::from_be_bytes([sums.1, sums.0])
            }
            Self::Crc16Ccitt => bytes.iter().fold(0xFFFF, |crc: u16, byte| {
                (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
                    if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
                })
            }),
        }
    }
}

/// The checksum of a message: where it stands and what it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// How it is made.
    pub kind: ChecksumKind,
    /// Where it stands.
    pub offset: usize,
    /// First byte it covers.
    pub from: usize,
    /// First byte after those it covers.
    pub to: usize,
    /// Low byte first.
    pub little: bool,
}

impl Checksum {
    /// Whether the message has the right one. A message that is too short has not.
    pub fn holds(&self, message: &[u8]) -> bool {
        let written = message.get(self.offset..self.offset.saturating_add(self.kind.width()));
        let (Some(covered), Some(written)) = (message.get(self.from..self.to), written) else { return false };
        let said = match *written {
            [byte] => u16::from(byte),
            [a, b] if self.little => u16::from_le_bytes([a, b]),
            [a, b] => u16::from_be_bytes([a, b]),
            _ => return false,
        };
        said == self.kind.of(covered)
    }
}
