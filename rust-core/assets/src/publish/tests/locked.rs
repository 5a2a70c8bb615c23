//! Others have locked what changed here.

use cyclorama_time::StageTime;

use super::*;
use crate::lease::LeaseWatch;
use crate::locks::{Acquired, Locks, Look, Owner, Wanted};

#[tokio::test]
async fn what_somebody_else_has_locked_is_told_or_refused_before_anything_is_sent() {
    let counted = kills::Stopping::never();
    let repository = new_store(Arc::clone(&counted) as Arc<dyn Store>).await;
    let (mut project, mut base) = (project(), Base::default());
    let of =
        |person: &str| Owner { person: person.to_owned(), machine: "vm".to_owned(), tool: String::new() };
    let asks = |person: &str, refuse| {
        let locks = Some(AskLocks { owner: of(person), refuse });
        Options { locks, ..Options::new() }
    };
    push(&repository, &project, &mut base, &asks("ann", true)).await.expect("nothing is locked");
    let locks = Locks::new(repository.store().clone());
    for pattern in ["Content/Wall.uasset", "Config/"] {
        let pattern = pattern.parse().expect("a pattern");
        let lease = std::time::Duration::from_secs(600);
        let wanted = Wanted { pattern, owner: of("ben"), note: String::new(), lease, force: false };
        let (now, utc) = (StageTime::from_nanos(0), UtcTime::from_seconds(1.7e9));
        let mut look = Look { watch: &mut LeaseWatch::new(), now, utc };
        let taken = locks.acquire(&wanted, &mut look).await.expect("a lock");
        assert!(matches!(taken, Acquired::Ours(_)), "{taken:?}");
    }
    let held = |held: &[Held]| held.iter().map(|held| held.path.clone()).collect::<Vec<_>>();
    // Others' files that stayed as they were stand in nobody's way.
    project.write("Content/Big.ubulk", noise(1000, 9));
    let report = push(&repository, &project, &mut base, &asks("ann", true)).await.expect("publishes");
    assert_eq!(held(&report.held), [""; 0]);
    project.write("Content/Wall.uasset", "moved").remove("Config/Default.ini");
    let writes = counted.by.writes();
    let refused = push(&repository, &project, &mut base, &asks("ann", true)).await.expect_err("locked");
    assert_eq!((refused.kind(), counted.by.writes()), (Kind::Refused, writes));
    let PublishError::Locked { held: found } = refused else { panic!("{refused:?}") };
    assert_eq!(held(&found), ["Config/Default.ini", "Content/Wall.uasset"]);
    // Nobody who does not ask is told, nor is whoever has the lock.
    for (options, told) in [(Options::new(), 0), (asks("ben", true), 0), (asks("ann", false), 2)] {
        let report = push(&repository, &project, &mut base.clone(), &options).await.expect("publishes");
        assert_eq!(report.held.len(), told, "{:?}", report.held);
    }
}
