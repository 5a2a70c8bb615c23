//! What a site has nearby: a folder for what need not be fetched twice, and the edge that its machines read through.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::Store;
use cyclorama_assets::edge::{EdgeStore, Token};

use super::{OpenStoreError, reach_of};
use crate::{Environment, Settings, cache_folder};

/// How long a name server may take to say where the edge is, which only saves a longer way.
const LONGEST_LOOKUP: Duration = Duration::from_secs(5);

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

async fn address_of(edge: &str) -> Option<SocketAddr> {
    tokio::time::timeout(LONGEST_LOOKUP, tokio::net::lookup_host(edge)).await.ok()?.ok()?.next()
}
