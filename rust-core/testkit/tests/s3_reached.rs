//! How a store on S3 is reached: through the studio's proxy, and by certificates of the studio's own authority.

#![allow(clippy::unwrap_used, reason = "a test panics with the promise that was broken")]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use cyclorama_assets::{Condition, Key, Store as _, StoreError};
use cyclorama_outcome::{Classify as _, Kind};
use cyclorama_s3::{ConnectError, Options, Proxy, S3Store};
use cyclorama_testkit::s3_server::{AUTHORITY, Listening, Modes, TLS_NAME};
use cyclorama_testkit::{RuntimeClock, S3Server, StudioProxy};

const LOOPBACK: &str = "127.0.0.1:0";
/// `stage:hunter/2@#` in base64.
const PASSWORD: &str = "c3RhZ2U6aHVudGVyLzJAIw==";

fn loopback() -> SocketAddr {
    LOOPBACK.parse().unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

/// A server, with TLS or without, and a proxy that leads to it.
async fn studio(scheme: &str, password: Option<&'static str>) -> (S3Server, Listening, StudioProxy) {
    let server = S3Server::new(Arc::new(RuntimeClock::new()), Modes::default());
    let listening = match scheme {
        "https" => server.listen_with_tls(loopback()).await.unwrap(),
        _ => server.listen(loopback()).await.unwrap(),
    };
    let proxy = StudioProxy::start(listening.address(), password).await.unwrap();
    (server, listening, proxy)
}

/// Options for an endpoint that no name server knows: without the proxy there is no way.
fn far(server: &S3Server, scheme: &str, proxy: &str) -> Options {
    let endpoint = Some(format!("{scheme}://{TLS_NAME}"));
    let proxy = Some(Proxy { url: proxy.to_owned(), except: "localhost,10.0.0.0/8".to_owned() });
    let mut options = Options { endpoint, proxy, authorities: vec![AUTHORITY.to_vec()], ..server.options() };
    options.limits.retry.attempts = 2;
    options
}

/// Writes, reads, lists and removes.
async fn is_used(store: &S3Store) -> Result<(), StoreError> {
    let bytes: Bytes = (0..200_000_u32).map(|at| (at * 31 + at / 251) as u8).collect();
    let etag = store.put(&key("shot/a"), bytes.clone(), Condition::Absent).await?;
    assert!(store.get(&key("shot/a")).await?.bytes == bytes);
    assert_eq!(store.list("shot/", None, 10).await?.objects, [(key("shot/a"), 200_000)]);
    store.delete(&key("shot/a"), Condition::Matches(etag)).await
}

/// The failure as the command prints it.
async fn told(options: Options) -> (Kind, String) {
    let error = S3Store::connect(options).await.unwrap().get(&key("shot/a")).await.unwrap_err();
    let mut text = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    (error.kind(), format!("{text}; hint: {}", error.hint().unwrap_or_default()))
}

#[tokio::test]
async fn an_endpoint_without_tls_is_asked_through_the_proxy() {
    let (server, _listening, proxy) = studio("http", None).await;
    let store = S3Store::connect(far(&server, "http", &format!("http://{}", proxy.address()))).await.unwrap();
    is_used(&store).await.unwrap();
    let whole = format!("http://{TLS_NAME}/stage");
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| line.contains(&whole)), "{asked:?}");
}

#[tokio::test]
async fn an_endpoint_with_tls_is_asked_in_a_tunnel_that_the_proxy_cannot_look_into() {
    let (server, _listening, proxy) = studio("https", None).await;
    // People write proxies without their scheme as well.
    let store = S3Store::connect(far(&server, "https", &proxy.address().to_string())).await.unwrap();
    is_used(&store).await.unwrap();
    let tunnel = format!("CONNECT {TLS_NAME}:443");
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| *line == tunnel), "{asked:?}");
}

