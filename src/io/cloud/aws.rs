//! Where the client's AWS library finds a key: the order, place by place.
//!
//! The first version of the library looks into the settings, at roles and at tokens of identity providers only when
//! `AWS_SDK_LOAD_CONFIG` is set or the address names a profile; else at environment, credentials file, container and instance.
//! Programs that print a key are never run.

use super::AwsKey;
use super::profile;
use super::profile::Base;
use super::profile::Profile;
use super::profile::Role;
use super::profile::SharedFiles;
use crate::io::Io;
use crate::io::ask::Answer;
use crate::io::ask::Ask;
use crate::io::env::Env;
use crate::secret::Redactor;
use crate::trace::act::Act;
use crate::trace::tracer::OpenStep;
use std::path::PathBuf;

/// Which version of the library a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// The first.
    First,
    /// The second.
    Second,
}

/// A key, and what else was found on the way to it.
#[derive(Debug, Default)]
pub struct Found {
    /// The key.
    pub key: Option<AwsKey>,
    /// The region of the profile or the environment.
    pub region: Option<String>,
    /// Whether the profile mentions single sign-on.
    pub sso: bool,
    /// Why each place gave no key, in the order in which they were asked.
    pub tried: Vec<String>,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Want<'a> {
    /// The version of the library.
    pub sdk: Sdk,
    /// The profile that the address names.
    pub profile: Option<&'a str>,
    /// The region that the address stands for.
    pub region: &'a str,
}

/// Looks for a key as the library does.
pub async fn find(io: &Io, step: &mut OpenStep, want: Want<'_>) -> Found {
    let mut hunt = Hunt {
        io,
        step,
        sdk: want.sdk,
        region: want.region.to_owned(),
        tried: Vec::new(),
    };
    let loads = want.sdk == Sdk::Second || want.profile.is_some() || loads_settings(&io.env);
    let shared = if loads {
        SharedFiles::Both
    } else {
        SharedFiles::Credentials
    };
    let profile = profile::read(&io.env, &io.redactor, want.profile, shared);
    for read in &profile.reads {
        hunt.step.act(Act::File(read.clone()));
    }
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| io.env.filled(name).map(str::to_owned))
        .or_else(|| profile.region.clone());
    let sso = profile.mentions_sso;
    if want.profile.is_some() {
        hunt.region = region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    }
    let key = hunt.key(want.profile, profile, loads).await;
    Found {
        key,
        region,
        sso,
        tried: hunt.tried,
    }
}

/// The key in the environment.
pub fn environment_key(env: &Env, redactor: &Redactor) -> Option<AwsKey> {
    let either = |first, second| env.filled(first).or_else(|| env.filled(second));
    let id = either("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")?;
    let secret = either("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")?;
    Some(AwsKey::new(
        redactor,
        id,
        secret,
        env.filled("AWS_SESSION_TOKEN"),
        "the environment (AWS_ACCESS_KEY_ID)",
    ))
}

fn loads_settings(env: &Env) -> bool {
    env.filled("AWS_SDK_LOAD_CONFIG")
        .is_some_and(|value| ["1", "t", "T", "true", "TRUE", "True"].contains(&value))
}

/// One search for a key.
pub(super) struct Hunt<'a> {
    pub(super) io: &'a Io,
    pub(super) step: &'a mut OpenStep,
    pub(super) sdk: Sdk,
    pub(super) region: String,
    pub(super) tried: Vec<String>,
}

impl Hunt<'_> {
    /// Sends a question; on the heap, as every future of a walk holds this one.
    pub(super) async fn send(&mut self, ask: Ask) -> Answer {
        Box::pin(self.io.http.send(self.step, ask)).await
    }

    /// Notes why a place gave no key.
    pub(super) fn miss(&mut self, words: impl Into<String>) -> Option<AwsKey> {
        self.tried.push(words.into());
        None
    }

    async fn key(&mut self, named: Option<&str>, profile: Profile, loads: bool) -> Option<AwsKey> {
        if named.is_none() {
            if let Some(key) = environment_key(&self.io.env, &self.io.redactor) {
                return Some(key);
            }
            self.tried.push(
                "EnvAccessKeyNotFound: AWS_ACCESS_KEY_ID or AWS_ACCESS_KEY not found in environment"
                    .to_owned(),
            );
        }
        if !loads {
            return self.simple(profile).await;
        }
        if named.is_none() {
            if let Some((file, role)) = self.environment_identity() {
                return Box::pin(self.web_identity(&file, &role)).await;
            }
            if self.sdk == Sdk::Second
                && let Some(address) = self.second_container()
            {
                return Box::pin(self.container(&address)).await;
            }
        }
        if named.is_some() && !profile.exists {
            return self.miss("SharedConfigProfileNotExistsError: failed to load profile");
        }
        let mut key = self.base(profile.base).await?;
        for role in &profile.roles {
            key = Box::pin(self.assume(role, &key)).await?;
        }
        Some(key)
    }

    /// Environment, credentials file, machine: what the first version of the library does without being told more.
    async fn simple(&mut self, profile: Profile) -> Option<AwsKey> {
        if let Base::Key(key) = profile.base {
            return Some(key);
        }
        self.tried.push(if profile.exists {
            "SharedCredsAccessKey: the profile has no access key".to_owned()
        } else {
            "SharedCredsLoad: failed to load shared credentials file".to_owned()
        });
        let url = self.io.env.filled("AWS_METADATA_URL").map(str::to_owned);
        match url {
            Some(url) => Box::pin(self.instance(Some(&url))).await,
            None => Box::pin(self.machine()).await,
        }
    }

    async fn base(&mut self, base: Base) -> Option<AwsKey> {
        match base {
            Base::Key(key) => Some(key),
            Base::Source(source) => self.source(&source).await,
            Base::WebIdentity { file, role } => Box::pin(self.web_identity(&file, &role)).await,
            Base::Sso(sso) => Box::pin(self.sso(&sso)).await,
            Base::Program => {
                self.miss("credential_process: programs that print a key are not run here")
            }
            Base::Nothing => {
                self.tried
                    .push("SharedCredsLoad: the profile has no key".to_owned());
                Box::pin(self.machine()).await
            }
        }
    }

    async fn source(&mut self, source: &str) -> Option<AwsKey> {
        match source {
            "Environment" => environment_key(&self.io.env, &self.io.redactor)
                .or_else(|| self.miss("EnvAccessKeyNotFound: no key in the environment")),
            "Ec2InstanceMetadata" => Box::pin(self.instance(None)).await,
            "EcsContainer" => Box::pin(self.machine()).await,
            other => self.miss(format!(
                "SharedConfigErr: credential_source `{other}` is not known"
            )),
        }
    }

    fn environment_identity(&self) -> Option<(PathBuf, Role)> {
        let env = &self.io.env;
        let file = PathBuf::from(env.filled("AWS_WEB_IDENTITY_TOKEN_FILE")?);
        let role = Role {
            arn: env.filled("AWS_ROLE_ARN").unwrap_or_default().to_owned(),
            session_name: env.filled("AWS_ROLE_SESSION_NAME").map(str::to_owned),
            external_id: None,
            needs_device: false,
        };
        Some((file, role))
    }

    /// The second version asks the container before it looks at a profile.
    fn second_container(&self) -> Option<String> {
        let env = &self.io.env;
        env.filled("AWS_CONTAINER_CREDENTIALS_FULL_URI")
            .map(str::to_owned)
            .or_else(|| {
                let path = env.filled("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")?;
                Some(format!("http://169.254.170.2{path}"))
            })
    }
}
