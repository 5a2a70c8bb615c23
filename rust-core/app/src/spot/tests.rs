use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;

/// Says one thing after the other, and the last for ever; nothing is silence.
struct Script(VecDeque<Option<Standing>>);

impl Source for Script {
    async fn look(&mut self) -> Result<Standing, MetadataError> {
        let said = if self.0.len() > 1 { self.0.pop_front() } else { self.0.front().cloned() };
        said.flatten().ok_or(MetadataError::Silent)
    }
}

fn quiet() -> Option<Standing> {
    Some(Standing::default())
}

fn recommended(when: &str) -> Option<Standing> {
    Some(Standing { rebalance: Some(when.to_owned()), ..Standing::default() })
}

fn taken(at: Option<UtcTime>) -> Notice {
    Notice::Interruption { action: "terminate".to_owned(), at }
}

fn interrupted() -> Option<Standing> {
    Some(Standing { interruption: Some(taken(None)), ..Standing::default() })
}

/// What is told by a source that says these things, and after how many seconds.
async fn told(said: impl IntoIterator<Item = Option<Standing>>) -> (Option<Notice>, u64) {
    let began = Instant::now();
    let script = Script(said.into_iter().collect());
    let heard = tokio::time::timeout(Duration::from_secs(3600), notice(script)).await.unwrap_or(None);
    (heard, began.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn an_interruption_is_told_within_five_seconds() {
    assert_eq!(told([interrupted()]).await, (Some(taken(None)), 0));
    assert_eq!(told([quiet(), quiet(), interrupted()]).await, (Some(taken(None)), 10));
    let hiccup = [quiet(), None, None, None, None, interrupted()];
    assert_eq!(told(hiccup).await, (Some(taken(None)), 25), "a service that answered once is believed in");
}

#[tokio::test(start_paused = true)]
async fn a_machine_without_metadata_is_watched_no_longer_than_three_attempts() {
    assert_eq!(told([None]).await, (None, 10));
}

#[tokio::test(start_paused = true)]
async fn only_a_recommendation_that_comes_while_somebody_works_is_one() {
    assert_eq!(told([quiet(), recommended("1")]).await, (Some(Notice::Rebalance), 5));
    assert_eq!(told([recommended("1")]).await, (None, 3600), "it stood there before");
    assert_eq!(told([recommended("1"), recommended("2")]).await, (Some(Notice::Rebalance), 5));
}

#[test]
fn who_gave_everything_back_stays_until_the_machine_is_gone_and_never_long() {
    let now: UtcTime = "2026-11-27T20:00:00Z".parse().expect("a moment");
    let stays = |at: &str| taken(Some(at.parse().expect("a moment"))).stay(now).as_secs();
    assert_eq!(stays("2026-11-27T20:01:30Z"), 120);
    assert_eq!((stays("2026-11-27T19:58:00Z"), stays("2027-11-27T20:00:00Z")), (0, 180));
    assert_eq!((taken(None).stay(now).as_secs(), Notice::Rebalance.stay(now).as_secs()), (180, 0));
}

/// A stand-in for the service: answers these requests, one a connection, and remembers them.
async fn service(
    answers: Vec<(&'static str, &'static str)>,
) -> (String, Arc<Mutex<Vec<String>>>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/", listener.local_addr().expect("an address"));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (mut tasks, theirs) = (JoinSet::new(), Arc::clone(&heard));
    tasks.spawn(async move {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.expect("somebody calls");
            let (mut said, mut chunk) = (String::new(), [0; 4096]);
            while !said.contains("\r\n\r\n") {
                let read = stream.read(&mut chunk).await.expect("reads");
                said.push_str(&String::from_utf8_lossy(&chunk[..read]));
            }
            theirs.lock().expect("nobody panics").push(said.to_lowercase());
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).await.expect("writes");
        }
    });
    (base, heard, tasks)
}

fn at(base: &str) -> Metadata {
    let environment = Environment::from_iter([("AWS_EC2_METADATA_SERVICE_ENDPOINT", base)]);
    Metadata::of(&environment).expect("not switched off")
}

#[tokio::test]
async fn the_service_is_asked_with_a_token_and_a_new_one_when_that_is_too_old() {
    let action = r#"{"action": "stop", "time": "2026-11-27T20:00:00Z"}"#;
    let answers = vec![
        ("200 OK", "token-one"),
        ("404 Not Found", ""),
        ("404 Not Found", ""),
        ("401 Unauthorized", ""),
        ("200 OK", "token-two"),
        ("200 OK", action),
        ("200 OK", r#"{"noticeTime": "2026-11-27T19:50:00Z"}"#),
    ];
    let (base, heard, _tasks) = service(answers).await;
    let mut metadata = at(&base);
    assert_eq!(metadata.look().await.expect("answers"), Standing::default());
    assert!(matches!(metadata.look().await, Err(MetadataError::Refused(401))));
    let standing = metadata.look().await.expect("answers");
    let notice = standing.interruption.expect("a notice");
    assert_eq!(notice.to_string(), "AWS takes this machine back (stop at 2026-11-27T20:00:00Z)");
    assert_eq!(standing.rebalance.as_deref(), Some("2026-11-27T19:50:00Z"));
    let heard = heard.lock().expect("nobody panics");
    assert!(
        heard[0].starts_with("put /latest/api/token ") && heard[0].contains("ttl-seconds: 21600"),
        "{}",
        heard[0]
    );
    assert!(heard[1].starts_with("get /latest/meta-data/spot/instance-action "), "{}", heard[1]);
    assert!(heard[1].contains("x-aws-ec2-metadata-token: token-one"), "{}", heard[1]);
    assert!(heard[5].contains("x-aws-ec2-metadata-token: token-two"), "{}", heard[5]);
}

#[tokio::test]
async fn whatever_stands_where_notices_stand_is_one_and_too_much_is_nonsense() {
    let long = String::leak("x".repeat(5000));
    let answers = vec![("200 OK", "t"), ("200 OK", "surprise"), ("404 Not Found", ""), ("200 OK", long)];
    let (base, _, _tasks) = service(answers).await;
    let mut metadata = at(&base);
    let unknown = Notice::Interruption { action: "unknown".to_owned(), at: None };
    assert_eq!(metadata.look().await.expect("answers").interruption, Some(unknown));
    assert!(matches!(metadata.look().await, Err(MetadataError::Nonsense)));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_accepts_and_never_answers_is_silent_after_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut metadata = at(&format!("http://{}", listener.local_addr().expect("an address")));
    let began = Instant::now();
    assert!(matches!(metadata.look().await, Err(MetadataError::Silent)));
    assert!(began.elapsed() <= Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn notices_are_wanted_where_somebody_asks_or_on_batch_and_never_where_metadata_is_off() {
    let of = |pairs: &[(&str, &str)], asked| {
        wanted(&Environment::from_iter(pairs.iter().copied()), asked).is_some()
    };
    assert!(!of(&[], false) && of(&[], true) && of(&[("AWS_BATCH_JOB_ID", "a:1")], false));
    assert!(!of(&[("AWS_BATCH_JOB_ID", "a:1"), ("AWS_EC2_METADATA_DISABLED", "True")], true));
}
