//! Writing PosiStageNet packets: the inverse of decoding, for the simulator and for tests.

use super::{
    super::wire::WireError, DATA, DATA_TRACKERS, HEADER, Header, INFO, INFO_NAME, INFO_SYSTEM, INFO_TRACKERS,
    Tracker, chunk::HEADER_LEN,
};

/// Appends a DATA packet to `out`.
///
/// # Errors
/// `BadLength` when it would be longer than a chunk can be (32767 bytes); nothing is appended then. Senders keep
/// packets within [`super::LONGEST`] by spreading trackers over the packets of a frame.
pub fn encode_data(header: &Header<'_>, trackers: &[Tracker], out: &mut Vec<u8>) -> Result<(), WireError> {
    whole(out, |out| {
        chunk(out, DATA, true, |out| {
            encode_header(header, out)?;
            chunk(out, DATA_TRACKERS, true, |out| {
                trackers.iter().try_for_each(|tracker| encode_tracker(tracker, out))
            })
        })
    })
}

/// Appends an INFO packet with the server's name and each tracker's number and name to `out`.
///
/// # Errors
/// `BadLength` when it would be longer than a chunk can be (32767 bytes); nothing is appended then.
pub fn encode_info(
    header: &Header<'_>,
    system: Option<&[u8]>,
    names: &[(u16, &[u8])],
    out: &mut Vec<u8>,
) -> Result<(), WireError> {
    whole(out, |out| {
        chunk(out, INFO, true, |out| {
            encode_header(header, out)?;
            if let Some(system) = system {
                bytes(out, INFO_SYSTEM, system)?;
            }
            chunk(out, INFO_TRACKERS, true, |out| {
                names
                    .iter()
                    .try_for_each(|(id, name)| chunk(out, *id, true, |out| bytes(out, INFO_NAME, name)))
            })
        })
    })
}

fn encode_header(header: &Header<'_>, out: &mut Vec<u8>) -> Result<(), WireError> {
    chunk(out, HEADER, false, |out| {
        out.extend(header.timestamp_us.to_le_bytes());
        out.extend(header.version);
        out.extend([header.frame_id, header.frame_packets]);
        out.extend_from_slice(header.tail);
        Ok(())
    })
}

fn encode_tracker(tracker: &Tracker, out: &mut Vec<u8>) -> Result<(), WireError> {
    let vector = |[x, y, z]: [f32; 3]| {
        let mut data = [0; 12];
        data[..4].copy_from_slice(&x.to_le_bytes());
        data[4..8].copy_from_slice(&y.to_le_bytes());
        data[8..].copy_from_slice(&z.to_le_bytes());
        data
    };
    chunk(out, tracker.id, true, |out| {
        let mut field = |id, data: Option<&[u8]>| data.map_or(Ok(()), |data| bytes(out, id, data));
        field(0, tracker.position.map(vector).as_ref().map(<[u8; 12]>::as_slice))?;
        field(1, tracker.speed.map(vector).as_ref().map(<[u8; 12]>::as_slice))?;
        field(2, tracker.orientation.map(vector).as_ref().map(<[u8; 12]>::as_slice))?;
        field(3, tracker.validity.map(f32::to_le_bytes).as_ref().map(<[u8; 4]>::as_slice))?;
        field(4, tracker.acceleration.map(vector).as_ref().map(<[u8; 12]>::as_slice))?;
        field(5, tracker.target.map(vector).as_ref().map(<[u8; 12]>::as_slice))?;
        field(6, tracker.timestamp_us.map(u64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice))
    })
}

fn bytes(out: &mut Vec<u8>, id: u16, data: &[u8]) -> Result<(), WireError> {
    chunk(out, id, false, |out| {
        out.extend_from_slice(data);
        Ok(())
    })
}

/// A chunk whose data `fill` writes; its length is put in afterwards.
fn chunk(
    out: &mut Vec<u8>,
    id: u16,
    has_chunks: bool,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let start = out.len();
    out.extend([0; HEADER_LEN]);
    fill(out)?;
    let length = u32::try_from(out.len() - start - HEADER_LEN).ok().filter(|length| *length <= 0x7FFF);
    let length = length.ok_or(WireError::BadLength)?;
    let header = u32::from(id) | (length << 16) | (u32::from(has_chunks) << 31);
    out[start..start + HEADER_LEN].copy_from_slice(&header.to_le_bytes());
    Ok(())
}

/// All of what `write` appends, or nothing.
fn whole(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let start = out.len();
    write(out).inspect_err(|_| out.truncate(start))
}
