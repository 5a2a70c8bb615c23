//! Publishing into a store in which writers take turns.

use super::*;
use crate::{Key, Writers, repository::RepositoryError, store::ClaimError};

async fn one_at_a_time() -> Repository {
    let format = FormatOptions { writers: Writers::Single, ..FormatOptions::default() };
    let options = RepositoryOptions::new(Arc::new(VirtualClock::new(UtcTime::from_nanos(1))));
    Repository::init(Arc::new(MemoryStore::new()), format, options).await.expect("makes a store")
}

async fn claim_of(repository: &Repository) -> Option<Bytes> {
    let key = Key::new("writer.json").expect("portable");
    repository.store().get(&key).await.ok().map(|object| object.bytes)
}

#[tokio::test(start_paused = true)]
async fn a_second_publisher_is_refused_by_name_until_the_first_is_done() {
    let anna = one_at_a_time().await;
    let ben = reopened(&anna).await;
    anna.take_turn("anna@stage").await.expect("her turn");
    let (project, mut base) = (project(), Base::default());
    let refused = push(&ben, &project, &mut base, &Options::new()).await.expect_err("not his turn");
    assert!(
        matches!(&refused, PublishError::Repository(RepositoryError::Claim(ClaimError::Busy { owner })) if owner == "anna@stage"),
        "{refused:?}"
    );
    assert!(ben.read_ref(&RefName::main()).await.expect("reads").is_none(), "nothing is visible");
    anna.end_turn().await;
    push(&ben, &project, &mut base, &Options::new()).await.expect("publishes");
    assert_eq!(claim_of(&ben).await, None, "the turn ends with the publish");
    assert_eq!(pull(&anna).await, project.content());
}

#[tokio::test(start_paused = true)]
async fn a_publish_with_nothing_to_say_takes_no_turn() {
    let repository = one_at_a_time().await;
    let (project, mut base) = (project(), Base::default());
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let other = reopened(&repository).await;
    other.take_turn("ben").await.expect("his turn");
    assert!(push(&repository, &project, &mut base, &Options::new()).await.expect("looks").unchanged);
}
