use std::path::Path;

use cyclorama_s3::{Encryption, Place};

use super::*;
use crate::SystemClock;
use crate::settings::apply_text_for_tests as apply;

const SITES: &str = "
[store]
region = 'eu-west-1'
cache = '/shared/cache'
edge = '127.0.0.1:7070'
cap-up = '200 Mbit'
site = 'barcelona'
[site.barcelona]
endpoint = 'https://s3.barcelona.example'
requests = 8
cache = '/fast/barcelona'
[site.miami]
region = 'us-east-1'
edge = ''
";

fn settings(text: &str) -> Settings {
    let mut settings = Settings::default();
    apply(&mut settings, text, Path::new("c.toml")).expect("the settings are right");
    settings
}

fn options(settings: &Settings, environment: &[(&str, &str)]) -> Options {
    let mut reach = reach_of(settings).expect("the site is there");
    reach.lay_environment(&environment.iter().copied().collect());
    let place = Place { bucket: "stage".to_owned(), prefix: String::new() };
    let mut options = Options::new(place, Arc::new(SystemClock::new()));
    reach.apply(&mut options).expect("no files are read");
    options
}

#[test]
fn a_site_says_what_differs_there_and_the_rest_holds_everywhere() {
    let mut settings = settings(SITES);
    let there = options(&settings, &[]);
    assert_eq!(there.endpoint.as_deref(), Some("https://s3.barcelona.example"));
    assert_eq!(
        (there.region.as_deref(), there.cap_up, there.most_at_once),
        (Some("eu-west-1"), Some(25_000_000), 8)
    );
    settings.site = Some("miami".to_owned());
    let there = options(&settings, &[]);
    assert_eq!((there.region.as_deref(), there.endpoint), (Some("us-east-1"), None));
}

#[test]
fn a_site_says_how_its_bucket_encrypts_and_a_key_goes_with_that() {
    let text = "[store]\nencryption-key = 'alias/wall'\nrequester-pays = true\n[site.oslo]\nencryption = 'AES256'\n\
                [site.bergen]\nencryption = 'aws:kms'\n";
    let mut settings = settings(text);
    let mut there = |site: Option<&str>| {
        settings.site = site.map(str::to_owned);
        let options = options(&settings, &[]);
        assert!(options.requester_pays);
        options.encryption
    };
    assert_eq!(there(None), Encryption::Kms(Some("alias/wall".to_owned())), "a key alone says KMS");
    assert_eq!(there(Some("oslo")), Encryption::S3);
    assert_eq!(there(Some("bergen")), Encryption::Kms(None), "the account's own");
}

#[tokio::test]
async fn each_site_has_a_cache_and_an_edge_of_its_own() {
    let home: Environment = [("XDG_CACHE_HOME", "/home/dit/.cache")].into_iter().collect();
    let mut settings = settings(SITES);
    let near = async |settings: &Settings| {
        let store: Arc<dyn Store> = Arc::new(cyclorama_assets::MemoryStore::new());
        let read = through_edge_of_site(Arc::clone(&store), settings).await.expect("the site is there");
        let cache = cache_of_site(settings, &home).expect("a folder");
        (cache.display().to_string(), !Arc::ptr_eq(&store, &read))
    };
    assert_eq!(near(&settings).await, ("/fast/barcelona".to_owned(), true));
    settings.site = Some("miami".to_owned());
    assert_eq!(near(&settings).await, ("/shared/cache".to_owned(), false), "an empty edge is none");
    assert_eq!(near(&Settings::default()).await, ("/home/dit/.cache/cyclorama".to_owned(), false));
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("token");
    let with_token = Reach { edge_token_file: Some(file.clone()), ..settings.store.clone() };
    let settings = Settings { store: with_token, site: None, ..settings };
    let open = async || through_edge_of_site(Arc::new(cyclorama_assets::MemoryStore::new()), &settings).await;
    assert!(matches!(open().await.map(drop), Err(OpenStoreError::Token { .. })));
    std::fs::write(&file, "short").expect("writes");
    assert!(matches!(open().await.map(drop), Err(OpenStoreError::BadToken(_))));
    std::fs::write(&file, "a-word-for-the-stage-42\n").expect("writes");
    assert!(open().await.is_ok());
}

#[test]
fn the_environment_wins_over_the_site() {
    let there =
        options(&settings(SITES), &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"), ("AWS_REGION", "x")]);
    assert_eq!(
        (there.endpoint.as_deref(), there.region.as_deref()),
        (Some("http://127.0.0.1:9000"), Some("x"))
    );
}

#[test]
fn the_usual_proxy_variables_are_heeded_and_their_passwords_not_shown() {
    let variables = [("HTTPS_PROXY", "http://me:hunter2@proxy:3128"), ("NO_PROXY", "localhost,.example")];
    let proxy = options(&Settings::default(), &variables).proxy.expect("there is a proxy");
    assert_eq!((proxy.url.as_str(), proxy.except.as_str()), (variables[0].1, "localhost,.example"));
    assert!(!format!("{proxy:?}").contains("hunter2"));
}

#[test]
fn a_site_that_is_not_there_says_which_section_to_write() {
    let mut settings = settings(SITES);
    settings.site = Some("oslo".to_owned());
    let error = reach_of(&settings).expect_err("no such site");
    assert!(error.hint().is_some_and(|hint| hint.contains("[site.oslo]")));
}

#[test]
fn a_misspelt_entry_of_a_site_is_refused() {
    let refused =
        apply(&mut Settings::default(), "[site.oslo]\nendpiont = 'https://x'\n", Path::new("c.toml"));
    let error = refused.expect_err("no such entry");
    assert!(error.hint().is_some_and(|hint| hint.contains("endpoint")), "{error}");
}

#[tokio::test]
async fn names_lead_to_stores() {
    let (settings, environment) = (Settings::default(), Environment::default());
    let clock = || Arc::new(SystemClock::new()) as Arc<dyn Clock>;
    let opened = |url: &'static str| open(url, Some("http://127.0.0.1:1"), &settings, &environment, clock());
    assert_eq!(opened("/x/y").await.expect("a folder").describe(), "/x/y");
    let store = opened("s3://stage/show").await.expect("a bucket");
    assert_eq!(store.describe(), "s3://stage/show at http://127.0.0.1:1");
    for wrong in ["s3://", "s3:stage", "s3://a/../b", "gs://x/y"] {
        assert!(opened(wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_place_that_is_no_store_is_refused_with_those_there_are_s3_too() {
    let open = async |url: &str| {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        super::open(url, None, &Settings::default(), &Environment::default(), clock).await.map(|_| ())
    };
    for (url, advice) in [
        ("gs://bucket/x", "--endpoint-url"),
        ("S3://bucket/x", "small letters"),
        ("https://s3.example/x", "s3://"),
    ] {
        let error = open(url).await.expect_err(url);
        assert!(error.to_string().contains("s3://bucket/prefix"), "{error}");
        assert_eq!(error.kind(), Kind::User);
        assert!(error.hint().is_some_and(|hint| hint.contains(advice)), "{url}");
    }
}
