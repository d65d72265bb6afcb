//! How the client reads addresses of object stores.
//!
//! Pure. Surprise: parts of the host are counted, not looked at, so `s3.REGION.amazonaws.com/BUCKET/KEY` is read as a
//! bucket named `s3`.

use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::client::Client;

/// What an S3 address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// The bucket.
    pub bucket: String,
    /// The key, or the prefix of a folder.
    pub key: String,
    /// The region.
    pub region: String,
    /// Whether the host is one of Amazon's.
    pub amazon: bool,
}

/// An S3 address that the client does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadS3Address {
    /// Another number of parts than it knows, or no region.
    Host,
    /// A bucket and no key on a host of Amazon's.
    NoKey,
    /// A bucket and no key on another host.
    NoKeyElsewhere,
}

impl BadS3Address {
    /// The client's words, those of its end included.
    pub fn client_text(self, client: &Client) -> &'static str {
        if self == Self::NoKey && client.does(Behaviour::CrashesOnBucketWithoutKey) {
            return "panic: runtime error: index out of range";
        }
        match self {
            Self::Host | Self::NoKey => "URL is not a valid S3 URL",
            Self::NoKeyElsewhere => "URL is not a valid S3 compliant URL",
        }
    }
}

/// Which hosts of Amazon's a client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmazonHosts {
    /// Without a region between bucket and domain.
    Old,
    /// With it, told by a word in the host.
    Usual,
    /// The same, told by the end of the host, for every partition.
    Suffixes,
}

const SUFFIXES: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"];

/// Reads an S3 address.
pub fn s3_place(url: &GoUrl, hosts: AmazonHosts) -> Result<S3Place, BadS3Address> {
    let path = url.path_text();
    let path = path.strip_prefix('/').unwrap_or(&path);
    let Some(parts) = amazon_parts(&url.host, hosts) else {
        let (bucket, key) = path.split_once('/').ok_or(BadS3Address::NoKeyElsewhere)?;
        let region = url.query().first("region").filter(|name| !name.is_empty());
        return Ok(S3Place {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            region: region.unwrap_or_else(|| "us-east-1".to_owned()),
            amazon: false,
        });
    };
    let place = |bucket: &str, key: &str, region: &str| S3Place {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        region: region.to_owned(),
        amazon: true,
    };
    match parts.as_slice() {
        [first] => {
            let region = region_of(first);
            let region = if region.is_empty() {
                "us-east-1"
            } else {
                region
            };
            let (bucket, key) = path.split_once('/').ok_or(BadS3Address::NoKey)?;
            Ok(place(bucket, key, region))
        }
        [bucket, second] => match region_of(second) {
            "" => Err(BadS3Address::Host),
            region => Ok(place(bucket, path, region)),
        },
        [bucket, _, region] if hosts != AmazonHosts::Old => Ok(place(bucket, path, region)),
        _ => Err(BadS3Address::Host),
    }
}

/// The parts in front of Amazon's domain.
fn amazon_parts(host: &str, hosts: AmazonHosts) -> Option<Vec<&str>> {
    if hosts == AmazonHosts::Suffixes {
        let name = SUFFIXES
            .iter()
            .find_map(|suffix| host.strip_suffix(suffix))?;
        return Some(name.split('.').collect());
    }
    if !host.contains("amazonaws.com") {
        return None;
    }
    let mut parts: Vec<&str> = host.split('.').collect();
    parts.truncate(parts.len().saturating_sub(2));
    Some(parts)
}

fn region_of(part: &str) -> &str {
    let part = part.strip_prefix("s3-").unwrap_or(part);
    part.strip_prefix("s3").unwrap_or(part)
}

/// The host that Amazon answers on for a bucket, and whether the bucket is part of it.
pub fn amazon_host(bucket: &str, region: &str, virtual_host: bool) -> (String, bool) {
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    let store = if region == "us-east-1" && virtual_host {
        format!("s3.{domain}")
    } else {
        format!("s3.{region}.{domain}")
    };
    let fits = (3..=63).contains(&bucket.len())
        && bucket
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if virtual_host && fits {
        (format!("{bucket}.{store}"), true)
    } else {
        (store, false)
    }
}

/// A GCS address that the client does not take, in its words; `Ok` gives bucket and object.
pub fn gcs_place(url: &GoUrl) -> Result<(String, String), &'static str> {
    if !url.host.contains("googleapis.com") {
        return Err("storage: bucket name is empty");
    }
    let refused = "URL is not a valid GCS URL";
    if url.host.split('.').count() != 3 {
        return Err(refused);
    }
    let path = url.path_text();
    let mut parts = path.splitn(5, '/').skip(3);
    match (parts.next(), parts.next()) {
        (Some(bucket), Some(object)) => Ok((bucket.to_owned(), object.to_owned())),
        _ => Err(refused),
    }
}

