//! The server on a TCP port, for programs that are not in this process.

use std::net::SocketAddr;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::S3Server;

/// A server that listens until this is dropped.
pub struct Listening {
    address: SocketAddr,
    task: AbortHandle,
    _tasks: JoinSet<()>,
}

impl Listening {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint as clients write it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl S3Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says when the address cannot be used.
    pub async fn listen(&self, address: SocketAddr) -> std::io::Result<Listening> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        let task = tasks.spawn(accept(self.clone(), listener));
        Ok(Listening { address, task, _tasks: tasks })
    }
}

async fn accept(server: S3Server, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let server = server.clone();
                connections.spawn(async move {
                    let serve = service_fn(|request| server.serve(request));
                    let mut http = hyper::server::conn::http1::Builder::new();
                    http.timer(TokioTimer::new()).half_close(true);
                    // A client that goes away, or a cut on purpose: nothing to tell.
                    let _ = http.serve_connection(TokioIo::new(stream), serve).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
