//! Medians of short windows.

use std::{hint::black_box, time::Instant};

/// Windows per figure.
const WINDOWS: usize = 301;
/// Length of a window, ns.
const WINDOW: f64 = 2e5;

/// One thing to measure.
pub(crate) struct Figure<'f> {
    pub(crate) name: String,
    pub(crate) baseline: Option<String>,
    pub(crate) run: Box<dyn FnMut() + 'f>,
}

impl<'f> Figure<'f> {
    /// `run` does the operation once.
    pub(crate) fn new<T>(
        name: impl Into<String>,
        baseline: Option<&str>,
        mut run: impl FnMut() -> T + 'f,
    ) -> Self {
        let run = move || {
            black_box(run());
        };
        Self { name: name.into(), baseline: baseline.map(str::to_owned), run: Box::new(run) }
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn nanos(run: &mut dyn FnMut(), times: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    start.elapsed().as_nanos() as f64
}

/// What is to be printed.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// `figure NAME NANOSECONDS [of BASELINE]` lines.
    Lines,
    /// One JSON object per line.
    Json,
    /// Nothing: one operation is done so many times, for callgrind to count.
    Count(String, u32),
}

impl Asked {
    /// From the command line; what cargo adds to it is skipped.
    pub(crate) fn from_args() -> Self {
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        match args.next().as_deref() {
            Some("--json") => Self::Json,
            Some("--count" | "--once") => {
                let name = args.next().unwrap_or_default();
                Self::Count(name, args.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1))
            }
            _ => Self::Lines,
        }
    }
}

/// Does what is asked with figures that are compared with each other; true when one of them was to be counted.
pub(crate) fn run(mut figures: Vec<Figure<'_>>, asked: &Asked) -> bool {
    let Asked::Count(name, rounds) = asked else {
        print(figures, matches!(asked, Asked::Json));
        return false;
    };
    let Some(figure) = figures.iter_mut().find(|figure| figure.name == *name) else { return false };
    for _ in 0..*rounds {
        (figure.run)();
    }
    true
}

/// Measures the figures in turns and prints the median of each.
fn print(mut figures: Vec<Figure<'_>>, json: bool) {
    let times: Vec<u32> = figures
        .iter_mut()
        .map(|figure| {
            nanos(&mut figure.run, 1000);
            let one = nanos(&mut figure.run, 1000) / 1000.0;
            (WINDOW / one.max(0.1)).ceil() as u32
        })
        .collect();
    let mut windows = vec![Vec::with_capacity(WINDOWS); figures.len()];
    for _ in 0..WINDOWS {
        for (index, figure) in figures.iter_mut().enumerate() {
            windows[index].push(nanos(&mut figure.run, times[index]) / f64::from(times[index]));
        }
    }
    for (figure, mut windows) in figures.iter().zip(windows) {
        windows.sort_by(f64::total_cmp);
        let median = windows[WINDOWS / 2];
        match &figure.baseline {
            _ if json => {
                let (name, of) = (&figure.name, &figure.baseline);
                println!("{}", serde_json::json!({ "bench": name, "ns_per_packet": median, "of": of }));
            }
            Some(baseline) => println!("figure {} {median:.1} of {baseline}", figure.name),
            None => println!("figure {} {median:.1}", figure.name),
        }
    }
}
