//! What a collection has condemned: the object that tells every writer what must not be used any more.
//!
//! One object for each epoch, made once, holding all that was ever condemned: whoever reads the newest one knows
//! everything. Being condemned is final; nothing ever leaves a record but by having been in the store no more.

use std::collections::BTreeSet;

use cyclorama_content::Digest;

use crate::{
    Key, PackId, SnapshotId,
    wire::{FormatError, WireReader, WireWrite},
};

/// A record of everything condemned up to its epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Counts collections; the first one is 1.
    pub(crate) epoch: u64,
    /// What is condemned and may still be in the store, oldest round first.
    pub(crate) rounds: Vec<Round>,
    /// Snapshots that were removed.
    pub(crate) gone_snapshots: BTreeSet<SnapshotId>,
    /// Packs that were removed. An index object of a publisher that began long ago may still name them.
    pub(crate) gone_packs: BTreeSet<PackId>,
}

/// What was condemned together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// When, in milliseconds since 1970, by the collector's clock.
    pub(crate) condemned_ms: u64,
    /// How long readers are given to end, in milliseconds.
    pub(crate) grace_ms: u64,
    pub(crate) snapshots: BTreeSet<SnapshotId>,
    pub(crate) packs: BTreeSet<PackId>,
}

impl Round {
    /// Whether its readers have had their time.
    pub(crate) fn is_due(&self, now_ms: u64) -> bool {
        self.condemned_ms.saturating_add(self.grace_ms) <= now_ms
    }
}

impl Record {
    /// Where the record of an epoch lies: 16 digits, so that a listing is in their order.
    pub(crate) fn key(epoch: u64) -> Key {
        Key::new(format!("{PREFIX}{epoch:016}")).unwrap_or_else(|_| unreachable!("digits are portable"))
    }

    /// The epoch whose record lies under a key of a listing.
    pub(crate) fn epoch_of(key: &Key) -> Option<u64> {
        let epoch = key.as_str().strip_prefix(PREFIX)?.parse().ok()?;
        (Self::key(epoch) == *key).then_some(epoch)
    }

    /// Every pack that was ever condemned.
    pub(crate) fn packs(&self) -> impl Iterator<Item = PackId> + '_ {
        self.gone_packs.iter().chain(self.rounds.iter().flat_map(|round| &round.packs)).copied()
    }

    /// Every snapshot that was ever condemned.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = SnapshotId> + '_ {
        self.gone_snapshots.iter().chain(self.rounds.iter().flat_map(|round| &round.snapshots)).copied()
    }

    /// The bytes before they are sealed.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.put_varint(self.epoch);
        bytes.put_varint(self.rounds.len() as u64);
        for round in &self.rounds {
            bytes.put_varint(round.condemned_ms);
            bytes.put_varint(round.grace_ms);
            put_ids(&mut bytes, round.snapshots.iter().map(SnapshotId::as_bytes));
            put_ids(&mut bytes, round.packs.iter().map(PackId::as_bytes));
        }
        put_ids(&mut bytes, self.gone_snapshots.iter().map(SnapshotId::as_bytes));
        put_ids(&mut bytes, self.gone_packs.iter().map(PackId::as_bytes));
        let check = Digest::of(&bytes);
        bytes.extend_from_slice(check.as_bytes());
        bytes
    }

    /// Reads the record that lies at `epoch`.
    ///
    /// # Errors
    /// [`FormatError`] when it is damaged, from a later version, or another epoch's.
    pub(crate) fn decode(bytes: &[u8], epoch: u64) -> Result<Self, FormatError> {
        WireReader::new(bytes, OBJECT).magic(MAGIC, VERSION)?;
        let damaged = |problem| FormatError::Damaged { object: OBJECT, problem };
        let (body, check) = bytes.split_last_chunk::<32>().ok_or(damaged("it is too short"))?;
        if Digest::of(body).as_bytes() != check {
            return Err(damaged("it does not match its check"));
        }
        let mut reader = WireReader::new(body, OBJECT);
        reader.magic(MAGIC, VERSION)?;
        let mut record = Self { epoch: reader.varint()?, ..Self::default() };
        if record.epoch != epoch || epoch == 0 {
            return Err(damaged("it is another collection's"));
        }
        for _ in 0..reader.count(4)? {
            record.rounds.push(Round {
                condemned_ms: reader.varint()?,
                grace_ms: reader.varint()?,
                snapshots: ids(&mut reader, SnapshotId::from_bytes)?,
                packs: ids(&mut reader, PackId::from_bytes)?,
            });
        }
        record.gone_snapshots = ids(&mut reader, SnapshotId::from_bytes)?;
        record.gone_packs = ids(&mut reader, PackId::from_bytes)?;
        reader.end()?;
        Ok(record)
    }
}

