//! A studio whose only way out is a proxy, and whose certificates are of its own authority: the command gets to its store as
//! the settings or the usual environment say, and says what is missing where they do not.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cyclorama_testkit::s3_server::{ACCESS_KEY, Listening, Modes, SECRET_KEY, TLS_NAME};
use cyclorama_testkit::{S3Server, StudioProxy, WallClock};
use cyclorama_tests::{Ended, Service, command, data, repository, text};
use rand::{SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;
use tokio::runtime::{Builder, Runtime};

use crate::project::{self, assert_same, contents, published};

const STORE: &str = "s3://stage/show";
const USAGE: i32 = 2;
const REFUSED: i32 = 4;
/// `stage:hunter/2@#` in base64, and as a URL holds it.
const PASSWORD: &str = "c3RhZ2U6aHVudGVyLzJAIw==";
const IN_URL: &str = "stage:hunter%2F2%40%23";
/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1";

/// A store and the proxy that leads to it, on loopback.
struct Studio {
    proxy: StudioProxy,
    listening: Listening,
    _runtime: Runtime,
}

impl Studio {
    fn open(tls: bool, password: Option<&'static str>) -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
        let loopback = "127.0.0.1:0".parse().expect("an address");
        let (listening, proxy) = runtime.block_on(async {
            let server = S3Server::new(Arc::new(WallClock), Modes::default());
            let listening =
                if tls { server.listen_with_tls(loopback).await } else { server.listen(loopback).await };
            let listening = listening.expect("a port");
            let proxy = StudioProxy::start(listening.address(), password).await.expect("a port");
            (listening, proxy)
        });
        Self { proxy, listening, _runtime: runtime }
    }
}

/// Runs the command in `folder`, with a cache there. Nothing of the caller's own network counts.
fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = command();
    command.args(arguments).current_dir(folder);
    for name in ["AWS_CA_BUNDLE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_REGION"] {
        command.env_remove(name);
    }
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env("XDG_CACHE_HOME", folder.join("cache")).env("XDG_CONFIG_HOME", folder.join("config"));
    command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    command.env("AWS_EC2_METADATA_DISABLED", "true").envs(environment.iter().copied());
    let ended = Service::start(command).end_within(Duration::from_secs(120));
    assert!(!ended.stderr.contains("hunter") && !ended.stdout.contains("hunter"), "{ended:?}");
    ended
}

#[test]
fn the_usual_environment_leads_through_a_proxy_with_a_password_to_a_store_with_a_certificate_of_the_house() {
    let folder = tempdir().expect("a temporary folder");
    let [here, there] = ["p", "q"].map(|name| folder.path().join(name));
    project::make(&here, &mut SmallRng::seed_from_u64(51));
    let studio = Studio::open(true, Some(PASSWORD));
    let endpoint = format!("https://{TLS_NAME}");
    let proxy = format!("http://{IN_URL}@{}", studio.proxy.address());
    let authority = data("tls/authority.pem");
    let with = |proxy, authority| {
        [("AWS_ENDPOINT_URL", endpoint.as_str()), ("HTTPS_PROXY", proxy), ("AWS_CA_BUNDLE", authority)]
    };
    let reached = with(&proxy, text(&authority));
    for arguments in [
        &["assets", "init", STORE][..],
        &["-vv", "assets", "publish", text(&here), STORE],
        &["-vv", "assets", "hydrate", STORE, text(&there)],
    ] {
        let _ = run(folder.path(), arguments, &reached).done();
    }
    assert_same(&contents(&there), &published(&here), "brought through the proxy");
    let tunnel = format!("CONNECT {TLS_NAME}:443");
    let asked = studio.proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| *line == tunnel), "{asked:?}");

    let log = ["assets", "log", STORE];
    let refused = |environment: &[(&str, &str)], code, words: [&str; 2]| {
        let ended = run(folder.path(), &log, environment).with_code(code);
        for word in words {
            assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
        }
    };
    refused(&with(&proxy, ""), REFUSED, ["the connection to the store is not trusted", "`ca`"]);
    let words = repository().join("README.md");
    refused(&with(&proxy, text(&words)), USAGE, ["certificate authority", "PEM"]);
    let nameless = format!("http://{}", studio.proxy.address());
    refused(&with(&nameless, text(&authority)), REFUSED, ["the proxy wants a name", "HTTPS_PROXY"]);
}

#[test]
fn the_settings_of_a_site_name_its_proxy_and_win_over_the_environment() {
    let folder = tempdir().expect("a temporary folder");
    let studio = Studio::open(false, None);
    let settings = format!(
        "[store]\nsite = 'barcelona'\nproxy = '{NOBODY}'\n\
         [site.barcelona]\nendpoint = 'http://{TLS_NAME}'\nproxy = 'http://{}'\n\
         [site.miami]\nendpoint = '{}'\nno-proxy = '127.0.0.1'\n",
        studio.proxy.address(),
        studio.listening.endpoint(),
    );
    fs::write(folder.path().join("cyclorama.toml"), settings).expect("writes");
    let _ = run(folder.path(), &["assets", "init", STORE], &[("http_proxy", NOBODY)]).done();
    let whole = format!(" http://{TLS_NAME}/stage");
    let asked = studio.proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| line.contains(&whole)), "{asked:?}");
    let refs = ["assets", "refs", STORE];
    let _ = run(folder.path(), &refs, &[("CYCLORAMA_STORE_SITE", "miami")]).done();
    assert_eq!(studio.proxy.asked(), asked, "miami reaches it directly");

    // Without settings, what is not encrypted goes the way of http_proxy, and that of HTTPS_PROXY does not count.
    let bare = tempdir().expect("a temporary folder");
    let run = |endpoint: &str, proxy: &str, more: (&str, &str)| {
        run(bare.path(), &refs, &[("AWS_ENDPOINT_URL", endpoint), ("http_proxy", proxy), more]).done()
    };
    let proxy = format!("http://{}", studio.proxy.address());
    let _ = run(&format!("http://{TLS_NAME}"), &proxy, ("HTTPS_PROXY", NOBODY));
    assert!(studio.proxy.asked().len() > asked.len());
    let _ = run(&studio.listening.endpoint(), NOBODY, ("NO_PROXY", "127.0.0.1"));
}
