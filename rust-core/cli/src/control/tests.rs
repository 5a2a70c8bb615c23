//! Orders over the socket, with a recorder that is only played.

use std::{fs, io, thread};

use cyclorama_tracking::ingest::Said;

use super::{client::ControlError, *};

#[test]
fn an_order_reaches_the_recorder_and_its_answer_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::open(folder.path()).expect("a port");
    let answered = thread::scope(|scope| {
        let asked = scope.spawn(|| {
            ask(folder.path(), Ask::Start { slate: Some("A1".to_owned()), take: None, note: None })
        });
        let (order, reply) = control.orders().recv().expect("an order");
        assert!(matches!(order, Order::Roll { slate: Some(slate), .. } if slate == "A1"));
        reply.send(Ok(Said { takes: 4, ..Said::default() })).expect("asked");
        asked.join().expect("no panic")
    });
    assert_eq!(answered.expect("obeyed").takes, 4);
}

#[test]
fn nobody_without_the_secret_gives_orders() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::open(folder.path()).expect("a port");
    let file = file_in(folder.path());
    let mut place: Place = serde_json::from_str(&fs::read_to_string(&file).expect("there")).expect("a place");
    place.secret = "guessed".to_owned();
    fs::write(&file, serde_json::to_string(&place).expect("text")).expect("room");
    let refused = ask(folder.path(), Ask::Stop).expect_err("refused");
    assert!(refused.to_string().contains("secret"), "{refused}");
    assert!(control.orders().try_recv().is_err(), "it never reached the recorder");
}

#[cfg(unix)]
#[test]
fn a_killed_listener_is_nobody_also_when_somebody_else_has_its_port_by_now() {
    let folder = tempfile::tempdir().expect("a folder");
    let stranger = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let mut child = std::process::Command::new("true").spawn().expect("it runs");
    let gone = child.id();
    child.wait().expect("it ends");
    let place = |pid| Place {
        schema: SCHEMA.to_owned(),
        address: stranger.local_addr().expect("bound"),
        secret: String::new(),
        pid,
    };
    for (pid, is_nobody) in [(gone, true), (std::process::id(), false)] {
        fs::write(file_in(folder.path()), serde_json::to_vec(&place(pid)).expect("text")).expect("room");
        thread::scope(|scope| {
            scope.spawn(|| drop(stranger.accept().expect("asked")));
            let error = ask(folder.path(), Ask::Stop).expect_err("it knows no orders");
            assert_eq!(matches!(error, ControlError::Nobody { .. }), is_nobody, "{error:?}");
        });
    }
}

#[test]
fn a_folder_has_one_recorder_and_a_killed_one_is_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(ask(folder.path(), Ask::Status), Err(ControlError::Nobody { .. })));
    let control = Control::open(folder.path()).expect("a port");
    thread::scope(|scope| {
        let second = scope.spawn(|| Control::open(folder.path()).map(drop));
        let (_, reply) = control.orders().recv().expect("it asks whether somebody is there");
        reply.send(Ok(Said::default())).expect("asked");
        let refused = second.join().expect("no panic").expect_err("one is enough");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    });
    let left = fs::read(file_in(folder.path())).expect("there");
    drop(control);
    assert!(!file_in(folder.path()).exists(), "an orderly end takes the file away");
    fs::write(file_in(folder.path()), left).expect("room");
    assert!(matches!(ask(folder.path(), Ask::Status), Err(ControlError::Nobody { .. })));
    drop(Control::open(folder.path()).expect("the next one takes its place"));
}
