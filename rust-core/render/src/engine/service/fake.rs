//! A service that answers what a test tells it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cyclorama_outcome::Kind;
use serde_json::Value;

use super::{Request, Service, ServiceError};

/// Answers with the last word it was given; remembers what it was asked.
pub(in crate::engine) struct Fake {
    asked: Mutex<Vec<Request>>,
    answer: Mutex<Result<Value, ServiceError>>,
}

impl Fake {
    pub(in crate::engine) fn new(answer: Value) -> Arc<Self> {
        Arc::new(Self { asked: Mutex::default(), answer: Mutex::new(Ok(answer)) })
    }

    pub(in crate::engine) fn refusing(kind: Kind) -> Arc<Self> {
        let error = ServiceError { kind, words: "it refused".to_owned(), hint: None };
        Arc::new(Self { asked: Mutex::default(), answer: Mutex::new(Err(error)) })
    }

    pub(in crate::engine) fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("no test panicked here").clone()
    }
}

#[async_trait]
impl Service for Fake {
    async fn call(&self, request: &Request) -> Result<Vec<u8>, ServiceError> {
        self.asked.lock().expect("no test panicked here").push(request.clone());
        let answer = self.answer.lock().expect("no test panicked here").clone();
        answer.map(|answer| answer.to_string().into_bytes())
    }
}
