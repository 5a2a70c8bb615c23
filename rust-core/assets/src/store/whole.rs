//! Whole listings, for whoever wants more than a page.

use super::{LONGEST_PAGE, Store, StoreError};
use crate::Key;

/// Everything under a prefix, with its bytes, sorted by key.
pub(crate) async fn list_all(store: &dyn Store, prefix: &str) -> Result<Vec<(Key, u64)>, StoreError> {
    list_as(store, prefix, None, |key, size| Some((key.clone(), size))).await
}

/// Everything under a prefix, and after a key, that means something to `take`, by its key and bytes; in the order of keys. Keys
/// are held a page at a time.
pub(crate) async fn list_as<T>(
    store: &dyn Store,
    prefix: &str,
    mut after: Option<Key>,
    take: impl Fn(&Key, u64) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    loop {
        let page = store.list(prefix, after.as_ref(), LONGEST_PAGE).await?;
        found.extend(page.objects.iter().filter_map(|(key, size)| take(key, *size)));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
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
        let sizes = list_as(&store, "some/", Some(key(999)), |_, size| (size > 0).then_some(size));
        let wanted: Vec<_> = wanted[1000..].iter().map(|(_, size)| *size).filter(|size| *size > 0).collect();
        assert_eq!(sizes.await.expect("lists"), wanted);
        assert_eq!(list_all(&store, "none/").await.expect("lists"), []);
    }
}
