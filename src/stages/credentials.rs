//! The ladder of credentials for one host: variable, block, helper; which one is used and what it hides.
//!
//! A secret never enters the trace: the facts hold origins and fingerprints.

use crate::addr::Host;
use crate::client::Behaviour;
use crate::io::files;
use crate::io::process;
use crate::secret::Secret;
use crate::stages::Cx;
use crate::stages::Token;
use crate::stages::cli_config::BlockToken;
use crate::stages::cli_config::CliConfig;
use crate::syntax::go_json::Value;
use crate::syntax::go_json::parse_whole;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::fact::Rung;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;
use crate::trace::tracer::OpenStep;
use crate::version::Version;
use std::path::PathBuf;

/// The credentials of a host.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// What is sent.
    pub used: Option<Token>,
    /// What the used one hides.
    pub hidden: Vec<Token>,
}

/// Looks up the credentials of a host.
pub async fn run(cx: &Cx, config: &CliConfig, host: &Host) -> Credentials {
    let mut step = cx.open(Subject::Host(host.for_display()), Stage::Credentials, 1);
    let mut ladder = Ladder {
        cx,
        rungs: Vec::new(),
        found: Credentials::default(),
        decided: false,
    };
    ladder.variables(host);
    ladder.blocks(config, host);
    ladder.helper(config, host, &mut step).await;
    let Ladder { rungs, found, .. } = ladder;
    step.note(Fact::Ladder(rungs));
    step.done(found)
}

struct Ladder<'a> {
    cx: &'a Cx,
    rungs: Vec<Rung>,
    found: Credentials,
    decided: bool,
}

