//! The HTTP client itself. TLS and its certificates are loaded when the first `https` request is made: a store on
//! the local network without TLS does not pay for them.

use std::fmt;
use std::sync::OnceLock;

use aws_smithy_http_client::{Connector, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use std::sync::Arc;

use crate::{Options, Proxy};

/// Connections over TCP, with TLS where the URL says so.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Shared>);

struct Shared {
    settings: HttpConnectorSettings,
    authorities: Vec<Vec<u8>>,
    proxy: ProxyConfig,
    plain: OnceLock<Connector>,
    secure: OnceLock<Result<Connector, String>>,
}

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("the proxy's URL is not http://host:port")]
    Proxy,
}

/// The certificates could not be used.
#[derive(Debug, thiserror::Error)]
#[error("the certificate authorities could not be loaded: {0}")]
struct Certificates(String);

impl Wire {
    pub(crate) fn new(options: &Options) -> Result<Self, WireError> {
        let proxy = match &options.proxy {
            Some(proxy) => proxy_config(proxy).ok_or(WireError::Proxy)?,
            None => ProxyConfig::disabled(),
        };
        let settings = HttpConnectorSettings::builder().connect_timeout(options.limits.connect).build();
        let authorities = options.authorities.clone();
        let shared = Shared { settings, authorities, proxy, plain: OnceLock::new(), secure: OnceLock::new() };
        Ok(Self(Arc::new(shared)))
    }
}

fn proxy_config(proxy: &Proxy) -> Option<ProxyConfig> {
    let (scheme, rest) = proxy.url.split_once("://").unwrap_or(("http", &proxy.url));
    let (user, host) = match rest.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, rest),
    };
    let mut config = ProxyConfig::all(format!("{scheme}://{host}")).ok()?;
    if let Some((name, password)) = user.map(|user| user.split_once(':').unwrap_or((user, ""))) {
        config = config.with_basic_auth(encoded(name), encoded(password));
    }
    Some(config.no_proxy(reached_directly(&proxy.except)))
}

/// A name or password as a URL holds it; what is encoded already stays. The client puts them back into a URL, and a URL that
/// it cannot read would mean to it that there is no proxy.
fn encoded(text: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte);
    let one = |byte| if stays(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// What no proxy is asked for: `except`, and where a machine in the cloud is told who it is.
fn reached_directly(except: &str) -> String {
    const METADATA: &str = "169.254.0.0/16,fd00:ec2::/32";
    if except.is_empty() { METADATA.to_owned() } else { format!("{except},{METADATA}") }
}

impl Shared {
    fn plain(&self) -> &Connector {
        self.plain.get_or_init(|| {
            Connector::builder()
                .connector_settings(self.settings.clone())
                .proxy_config(self.proxy.clone())
                .build_http()
        })
    }

    fn secure(&self) -> Result<&Connector, ConnectorError> {
        let made = self.secure.get_or_init(|| {
            let mut trusted = tls::TrustStore::default();
            for authority in &self.authorities {
                trusted.add_pem_certificate(authority.clone());
            }
            let context = tls::TlsContext::builder()
                .with_trust_store(trusted)
                .build()
                .map_err(|error| error.to_string())?;
            Ok(Connector::builder()
                .connector_settings(self.settings.clone())
                .proxy_config(self.proxy.clone())
                .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
                .tls_context(context)
                .build())
        });
        made.as_ref().map_err(|error| ConnectorError::user(Box::new(Certificates(error.clone()))))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("https://") {
            match self.0.secure() {
                Ok(connector) => connector.call(request),
                Err(error) => HttpConnectorFuture::ready(Err(error)),
            }
        } else {
            self.0.plain().call(request)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_put_into_a_url_as_it_was_meant() {
        assert_eq!(encoded("hunter/2@#"), "hunter%2F2%40%23");
        assert_eq!(encoded("hunter%2F2%40%23"), "hunter%2F2%40%23");
        assert_eq!(encoded("\u{e9} ^"), "%C3%A9%20%5E");
    }

    #[test]
    fn a_machine_s_own_identity_is_never_asked_for_through_a_proxy() {
        for except in ["", "localhost,.example"] {
            let direct = reached_directly(except);
            assert!(direct.starts_with(except) && direct.contains("169.254.0.0/16"), "{direct}");
            assert!(direct.split(',').all(|entry| !entry.is_empty()), "{direct}");
        }
    }
}
