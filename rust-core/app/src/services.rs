//! Services of AWS beside S3, reached as this site reaches its stores: same profile, region, proxy and certificates.

use std::sync::Arc;

pub use cyclorama_s3::service::{Call, Service, ServiceFailure};
use cyclorama_s3::{Options, Place};
use cyclorama_time::Clock;

use crate::stores::{OpenStoreError, reach_of};
use crate::{Environment, Settings};

/// The service called `name`, as in `deadline`. Another endpoint than AWS's is `AWS_ENDPOINT_URL_` and its name in
/// capitals; endpoints of stores are not looked at. `region` is the one that what is asked for lies in, where that is known.
/// Asks nothing of it yet.
///
/// # Errors
/// [`OpenStoreError`] when the settings cannot be right.
pub async fn open(
    name: &str,
    region: Option<&str>,
    settings: &Settings,
    environment: &Environment,
    clock: Arc<dyn Clock>,
) -> Result<Service, OpenStoreError> {
    let mut reach = reach_of(settings)?;
    reach.lay_environment(environment);
    let own = environment.get(&format!("AWS_ENDPOINT_URL_{}", name.to_uppercase()));
    reach.region = region.map(str::to_owned).or(reach.region);
    reach.endpoint = own.filter(|endpoint| !endpoint.is_empty()).map(str::to_owned);
    // A service has no bucket.
    let mut options = Options::new(Place { bucket: String::new(), prefix: String::new() }, clock);
    reach.apply(&mut options)?;
    Ok(Service::connect(name, &options).await?)
}
