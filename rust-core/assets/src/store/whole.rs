//! Whole listings, for whoever wants more than a page.

use super::{LONGEST_PAGE, Store, StoreError};
use crate::Key;

/// Hands out everything under a prefix, and after a key where there is one: a page of keys at a time, each with its bytes, in
/// the order of keys. An error of `page` ends it, so whoever can be stopped looks for that there.
///
/// # Errors
/// What `page` said, or [`StoreError`].
pub async fn list_pages<E: From<StoreError>>(
    store: &dyn Store,
    prefix: &str,
    mut after: Option<Key>,
    mut page: impl FnMut(Vec<(Key, u64)>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let listed = store.list(prefix, after.as_ref(), LONGEST_PAGE).await?;
        page(listed.objects)?;
        match listed.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Everything under a prefix, and after a key, that means something to `take`, by its key and bytes; in the order of keys. Keys
/// are held a page at a time.
pub(crate) async fn list_as<T>(
    store: &dyn Store,
    prefix: &str,
    after: Option<Key>,
    take: impl Fn(&Key, u64) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    list_until(store, prefix, after, || Ok(()), take).await
}

/// As [`list_as`]; `goes_on` is asked with each page, and its error ends the listing.
pub(crate) async fn list_until<T, E: From<StoreError>>(
    store: &dyn Store,
    prefix: &str,
    after: Option<Key>,
    goes_on: impl Fn() -> Result<(), E>,
    take: impl Fn(&Key, u64) -> Option<T>,
) -> Result<Vec<T>, E> {
    let mut found = Vec::new();
    let page = |page: Vec<(Key, u64)>| {
        found.extend(page.iter().filter_map(|(key, size)| take(key, *size)));
        goes_on()
    };
    list_pages(store, prefix, after, page).await?;
    Ok(found)
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
        let all = |prefix| list_as(&store, prefix, None, |key, size| Some((key.clone(), size)));
        let wanted: Vec<_> =
            (0..2 * LONGEST_PAGE + 1).map(|number| (key(number), (number % 3) as u64)).collect();
        assert_eq!(all("some/").await.expect("lists"), wanted);
        let sizes = list_as(&store, "some/", Some(key(999)), |_, size| (size > 0).then_some(size));
        let wanted: Vec<_> = wanted[1000..].iter().map(|(_, size)| *size).filter(|size| *size > 0).collect();
        assert_eq!(sizes.await.expect("lists"), wanted);
        assert_eq!(all("none/").await.expect("lists"), []);
    }

    #[tokio::test]
    async fn whoever_is_stopped_asks_for_no_further_page() {
        let store = MemoryStore::new();
        for number in 0..2 * LONGEST_PAGE {
            let key = Key::new(format!("some/{number:05}")).expect("a key");
            store.put(&key, "x".into(), Condition::Always).await.expect("writes");
        }
        let mut seen = 0;
        let page = |page: Vec<_>| {
            seen += page.len();
            Err(StoreError::NotFound { key: Key::new("stopped").expect("a key") })
        };
        let stopped = list_pages(&store, "some/", None, page).await.expect_err("stopped");
        assert!(matches!(stopped, StoreError::NotFound { .. }) && seen == LONGEST_PAGE, "{stopped}: {seen}");
    }
}
