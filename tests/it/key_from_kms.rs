//! A store whose key AWS KMS wraps, against a KMS on loopback: made, read by a second machine, and refused in words
//! wherever KMS refuses.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cyclorama_tests::{Ended, Service, command, text};
use rand::{SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::project::{self, assert_same, contents, published};

const DONE: i32 = 0;
const NOT_FOUND: i32 = 3;
const USAGE: i32 = 2;
const REFUSED: i32 = 4;
const INTEGRITY: i32 = 5;
const NETWORK: i32 = 6;
const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d";
/// Base64 of 32 bytes: the plain key that this KMS makes, and nothing that may be seen anywhere.
const PLAIN: &str = "cGxhaW4ta2V5LW9mLXRoZS1wcm9kdWN0aW9uLTMyYiE=";
const PLAIN_TEXT: &str = "plain-key-of-the-production-32b!";
/// Base64 of what it gives as wrapped.
const WRAPPED: &str = "d3JhcHBlZA==";

/// One key, which it unwraps for whom it was made, until it is told to refuse.
#[derive(Default)]
struct Kms {
    /// The encryption context it was made with.
    context: Mutex<Option<Value>>,
    refusal: Mutex<Option<&'static str>>,
    targets: Mutex<BTreeMap<String, usize>>,
}

impl Kms {
    /// Starts answering, and says where.
    fn start() -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let kms = Arc::new(Self::default());
        let answering = Arc::clone(&kms);
        // It ends with the test's process.
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| answering.serve(stream)));
        (kms, endpoint)
    }

    fn refuse(&self, code: Option<&'static str>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = code;
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let Some((head, body)) = read_request(&mut stream) else { return };
        let (status, said) = match self.answer(&head, &body) {
            Ok(said) => ("200 OK", said),
            Err(code) => ("400 Bad Request", json!({"__type": code, "message": "said by the test"})),
        };
        let said = said.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", said.len());
        let _ = stream.write_all(format!("{head}{said}").as_bytes());
    }

    fn answer(&self, head: &str, body: &Value) -> Result<Value, &'static str> {
        let target = head.lines().find_map(|line| line.strip_prefix("x-amz-target: ")).unwrap_or_default();
        *self.targets.lock().unwrap_or_else(PoisonError::into_inner).entry(target.to_owned()).or_default() +=
            1;
        if let Some(code) = *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(code);
        }
        let mut context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = body["EncryptionContext"].clone();
        match target {
            "TrentService.GenerateDataKey" => {
                *context = Some(asked);
                Ok(json!({"KeyId": ARN, "Plaintext": PLAIN, "CiphertextBlob": WRAPPED}))
            }
            "TrentService.Decrypt"
                if context.as_ref() != Some(&asked) || body["CiphertextBlob"] != WRAPPED =>
            {
                Err("InvalidCiphertextException")
            }
            "TrentService.Decrypt" => Ok(json!({"KeyId": ARN, "Plaintext": PLAIN})),
            _ => Err("UnknownOperationException"),
        }
    }
}

/// The head in lower case up to values, and the body of one request.
fn read_request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), serde_json::from_str(body).unwrap_or_default()));
            }
        }
        let mut some = [0; 4096];
        match stream.read(&mut some) {
            Ok(read) if read > 0 => request.extend_from_slice(&some[..read]),
            _ => return None,
        }
    }
}

/// Runs the command as a machine that has seen no store before and asks KMS at `endpoint`.
fn run(arguments: &[&str], endpoint: &str) -> Ended {
    let cache = tempdir().expect("a temporary folder");
    let mut command = command();
    command.args(arguments).env("XDG_CACHE_HOME", cache.path());
    command.env("AWS_ENDPOINT_URL_KMS", endpoint).env("AWS_ACCESS_KEY_ID", "somebody");
    command.env("AWS_SECRET_ACCESS_KEY", "hunter2").env("AWS_EC2_METADATA_DISABLED", "true");
    let ended = Service::start(command).end_within(Duration::from_secs(120));
    for secret in ["hunter2", PLAIN, PLAIN_TEXT] {
        assert!(
            !ended.stderr.contains(secret) && !ended.stdout.contains(secret),
            "{secret} was told: {ended:?}"
        );
    }
    ended
}

fn refused(arguments: &[&str], endpoint: &str, code: i32, word: &str) {
    let ended = run(arguments, endpoint).with_code(code);
    assert!(ended.stderr.contains(word) && ended.stderr.contains("error:"), "{word}: {}", ended.stderr);
}

