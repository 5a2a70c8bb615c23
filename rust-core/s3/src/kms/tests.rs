//! Keys made and unwrapped by a KMS on loopback that answers what a test tells it.

use super::*;
use crate::service::peer::{Peer, answer};

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/0a1b";
const STORE: &str = "00112233445566778899aabbccddeeff";

/// A good answer with the key whose bytes are all 0x5a, wrapped as `wrapped`.
fn data_key(arn: &str, wrapped: &[u8]) -> String {
    let plain = aws_smithy_types::base64::encode([0x5a; 32]);
    let blob = aws_smithy_types::base64::encode(wrapped);
    answer("200 OK", "", &format!(r#"{{"KeyId":"{arn}","Plaintext":"{plain}","CiphertextBlob":"{blob}"}}"#))
}

async fn kms(answers: Vec<String>) -> (Peer, Service) {
    let peer = Peer::start(answers).await;
    let service = peer.service(SERVICE).await;
    (peer, service)
}

#[tokio::test]
async fn a_key_is_made_and_unwrapped_for_one_store_by_name() {
    let (peer, kms) = kms(vec![data_key(ARN, b"wrapped")]).await;
    let (made, wrapped) = make(&kms, "alias/wall", STORE).await.expect("a key");
    assert_eq!(wrapped, WrappedKey::new("aws-kms", ARN, STORE, b"wrapped"));
    let opened = unwrap_key(&kms, None, &wrapped).await.expect("the key");
    assert!(made == opened && opened == MasterKey::from_bytes([0x5a; 32]));
    let heard = peer.heard.lock().await.clone();
    for (request, operation, key) in
        [(&heard[0], "GenerateDataKey", "alias/wall"), (&heard[1], "Decrypt", ARN)]
    {
        let (head, body) = request.split_once("\r\n\r\n").expect("a head and a body");
        let head = head.to_lowercase();
        assert!(head.contains(&format!("x-amz-target: trentservice.{}", operation.to_lowercase())), "{head}");
        assert!(head.contains("content-type: application/x-amz-json-1.1"), "{head}");
        assert!(head.contains("/eu-west-1/kms/aws4_request"), "{head}");
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["EncryptionContext"], json!({"cyclorama-store": STORE}), "{body}");
        assert_eq!(body["KeyId"], key, "{body}");
    }
    assert!(!heard.concat().contains(&aws_smithy_types::base64::encode([0x5a; 32])));
}

#[tokio::test]
async fn another_key_than_the_named_one_is_refused() {
    let wrapped = WrappedKey::new(KEEPER, ARN, STORE, b"wrapped");
    let (peer, service) = kms(vec![data_key("arn:aws:kms:eu-west-1:111122223333:key/other", b"x")]).await;
    let problem = unwrap_key(&service, Some("1111"), &wrapped).await.expect_err("another key");
    assert!(matches!(problem, KeyProblem::OtherKey { .. }), "{problem}");
    assert_eq!(peer.asked(), 0, "nobody is asked to unwrap by a key that was not named");
    let problem = unwrap_key(&service, Some("alias/wall"), &wrapped).await.expect_err("it was another");
    assert!(matches!(problem, KeyProblem::OtherKey { .. }), "{problem}");
    let (_peer, service) = kms(vec![data_key(ARN, b"x")]).await;
    for named in [None, Some("0a1b"), Some(ARN), Some("alias/wall")] {
        assert!(unwrap_key(&service, named, &wrapped).await.is_ok(), "{named:?}");
    }
}

#[tokio::test]
async fn each_refusal_says_whose_fault_it_is_and_what_to_do() {
    let wrapped = WrappedKey::new(KEEPER, ARN, STORE, b"wrapped");
    for (code, kind, word) in [
        ("AccessDeniedException", Kind::Refused, "kms:Decrypt"),
        ("NotFoundException", Kind::NotFound, "region"),
        ("DisabledException", Kind::Refused, "enable"),
        ("KMSInvalidStateException", Kind::Refused, "describe-key"),
        ("InvalidCiphertextException", Kind::Integrity, "format.json"),
        ("IncorrectKeyException", Kind::Refused, "name the key"),
        ("InvalidKeyUsageException", Kind::User, "symmetric"),
        ("ExpiredTokenException", Kind::Refused, "sign in again"),
    ] {
        let body = format!(r#"{{"__type":"{code}","message":"no"}}"#);
        let (peer, service) = kms(vec![answer("400 Bad Request", "", &body)]).await;
        let problem = unwrap_key(&service, None, &wrapped).await.expect_err(code);
        let hint = problem.hint().unwrap_or_default();
        assert_eq!((problem.kind(), peer.asked()), (kind, 1), "{code}");
        assert!(hint.contains(word), "{code}: {hint}");
        let KeyProblem::Service { source, .. } = problem else { panic!("{problem:?}") };
        assert!(source.to_string().contains(code), "{source}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_key_is_not_taken_for_one() {
    let wrapped = WrappedKey::new(KEEPER, ARN, STORE, b"wrapped");
    let short = aws_smithy_types::base64::encode([0x5a; 16]);
    for body in [
        "<html>log in</html>".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"KeyId":"{ARN}","Plaintext":"{short}","CiphertextBlob":"eA=="}}"#),
        format!(r#"{{"KeyId":"{ARN}","Plaintext":"!!","CiphertextBlob":"eA=="}}"#),
    ] {
        let (_peer, service) = kms(vec![answer("200 OK", "", &body)]).await;
        let opened = unwrap_key(&service, None, &wrapped).await.expect_err("no key");
        let made = make(&service, ARN, STORE).await.expect_err("no key");
        assert_eq!((opened.kind(), made.kind()), (Kind::Integrity, Kind::Integrity), "{body}");
    }
}

#[test]
fn a_key_is_known_by_its_id_and_its_region_by_its_arn() {
    assert_eq!(region_of(ARN), Some("eu-west-1"));
    assert_eq!(region_of("arn:aws-cn:kms:cn-north-1:1:alias/wall"), Some("cn-north-1"));
    for none in ["0a1b", "alias/wall", "arn:aws:s3:::bucket", "arn:aws:kms"] {
        assert_eq!(region_of(none), None, "{none}");
    }
    assert!(may_be("0a1b", ARN) && may_be(ARN, ARN) && may_be("alias/x", ARN));
    assert!(!may_be("a1b", ARN) && !may_be("arn:aws:kms:eu-west-1:1:key/0a1b", ARN));
}
