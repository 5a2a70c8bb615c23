//! A worker process over a folder ledger, for engine tests: `fake-worker LEDGER HOST [HOST ARGUMENT]...`

use std::sync::Arc;

use cyclorama_assets::store;
use cyclorama_progress::Cancel;
use cyclorama_render::host::HostCommand;
use cyclorama_render::ledger::Ledger;
use cyclorama_render::worker::{WorkerOptions, run};
use cyclorama_testkit::RuntimeClock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let ledger = arguments.next().ok_or("a ledger")?;
    let program = arguments.next().ok_or("a host")?;
    let host = HostCommand { program, arguments: arguments.collect(), environment: Vec::new() };
    let job = Ledger::open(store::open(&ledger.to_string_lossy())?).await?.job(None).await?;
    let mut options = WorkerOptions::new(format!("pid-{}", std::process::id()), host, std::env::temp_dir());
    options.lease = std::time::Duration::from_secs(1);
    options.poll = std::time::Duration::from_millis(100);
    run(job, options, Arc::new(RuntimeClock::new()), Cancel::new()).await?;
    Ok(())
}