#[tokio::test]
async fn a_proxy_is_told_its_name_and_password_and_without_them_says_what_to_do() {
    for scheme in ["http", "https"] {
        let (server, _listening, proxy) = studio(scheme, Some(PASSWORD)).await;
        let address = proxy.address();
        for given in ["", "stage:wrong@", "stage@"] {
            let (kind, told) = told(far(&server, scheme, &format!("http://{given}{address}"))).await;
            assert_eq!(kind, Kind::Refused, "{scheme}, {given}: {told}");
            assert!(told.contains("the proxy wants a name and password"), "{told}");
            assert!(told.contains("HTTPS_PROXY") && !told.contains("wrong"), "{told}");
        }
        assert_eq!(server.traffic().requests(), 0, "{scheme}: the proxy let nobody through");
        // As people paste it, and as a URL holds it.
        for given in ["stage:hunter/2@#@", "stage:hunter%2F2%40%23@"] {
            let options = far(&server, scheme, &format!("http://{given}{address}"));
            is_used(&S3Store::connect(options).await.unwrap()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_host_among_the_exceptions_is_asked_directly() {
    let (server, listening, proxy) = studio("http", None).await;
    for (except, through) in [("10.0.0.0/8,.example", true), ("127.0.0.0/8,.example", false)] {
        let before = proxy.asked().len();
        let url = format!("http://{}", proxy.address());
        let way = Some(Proxy { url, except: except.to_owned() });
        let options = Options { endpoint: Some(listening.endpoint()), proxy: way, ..server.options() };
        is_used(&S3Store::connect(options).await.unwrap()).await.unwrap();
        assert_eq!(proxy.asked().len() > before, through, "{except}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_among_what_to_look_at() {
    for scheme in ["http", "https"] {
        let (server, _listening, proxy) = studio(scheme, None).await;
        let options = far(&server, scheme, &format!("http://{}", proxy.address()));
        drop(proxy);
        let (kind, told) = told(options).await;
        assert_eq!(kind, Kind::Network, "{told}");
        assert!(told.contains("cannot be reached") && told.contains("proxy"), "{told}");
    }
}

#[tokio::test]
async fn a_certificate_of_the_studio_is_trusted_by_whoever_has_its_authority_and_nobody_else() {
    let (server, listening, proxy) = studio("https", None).await;
    let direct = |authorities: &[&[u8]]| {
        let authorities = authorities.iter().map(|pem| pem.to_vec()).collect();
        Options { endpoint: Some(listening.endpoint()), authorities, ..server.options() }
    };
    let without = Options { authorities: Vec::new(), ..far(&server, "https", &proxy.address().to_string()) };
    for options in [direct(&[]), without] {
        let (kind, told) = told(options).await;
        assert_eq!(kind, Kind::Refused, "{told}");
        assert!(told.contains("is not trusted (invalid peer certificate: UnknownIssuer)"), "{told}");
        assert!(told.contains("give the studio's certificate authority as `ca`"), "{told}");
    }
    assert_eq!(server.traffic().requests(), 0, "nothing was asked of whom nobody trusts");
    is_used(&S3Store::connect(direct(&[AUTHORITY])).await.unwrap()).await.unwrap();
    // A bundle has words between its certificates, and may name one twice.
    let bundle = [b"# the studio\n", AUTHORITY, b"\n# and again\n", AUTHORITY].concat();
    is_used(&S3Store::connect(direct(&[&bundle])).await.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_trusted_certificate_of_another_host_is_refused_by_name() {
    let (server, _listening, proxy) = studio("https", None).await;
    let mut options = far(&server, "https", &proxy.address().to_string());
    options.endpoint = Some("https://elsewhere.invalid".to_owned());
    let (kind, told) = told(options).await;
    assert_eq!(kind, Kind::Refused, "{told}");
    assert!(told.contains("is not trusted") && told.contains("elsewhere.invalid"), "{told}");
}

#[tokio::test]
async fn an_authority_that_is_no_certificate_is_refused_before_anything_is_asked() {
    let server = S3Server::new(Arc::new(RuntimeClock::new()), Modes::default());
    let no_certificate = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n";
    let cut = String::from_utf8(AUTHORITY.to_vec()).unwrap().replace("-----END CERTIFICATE-----", "");
    for pem in ["", "not a certificate", no_certificate, &cut] {
        let options = Options { authorities: vec![pem.as_bytes().to_vec()], ..server.options() };
        let refused = S3Store::connect(options).await.map(drop);
        assert_eq!(refused, Err(ConnectError::Authority), "{pem}");
    }
}
