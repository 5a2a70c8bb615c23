//! Which presets can draw a take: decided by what the engine says of them, before a job is written. Reads no asset.

use super::PresetFacts;

/// Why the preset cannot draw a take; none when it can.
pub(super) fn unfit(facts: &PresetFacts) -> Option<String> {
    if !facts.fault.is_empty() {
        return Some(format!("the engine cannot evaluate the preset: {}", facts.fault));
    }
    facts.panorama.then(|| PANORAMA.to_owned())
}

const PANORAMA: &str = "the preset draws a panorama: it shows all that is around the camera, so the take's lens says \
nothing of it, and its size need not be the job's. Take the panoramic pass out of the preset, or render it with Unreal's \
own executor";
