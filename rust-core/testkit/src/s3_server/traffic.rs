//! What was asked of the server: one record a request, and counts by operation.

use std::collections::BTreeMap;

/// The operations the server tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the S3 operation of the same name")]
pub enum Operation {
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    ListObjects,
    CreateUpload,
    UploadPart,
    ListParts,
    CompleteUpload,
    AbortUpload,
    ListUploads,
    Other,
}

/// A request as a schedule sees it, before anything is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What is asked.
    pub operation: Operation,
    /// The bucket and key, or what else the path says.
    pub path: String,
    /// Whether it has a condition.
    pub conditional: bool,
    /// Counts all requests, from 0.
    pub number: u64,
}

impl Seen {
    pub(super) fn of(parts: &hyper::http::request::Parts, number: u64) -> Self {
        let query = parts.uri.query().unwrap_or("");
        let path = parts.uri.path().trim_start_matches('/').to_owned();
        let has_key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
        let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        let conditional = ["if-match", "if-none-match"].iter().any(|name| parts.headers.contains_key(*name));
        let operation = match (parts.method.as_str(), has_key) {
            ("GET", true) if has("uploadId") => Operation::ListParts,
            ("GET", true) => Operation::GetObject,
            ("HEAD", true) => Operation::HeadObject,
            ("PUT", true) if has("partNumber") => Operation::UploadPart,
            ("PUT", true) if parts.headers.contains_key("x-amz-copy-source") => Operation::CopyObject,
            ("PUT", true) => Operation::PutObject,
            ("DELETE", true) if has("uploadId") => Operation::AbortUpload,
            ("DELETE", true) => Operation::DeleteObject,
            ("POST", true) if has("uploads") => Operation::CreateUpload,
            ("POST", true) if has("uploadId") => Operation::CompleteUpload,
            ("GET", false) if has("uploads") => Operation::ListUploads,
            ("GET", false) if !path.is_empty() && !has("location") => Operation::ListObjects,
            _ => Operation::Other,
        };
        Self { operation, path, conditional, number }
    }
}

/// One request that was served, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What was asked.
    pub operation: Operation,
    /// The bucket and key.
    pub path: String,
    /// The status sent; `None` when the connection was cut or never answered.
    pub status: Option<u16>,
    /// The fault that was injected, by name.
    pub fault: Option<&'static str>,
    /// Body bytes received.
    pub bytes_in: u64,
    /// Body bytes that the answer has; a cut answer sends fewer.
    pub bytes_out: u64,
}

/// All requests, in the order in which they were finished.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    pub(super) records: Vec<Record>,
    pub(super) asked: u64,
    pub(super) at_once: usize,
    pub(super) most_at_once: usize,
}

impl Traffic {
    /// Each request.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many requests asked for `operation`.
    pub fn count(&self, operation: Operation) -> usize {
        self.records.iter().filter(|record| record.operation == operation).count()
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.records.len()
    }

    /// Requests by operation.
    pub fn by_operation(&self) -> BTreeMap<Operation, usize> {
        let mut counts = BTreeMap::new();
        for record in &self.records {
            *counts.entry(record.operation).or_insert(0) += 1;
        }
        counts
    }

    /// Body bytes received.
    pub fn bytes_in(&self) -> u64 {
        self.records.iter().map(|record| record.bytes_in).sum()
    }

    /// Body bytes sent.
    pub fn bytes_out(&self) -> u64 {
        self.records.iter().map(|record| record.bytes_out).sum()
    }

    /// The most requests that were being served at the same time.
    pub fn most_at_once(&self) -> usize {
        self.most_at_once
    }
}