#[test]
fn a_store_with_a_key_of_kms_opens_for_whoever_may_ask_kms_and_nobody_else() {
    let folder = tempdir().expect("a temporary folder");
    let [here, store, there] = ["p", "store", "q"].map(|name| folder.path().join(name));
    project::make(&here, &mut SmallRng::seed_from_u64(31));
    let (kms, endpoint) = Kms::start();
    let made =
        run(&["assets", "init", text(&store), "--key", "kms:alias/wall", "--json", "-vv"], &endpoint).done();
    assert_eq!(made.object("cyclorama.store-made/1")["encrypted"], true);
    assert!(made.stderr.contains(ARN), "what wraps the key is named: {}", made.stderr);
    let _ = run(&["-vv", "assets", "publish", text(&here), text(&store)], &endpoint).done();
    let _ = run(&["-vv", "assets", "hydrate", text(&store), text(&there)], &endpoint).done();
    assert_same(&contents(&there), &published(&here), "opened by KMS");
    let asked = kms.targets.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(asked.get("TrentService.GenerateDataKey"), Some(&1), "{asked:?}");
    assert_eq!(asked.get("TrentService.Decrypt"), Some(&2), "once for each use: {asked:?}");
    nothing_in_it_tells_the_key(&store);

    let log = ["assets", "log", text(&store)];
    for (code, exit, word) in [
        ("AccessDeniedException", REFUSED, "kms:Decrypt"),
        ("DisabledException", REFUSED, "enable the key"),
        ("KMSInvalidStateException", REFUSED, "describe-key"),
        ("NotFoundException", NOT_FOUND, "a deleted key"),
    ] {
        kms.refuse(Some(code));
        refused(&log, &endpoint, exit, word);
    }
    kms.refuse(None);
    refused(&log, "http://127.0.0.1:1", NETWORK, "kms cannot be reached");
    refused(&[&log[..], &["--key", "kms:9999"]].concat(), &endpoint, REFUSED, "`9999` was named");
    let key = folder.path().join("key");
    fs::write(&key, "5a".repeat(32)).expect("writes");
    refused(&[&log[..], &["--key-file", text(&key)]].concat(), &endpoint, USAGE, "a key file was given");
    for named in [ARN, "0a1b2c3d", "alias/wall"] {
        let _ = run(&[&log[..], &["--key", &format!("kms:{named}")]].concat(), &endpoint).with_code(DONE);
    }
    another_store_s_key_is_refused(&store, &folder.path().join("other"), &endpoint);
}

/// Neither the key nor anything it seals is in the store.
fn nothing_in_it_tells_the_key(store: &Path) {
    for path in project::objects(store) {
        let bytes = fs::read(store.join(&path)).expect("readable");
        for secret in [PLAIN, PLAIN_TEXT, "uproject"] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{path}: {secret}"
            );
        }
    }
}

/// Somebody puts the wrapped key of one store into another: KMS unwraps it for neither.
fn another_store_s_key_is_refused(store: &Path, other: &Path, endpoint: &str) {
    let sealed = fs::read_to_string(store.join("format.json")).expect("the format file");
    let _ = run(&["assets", "init", text(other), "--key", "kms:alias/wall"], endpoint).done();
    // The key that this KMS unwraps is the other store's by now: the first one's context is another.
    refused(&["assets", "log", text(store)], endpoint, INTEGRITY, "format.json");
    assert_eq!(fs::read_to_string(store.join("format.json")).expect("the format file"), sealed);
}

#[test]
fn a_store_s_kind_of_key_and_the_given_one_must_agree() {
    let folder = tempdir().expect("a temporary folder");
    let [plain, filed, key] = ["plain", "filed", "key"].map(|name| folder.path().join(name));
    let (_kms, endpoint) = Kms::start();
    let run = |arguments: &[&str]| run(arguments, &endpoint);
    let refused = |arguments: &[&str], word| refused(arguments, &endpoint, USAGE, word);
    let _ = run(&["assets", "init", text(&plain)]).done();
    refused(&["assets", "log", text(&plain), "--key", "kms:1"], "not encrypted");
    refused(&["assets", "init", text(&filed), "--encrypt"], "belong together");
    refused(&["assets", "init", text(&filed), "--key-file", text(&key)], "belong together");
    assert!(!key.exists() && !filed.exists(), "nothing was made");
    let _ = run(&["assets", "init", text(&filed), "--encrypt", "--key-file", text(&key)]).done();
    refused(&["assets", "refs", text(&filed), "--key", "kms:1"], "is in a file");
    refused(&["assets", "refs", text(&filed), "--key", "wall.key"], "kms:KEY");
    let _ = run(&["assets", "refs", text(&filed), "--key-file", text(&key)]).done();
}
