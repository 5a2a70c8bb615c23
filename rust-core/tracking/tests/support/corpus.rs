//! The recorded packets tests and benches start from.

use cyclorama_tracking::{Protocol, decoder};

macro_rules! recordings {
    ($($name:literal),+ $(,)?) => {
        [$((include_bytes!(concat!("../../../../tests/data/", $name))).as_slice()),+]
    };
}

/// Whole datagrams of `protocol` that all decode.
pub(crate) fn packets(protocol: Protocol) -> Vec<Vec<u8>> {
    let recordings: Vec<&[u8]> = match protocol {
        Protocol::F4 => recordings!["mosys_f4/dev_first600.f4", "mosys_f4/camdkit_unit_no_focal.f4"].to_vec(),
        Protocol::FreeD => {
            recordings!["freed/derived_from_mosys_f4_first600.freed", "freed/jwetzell_free-d_unit.freed"]
                .to_vec()
        }
        Protocol::Psn => recordings![
            "psn/jwetzell_decode_1_data.psn",
            "psn/jwetzell_decode_2_info.psn",
            "psn/vyv_1trackers_data_0.psn",
            "psn/vyv_1trackers_info_0.psn",
            "psn/vyv_8trackers_data_0.psn",
            "psn/vyv_8trackers_info_0.psn"
        ]
        .to_vec(),
        Protocol::OpenTrackIO => recordings![
            "opentrackio/recommended_dynamic.json.otrk",
            "opentrackio/recommended_dynamic.cbor.otrk",
            "opentrackio/recommended_static.json.otrk",
            "opentrackio/recommended_static.cbor.otrk",
            "opentrackio/complete_dynamic.json.otrk",
            "opentrackio/complete_dynamic.cbor.otrk",
            "opentrackio/complete_static.json.otrk",
            "opentrackio/complete_static.cbor.otrk",
            "opentrackio/complete_dynamic.json.seg3.otrk"
        ]
        .to_vec(),
    };
    let cut = |recording: &[u8]| -> Vec<Vec<u8>> {
        decoder::split(protocol, recording).into_iter().map(|range| recording[range].to_vec()).collect()
    };
    recordings.into_iter().flat_map(cut).collect()
}
