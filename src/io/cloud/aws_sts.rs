//! Keys that are exchanged for others: roles, tokens of an identity provider, single sign-on.
//!
//! The first version of the library asks one address of STS for most regions, the second one that of the region. A cached token
//! of single sign-on is used while it is valid; it is never renewed here.

use super::AwsKey;
use super::aws::Hunt;
use super::aws::Sdk;
use super::aws_machine::why;
use super::json_of;
use super::profile::Role;
use super::profile::Sso;
use super::question;
use super::sign::Signed;
use super::sign::headers;
use super::sign::value_text;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::Method;
use crate::io::files;
use crate::secret::Secret;
use crate::syntax::store_xml;
use crate::trace::act::Act;
use jiff::Timestamp;
use serde_json::Value;
use sha1::Digest;
use std::path::Path;

/// Regions that share one address of STS in the first version of the library.
const SHARED_STS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl Hunt<'_> {
    /// Takes on a role with a key.
    pub(super) async fn assume(&mut self, role: &Role, key: &AwsKey) -> Option<AwsKey> {
        if role.needs_device {
            return self.miss(
                "AssumeRoleTokenProviderNotSetError: assume role with MFA enabled, but AssumeRoleTokenProvider session option not set.",
            );
        }
        let mut form = vec![
            ("Action", "AssumeRole".to_owned()),
            ("DurationSeconds", "900".to_owned()),
            ("RoleArn", role.arn.clone()),
            ("RoleSessionName", session_name(role)),
            ("Version", "2011-06-15".to_owned()),
        ];
        if let Some(id) = &role.external_id {
            form.insert(2, ("ExternalId", id.clone()));
        }
        let body = form_text(&form);
        let (address, region) = self.sts();
        let mut ask = self.sts_question(&address, body.clone());
        let kind = ask.headers.clone();
        let host = address
            .split_once("://")
            .map_or("", |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        let signed = Signed {
            method: "POST",
            service: "sts",
            region: &region,
            path: "/".to_owned(),
            query: String::new(),
            headers: vec![
                (
                    "content-type",
                    kind.first()
                        .map(|(_, value)| value.clone())
                        .unwrap_or_default(),
                ),
                ("host", host.to_owned()),
            ],
            body: &body,
        };
        ask.headers = headers(signed, key, Timestamp::now());
        let answer = self.send(ask).await;
        let origin = format!("the role {} with the key of {}", role.arn, key.origin);
        self.sts_key(&answer, &origin)
    }

    /// Takes on a role with the token in a file.
    pub(super) async fn web_identity(&mut self, file: &Path, role: &Role) -> Option<AwsKey> {
        let (read, bytes) = files::read(file, super::FILE_BYTES);
        self.step.act(Act::File(read));
        let Some(token) = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) else {
            return self.miss(format!(
                "WebIdentityErr: failed fetching WebIdentity token: unable to read file at {}",
                file.display()
            ));
        };
        self.io
            .redactor
            .learn(&Secret::new(token.trim().to_owned()));
        let body = form_text(&[
            ("Action", "AssumeRoleWithWebIdentity".to_owned()),
            ("RoleArn", role.arn.clone()),
            ("RoleSessionName", session_name(role)),
            ("Version", "2011-06-15".to_owned()),
            ("WebIdentityToken", token),
        ]);
        let (address, _) = self.sts();
        let ask = self.sts_question(&address, body);
        let answer = self.send(ask).await;
        let origin = format!("the role {} with the token in {}", role.arn, file.display());
        self.sts_key(&answer, &origin)
    }

    /// The address of STS, and the region that is signed for.
    fn sts(&self) -> (String, String) {
        let region = self.region.clone();
        let env = &self.io.env;
        let named = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]
            .iter()
            .find_map(|name| env.filled(name))
            .filter(|_| self.sdk == Sdk::Second);
        if let Some(named) = named {
            return (format!("{}/", named.trim_end_matches('/')), region);
        }
        let is_regional = env
            .filled("AWS_STS_REGIONAL_ENDPOINTS")
            .is_some_and(|value| value.eq_ignore_ascii_case("regional"));
        let is_shared = SHARED_STS.contains(&region.as_str());
        if self.sdk == Sdk::First && !is_regional && is_shared {
            return (
                "https://sts.amazonaws.com/".to_owned(),
                "us-east-1".to_owned(),
            );
        }
        let domain = if region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        (format!("https://sts.{region}.{domain}/"), region)
    }

    fn sts_question(&self, address: &str, body: String) -> Ask {
        let mut ask = question(address, &self.io.limits);
        ask.method = Method::Post;
        ask.headers.push((
            "content-type".to_owned(),
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        ));
        ask.body = Some(Secret::new(body));
        ask
    }

    fn sts_key(&mut self, answer: &Answer, origin: &str) -> Option<AwsKey> {
        let Some(got) = answer.got() else {
            return self.miss(format!("RequestError: STS gives no answer{}", why(answer)));
        };
        if got.status == 200
            && let Some(found) = store_xml::credentials(got.bytes())
        {
            return Some(AwsKey::new(
                &self.io.redactor,
                &found.id,
                &found.secret,
                Some(&found.session),
                origin,
            ));
        }
        let error = store_xml::error(got.bytes());
        let code = if error.code.is_empty() {
            format!("status {}", got.status)
        } else {
            error.code
        };
        self.miss(format!("STS refuses: {code}: {}", error.message))
    }

    /// The key behind a cached token of single sign-on.
    pub(super) async fn sso(&mut self, sso: &Sso) -> Option<AwsKey> {
        let Some(token) = self.cached_token(sso) else {
            return self.miss(
                "SSOProviderInvalidToken: the SSO session has expired or is invalid: run `aws sso login`",
            );
        };
        let env = &self.io.env;
        let base = env
            .filled("AWS_ENDPOINT_URL_SSO")
            .filter(|_| self.sdk == Sdk::Second)
            .map_or_else(
                || format!("https://portal.sso.{}.amazonaws.com", sso.region),
                |named| named.trim_end_matches('/').to_owned(),
            );
        let address = format!(
            "{base}/federation/credentials?account_id={}&role_name={}",
            value_text(&sso.account),
            value_text(&sso.role)
        );
        let mut ask = question(address, &self.io.limits);
        ask.headers
            .push(("x-amz-sso_bearer_token".to_owned(), token));
        let answer = self.send(ask).await;
        let document = answer
            .got()
            .filter(|got| got.status == 200)
            .and_then(json_of);
        let text = |name: &str| {
            let value = document.as_ref()?.get("roleCredentials")?.get(name)?;
            value.as_str()
        };
        let (Some(id), Some(secret)) = (text("accessKeyId"), text("secretAccessKey")) else {
            return self.miss(format!("SSO gives no key{}", why(&answer)));
        };
        Some(AwsKey::new(
            &self.io.redactor,
            id,
            secret,
            text("sessionToken"),
            format!("single sign-on as {}", sso.role),
        ))
    }

    /// The token that `aws sso login` left, while it is valid.
    fn cached_token(&mut self, sso: &Sso) -> Option<String> {
        let name = hex::encode(sha1::Sha1::digest(sso.cache_name.as_bytes()));
        let path = self
            .io
            .env
            .home()?
            .join(".aws/sso/cache")
            .join(format!("{name}.json"));
        let (read, bytes) = files::read(&path, super::FILE_BYTES);
        self.step.act(Act::File(read));
        let document: Value = serde_json::from_slice(&bytes?).ok()?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let ends: Timestamp = text("expiresAt")?.parse().ok()?;
        let token = text("accessToken")?.to_owned();
        self.io.redactor.learn(&Secret::new(token.clone()));
        (ends > Timestamp::now()).then_some(token)
    }
}

fn session_name(role: &Role) -> String {
    role.session_name
        .clone()
        .unwrap_or_else(|| Timestamp::now().as_nanosecond().to_string())
}

fn form_text(pairs: &[(&str, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", value_text(value)))
        .collect();
    pairs.join("&")
}
