//! The server on a TCP port, with TLS or without, for programs that are not in this process.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use super::S3Server;

/// The authority, PEM, behind the certificate of a server that listens with TLS. No machine trusts it by itself.
pub const AUTHORITY: &[u8] = include_bytes!("../../../../tests/data/tls/authority.pem");
/// The name in that certificate, beside `localhost` and `127.0.0.1`. No name server knows it.
pub const TLS_NAME: &str = "s3.stage.invalid";
const CERTIFICATE: &[u8] = include_bytes!("../../../../tests/data/tls/server.pem");
const CERTIFICATE_KEY: &[u8] = include_bytes!("../../../../tests/data/tls/server-key.pem");

/// A server that listens until this is dropped.
pub struct Listening {
    address: SocketAddr,
    scheme: &'static str,
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
        format!("{}://{}", self.scheme, self.address)
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
        self.listen_as("http", address, None).await
    }

    /// As [`S3Server::listen`], with TLS and a certificate of [`AUTHORITY`].
    ///
    /// # Errors
    /// As [`S3Server::listen`].
    pub async fn listen_with_tls(&self, address: SocketAddr) -> std::io::Result<Listening> {
        self.listen_as("https", address, Some(tls())).await
    }

    async fn listen_as(
        &self,
        scheme: &'static str,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
    ) -> std::io::Result<Listening> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        let task = tasks.spawn(accept(self.clone(), listener, tls));
        Ok(Listening { address, scheme, task, _tasks: tasks })
    }
}

fn tls() -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(CERTIFICATE).collect::<Result<_, _>>().expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(CERTIFICATE_KEY).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has its own")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key belongs to the certificate");
    TlsAcceptor::from(Arc::new(config))
}

async fn accept(server: S3Server, listener: TcpListener, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let (server, tls) = (server.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(server, stream).await,
                        // Whoever does not trust the certificate goes away.
                        Some(tls) => if let Ok(stream) = tls.accept(stream).await { serve(server, stream).await },
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(server: S3Server, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let serve = service_fn(|request| server.serve(request));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).half_close(true);
    // A client that goes away, or a cut on purpose: nothing to tell.
    let _ = http.serve_connection(TokioIo::new(stream), serve).await;
}
