//! The store on S3 against the test server: the contract of every store, and each thing that goes wrong, in virtual
//! time.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

mod contract;
mod outages;
mod reads;
mod refusals;
mod writes;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_assets::{Key, StoreError};
use cyclorama_outcome::Classify;
use cyclorama_s3::S3Store;
use cyclorama_testkit::s3_server::{Fault, Modes};
use cyclorama_testkit::{RuntimeClock, S3Server};

fn server_with(modes: Modes) -> S3Server {
    S3Server::new(Arc::new(RuntimeClock::new()), modes)
}

fn server() -> S3Server {
    server_with(Modes::default())
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

/// Bytes that differ from place to place.
fn body(size: usize) -> Bytes {
    (0..size).map(|at| (at * 31 + at / 251 + at / 65_537) as u8).collect()
}

async fn faulty(faults: impl IntoIterator<Item = Fault>) -> (S3Server, S3Store) {
    let server = server();
    server.plant("object", body(300_000));
    server.set_schedule(faults.into_iter().collect::<VecDeque<_>>());
    let store = server.store().await;
    (server, store)
}

/// What a person sees: the line and those below it, and the hint.
fn told(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    format!("{text}; hint: {}", error.hint().unwrap_or_default())
}
