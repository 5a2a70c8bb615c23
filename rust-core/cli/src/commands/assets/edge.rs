//! `cyclorama assets edge`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use cyclorama_app::stores::read_token;
use cyclorama_assets::edge::{Edge, EdgeOptions, EdgeStats};
use cyclorama_assets::{Repository, RepositoryError};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::place;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Serve a store to the machines of a stage, fetching each byte once
///
/// Packs, indexes and snapshots are kept in a bounded cache on this machine's disk. Runs until it is stopped.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets edge s3://studio/wall --listen 10.0.0.5:7070 --token-file ./token --cache /fast/edge")]
pub(crate) struct Args {
    /// The store: a folder, file:// or s3://bucket/prefix
    store: String,
    /// Where to listen; every other machine needs the token
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    /// A folder of its own for what was fetched
    #[arg(long, value_name = "FOLDER")]
    cache: PathBuf,
    /// Gigabytes that the folder may have
    #[arg(long, value_name = "GB", default_value_t = 100)]
    capacity: u64,
    /// File with the word that machines must know, 16 characters at least
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Ready {
    address: SocketAddr,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let options = EdgeOptions {
            address: args.listen,
            cache: args.cache.clone(),
            capacity: args.capacity.saturating_mul(1_000_000_000),
            token: args.token_file.as_deref().map(read_token).transpose().doing("start an edge")?,
        };
        let store = place.objects(cx).await?;
        // One that is away may come back; one that is not there was misspelt.
        if let Ok(false) = Repository::exists(&*store).await {
            let missing = RepositoryError::NoStore { store: store.describe() };
            return Err(missing).doing(format!("open the store {}", place.store));
        }
        let edge = Edge::bind(store, options).await.doing("start an edge")?;
        if cx.printer.json() {
            cx.printer.object("cyclorama.edge-ready/1", &Ready { address: edge.address() })?;
        }
        cx.printer.say(&format!("serving {} on {}", place.store, edge.address()));
        while !cx.cancel().is_cancelled() {
            tokio::time::sleep(LOOK).await;
        }
        let stats = edge.stats();
        edge.shutdown().await;
        tell(&stats, cx)?;
        Ok(ExitCode::Done)
    })
}

/// How often it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(200);

fn tell(stats: &EdgeStats, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        return cx.printer.object("cyclorama.edge/1", stats);
    }
    let (fetched, served) = (text::bytes(stats.bytes_fetched), text::bytes(stats.bytes_served));
    cx.printer.say(&format!("fetched {fetched}, served {served}"));
    Ok(())
}
