//! The fake host as a program: `fake-host [--once FOLDER] [--slow MS] [--start MS] [--needs CONTENT/FILE] [--crowd FILE] [--beauty] [FRAME=MODE]...`
//!
//! Told an address, it speaks there as an engine does, and chats on its standard output.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use cyclorama_render::host::{engine, serve};
use cyclorama_testkit::fake_host::FakeHost;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut faults, mut once) = (BTreeMap::new(), None);
    let (mut slow, mut start) = (Duration::ZERO, Duration::ZERO);
    let (mut address, mut needs, mut crowd, mut beauty) = (None, None, None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if let Some(given) = argument.strip_prefix(engine::ARGUMENT) {
            address = Some(given.to_owned());
            continue;
        }
        match (argument.as_str(), argument.split_once('=')) {
            ("--once", _) => once = arguments.next().map(Into::into),
            ("--slow", _) => slow = Duration::from_millis(arguments.next().ok_or("--slow MS")?.parse()?),
            ("--start", _) => start = Duration::from_millis(arguments.next().ok_or("--start MS")?.parse()?),
            ("--needs", _) => needs = arguments.next().map(Into::into),
            ("--crowd", _) => crowd = arguments.next().map(Into::into),
            ("--beauty", _) => beauty = true,
            (_, Some((frame, mode))) => {
                faults.insert(frame.parse()?, mode.parse()?);
            }
            _ => return Err(format!("what is `{argument}`?").into()),
        }
    }
    let mut host = FakeHost::new(faults, once, slow).starting_in(start).needing(needs).counting(crowd);
    host = host.of_beauty_alone(beauty);
    match address {
        None => serve(BufReader::new(std::io::stdin()), std::io::stdout(), &mut host)?,
        Some(address) => {
            writeln!(std::io::stdout(), "LogInit: a line of a log")?;
            let mut stream = TcpStream::connect(address)?;
            stream.write_all(word().as_bytes())?;
            serve(BufReader::new(stream.try_clone()?), stream, &mut host)?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a host of its own, not a part of the command")]
fn word() -> String {
    std::env::var(engine::WORD_VARIABLE).unwrap_or_default()
}
