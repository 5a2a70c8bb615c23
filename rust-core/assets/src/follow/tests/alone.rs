//! Other commands that work in the folder of a follower.

use super::*;
use crate::local::Workspace;

impl Studio {
    fn versions(&self) -> usize {
        self.told().iter().filter(|(_, what)| matches!(what, Happened::Version { .. })).count()
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_is_not_brought_while_another_command_works_in_the_folder_and_comes_after_it() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "one");
    studio.publish().await;
    let other = Workspace::open(studio.home.path()).expect("opens");
    let options = studio.options();
    let helper = async {
        sleep(Duration::from_secs(20)).await;
        assert!(matches!(studio.last(), Happened::Trouble { .. }), "{:?}", studio.last());
        assert!(content(studio.home.path()).is_empty());
        drop(other);
        sleep(LONGEST_WAIT + Duration::from_secs(5)).await;
        options.cancel.cancel();
    };
    let (end, ()) = tokio::join!(studio.follow(&options), helper);
    assert!(matches!(end, Err(FollowError::Cancelled(_))));
    studio.assert_shows(&studio.project.content());
    assert_eq!(studio.versions(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_to_end_waits_for_another_command_and_names_it_when_it_does_not() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "one");
    studio.publish().await;
    let once = FollowOptions { once: true, ..studio.options() };
    let other = Workspace::open(studio.home.path()).expect("opens");
    let begun = Instant::now();
    let error = studio.follow(&once).await.expect_err("it never ends");
    assert!(error.is_busy() && error.kind() == Kind::Conflict && error.hint().is_some(), "{error}");
    assert!((25..40).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let ends = async {
        sleep(Duration::from_secs(10)).await;
        drop(other);
    };
    let (end, ()) = tokio::join!(studio.follow(&once), ends);
    end.expect("the other one ended");
    studio.assert_shows(&studio.project.content());
}

#[tokio::test(start_paused = true)]
async fn two_followers_of_one_folder_end_well_and_bring_a_version_once() {
    let mut studio = Studio::new().await;
    for number in 0..6 {
        studio.project.write(&format!("Content/{number}.uasset"), noise(600_000, number));
    }
    studio.publish().await;
    let once = FollowOptions { once: true, ..studio.options() };
    let (first, second) = tokio::join!(studio.follow(&once), studio.follow(&once));
    first.and(second).expect("both come to the version");
    studio.assert_shows(&studio.project.content());
    assert_eq!(studio.versions(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_version_is_taken_back_beside_a_follower_that_is_bringing_one() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", noise(600_000, 1));
    let good = studio.publish().await;
    studio.catch_up().await;
    let before = studio.project.content();
    studio.project.write("Content/Wall.uasset", noise(600_000, 2));
    for number in 0..6 {
        studio.project.write(&format!("Content/{number}.uasset"), noise(600_000, 10 + number));
    }
    studio.publish().await;
    let once = FollowOptions { once: true, ..studio.options() };
    let (folder, options) = (studio.folder(), studio.options());
    let takes_back = async {
        // It has begun by then.
        sleep(2 * RTT).await;
        roll_back(&studio.stage, &folder, &options, &mut |_| {}).await
    };
    let (end, back) = tokio::join!(studio.follow(&once), takes_back);
    end.expect("brings the version");
    assert_eq!(back.expect("takes it back"), good);
    studio.assert_shows(&before);
    studio.catch_up().await;
    studio.assert_shows(&before);
}
