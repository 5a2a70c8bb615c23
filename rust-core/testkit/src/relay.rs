//! What stands between a client and a server in tests: it takes connections as long as it is there.

use std::future::Future;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Serves each connection of `listener` by what `serve` makes of it. Dropped, all of them end.
pub(crate) fn each_connection<F>(
    listener: TcpListener,
    mut serve: impl FnMut(TcpStream) -> F + Send + 'static,
) -> JoinSet<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((near, _)) = accepted else { continue };
                    connections.spawn(serve(near));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    });
    tasks
}
