//! How much of a long link the store on S3 uses: puts and gets of packs through 80 ms and 200 Mbit/s.
//!
//! ```text
//! cargo run --release -p cyclorama-testkit --example wan [round trip ms] [Mbit/s] [packs of 16 MiB]
//! ```
//! Stands for a publish and a hydrate of packs over an intercontinental line; server and client share this machine.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement in real time, printed")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cyclorama_assets::{Condition, Key, Store as _};
use cyclorama_s3::{Options, S3Store};
use cyclorama_testkit::s3_server::{Modes, S3Server};
use cyclorama_testkit::{
    RuntimeClock,
    wan::{Link, Wan},
};
use futures::{StreamExt as _, TryStreamExt as _};

const PACK: usize = 16 << 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let (round_trip, mbit, packs) = match numbers[..] {
        [a, b, c, ..] => (a, b, c),
        [a, b] => (a, b, 12),
        _ => (80, 200, 12),
    };
    let link = Link { round_trip: Duration::from_millis(round_trip), rate: mbit * 125_000 };
    let server = S3Server::new(Arc::new(RuntimeClock::new()), Modes::default());
    let listening = server.listen("127.0.0.1:0".parse()?).await?;
    let wan = Wan::start("127.0.0.1:0".parse()?, listening.address(), link).await?;
    let options = Options { endpoint: Some(format!("http://{}", wan.address())), ..server.options() };
    let store = S3Store::connect(options).await?;
    let pack = Bytes::from((0..PACK).map(|at| (at * 31 + at / 251) as u8).collect::<Vec<_>>());
    let keys: Vec<Key> = (0..packs).map(|at| Key::new(format!("packs/{at}"))).collect::<Result<_, _>>()?;
    let bytes = (packs * PACK as u64) as f64;
    let told = |what: &str, took: f64| {
        let share = bytes / took / link.rate as f64;
        println!(
            "{{\"schema\":\"cyclorama.wan/1\",\"what\":\"{what}\",\"round_trip_ms\":{round_trip},\"mbit\":{mbit},\
             \"bytes\":{bytes},\"seconds\":{took:.2},\"share_of_link\":{share:.3}}}"
        );
    };
    let began = Instant::now();
    let puts = keys.iter().map(|key| store.put(key, pack.clone(), Condition::Absent));
    futures::stream::iter(puts).buffer_unordered(4).try_collect::<Vec<_>>().await?;
    told("publish", began.elapsed().as_secs_f64());
    let began = Instant::now();
    let gets = keys.iter().map(|key| store.get(key));
    futures::stream::iter(gets)
        .buffer_unordered(4)
        .try_for_each(|object| {
            let same = object.bytes == pack;
            futures::future::ready(if same { Ok(()) } else { panic!("other bytes came back") })
        })
        .await?;
    told("hydrate", began.elapsed().as_secs_f64());
    Ok(())
}
