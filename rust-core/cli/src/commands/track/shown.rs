//! Samples as lines of OpenTrackIO; what was evaluated says in its `custom` part how far it is to be trusted.

use cyclorama_space::optics::unreal::{LensRole, lens_role};
use cyclorama_tracking::{
    Sample,
    live::{Evaluated, Origin},
    protocol::opentrackio::export::Exporter,
};
use serde::Serialize;

/// Writes samples as lines, and uses its memory again.
#[derive(Default)]
pub(crate) struct Lines {
    exporter: Exporter,
    line: String,
}

/// What stands under `custom.cyclorama`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trust {
    origin: Origin,
    stale: bool,
    /// 0 to 1.
    confidence: f64,
    /// How much larger to draw.
    overscan: f64,
    /// Past the newest sample.
    ahead_ms: f64,
    /// About one error in twenty is larger.
    margin_mm: f64,
    margin_deg: f64,
    /// Unreal's lens role, where focal length and sensor are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreal_lens: Option<LensRole>,
}

impl Lines {
    /// The line of a sample.
    pub(crate) fn line(&mut self, sample: &Sample, evaluated: Option<&Evaluated>) -> &str {
        self.line.clear();
        self.exporter.json(sample, &mut self.line);
        if let Some(evaluated) = evaluated
            && self.line.ends_with('}')
        {
            let custom = serde_json::to_string(&trust(evaluated)).unwrap_or_else(|_| "{}".to_owned());
            self.line.pop();
            self.line.push_str(r#","custom":{"cyclorama":"#);
            self.line.push_str(&custom);
            self.line.push_str("}}");
        }
        &self.line
    }
}

fn trust(evaluated: &Evaluated) -> Trust {
    let (metres, radians) = evaluated.margin;
    let rounded = |value: f64| (value * 1e4).round() * 1e-4;
    Trust {
        origin: evaluated.origin,
        stale: evaluated.stale,
        confidence: rounded(evaluated.confidence),
        overscan: rounded(evaluated.overscan()),
        ahead_ms: rounded(evaluated.ahead_nanos as f64 * 1e-6),
        margin_mm: rounded(metres * 1e3),
        margin_deg: rounded(radians.to_degrees()),
        unreal_lens: lens_role(&evaluated.lens).ok(),
    }
}