fn put_ids<'a>(bytes: &mut Vec<u8>, ids: impl ExactSizeIterator<Item = &'a [u8; 32]>) {
    bytes.put_varint(ids.len() as u64);
    bytes.extend(ids.flatten());
}

/// Ids, sorted and each once.
fn ids<T: Ord + Copy>(
    reader: &mut WireReader<'_>,
    id: fn([u8; 32]) -> T,
) -> Result<BTreeSet<T>, FormatError> {
    let mut read = BTreeSet::new();
    for _ in 0..reader.count(32)? {
        let new = id(reader.array()?);
        if read.last().is_some_and(|last| *last >= new) {
            return reader.damaged("its ids are not sorted");
        }
        read.insert(new);
    }
    Ok(read)
}

/// The folder of records, as the prefix of a listing.
pub(crate) const PREFIX: &str = "gc/";
const OBJECT: &str = "garbage collection";
const MAGIC: &[u8; 7] = b"CYCOLL\n";
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, collection::vec, prelude::*};

    use super::*;

    fn ids<T: Ord + std::fmt::Debug>(id: fn([u8; 32]) -> T) -> impl Strategy<Value = BTreeSet<T>> {
        btree_set(any::<[u8; 32]>().prop_map(id), 0..5)
    }

    fn round() -> impl Strategy<Value = Round> {
        let times = (any::<u64>(), any::<u64>());
        (times, ids(SnapshotId::from_bytes), ids(PackId::from_bytes)).prop_map(|(times, snapshots, packs)| {
            Round { condemned_ms: times.0, grace_ms: times.1, snapshots, packs }
        })
    }

    fn record() -> impl Strategy<Value = Record> {
        let gone = (ids(SnapshotId::from_bytes), ids(PackId::from_bytes));
        (1u64.., vec(round(), 0..4), gone).prop_map(|(epoch, rounds, (gone_snapshots, gone_packs))| Record {
            epoch,
            rounds,
            gone_snapshots,
            gone_packs,
        })
    }

    #[test]
    fn keys_sort_as_their_epochs_and_lead_back() {
        assert!(Record::key(9) < Record::key(10));
        assert_eq!(Record::epoch_of(&Record::key(12)), Some(12));
        for other in ["gc/12", "gc/x", "gc/00000000000000012", "snap/0000000000000012"] {
            assert_eq!(Record::epoch_of(&Key::new(other).expect("a key")), None, "{other}");
        }
    }

    #[test]
    fn grace_that_never_ends_is_never_due() {
        let round = Round { condemned_ms: 5, grace_ms: u64::MAX, ..Round::default() };
        assert!(!round.is_due(u64::MAX - 1));
        assert!(Round { grace_ms: 2, ..round }.is_due(7));
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(record in record()) {
            prop_assert_eq!(Record::decode(&record.encode(), record.epoch), Ok(record));
        }

        #[test]
        fn a_record_in_anothers_place_is_refused(record in record(), other in any::<u64>()) {
            prop_assume!(other != record.epoch);
            prop_assert!(Record::decode(&record.encode(), other).is_err());
        }

        #[test]
        fn any_damaged_byte_is_refused(record in record(), at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = record.encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(Record::decode(&bytes, record.epoch).is_err());
        }

        #[test]
        fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), epoch in any::<u64>()) {
            let _ = Record::decode(&bytes, epoch);
            let mut signed = [&MAGIC[..], &[VERSION], &bytes[..]].concat();
            signed.extend_from_slice(Digest::of(&signed).as_bytes());
            let _ = Record::decode(&signed, epoch);
        }
    }
}
