//! Machines of a stage read a store through one edge: the store is read once, and when the edge goes nobody notices.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::{Service, command, text};
use rand::{SeedableRng as _, rngs::SmallRng};
use serde_json::Value;
use tempfile::tempdir;

use crate::project::{self, Seen, assert_same, contents, publish, published, run, write};

const WORD: &str = "a-word-for-the-stage-42";

/// An edge that listens, and its address.
fn start_edge(store: &Path, cache: &Path, token: &Path) -> (Service, String) {
    let arguments = ["assets", "edge", text(store), "--listen", "127.0.0.1:0", "--cache", text(cache)];
    let arguments = [&arguments[..], &["--token-file", text(token), "--json"]].concat();
    let mut edge = project::start(&arguments, &cache.with_extension("of-its-machine"));
    edge.wait_for_word("serving");
    let address = edge.said().lines().find_map(|line| line.rsplit_once(" on ")?.1.parse().ok());
    let address: std::net::SocketAddr = address.expect("it says where");
    (edge, address.to_string())
}

/// Ends it as Ctrl-C does; what it did.
fn stop(edge: Service) -> Value {
    let told = Command::new("kill").args(["-INT", &edge.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    edge.end_within(Duration::from_secs(20)).done().object("cyclorama.edge/1")
}

#[test]
fn three_machines_and_a_follower_read_the_store_once_and_an_edge_that_is_gone_is_not_missed() {
    let folder = tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let (here, store, cache, token) = (at("p"), at("store"), at("cache"), at("token"));
    project::make(&here, &mut SmallRng::seed_from_u64(41));
    project::init(&store);
    publish(&here, &store);
    fs::write(&token, WORD).expect("writes");
    fs::create_dir(&cache).expect("a folder");
    let (edge, address) = start_edge(&store, &cache, &token);
    let through = ["--edge", &address, "--edge-token-file", text(&token)];
    let bring = |verb: &str, name: &str, more: &[&str]| {
        let there = at(name);
        let _ = run(&[&["assets", verb, text(&store), text(&there)], more, &through].concat()).done();
        let mut wanted = published(&here);
        if verb == "follow" {
            // No links are made on a stage.
            wanted.retain(|_, seen| !matches!(seen, Seen::Link(_)));
        }
        assert_same(&contents(&there), &wanted, name);
    };
    ["a", "b", "c"].iter().for_each(|name| bring("hydrate", name, &[]));
    bring("follow", "d", &["--once"]);
    let told = stop(edge);
    let number = |field: &str| told[field].as_u64().expect("a number");
    let whole: u64 = ["packs", "index", "snap"].iter().map(|kind| size(&store.join(kind))).sum();
    assert!(number("bytes_fetched") <= whole, "of {whole} bytes no more is fetched than there is: {told}");
    assert!(number("bytes_served") > 3 * number("bytes_fetched"), "four machines read it: {told}");
    assert_eq!(number("damaged"), 0, "{told}");

    write(&here, "Content/New.uasset", b"published while the edge is off", 1_700_500_000);
    publish(&here, &store);
    bring("hydrate", "a", &[]);
    let (edge, address) = start_edge(&store, &cache, &token);
    let through = ["--edge", &address, "--edge-token-file", text(&token)];
    let there = at("e");
    let _ = run(&[&["assets", "hydrate", text(&store), text(&there)], &through[..]].concat()).done();
    assert_same(&contents(&there), &published(&here), "what it kept and what is new");
    let told = stop(edge);
    assert!(told["bytes_fetched"].as_u64() < Some(whole / 4), "most of it was kept: {told}");
}

#[test]
fn each_site_of_a_production_has_its_own_cache_and_edge() {
    let folder = tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let (here, store, cache, token) = (at("p"), at("store"), at("cache"), at("token"));
    write(
        &here,
        "Content/Wall.uasset",
        &project::noise(&mut SmallRng::seed_from_u64(42), 400_000),
        1_700_000_000,
    );
    project::init(&store);
    publish(&here, &store);
    fs::write(&token, WORD).expect("writes");
    fs::create_dir(&cache).expect("a folder");
    let (edge, address) = start_edge(&store, &cache, &token);
    let [barcelona, miami] = ["barcelona", "miami"].map(at);
    let settings = format!(
        "[store]\nsite = 'barcelona'\nedge = '{address}'\nedge-token-file = '{}'\n\
         [site.barcelona]\ncache = '{}'\n[site.miami]\ncache = '{}'\nedge = ''\n",
        text(&token),
        text(&barcelona),
        text(&miami)
    );
    fs::write(folder.path().join("cyclorama.toml"), settings).expect("writes");
    let bring = |site: Option<&str>, name: &str| {
        let mut command = command();
        command.args(["assets", "hydrate", text(&store), text(&at(name))]).current_dir(folder.path());
        command.env("XDG_CACHE_HOME", at("user")).envs(site.map(|site| ("CYCLORAMA_STORE_SITE", site)));
        let _ = Service::start(command).end_within(Duration::from_secs(60)).done();
        assert_same(&contents(&at(name)), &published(&here), name);
    };
    // What remembers how far a ref was seen lies in the cache.
    let format = fs::read(store.join("format.json")).expect("a store");
    let format: Value = serde_json::from_slice(&format).expect("JSON");
    let seen = |cache: &Path| cache.join(format["id"].as_str().expect("an id")).join("refs/main").exists();
    bring(None, "a");
    assert_eq!((seen(&barcelona), miami.exists()), (true, false));
    bring(Some("miami"), "b");
    assert!(seen(&miami) && !at("user").exists());
    let told = stop(edge);
    let served = told["bytes_served"].as_u64().expect("a number");
    assert!((400_000..800_000).contains(&served), "one site of the two has an edge: {told}");
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let objects = project::objects(folder);
    objects.iter().map(|path| fs::metadata(folder.join(path)).expect("it is there").len()).sum()
}
