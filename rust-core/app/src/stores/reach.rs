//! How S3 is reached from here: what one site's profile says. Holds no keys; those come from the AWS chain.

use std::path::PathBuf;

use cyclorama_s3::{Checksums, Encryption, Identity, Options, Proxy};

use super::OpenStoreError;
use crate::Environment;
use crate::settings::with_unit;

/// A site's profile, or the settings that hold for all sites. What is `None` is left to the next layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// Another server than AWS, `https://host`.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The AWS profile whose credentials are used.
    pub profile: Option<String>,
    /// A file of certificate authorities beside the system's, PEM.
    pub ca: Option<PathBuf>,
    /// `http://host:port`.
    pub proxy: Option<String>,
    /// Hosts that are reached without the proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Whether the bucket stands in the path.
    pub path_style: Option<bool>,
    /// Whether our checksums are sent.
    pub checksums: Option<Checksums>,
    /// How the bucket is asked to encrypt what is written; a key of KMS stands in the next one.
    pub encryption: Option<Encryption>,
    /// The key of KMS that it is asked to encrypt with.
    pub encryption_key: Option<String>,
    /// Whether who asks pays.
    pub requester_pays: Option<bool>,
    /// The most bytes a second up.
    pub cap_up: Option<u64>,
    /// The most bytes a second down.
    pub cap_down: Option<u64>,
    /// The most requests at once.
    pub requests: Option<usize>,
    /// A folder for what need not be fetched twice, in place of the user's.
    pub cache: Option<PathBuf>,
    /// The edge that is read through, `host:port`; empty for none, whatever holds elsewhere.
    pub edge: Option<String>,
    /// A file with the edge's token.
    pub edge_token_file: Option<PathBuf>,
}

/// The names of a profile's entries, in the order people read them.
pub const NAMES: [&str; 17] = [
    "endpoint",
    "region",
    "profile",
    "ca",
    "proxy",
    "no-proxy",
    "path-style",
    "checksums",
    "encryption",
    "encryption-key",
    "requester-pays",
    "cap-up",
    "cap-down",
    "requests",
    "cache",
    "edge",
    "edge-token-file",
];

impl Reach {
    /// Puts the text of the entry `name` in; `None` when there is no such entry or the text does not fit.
    pub(crate) fn set(&mut self, name: &str, text: &str) -> Option<()> {
        let filled = || (!text.is_empty()).then(|| text.to_owned());
        match name {
            "endpoint" => self.endpoint = Some(filled().filter(|text| text.contains("://"))?),
            "region" => self.region = Some(filled()?),
            "profile" => self.profile = Some(filled()?),
            "ca" => self.ca = Some(PathBuf::from(filled()?)),
            "proxy" => self.proxy = Some(filled()?),
            "no-proxy" => self.no_proxy = Some(text.to_owned()),
            "path-style" => self.path_style = Some(text.parse().ok()?),
            "checksums" => {
                self.checksums = Some(match text {
                    "crc64nvme" => Checksums::Crc64Nvme,
                    "off" => Checksums::Off,
                    _ => return None,
                });
            }
            "encryption" => {
                self.encryption = Some(match text {
                    "bucket" => Encryption::Bucket,
                    "AES256" => Encryption::S3,
                    "aws:kms" => Encryption::Kms(None),
                    _ => return None,
                });
            }
            "encryption-key" => self.encryption_key = Some(filled()?),
            "requester-pays" => self.requester_pays = Some(text.parse().ok()?),
            "cap-up" => self.cap_up = Some(rate(text)?),
            "cap-down" => self.cap_down = Some(rate(text)?),
            "requests" => self.requests = Some(text.parse().ok().filter(|count| (1..=1024).contains(count))?),
            "cache" => self.cache = Some(PathBuf::from(filled()?)),
            "edge" if text.is_empty() || is_host_and_port(text) => self.edge = Some(text.to_owned()),
            "edge-token-file" => self.edge_token_file = Some(PathBuf::from(filled()?)),
            _ => return None,
        }
        Some(())
    }

    /// This profile, and below it `base`.
    pub(super) fn over(&self, base: &Self) -> Self {
        let Self { endpoint, region, profile, ca, proxy, no_proxy, cache, .. } = self.clone();
        // A token belongs to its edge.
        let nearby = if self.edge.is_some() { self } else { base };
        // And a key to the encryption it is for.
        let key_of_base = if self.encryption.is_none() { base.encryption_key.as_ref() } else { None };
        Self {
            endpoint: endpoint.or_else(|| base.endpoint.clone()),
            region: region.or_else(|| base.region.clone()),
            profile: profile.or_else(|| base.profile.clone()),
            ca: ca.or_else(|| base.ca.clone()),
            proxy: proxy.or_else(|| base.proxy.clone()),
            no_proxy: no_proxy.or_else(|| base.no_proxy.clone()),
            path_style: self.path_style.or(base.path_style),
            checksums: self.checksums.or(base.checksums),
            encryption: self.encryption.clone().or_else(|| base.encryption.clone()),
            encryption_key: self.encryption_key.as_ref().or(key_of_base).cloned(),
            requester_pays: self.requester_pays.or(base.requester_pays),
            cap_up: self.cap_up.or(base.cap_up),
            cap_down: self.cap_down.or(base.cap_down),
            requests: self.requests.or(base.requests),
            cache: cache.or_else(|| base.cache.clone()),
            edge: nearby.edge.clone(),
            edge_token_file: nearby.edge_token_file.clone(),
        }
    }

