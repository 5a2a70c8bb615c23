//! The fake host as a program: `fake-host [--once FOLDER] [--slow MS] [--start MS] [FRAME=MODE]...`

use std::collections::BTreeMap;
use std::time::Duration;

use cyclorama_render::host::serve;
use cyclorama_testkit::fake_host::FakeHost;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut faults, mut once) = (BTreeMap::new(), None);
    let (mut slow, mut start) = (Duration::ZERO, Duration::ZERO);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), argument.split_once('=')) {
            ("--once", _) => once = arguments.next().map(Into::into),
            ("--slow", _) => slow = Duration::from_millis(arguments.next().ok_or("--slow MS")?.parse()?),
            ("--start", _) => start = Duration::from_millis(arguments.next().ok_or("--start MS")?.parse()?),
            (_, Some((frame, mode))) => {
                faults.insert(frame.parse()?, mode.parse()?);
            }
            _ => return Err(format!("what is `{argument}`?").into()),
        }
    }
    let input = std::io::BufReader::new(std::io::stdin());
    serve(input, std::io::stdout(), &mut FakeHost::new(faults, once, slow).starting_in(start))?;
    Ok(())
}
