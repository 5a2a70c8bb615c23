//! The AWS SDK joined to the server without a socket: requests are function calls, so time can be virtual.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use cyclorama_s3::{Identity, Options, Place, S3Store};
use hyper::http::HeaderValue;

use super::{ACCESS_KEY, BUCKET, Cut, S3Server, SECRET_KEY};

/// A client of the SDK whose requests go straight into the server.
#[derive(Clone)]
pub struct DirectClient(S3Server);

impl S3Server {
    /// A client of the SDK whose requests go straight into this server.
    pub fn client(&self) -> DirectClient {
        DirectClient(self.clone())
    }
}

impl fmt::Debug for DirectClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DirectClient")
    }
}

impl HttpClient for DirectClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for DirectClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let server = self.0.clone();
        HttpConnectorFuture::new(async move {
            let mut request =
                request.try_into_http1x().map_err(|error| ConnectorError::user(Box::new(error)))?;
            let host = request.uri().authority().map_or("localhost", |authority| authority.as_str());
            if let Ok(host) = HeaderValue::from_str(host) {
                request.headers_mut().entry("host").or_insert(host);
            }
            let response =
                server.serve(request).await.map_err(|cut: Cut| ConnectorError::io(Box::new(cut)))?;
            let response = response.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::user(Box::new(error)))
        })
    }
}

impl S3Server {
    /// What a store on this server's bucket is opened with: endpoint, key and clock. Change what a test is about.
    pub fn options(&self) -> Options {
        let place = Place { bucket: BUCKET.to_owned(), prefix: String::new() };
        let identity = Identity::Key { access: ACCESS_KEY.to_owned(), secret: SECRET_KEY.to_owned() };
        let endpoint = Some("http://localhost:9000".to_owned());
        Options { endpoint, identity, ..Options::new(place, Arc::clone(&self.inner.clock)) }
    }

    /// A store on this server's bucket, joined without a socket.
    pub async fn store(&self) -> S3Store {
        self.store_with(self.options()).await
    }

    /// As [`S3Server::store`], with other options.
    pub async fn store_with(&self, options: Options) -> S3Store {
        S3Store::connect_with(options, self.client()).await.expect("the options are right")
    }
}
