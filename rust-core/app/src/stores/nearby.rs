//! What a site has nearby: a folder for what need not be fetched twice, and the edge that its machines read through.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::Store;
use cyclorama_assets::edge::{EdgeStore, Token};

use super::{OpenStoreError, reach_of};
use crate::{Environment, Settings, cache_folder};

/// How long a name server may take to say where the edge is, which only saves a longer way.
const LONGEST_LOOKUP: Duration = Duration::from_secs(5);

/// How long each of several addresses of an edge may take to answer.
const LONGEST_CONNECT: Duration = Duration::from_secs(1);

/// Where content stores keep what was read: the site's folder, or this person's. A site that is not in the settings has
/// none; whoever reaches a store by it is told.
pub fn cache_of_site(settings: &Settings, environment: &Environment) -> Option<PathBuf> {
    let site = reach_of(settings).ok().and_then(|reach| reach.cache);
    site.or_else(|| settings.store.cache.clone()).or_else(|| cache_folder(environment))
}

/// `store`, read through the edge of this site where it has one. An edge that cannot be found is passed by, as one that
/// fails later is.
///
/// # Errors
/// [`OpenStoreError`] when the site is not in the settings, or the edge's token cannot be read.
pub async fn through_edge_of_site(
    store: Arc<dyn Store>,
    settings: &Settings,
) -> Result<Arc<dyn Store>, OpenStoreError> {
    let reach = reach_of(settings)?;
    let Some(edge) = reach.edge.filter(|edge| !edge.is_empty()) else { return Ok(store) };
    let token = reach.edge_token_file.as_deref().map(read_token).transpose()?;
    Ok(match address_of(&edge).await {
        Some(address) => Arc::new(EdgeStore::new(store, address, token)),
        None => {
            tracing::warn!(%edge, "the edge of this site has no address; the store is read without it");
            store
        }
    })
}

/// The token of an edge, from its file.
///
/// # Errors
/// [`OpenStoreError::Token`] and [`OpenStoreError::BadToken`].
pub fn read_token(path: &Path) -> Result<Token, OpenStoreError> {
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|source| OpenStoreError::Token { path: path.to_owned(), source })?;
    Token::new(&text).ok_or_else(|| OpenStoreError::BadToken(path.to_owned()))
}

/// The address of an edge; of several the first that takes a connection, since an edge may listen on one of them only.
async fn address_of(edge: &str) -> Option<SocketAddr> {
    let addresses = tokio::time::timeout(LONGEST_LOOKUP, look_up(edge)).await.ok()??;
    if let [only] = addresses[..] {
        return Some(only);
    }
    for address in &addresses {
        let connected = tokio::time::timeout(LONGEST_CONNECT, tokio::net::TcpStream::connect(address)).await;
        if matches!(connected, Ok(Ok(_))) {
            return Some(*address);
        }
    }
    addresses.first().copied()
}

/// Asks the name server on a thread that nobody waits for: the runtime's own would hold up the end of the process.
async fn look_up(edge: &str) -> Option<Vec<SocketAddr>> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let edge = edge.to_owned();
    let asking = std::thread::Builder::new().name("edge-name".to_owned());
    asking
        .spawn(move || {
            let found = edge.to_socket_addrs().map(Vec::from_iter);
            // Who asked may have given up.
            let _ = answer.send(found.ok());
        })
        .ok()?;
    answered.await.ok()?
}

#[cfg(test)]
mod tests {
    use super::{address_of, look_up};

    #[tokio::test]
    async fn of_several_addresses_the_one_is_taken_where_an_edge_listens() {
        let edge = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let named = format!("localhost:{}", edge.local_addr().expect("bound").port());
        assert_eq!(address_of(&named).await, edge.local_addr().ok());
    }

    #[tokio::test]
    async fn what_is_no_address_has_none() {
        assert_eq!(look_up("nowhere").await, None);
        assert_eq!(address_of("nowhere").await, None);
    }
}
