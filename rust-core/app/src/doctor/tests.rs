use std::net::{Ipv4Addr, UdpSocket};

use cyclorama_time::{UtcTime, VirtualClock};

use super::*;
use crate::SystemClock;

fn subject<'a>(settings: &'a Settings, clock: &'a dyn Clock, temporary: PathBuf, fix: bool) -> Subject<'a> {
    Subject {
        settings,
        environment: Environment::default(),
        endpoint: None,
        clock,
        temporary,
        command: None,
        fix,
    }
}

#[test]
fn a_missing_takes_folder_fails_until_it_is_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let takes_folder = folder.path().join("shoot/takes");
    let settings = Settings { takes_folder: takes_folder.clone(), ..Settings::default() };
    let clock = SystemClock::new();
    let found = machine::takes_folder(&subject(&settings, &clock, folder.path().into(), false));
    assert_eq!((found.verdict, takes_folder.exists()), (Verdict::Fail, false));
    assert!(found.remedy.unwrap().contains("--fix"));
    let found = machine::takes_folder(&subject(&settings, &clock, folder.path().into(), true));
    assert_eq!((found.verdict, found.fixed, takes_folder.exists()), (Verdict::Ok, true, true));
}

#[test]
fn a_temporary_folder_that_is_not_there_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, clock) = (Settings::default(), SystemClock::new());
    let found = machine::temporary_folder(&subject(&settings, &clock, folder.path().join("none"), false));
    assert_eq!(found.verdict, Verdict::Fail);
}

#[test]
fn a_clock_in_the_past_fails_and_one_that_disagrees_with_the_files_warns() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let at_zero = VirtualClock::new(UtcTime::from_nanos(0));
    let found = machine::clock(&subject(&settings, &at_zero, folder.path().into(), false));
    assert_eq!(found.verdict, Verdict::Fail);
    let ahead = VirtualClock::new(UtcTime::from_seconds(4_000_000_000.0));
    let found = machine::clock(&subject(&settings, &ahead, folder.path().into(), false));
    assert_eq!(found.verdict, Verdict::Warn);
    let found = machine::clock(&subject(&settings, &SystemClock::new(), folder.path().into(), false));
    assert_eq!(found.verdict, Verdict::Ok);
}

#[test]
fn a_datagram_goes_round_on_this_machine() {
    assert_eq!(network::loopback().verdict, Verdict::Ok);
}

#[test]
fn a_port_in_use_is_named_with_its_protocol() {
    let port = cyclorama_tracking::Protocol::FreeD.default_port();
    // Another program may hold it already; then it is in use all the same.
    let _holder = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port));
    let found = network::ports();
    assert_eq!(found.verdict, Verdict::Warn);
    assert!(found.found.contains("40000 (freed)"), "{}", found.found);
}

#[test]
fn a_buffer_past_the_systems_limit_warns_with_the_command_to_raise_it() {
    assert_eq!(network::receive_buffer(65_536).verdict, Verdict::Ok);
    let found = network::receive_buffer(1 << 30);
    if found.verdict == Verdict::Warn && cfg!(target_os = "linux") {
        assert!(found.remedy.unwrap().contains("net.core.rmem_max"));
    }
}

#[tokio::test]
async fn a_command_that_does_not_exist_fails_as_a_worker() {
    let (settings, clock) = (Settings::default(), SystemClock::new());
    let mut subject = subject(&settings, &clock, std::env::temp_dir(), false);
    assert!(worker::starts(&subject).await.is_none());
    subject.command = Some("/no/such/cyclorama".into());
    assert_eq!(worker::starts(&subject).await.unwrap().verdict, Verdict::Fail);
}

#[test]
fn the_worst_finding_counts() {
    let ok = Finding::ok("a", "b", "c");
    assert_eq!(worst(&[]), Verdict::Ok);
    assert_eq!(worst(&[ok.clone(), ok.clone().warn("w"), ok.clone()]), Verdict::Warn);
    assert_eq!(worst(&[ok.clone().fail("f"), ok.warn("w")]), Verdict::Fail);
}