    /// Lays what other tools also read from the environment over this. Credentials, `AWS_PROFILE` and `AWS_REGION`
    /// are read by the AWS chain itself.
    pub(crate) fn lay_environment(&mut self, environment: &Environment) {
        let first = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| environment.get(name));
            values.find(|value| !value.is_empty()).map(str::to_owned)
        };
        if let Some(endpoint) = first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) {
            self.endpoint = Some(endpoint);
        }
        if let Some(region) = first(&["AWS_REGION", "AWS_DEFAULT_REGION"]) {
            self.region = Some(region);
        }
        if let Some(ca) = first(&["AWS_CA_BUNDLE"]) {
            self.ca = Some(PathBuf::from(ca));
        }
        if self.proxy.is_none() {
            let plain = self.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
            let names: &[&str] = if plain {
                &["http_proxy", "ALL_PROXY", "all_proxy"]
            } else {
                &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            };
            self.proxy = first(names);
        }
        if self.no_proxy.is_none() {
            self.no_proxy = first(&["NO_PROXY", "no_proxy"]);
        }
    }

    /// Puts all of it into `options`.
    pub(crate) fn apply(self, options: &mut Options) -> Result<(), OpenStoreError> {
        if let Some(path) = self.ca {
            let pem = std::fs::read(&path).map_err(|source| OpenStoreError::Authority { path, source })?;
            options.authorities.push(pem);
        }
        options.identity = self.profile.map_or(Identity::Chain, Identity::Profile);
        options.endpoint = self.endpoint;
        options.region = self.region;
        options.path_style = self.path_style;
        options.checksums = self.checksums.unwrap_or_default();
        options.encryption = match (self.encryption, self.encryption_key) {
            (None | Some(Encryption::Kms(_)), Some(key)) => Encryption::Kms(Some(key)),
            (encryption, _) => encryption.unwrap_or_default(),
        };
        options.requester_pays = self.requester_pays.unwrap_or_default();
        let except = self.no_proxy.unwrap_or_default();
        options.proxy = self.proxy.map(|url| Proxy { url, except });
        (options.cap_up, options.cap_down) = (self.cap_up, self.cap_down);
        options.most_at_once = self.requests.unwrap_or(options.most_at_once);
        Ok(())
    }
}

/// Whether it looks like a machine's name or address and a port. Names are looked up when they are used.
fn is_host_and_port(text: &str) -> bool {
    let port =
        text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    matches!(port, Some(Ok(1..)))
}

/// Reads bytes a second: a number, or one with `kB`, `MB`, `GB`, `kbit`, `Mbit` or `Gbit`.
fn rate(text: &str) -> Option<u64> {
    let units = [("kbit", 125.0), ("Mbit", 125e3), ("Gbit", 125e6), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9)];
    let (number, unit) = with_unit(text, &units).or_else(|| Some((text.trim().parse().ok()?, 1.0)))?;
    let bytes = number * unit;
    (1000.0..=1e12).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_bytes_or_have_a_unit() {
        for (text, bytes) in [("5000", 5000), ("200 Mbit", 25_000_000), ("1.5MB", 1_500_000), ("8kbit", 1000)]
        {
            assert_eq!(rate(text), Some(bytes), "{text}");
        }
        for text in ["", "fast", "-1MB", "NaN", "inf", "0", "1e99"] {
            assert_eq!(rate(text), None, "{text}");
        }
    }

    #[test]
    fn every_named_entry_can_be_set() {
        let values = [
            "https://s3",
            "eu-west-1",
            "p",
            "/ca.pem",
            "http://p:1",
            "x",
            "true",
            "off",
            "aws:kms",
            "alias/wall",
            "true",
            "1MB",
            "1MB",
            "4",
            "/cache",
            "edge:7070",
            "/token",
        ];
        for (name, value) in NAMES.into_iter().zip(values) {
            let mut reach = Reach::default();
            assert_eq!(reach.set(name, value), Some(()), "{name}");
            assert_ne!(reach, Reach::default(), "{name} did not change anything");
        }
        assert_eq!(Reach::default().set("endpiont", "https://s3"), None);
        for edge in ["edge", "edge:", ":7070", "edge:0", "edge:99999", "http://edge:7070/"] {
            assert_eq!(Reach::default().set("edge", edge), None, "{edge}");
        }
    }

    #[test]
    fn a_profile_lies_over_another_and_a_token_goes_with_its_edge() {
        let reach = |entries: &[(&str, &str)]| {
            let mut reach = Reach::default();
            for (name, value) in entries {
                assert_eq!(reach.set(name, value), Some(()), "{name}");
            }
            reach
        };
        let base =
            reach(&[("cache", "/all"), ("edge", "edge:1"), ("edge-token-file", "/word"), ("requests", "4")]);
        let told = |over: &[(&str, &str)]| {
            let Reach { cache, edge, edge_token_file, requests, .. } = reach(over).over(&base);
            let text = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
            assert_eq!(requests, Some(4));
            [text(cache), edge, text(edge_token_file)]
        };
        let some = |values: [&str; 3]| values.map(|value| Some(value.to_owned()));
        assert_eq!(told(&[]), some(["/all", "edge:1", "/word"]));
        assert_eq!(told(&[("cache", "/here")]), some(["/here", "edge:1", "/word"]));
        assert_eq!(told(&[("edge", "other:2")]), [Some("/all".to_owned()), Some("other:2".to_owned()), None]);
        assert_eq!(told(&[("edge", "")])[1].as_deref(), Some(""));
    }
}
