//! Answers that the server writes itself when a fault says so.

use hyper::http::{HeaderValue, Response};
use s3s::Body;

/// An S3 error as XML; nothing but the status where it has no code, as HEAD is answered.
pub(super) fn error(status: u16, code: &str, message: &str) -> Response<Body> {
    if code.is_empty() {
        return page(status, "application/xml", String::new());
    }
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>TEST0000</RequestId></Error>"
    );
    let mut response = page(status, "application/xml", body);
    response.headers_mut().insert("x-amz-request-id", HeaderValue::from_static("TEST0000"));
    response
}

/// A page that is no answer of S3.
pub(super) fn captive_portal() -> Response<Body> {
    page(200, "text/html", "<html><body>Welcome! Please accept our terms.</body></html>".to_owned())
}

fn page(status: u16, content_type: &str, body: String) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("content-length", body.len())
        .body(Body::from(body))
        .expect("status and headers are constants of this file and its callers")
}
