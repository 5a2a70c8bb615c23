//! The test server as a program, for scripts and other languages' tools.
//!
//! ```text
//! s3-server [--listen 127.0.0.1:9000] [--folder DIR] [--seed N --faults RATE] [--ignore-conditions]
//!           [--no-checksums] [--stale-list N] [--round-trip MS --mbit RATE]
//! ```
//! With a round trip it listens at any port, and what it prints is the near end of a long link to it.
//! Prints one JSON line when it listens: endpoint, bucket and keys. Ends with its standard input, and then prints what
//! it was asked.
#![allow(clippy::print_stdout, reason = "its result is what it prints")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_testkit::WallClock;
use cyclorama_testkit::s3_server::{ACCESS_KEY, BUCKET, Modes, S3Server, SECRET_KEY, Seeded, Traffic};
use cyclorama_testkit::wan::{Link, Wan};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Wanted {
    listen: SocketAddr,
    folder: Option<PathBuf>,
    seed: u64,
    faults: f64,
    modes: Modes,
    round_trip: Duration,
    mbit: u64,
}

fn wanted() -> Result<Wanted, Failure> {
    let mut wanted = Wanted {
        listen: "127.0.0.1:9000".parse()?,
        folder: None,
        seed: 1,
        faults: 0.0,
        modes: Modes::default(),
        round_trip: Duration::ZERO,
        mbit: 1000,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        match word.as_str() {
            "--listen" => wanted.listen = value()?.parse()?,
            "--folder" => wanted.folder = Some(value()?.into()),
            "--seed" => wanted.seed = value()?.parse()?,
            "--faults" => wanted.faults = value()?.parse()?,
            "--ignore-conditions" => wanted.modes.ignores_conditions = true,
            "--no-checksums" => wanted.modes.no_checksums = true,
            "--stale-list" => wanted.modes.stale_list = value()?.parse()?,
            "--round-trip" => wanted.round_trip = Duration::from_millis(value()?.parse()?),
            "--mbit" => wanted.mbit = value()?.parse()?,
            other => {
                return Err(format!("`{other}` is not known; see the head of this program's source").into());
            }
        }
    }
    Ok(wanted)
}

fn told(traffic: &Traffic) -> serde_json::Value {
    let counts: serde_json::Map<String, serde_json::Value> = traffic
        .by_operation()
        .into_iter()
        .map(|(operation, count)| (format!("{operation:?}"), count.into()))
        .collect();
    json!({
        "schema": "cyclorama.test-server-traffic/1",
        "requests": counts,
        "bytes_in": traffic.bytes_in(),
        "bytes_out": traffic.bytes_out(),
        "most_at_once": traffic.most_at_once(),
    })
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let wanted = wanted()?;
    let clock = Arc::new(WallClock);
    let server = match &wanted.folder {
        Some(folder) => S3Server::in_folder(folder, clock, wanted.modes)?,
        None => S3Server::new(clock, wanted.modes),
    };
    if wanted.faults > 0.0 {
        server.set_schedule(Seeded::new(wanted.seed, wanted.faults));
    }
    let far = !wanted.round_trip.is_zero();
    let listen = if far { "127.0.0.1:0".parse()? } else { wanted.listen };
    let listening = server.listen(listen).await?;
    let link = Link { round_trip: wanted.round_trip, rate: wanted.mbit * 125_000 };
    let wan = if far { Some(Wan::start(wanted.listen, listening.address(), link).await?) } else { None };
    let endpoint =
        wan.as_ref().map_or_else(|| listening.endpoint(), |wan| format!("http://{}", wan.address()));
    let ready = json!({
        "schema": "cyclorama.test-server/1",
        "endpoint": endpoint,
        "bucket": BUCKET,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
    });
    println!("{ready}");
    let mut ended = [0; 1024];
    let mut input = tokio::io::stdin();
    while input.read(&mut ended).await? > 0 {}
    println!("{}", told(&server.traffic()));
    Ok(())
}
