//! A small S3 server that keeps its promises, and breaks them when it is told to.
//!
//! Conditional writes are judged under one lock. Every request is counted and logged. Faults come from a schedule
//! that sees each request: refusals, cuts, stalls, slow bodies, flipped bits, lost answers. [`S3Server::client`]
//! joins the AWS SDK to it without a socket, so that tests run in virtual time; [`S3Server::listen`] serves other
//! programs over TCP. It is a test server: never a place to keep anything.

mod answers;
mod bodies;
mod checks;
mod direct;
mod faults;
mod folder;
mod front;
mod listen;
mod objects;
mod operations;
mod traffic;
mod uploads;

pub use direct::DirectClient;
pub use faults::{Fault, Schedule, Seeded};
pub use folder::FolderError;
pub use front::Cut;
pub use listen::{AUTHORITY, Listening, TLS_NAME};
pub use traffic::{Operation, Record, Seen, Traffic};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cyclorama_time::Clock;

use objects::Objects;

/// The access key that the server knows.
pub const ACCESS_KEY: &str = "test-access-key";
/// Its secret.
pub const SECRET_KEY: &str = "test-secret-key";
/// The bucket that is there from the start.
pub const BUCKET: &str = "stage";

/// What the server leaves out for good, unlike a fault that comes and goes.
#[derive(Clone, Debug)]
pub struct Modes {
    /// Conditional writes are answered 200 and done whatever is there, as some servers do.
    pub ignores_conditions: bool,
    /// Checksums are neither checked nor kept nor returned.
    pub no_checksums: bool,
    /// A listing shows a write only after this many later ones.
    pub stale_list: usize,
    /// The smallest part of a multipart upload but for the last, bytes. S3: 5 MiB.
    pub least_part: u64,
    /// Each request must say that whoever asks pays.
    pub wants_payer: bool,
    /// What begins a write must say that it is encrypted in this way, as a bucket's policy may want.
    pub wants_encryption: Option<&'static str>,
}

impl Modes {
    /// Why a request is refused, if it is.
    fn refuse(&self, operation: Operation, headers: &hyper::http::HeaderMap) -> Option<&'static str> {
        let says = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
        if self.wants_payer && !says("x-amz-request-payer", "requester") {
            return Some("Access Denied: whoever asks pays");
        }
        let begins_write = matches!(operation, Operation::PutObject | Operation::CreateUpload);
        let wanted = self.wants_encryption.filter(|_| begins_write)?;
        (!says("x-amz-server-side-encryption", wanted)).then_some("Access Denied with an explicit deny")
    }
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            ignores_conditions: false,
            no_checksums: false,
            stale_list: 0,
            least_part: 5 << 20,
            wants_payer: false,
            wants_encryption: None,
        }
    }
}

/// A running server's heart; clones are the same server.
#[derive(Clone)]
pub struct S3Server {
    inner: Arc<Inner>,
}

struct Inner {
    objects: Mutex<Objects>,
    traffic: Mutex<Traffic>,
    schedule: Mutex<Box<dyn Schedule>>,
    service: std::sync::OnceLock<s3s::service::S3Service>,
    clock: Arc<dyn Clock>,
}

impl S3Server {
    /// An empty server in memory with the bucket [`BUCKET`], no faults, and `modes`.
    pub fn new(clock: Arc<dyn Clock>, modes: Modes) -> Self {
        Self::with_objects(Objects::new(modes), clock)
    }

    fn with_objects(objects: Objects, clock: Arc<dyn Clock>) -> Self {
        let inner = Arc::new(Inner {
            objects: Mutex::new(objects),
            traffic: Mutex::default(),
            schedule: Mutex::new(Box::new(faults::None)),
            service: std::sync::OnceLock::new(),
            clock,
        });
        let mut builder =
            s3s::service::S3ServiceBuilder::new(operations::Service { server: Arc::downgrade(&inner) });
        builder.set_auth(s3s::auth::SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let first = inner.service.set(builder.build()).is_ok();
        debug_assert!(first, "set once, here");
        Self { inner }
    }

    /// From now on faults come from `schedule`.
    pub fn set_schedule(&self, schedule: impl Schedule + 'static) {
        *self.inner.schedule.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(schedule);
    }

    /// No more faults.
    pub fn heal(&self) {
        self.set_schedule(faults::None);
    }

    /// What was asked since the start, or since [`S3Server::forget_traffic`].
    pub fn traffic(&self) -> Traffic {
        self.inner.traffic().clone()
    }

    /// Counts from zero again.
    pub fn forget_traffic(&self) {
        *self.inner.traffic() = Traffic::default();
    }

    /// The bytes of an object, past all faults. `None` when it is not there.
    pub fn peek(&self, key: &str) -> Option<bytes::Bytes> {
        self.inner.objects().bytes(BUCKET, key)
    }

    /// Puts an object there, past all faults.
    pub fn plant(&self, key: &str, bytes: bytes::Bytes) {
        let now = self.inner.now();
        self.inner.objects().plant(BUCKET, key, bytes, now);
    }

    /// The keys of the bucket, past all faults.
    pub fn keys(&self) -> Vec<String> {
        self.inner.objects().keys(BUCKET)
    }

    /// Every object under `prefix` sleeps in an archive from now on.
    pub fn put_to_sleep(&self, prefix: &str) {
        self.inner.objects().put_to_sleep(BUCKET, prefix);
    }

    /// The keys that sleep and were asked for.
    pub fn woken(&self) -> Vec<String> {
        self.inner.objects().asked_for()
    }

    /// The hours have passed: what was asked for can be read.
    pub fn wake(&self) {
        self.inner.objects().wake();
    }

    /// How many multipart uploads are open.
    pub fn open_uploads(&self) -> usize {
        self.inner.objects().open_uploads()
    }
}

impl Inner {
    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> std::time::SystemTime {
        let nanos = u64::try_from(self.clock.utc().nanos()).unwrap_or(0);
        std::time::UNIX_EPOCH + std::time::Duration::from_nanos(nanos)
    }
}