/// The name of an object below a folder; `None` where it only shares the beginning of the folder's name.
pub fn below<'a>(prefix: &str, key: &'a str) -> Option<&'a str> {
    let prefix = prefix.trim_end_matches('/');
    let rest = key.strip_prefix(prefix)?;
    if prefix.is_empty() {
        return Some(rest.trim_start_matches('/'));
    }
    rest.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::AmazonHosts;
    use super::BadS3Address;
    use super::amazon_host;
    use super::below;
    use super::gcs_place;
    use super::s3_place;
    use crate::addr::url::GoUrl;
    use crate::client::Client;

    fn read(text: &str, hosts: AmazonHosts) -> Result<(String, String, String), BadS3Address> {
        let url = GoUrl::parse(text).expect("a URL");
        s3_place(&url, hosts).map(|place| (place.bucket, place.key, place.region))
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what is read")]
    fn place(
        bucket: &str,
        key: &str,
        region: &str,
    ) -> Result<(String, String, String), BadS3Address> {
        Ok((bucket.to_owned(), key.to_owned(), region.to_owned()))
    }

    #[test]
    fn a_bucket_without_a_key_ends_early_clients() {
        for (client, crashes) in [
            ("terraform@1.11.4", true),
            ("terraform@1.12.2", false),
            ("opentofu@1.10.10", true),
            ("opentofu@1.11.14", false),
        ] {
            let client = Client::parse(client).expect("the client of a test is known");
            assert_eq!(
                BadS3Address::NoKey
                    .client_text(&client)
                    .starts_with("panic:"),
                crashes,
                "{client}"
            );
        }
    }

    #[test]
    fn hosts_of_amazon_are_read_by_counting_their_parts() {
        let usual = |text| read(text, AmazonHosts::Usual);
        assert_eq!(
            usual("https://s3.amazonaws.com/b/k/x.zip"),
            place("b", "k/x.zip", "us-east-1")
        );
        assert_eq!(
            usual("https://s3-eu-west-1.amazonaws.com/b/k"),
            place("b", "k", "eu-west-1")
        );
        assert_eq!(
            usual("https://b.s3-eu-west-1.amazonaws.com/k"),
            place("b", "k", "eu-west-1")
        );
        assert_eq!(
            usual("https://b.s3.eu-west-1.amazonaws.com/k"),
            place("b", "k", "eu-west-1")
        );
        assert_eq!(
            usual("https://s3.eu-west-1.amazonaws.com/b/k"),
            place("s3", "b/k", "eu-west-1")
        );
        assert_eq!(
            usual("https://b.s3.amazonaws.com/k"),
            Err(BadS3Address::Host)
        );
        assert_eq!(
            usual("https://s3.amazonaws.com/b"),
            Err(BadS3Address::NoKey)
        );
        assert_eq!(
            read("https://b.s3.eu-west-1.amazonaws.com/k", AmazonHosts::Old),
            Err(BadS3Address::Host)
        );
        assert_eq!(
            read(
                "https://b.s3.cn-north-1.amazonaws.com.cn/k",
                AmazonHosts::Suffixes
            ),
            place("b", "k", "cn-north-1")
        );
    }

    #[test]
    fn other_hosts_have_bucket_and_key_in_the_path() {
        let usual = |text| read(text, AmazonHosts::Usual);
        assert_eq!(
            usual("http://127.0.0.1:1/b/k/y?region=eu-central-1"),
            place("b", "k/y", "eu-central-1")
        );
        assert_eq!(usual("http://h/b"), Err(BadS3Address::NoKeyElsewhere));
        assert_eq!(
            usual("s3://bucket/mod/x.zip"),
            place("mod", "x.zip", "us-east-1")
        );
    }

    #[test]
    fn the_endpoint_follows_bucket_and_region() {
        let host = |bucket, region, virtual_host| amazon_host(bucket, region, virtual_host).0;
        assert_eq!(host("bkt", "us-east-1", true), "bkt.s3.amazonaws.com");
        assert_eq!(host("a.b", "eu-west-1", true), "s3.eu-west-1.amazonaws.com");
        assert_eq!(
            host("bkt", "us-east-1", false),
            "s3.us-east-1.amazonaws.com"
        );
    }

    #[test]
    fn a_neighbour_is_no_object_of_the_folder() {
        assert_eq!(below("m/a", "m/a/x"), Some("x"));
        assert_eq!(below("m/a/", "m/a/x"), Some("x"));
        assert_eq!(below("m/a", "m/a2/x"), None);
        assert_eq!(below("", "x"), Some("x"));
    }

    #[test]
    fn addresses_of_gcs_have_three_parts_and_a_long_path() {
        let read = |text| gcs_place(&GoUrl::parse(text).expect("a URL"));
        assert_eq!(
            read("https://www.googleapis.com/storage/v1/b/o/x.zip"),
            Ok(("b".to_owned(), "o/x.zip".to_owned()))
        );
        assert!(read("https://www.googleapis.com/storage/v1/b").is_err());
        assert!(read("https://example.com/storage/v1/b/o").is_err());
    }
}
