//! Everything that a take gives when it is replayed, with every bit of each number.
//!
//! `scripts/check/same_bits` builds this optimised and not, and compares what they print.

use std::{error::Error, io::Write as _};

use cyclorama_tracking::{
    evaluate::{self, EvaluateOptions},
    export,
    motion::Motion,
    predict::{Method, score::score},
    replay,
    take::Reader,
};

/// How far ahead every predictor looks, in seconds.
const HORIZONS: [f64; 4] = [0.040, 0.080, 0.160, 0.250];

fn main() -> Result<(), Box<dyn Error>> {
    let take = std::env::args_os().nth(1).ok_or("usage: replay_bits TAKE")?;
    let reader = Reader::open(take.as_ref())?;
    let samples = replay::samples(&reader)?.samples;
    let mut out = std::io::stdout().lock();
    export::opentrackio(&samples, &mut out)?;
    let options = EvaluateOptions { rate: reader.info().rate, ..EvaluateOptions::default() };
    let path = evaluate::evaluate(&samples, &options)?.path;
    export::csv(&path, &mut out)?;
    export::motion_csv(&path, &mut out)?;
    let (motion, _) = Motion::from_samples(&samples, None, None)?;
    for ahead in HORIZONS {
        for method in Method::ALL {
            let found =
                score(&mut *method.predictor(ahead), &motion, ahead).ok_or("nothing lies so far ahead")?;
            // The shortest text that reads back as the same bits.
            writeln!(out, "{method:?} {ahead} {found:?}")?;
        }
    }
    Ok(out.flush()?)
}
