//! Calls to a service on loopback: signed, limited, repeated only where that does no harm.

use cyclorama_outcome::Kind;

use super::peer::{Peer, answer};
use super::*;

fn call(repeatable: bool) -> Call<'static> {
    let headers = vec![("x-amz-client-token", "once".to_owned())];
    Call {
        method: "POST",
        prefix: "management.",
        path: "/jobs?x=1",
        headers,
        body: b"{}".to_vec(),
        repeatable,
    }
}

#[tokio::test]
async fn a_call_is_signed_for_the_service_the_region_and_the_day() {
    let peer = Peer::start(vec![answer("201 Created", "", "{\"jobId\":\"j\"}")]).await;
    let said = peer.service("deadline").await.call(&call(true)).await.expect("it answers");
    assert_eq!(&said[..], b"{\"jobId\":\"j\"}");
    let heard = peer.heard.lock().await[0].to_lowercase();
    assert!(heard.starts_with("post /jobs?x=1 http/1.1"), "{heard}");
    assert!(heard.contains("credential=akidexample/20251125/eu-west-1/deadline/aws4_request"), "{heard}");
    assert!(heard.contains("signedheaders=content-type;host;x-amz-client-token;x-amz-date"), "{heard}");
    assert!(!heard.contains("hunter2"), "{heard}");
}

#[tokio::test]
async fn on_aws_the_host_says_prefix_service_and_region() {
    let peer = Peer::start(vec![answer("200 OK", "", "{}")]).await;
    let service = Service { endpoint: None, ..peer.service("deadline").await };
    assert_eq!(service.url(&call(true)), "https://management.deadline.eu-west-1.amazonaws.com/jobs?x=1");
}

#[tokio::test]
async fn what_may_have_been_done_is_only_asked_again_when_that_does_no_harm() {
    let failing = || vec![answer("500 Oops", "", "{}"), answer("200 OK", "", "{}")];
    let peer = Peer::start(failing()).await;
    assert!(peer.service("deadline").await.call(&call(true)).await.is_ok());
    assert_eq!(peer.asked(), 2);
    let peer = Peer::start(failing()).await;
    let failure = peer.service("deadline").await.call(&call(false)).await.expect_err("once is enough");
    assert_eq!((peer.asked(), failure.kind), (1, Kind::Network));
    let slow_down = vec![
        answer("429 Slow", "x-amzn-errortype: ThrottlingException\r\n", "{}"),
        answer("200 OK", "", "{}"),
    ];
    let peer = Peer::start(slow_down).await;
    assert!(peer.service("deadline").await.call(&call(false)).await.is_ok(), "it was not done");
}

#[tokio::test]
async fn a_refusal_says_code_and_message_and_whose_fault_it_is() {
    for (status, headers, body, kind) in [
        (
            "404 No",
            "x-amzn-errortype: ResourceNotFoundException:http://x\r\n",
            r#"{"message":"no such queue"}"#,
            Kind::NotFound,
        ),
        ("403 No", "", r#"{"__type":"aws#AccessDeniedException","Message":"no such queue"}"#, Kind::Refused),
        ("400 No", "", r#"{"code":"ClientException","message":"no such queue"}"#, Kind::User),
    ] {
        let peer = Peer::start(vec![answer(status, headers, body)]).await;
        let failure = peer.service("deadline").await.call(&call(true)).await.expect_err("it refuses");
        assert_eq!((failure.kind, peer.asked()), (kind, 1), "{failure}");
        assert!(failure.to_string().contains("Exception: no such queue"), "{failure}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let body = "x".repeat(LARGEST + 1);
    let peer = Peer::start(vec![answer("200 OK", "", &body)]).await;
    let failure = peer.service("deadline").await.call(&call(true)).await.expect_err("too much");
    assert_eq!(failure.kind, Kind::Internal);
}

#[tokio::test]
async fn nobody_there_is_told_as_such() {
    let peer = Peer::start(vec![answer("200 OK", "", "{}")]).await;
    let service =
        Service { endpoint: Some("http://127.0.0.1:1".to_owned()), ..peer.service("deadline").await };
    let failure = service.call(&call(false)).await.expect_err("nobody listens");
    assert_eq!(failure.kind, Kind::Network);
    assert!(failure.to_string().starts_with("deadline cannot be reached"), "{failure}");
}
