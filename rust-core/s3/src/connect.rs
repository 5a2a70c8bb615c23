//! From options to a store that is ready to be asked.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use cyclorama_outcome::{Classify, Kind};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::store::Renewed;
use crate::transport::{Limited, Wire};
use crate::{Bandwidth, Identity, Options, Pace, S3Store};

/// Why a store cannot even be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The endpoint is no URL.
    #[error("the endpoint `{0}` is not http://host or https://host")]
    Endpoint(String),
    /// The proxy is no URL.
    #[error("the proxy is not http://host:port")]
    Proxy,
    /// A certificate authority cannot be used.
    #[error("a certificate authority holds no certificate in PEM, or one that cannot be read")]
    Authority,
}

impl Classify for ConnectError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// The region where nothing says one; other servers than AWS do not care.
const REGION: &str = "us-east-1";

impl S3Store {
    /// The store that `options` describe. Asks nothing of it yet.
    ///
    /// # Errors
    /// [`ConnectError`] when endpoint, proxy or certificates cannot be right.
    pub async fn connect(options: Options) -> Result<Self, ConnectError> {
        let wire = Wire::new(&options).map_err(|_| ConnectError::Proxy)?;
        Self::connect_with(options, wire).await
    }

    /// As [`S3Store::connect`], over another HTTP client; limits and caps stand in front of it.
    ///
    /// # Errors
    /// As [`S3Store::connect`].
    pub async fn connect_with(
        options: Options,
        client: impl HttpClient + 'static,
    ) -> Result<Self, ConnectError> {
        check(&options)?;
        let cap = |rate: Option<u64>| rate.map(|rate| Bandwidth::new(rate, options.clock.clone()));
        let client = SharedHttpClient::new(client);
        let client = SharedHttpClient::new(Limited::new(
            client,
            options.limits,
            cap(options.cap_up),
            cap(options.cap_down),
        ));
        let asked_by = identified(&options, client.clone()).await;
        let pace = Pace::new(options.most_at_once, options.clock.clone());
        Ok(Self::new(Renewed::new(asked_by, client), options, pace))
    }
}

/// A client of the SDK whose identity is looked for anew; connections and caps are those of `client`.
pub(crate) async fn identified(options: &Options, client: SharedHttpClient) -> Client {
    let mut config = base(options, client).await;
    config = config
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(options.limits.connect).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .force_path_style(options.path_style.unwrap_or(options.endpoint.is_some()));
    config.set_endpoint_url(options.endpoint.clone());
    Client::from_conf(config.build())
}

/// Key pairs that somebody else names.
struct Given(Arc<dyn Fn() -> (String, String) + Send + Sync>);

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given")
    }
}

impl ProvideCredentials for Given {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let (access, secret) = (self.0)();
        future::ProvideCredentials::ready(Ok(Credentials::new(access, secret, None, None, "given")))
    }
}

/// Who asks, where nobody has to be looked for.
fn named(options: &Options) -> Option<SharedCredentialsProvider> {
    match &options.identity {
        Identity::Key { access, secret } => {
            let fixed = Credentials::new(access, secret, None, None, "settings");
            Some(SharedCredentialsProvider::new(fixed))
        }
        Identity::Given(pair) => Some(SharedCredentialsProvider::new(Given(Arc::clone(pair)))),
        Identity::Chain | Identity::Profile(_) => None,
    }
}

/// Identity, region and client.
async fn base(options: &Options, client: SharedHttpClient) -> Builder {
    if let Some(named) = named(options) {
        let region = options.region.clone().unwrap_or_else(|| REGION.to_owned());
        return Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(named)
            .region(Region::new(region))
            .http_client(client);
    }
    Builder::from(&load(options, client).await)
}

/// Region and credentials for a service that is called without a generated client.
pub(crate) async fn identify(
    options: &Options,
    client: impl HttpClient + 'static,
) -> (String, Option<SharedCredentialsProvider>) {
    if let Some(named) = named(options) {
        return (options.region.clone().unwrap_or_else(|| REGION.to_owned()), Some(named));
    }
    let loaded = load(options, SharedHttpClient::new(client)).await;
    let region = loaded.region().map_or(REGION, Region::as_ref).to_owned();
    (region, loaded.credentials_provider())
}

/// What the AWS chain finds.
async fn load(options: &Options, client: SharedHttpClient) -> SdkConfig {
    let mut profile_region = ProfileFileRegionProvider::builder();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(client);
    if let Identity::Profile(name) = &options.identity {
        loader = loader.profile_name(name);
        profile_region = profile_region.profile_name(name);
    }
    // Not the machine's metadata service: off EC2 it costs seconds to learn that it is not there.
    let region = RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile_region.build())
        .or_else(Region::new(REGION));
    loader.region(region).load().await
}

pub(crate) fn check(options: &Options) -> Result<(), ConnectError> {
    if let Some(endpoint) = &options.endpoint {
        let rest = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
        let host = rest.map(|rest| rest.trim_end_matches('/'));
        let plain = |host: &str| !host.is_empty() && !host.contains(['@', ' ', '?', '#']);
        if !host.is_some_and(plain) {
            let shown = endpoint.rsplit_once('@').map_or(endpoint.as_str(), |(_, host)| host);
            return Err(ConnectError::Endpoint(shown.to_owned()));
        }
    }
    if options.authorities.iter().all(|pem| has_certificates(pem)) {
        Ok(())
    } else {
        Err(ConnectError::Authority)
    }
}

/// Whether every certificate can be an authority, and there is one. The HTTP client panics where that is not so.
fn has_certificates(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let is_good =
        |found: Result<CertificateDer<'static>, _>| found.is_ok_and(|found| roots.add(found).is_ok());
    CertificateDer::pem_slice_iter(pem).all(is_good) && !roots.is_empty()
}
