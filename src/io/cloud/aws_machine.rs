//! Keys that a container or an instance hands out to what runs in it.
//!
//! Asks only addresses that are fixed or stand in the environment. The first version of the library takes a full address of a
//! container only on this machine; the token of the instance's service is asked for first, and done without where the service
//! does not know it.

use super::AwsKey;
use super::aws::Hunt;
use super::aws::Sdk;
use super::json_of;
use super::machine_question;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::ask::Method;
use crate::io::dns;
use crate::io::files;
use serde_json::Value;

/// Where containers of one kind ask.
const CONTAINER: &str = "http://169.254.170.2";
/// Hosts that hand out keys to containers, besides this machine.
const CONTAINER_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
/// Where instances ask.
const INSTANCE: &str = "http://169.254.169.254";
const INSTANCE_SIX: &str = "http://[fd00:ec2::254]";
/// The roles of an instance.
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

impl Hunt<'_> {
    /// The key of a container, else that of the instance.
    pub(super) async fn machine(&mut self) -> Option<AwsKey> {
        match self.container_address() {
            Some(address) => self.container(&address).await,
            None => self.instance(None).await,
        }
    }

    fn container_address(&self) -> Option<String> {
        let env = &self.io.env;
        let full = env.filled("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        let relative = env.filled("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        full.map(str::to_owned)
            .or_else(|| relative.map(|path| format!("{CONTAINER}{path}")))
    }

    /// The key of a container.
    pub(super) async fn container(&mut self, address: &str) -> Option<AwsKey> {
        let host = crate::addr::url::GoUrl::parse(address)
            .map(|url| (url.scheme.clone(), url.hostname().to_owned()));
        let Ok((scheme, host)) = host else {
            return self.miss("CredentialsEndpointError: invalid URL");
        };
        let is_fixed = address.starts_with(CONTAINER);
        let is_known = match self.sdk {
            Sdk::First => false,
            Sdk::Second => scheme == "https" || CONTAINER_HOSTS.contains(&host.as_str()),
        };
        if !(is_fixed || is_known || dns::is_loopback_host(&host)) {
            let hosts = match self.sdk {
                Sdk::First => "loopback hosts",
                Sdk::Second => "loopback/ecs/eks hosts",
            };
            return self.miss(format!(
                "CredentialsEndpointError: invalid endpoint host, \"{host}\", only {hosts} are allowed."
            ));
        }
        let mut ask = machine_question(address, &self.io.limits);
        ask.headers
            .push(("accept".to_owned(), "application/json".to_owned()));
        if let Some(token) = self.container_token() {
            ask.headers.push(("authorization".to_owned(), token));
        }
        let answer = self.send(ask).await;
        self.key_in(&answer, "CredentialsEndpointError", "the container")
    }

    fn container_token(&self) -> Option<String> {
        let env = &self.io.env;
        let file = env
            .filled("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            .filter(|_| self.sdk == Sdk::Second);
        if let Some(file) = file {
            let (_, bytes) = files::read(std::path::Path::new(file), super::FILE_BYTES);
            return bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
        }
        env.filled("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            .map(str::to_owned)
    }

    /// The key of the instance's role; `at` is an address that stands in the environment.
    pub(super) async fn instance(&mut self, at: Option<&str>) -> Option<AwsKey> {
        let env = &self.io.env;
        let is_off = env
            .filled("AWS_EC2_METADATA_DISABLED")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if is_off {
            return self.miss(
                "EC2RoleRequestError: no EC2 instance role found: EC2 IMDS access disabled via AWS_EC2_METADATA_DISABLED env var",
            );
        }
        let base = at
            .or_else(|| env.filled("AWS_EC2_METADATA_SERVICE_ENDPOINT"))
            .unwrap_or_else(
                || match env.filled("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") {
                    Some(mode) if mode.eq_ignore_ascii_case("ipv6") => INSTANCE_SIX,
                    Some(_) | None => INSTANCE,
                },
            );
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/latest").unwrap_or(base).to_owned();
        let token = self.instance_token(&base).await?;
        let names = self.ask_instance(&base, ROLES, token.as_deref()).await;
        let role = match good_text(&names).and_then(|text| text.lines().next().map(str::to_owned)) {
            Some(role) => role.trim().to_owned(),
            None => {
                return self.miss(format!(
                    "EC2RoleRequestError: no EC2 instance role found{}",
                    why(&names)
                ));
            }
        };
        let path = format!("{ROLES}{role}");
        let answer = self.ask_instance(&base, &path, token.as_deref()).await;
        self.key_in(
            &answer,
            "EC2RoleRequestError",
            &format!("the role {role} of the instance"),
        )
    }

    /// The token of the instance's service; `None` where there is no such service, nothing inside where it has none.
    async fn instance_token(&mut self, base: &str) -> Option<Option<String>> {
        let mut ask = machine_question(format!("{base}/latest/api/token"), &self.io.limits);
        ask.method = Method::Put;
        ask.headers.push((
            "x-aws-ec2-metadata-token-ttl-seconds".to_owned(),
            "21600".to_owned(),
        ));
        let answer = self.send(ask).await;
        if answer.got().is_none() {
            self.tried.push(format!(
                "EC2RoleRequestError: no EC2 instance role found{}",
                why(&answer)
            ));
            return None;
        }
        let token = good_text(&answer);
        if let Some(token) = &token {
            self.io
                .redactor
                .learn(&crate::secret::Secret::new(token.clone()));
        }
        Some(token)
    }

    async fn ask_instance(&mut self, base: &str, path: &str, token: Option<&str>) -> Answer {
        let mut ask: Ask = machine_question(format!("{base}{path}"), &self.io.limits);
        ask.confidential = path != ROLES;
        if let Some(token) = token {
            ask.headers
                .push(("x-aws-ec2-metadata-token".to_owned(), token.to_owned()));
        }
        self.send(ask).await
    }

    fn key_in(&mut self, answer: &Answer, code: &str, origin: &str) -> Option<AwsKey> {
        let document = answer
            .got()
            .filter(|got| got.status == 200)
            .and_then(json_of);
        let text = |name: &str| {
            let value = document.as_ref()?.get(name)?;
            value.as_str().filter(|value| !value.is_empty())
        };
        let (Some(id), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
            let said = document
                .as_ref()
                .and_then(|document| document.get("Message").or(document.get("message")))
                .and_then(Value::as_str)
                .map_or_else(|| why(answer), |message| format!(": {message}"));
            return self.miss(format!("{code}: no key in the answer{said}"));
        };
        Some(AwsKey::new(
            &self.io.redactor,
            id,
            secret,
            text("Token"),
            origin,
        ))
    }
}

fn good_text(answer: &Answer) -> Option<String> {
    let got = answer.got().filter(|got| got.status == 200)?;
    let text = String::from_utf8_lossy(got.bytes()).into_owned();
    (!text.trim().is_empty()).then_some(text)
}

/// Why an answer is none, for people.
pub(super) fn why(answer: &Answer) -> String {
    match answer.status() {
        Some(status) => format!(": status {status}"),
        None => ": no answer".to_owned(),
    }
}