impl Ladder<'_> {
    fn rung(&mut self, kind: RungKind, name: &str, secret: Option<&Secret>, state: RungState) {
        if let Some(secret) = secret {
            self.cx.io.redactor.learn(secret);
        }
        self.rungs.push(Rung {
            kind,
            name: name.to_owned(),
            state,
            fingerprint: secret.map(|secret| secret.fingerprint(self.cx.io.salt)),
            oddities: secret.map(Secret::oddities).unwrap_or_default(),
        });
    }

    fn offer(&mut self, kind: RungKind, name: &str, host: &Host, secret: Secret) {
        let state = if self.decided {
            RungState::Hidden
        } else {
            RungState::Used
        };
        self.rung(kind, name, Some(&secret), state);
        let token = Token {
            secret,
            origin: name.to_owned(),
            host: host.clone(),
        };
        if self.decided {
            self.found.hidden.push(token);
        } else {
            self.found.used = Some(token);
            self.decided = true;
        }
    }

    fn variables(&mut self, host: &Host) {
        let env = self.cx.io.env.clone();
        let reads = self.cx.client.does(Behaviour::ReadsTokenVariables);
        let all: Vec<(String, String)> = env
            .iter()
            .filter_map(|(name, value)| {
                name.strip_prefix("TF_TOKEN_")
                    .map(|_| (name.to_owned(), value.to_owned()))
            })
            .collect();
        let decoded = |name: &str| {
            Host::from_token_variable(name.strip_prefix("TF_TOKEN_").unwrap_or_default())
        };
        // Of several variables for one host the last one counts.
        let mut mine: Vec<&(String, String)> = all
            .iter()
            .filter(|(name, _)| decoded(name).as_ref() == Some(host))
            .collect();
        mine.reverse();
        for (name, value) in mine {
            let secret = Secret::new(value.clone());
            if reads {
                self.offer(RungKind::Variable, name, host, secret);
            } else {
                self.rung(RungKind::Variable, name, Some(&secret), RungState::NoUse);
            }
        }
        let wanted = host.ascii_with_port();
        for (name, value) in &all {
            let secret = Secret::new(value.clone());
            let text = decoded(name).map(|other| other.ascii_with_port());
            let near = match &text {
                Some(text) if *text == wanted => continue,
                Some(text) => {
                    strsim::osa_distance(text, &wanted) <= 2
                        || text.replace('.', "-") == wanted.replace('.', "-")
                }
                None => true,
            };
            if near {
                let shown = text.unwrap_or_else(|| name.trim_start_matches("TF_TOKEN_").to_owned());
                self.rung(
                    RungKind::Variable,
                    name,
                    Some(&secret),
                    RungState::NearMiss(shown),
                );
            }
        }
    }

    fn blocks(&mut self, config: &CliConfig, host: &Host) {
        for (known, token, at) in &config.tokens {
            let secret = match token {
                BlockToken::Sent(secret) => Some(secret),
                BlockToken::Nothing(_) => None,
            };
            if known == host {
                match token {
                    BlockToken::Sent(secret) => {
                        self.offer(RungKind::Block, at, host, secret.clone());
                    }
                    BlockToken::Nothing(why) => {
                        self.rung(RungKind::Block, at, None, RungState::Unusable(why.clone()));
                        // The entry is there, so no helper is asked.
                        self.decided = true;
                    }
                }
            } else if known.ascii == host.ascii
                || strsim::osa_distance(&known.ascii, &host.ascii) <= 2
            {
                self.rung(
                    RungKind::Block,
                    at,
                    secret,
                    RungState::NearMiss(known.for_display()),
                );
            }
        }
    }

    async fn helper(&mut self, config: &CliConfig, host: &Host, step: &mut OpenStep) {
        let Some((name, arguments, at)) = &config.helper else {
            return;
        };
        if self.decided {
            // The client does not ask it, and neither do we: what it would say is not known.
            return;
        }
        let Some(program) = Self::find_helper(config, name) else {
            self.rung(
                RungKind::Helper,
                name,
                None,
                RungState::Unreadable(format!(
                    "terraform-credentials-{name} is not in the plugin directory ({at})"
                )),
            );
            return;
        };
        let mut words = arguments.clone();
        words.extend(["get".to_owned(), host.ascii_with_port()]);
        let env = &self.cx.io.env;
        let program = process::Program {
            path: program,
            arguments: words,
            environment: env
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            directory: env.directory().to_owned(),
            limit: self.cx.io.limits.helper,
            kept: self.cx.io.limits.output_bytes,
            growth: None,
        };
        let ran = process::run(step, &self.cx.io.redactor, &program).await;
        if ran.exit != Some(0) {
            let why = match (&ran.not_started, &ran.ended_by) {
                (Some(word), _) => word.clone(),
                (None, Some(_)) => "it did not end in time".to_owned(),
                (None, None) => format!("it exited with {}", ran.exit.unwrap_or(-1)),
            };
            self.rung(RungKind::Helper, name, None, RungState::Unreadable(why));
            return;
        }
        let printed = ran.output;
        match parse_whole(&printed) {
            Ok(value @ (Value::Object(_) | Value::Null)) => {
                match value.exact_member("token").and_then(Value::as_text) {
                    Some(text) => {
                        self.offer(RungKind::Helper, name, host, Secret::new(text.to_owned()));
                    }
                    None => self.rung(RungKind::Helper, name, None, RungState::Absent),
                }
            }
            Ok(Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Array(_)) | Err(_) => {
                self.rung(
                    RungKind::Helper,
                    name,
                    None,
                    RungState::Unreadable("it printed no JSON object".to_owned()),
                );
            }
        }
    }

    /// The newest executable of that name; one without version counts as the oldest.
    fn find_helper(config: &CliConfig, name: &str) -> Option<PathBuf> {
        let plugins = config.directory.as_ref()?.join("plugins");
        if name.contains(['/', '\\']) || name.contains(char::is_whitespace) {
            return None;
        }
        let wanted = format!("terraform-credentials-{name}");
        let system = plugins.join("linux_amd64");
        let mut best: Option<(Version, PathBuf)> = None;
        for directory in [plugins, system] {
            for file in files::names(&directory).unwrap_or_default() {
                let lower = file.to_ascii_lowercase();
                let stem = lower.strip_suffix(".exe").unwrap_or(&lower);
                let version = match stem.strip_prefix(&wanted) {
                    Some("") => "0.0.0",
                    Some(rest) => match rest.strip_prefix("_v") {
                        Some(version) => version,
                        None => continue,
                    },
                    None => continue,
                };
                let Ok(version) = Version::parse(version) else {
                    continue;
                };
                let path = directory.join(&file);
                let newer = best.as_ref().is_none_or(|(known, _)| {
                    version.cmp_precedence(known) == std::cmp::Ordering::Greater
                });
                if newer && files::target_kind(&path) == files::Kind::File {
                    best = Some((version, path));
                }
            }
        }
        best.map(|(_, path)| path)
    }
}
