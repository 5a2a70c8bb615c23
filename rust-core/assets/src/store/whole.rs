//! Whole listings, for whoever wants more than a page.

use super::{LONGEST_PAGE, Store, StoreError};
use crate::Key;

/// Everything under a prefix, with its bytes, sorted by key.
pub(crate) async fn list_all(store: &dyn Store, prefix: &str) -> Result<Vec<(Key, u64)>, StoreError> {
    list_after(store, prefix, None).await
}

/// Everything under a prefix after a key, with its bytes, sorted by key.
pub(crate) async fn list_after(
    store: &dyn Store,
    prefix: &str,
    mut after: Option<Key>,
) -> Result<Vec<(Key, u64)>, StoreError> {
    let mut objects = Vec::new();
    loop {
        let page = store.list(prefix, after.as_ref(), LONGEST_PAGE).await?;
        objects.extend(page.objects);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(objects),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Condition, MemoryStore};

    #[tokio::test]
    async fn a_listing_of_several_pages_is_whole_and_may_begin_anywhere() {
        let store = MemoryStore::new();
        let key = |number: usize| Key::new(format!("some/{number:05}")).expect("a key");
        for number in 0..2 * LONGEST_PAGE + 1 {
            store.put(&key(number), vec![0; number % 3].into(), Condition::Always).await.expect("writes");
        }
        store.put(&Key::new("other/1").expect("a key"), "x".into(), Condition::Always).await.expect("writes");
        let all = list_all(&store, "some/").await.expect("lists");
        let wanted: Vec<_> =
            (0..2 * LONGEST_PAGE + 1).map(|number| (key(number), (number % 3) as u64)).collect();
        assert_eq!(all, wanted);
        assert_eq!(list_after(&store, "some/", Some(key(999))).await.expect("lists"), wanted[1000..]);
        assert_eq!(list_all(&store, "none/").await.expect("lists"), []);
    }
}
