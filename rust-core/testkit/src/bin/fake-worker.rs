//! A worker process over a folder ledger, for engine tests:
//! `fake-worker [--alone] [--lease MS] [--poll MS] LEDGER HOST [HOST ARGUMENT]...`
//!
//! Alone it takes ranges and never helps others at the end. With `--when-told` behind everything it waits for a line on its standard
//! input, and ends when that ends before.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::store;
use cyclorama_progress::Cancel;
use cyclorama_render::engine::local::Early;
use cyclorama_render::host::{Channel, HostCommand};
use cyclorama_render::ledger::Ledger;
use cyclorama_render::worker::{WorkerOptions, run};
use cyclorama_testkit::RuntimeClock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    let (mut help, mut lease, mut poll) = (true, 1000, 100);
    while let Some(flag) = arguments.next_if(|word| word.to_string_lossy().starts_with("--")) {
        let flag = flag.to_string_lossy().into_owned();
        let mut number = || arguments.next().and_then(|word| word.to_str()?.parse().ok()).ok_or("a number");
        match flag.as_str() {
            "--alone" => help = false,
            "--lease" => lease = number()?,
            "--poll" => poll = number()?,
            _ => return Err(format!("what is `{flag}`?").into()),
        }
    }
    let ledger = arguments.next().ok_or("a ledger")?;
    let program = arguments.next().ok_or("a host")?;
    let (mut arguments, environment): (Vec<OsString>, _) = (arguments.collect(), Vec::new());
    if arguments.pop_if(|last| last == Early::FLAG).is_some()
        && std::io::stdin().read_line(&mut String::new())? == 0
    {
        return Ok(());
    }
    let host = HostCommand { program, arguments, environment, channel: Channel::Pipes };
    let job = Ledger::open(store::open(&ledger.to_string_lossy())?).await?.job(None).await?;
    let name = format!("pid-{}", std::process::id());
    let options = WorkerOptions {
        lease: Duration::from_millis(lease),
        poll: Duration::from_millis(poll),
        help,
        ..WorkerOptions::new(name, host, std::env::temp_dir())
    };
    run(job, options, Arc::new(RuntimeClock::new()), Cancel::new()).await?;
    Ok(())
}
