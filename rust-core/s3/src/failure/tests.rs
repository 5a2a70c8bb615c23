use super::*;

#[test]
fn every_cause_that_a_person_can_mend_has_a_hint() {
    let mendable = [
        Cause::NoCredentials,
        Cause::Expired,
        Cause::Unsaid(None),
        Cause::BadCredentials,
        Cause::AccessDenied,
        Cause::KeyDenied,
        Cause::WrongRegion(Some("eu-west-1".to_owned())),
        Cause::WrongRegion(None),
        Cause::NoSuchBucket,
        Cause::ClockSkew,
        Cause::Archived,
        Cause::Unreachable,
        Cause::Untrusted,
        Cause::ProxyRefused,
        Cause::NotTheStore,
    ];
    for cause in mendable {
        assert!(S3Failure::new(cause.clone()).hint().is_some(), "{cause:?}");
    }
    let region = S3Failure::new(Cause::WrongRegion(Some("eu-west-1".to_owned())));
    assert!(region.hint().is_some_and(|hint| hint.contains("eu-west-1")));
}

#[test]
fn only_what_may_pass_is_tried_again() {
    for cause in
        [Cause::SlowDown, Cause::Conflict, Cause::Server, Cause::Cut, Cause::Silence, Cause::NotTheStore]
    {
        assert!(S3Failure::new(cause.clone()).kind().is_transient(), "{cause:?}");
    }
    for cause in
        [Cause::AccessDenied, Cause::Precondition, Cause::NoSuchKey, Cause::Archived, Cause::ClockSkew]
    {
        assert!(!S3Failure::new(cause.clone()).kind().is_transient(), "{cause:?}");
    }
}

#[test]
fn long_and_broken_words_become_one_short_line() {
    let failure = S3Failure::saying(Cause::Other, format!("a\nb\r{}", "x".repeat(1000)));
    let shown = failure.to_string();
    assert!(shown.len() < 300 && !shown.contains('\n'), "{shown}");
}
