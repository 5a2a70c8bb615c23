//! The contract of every store, in whatever way the server is reached and set up.

use std::sync::Arc;

use cyclorama_assets::store::{ProbeError, probe_conditional};
use cyclorama_assets::{Condition, Store};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_s3::{Checksums, Encryption, S3Store};
use cyclorama_testkit::contract;
use cyclorama_testkit::s3_server::{Modes, Operation};

use crate::{body, key, server, server_with, told};

#[tokio::test(start_paused = true)]
async fn the_store_on_s3_keeps_the_contract() {
    let server = server();
    contract::store(Arc::new(server.store().await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_bucket_keeps_the_contract_and_sees_nothing_else() {
    let server = server();
    server.plant("elsewhere", body(3));
    server.plant("showy", body(3));
    server.plant("show/ep 1/not a key of ours", body(3));
    let mut options = server.options();
    options.place.prefix = "show/ep 1/".to_owned();
    let store = Arc::new(server.store_with(options).await);
    contract::store(Arc::clone(&store) as Arc<dyn Store>).await;
    assert!(server.keys().iter().any(|key| key == "show/ep 1/whole/object.bin"));
    let all = contract::store::list_all(&*store, "", 7).await;
    assert!(!all.iter().any(|key| key.contains("elsewhere") || key.contains("showy")), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn objects_in_parts_keep_the_contract() {
    let server = server_with(Modes { least_part: 1, ..Modes::default() });
    let mut options = server.options();
    (options.parts_from, options.part) = (1, 300_000);
    contract::store(Arc::new(server.store_with(options).await)).await;
    assert!(server.traffic().count(Operation::CompleteUpload) > 50);
    assert_eq!(server.open_uploads(), 0, "uploads that lost are given up");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_checksums_keeps_the_contract() {
    let server = server_with(Modes { no_checksums: true, least_part: 1, ..Modes::default() });
    let mut options = server.options();
    options.checksums = Checksums::Off;
    (options.parts_from, options.part) = (2 << 20, 1 << 20);
    contract::store(Arc::new(server.store_with(options).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_wants_its_encryption_named_and_the_requester_to_pay_keeps_the_contract() {
    for (encryption, wanted) in
        [(Encryption::S3, "AES256"), (Encryption::Kms(Some("alias/wall".to_owned())), "aws:kms")]
    {
        let modes =
            Modes { wants_payer: true, wants_encryption: Some(wanted), least_part: 1, ..Modes::default() };
        let server = server_with(modes);
        let mut options = server.options();
        (options.parts_from, options.part) = (300_000, 300_000);
        let silent = server.store_with(options.clone()).await;
        let refused = silent.put(&key("x"), body(1), Condition::Always).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Refused);
        assert!(told(&refused).contains("`encryption`"), "{}", told(&refused));
        (options.encryption, options.requester_pays) = (encryption, true);
        contract::store(Arc::new(server.store_with(options).await)).await;
        assert!(server.traffic().count(Operation::CompleteUpload) > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_conditions_is_found_out() {
    let server = server_with(Modes { ignores_conditions: true, ..Modes::default() });
    let error = probe_conditional(&server.store().await, None).await.unwrap_err();
    assert!(matches!(error, ProbeError::Unconditional { operation: "create", .. }), "{error:?}");
    assert_eq!(server.keys(), Vec::<String>::new(), "the probe leaves nothing");
}
#[tokio::test]
async fn over_a_real_socket_the_contract_holds_too() {
    let server = server();
    let listening = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let options = cyclorama_s3::Options { endpoint: Some(listening.endpoint()), ..server.options() };
    let store = S3Store::connect(options).await.unwrap();
    contract::store(Arc::new(store)).await;
}
