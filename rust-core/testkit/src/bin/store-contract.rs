//! The contract of every store, run against a server that is not ours: `store-contract ENDPOINT BUCKET ACCESS SECRET`.
//!
//! Panics with the promise that was broken. The bucket must be empty, and is not afterwards.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "its result is what it prints, or its panic")]

use std::sync::Arc;

use cyclorama_s3::{Checksums, Identity, Options, S3Store};
use cyclorama_testkit::{RuntimeClock, contract};

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, bucket, access, secret] = words.as_slice() else {
        panic!("usage: store-contract ENDPOINT BUCKET ACCESS SECRET");
    };
    let clock = Arc::new(RuntimeClock::new());
    // moto 5.2 gives objects in parts a sum that is not theirs and calls it that of the whole.
    let ways = [("at once", 64 << 20, Checksums::Crc64Nvme), ("in parts", 5 << 20, Checksums::Off)];
    for (what, parts_from, checksums) in ways {
        let place = format!("s3://{bucket}/{}", what.replace(' ', "-"));
        let place = place.parse().expect("the bucket has a bucket's name");
        let mut options = Options::new(place, clock.clone());
        (options.endpoint, options.checksums) = (Some(endpoint.clone()), checksums);
        options.identity = Identity::Key { access: access.clone(), secret: secret.clone() };
        (options.parts_from, options.part) = (parts_from, 5 << 20);
        let store = S3Store::connect(options).await.expect("the options are right");
        contract::store(Arc::new(store)).await;
        println!("the contract holds, written {what}");
    }
}
