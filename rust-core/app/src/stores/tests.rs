use std::path::Path;

use cyclorama_s3::Place;

use super::*;
use crate::SystemClock;
use crate::settings::apply_text_for_tests as apply;

const SITES: &str = "
[store]
region = 'eu-west-1'
cap-up = '200 Mbit'
site = 'barcelona'
[site.barcelona]
endpoint = 'https://s3.barcelona.example'
requests = 8
[site.miami]
region = 'us-east-1'
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
