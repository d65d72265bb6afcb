//! The shared files of AWS: what a profile says, and how one leads to another.
//!
//! Only reads. The file of credentials goes before that of settings; a role without a base of its own takes that of the
//! profile that it names.

use super::AwsKey;
use super::FILE_BYTES;
use crate::io::env::Env;
use crate::io::files;
use crate::secret::Redactor;
use crate::syntax::ini::Ini;
use crate::trace::act::FileRead;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The most profiles that lead to one another.
const LONGEST_CHAIN: usize = 10;

/// Which shared files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedFiles {
    /// The file of credentials, and of it the keys alone.
    Credentials,
    /// That file, and the one of settings.
    Both,
}

/// A role that is taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub arn: String,
    /// The name of the session; one is made up where there is none.
    pub session_name: Option<String>,
    /// What the other side wants to be told.
    pub external_id: Option<String>,
    /// Whether a code of a device is needed, which nobody is asked for.
    pub needs_device: bool,
}

/// A single sign-on of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sso {
    /// What the cached token is named after.
    pub cache_name: String,
    /// Where it is asked.
    pub region: String,
    /// The account.
    pub account: String,
    /// The role in it.
    pub role: String,
}

/// Where the key of a profile comes from, before roles are taken on.
#[derive(Debug, Clone)]
pub enum Base {
    /// A key that stands there.
    Key(AwsKey),
    /// The environment, the container or the machine: `credential_source`.
    Source(String),
    /// A token file and a role.
    WebIdentity {
        /// The file.
        file: PathBuf,
        /// The role.
        role: Role,
    },
    /// Single sign-on.
    Sso(Sso),
    /// A program.
    Program,
    /// Nothing is said: the container or the machine.
    Nothing,
}

/// What the shared files say of a profile.
#[derive(Debug)]
pub struct Profile {
    /// The files that were looked at.
    pub reads: Vec<FileRead>,
    /// Whether the profile is there.
    pub exists: bool,
    /// Where its key comes from.
    pub base: Base,
    /// The roles to take on, the first one first.
    pub roles: Vec<Role>,
    /// Its region.
    pub region: Option<String>,
    /// Whether any of its settings is one of single sign-on.
    pub mentions_sso: bool,
}

/// Reads a profile: the named one, else that of the environment.
pub fn read(env: &Env, redactor: &Redactor, name: Option<&str>, shared: SharedFiles) -> Profile {
    let name = name
        .or_else(|| env.filled("AWS_PROFILE"))
        .or_else(|| {
            env.filled("AWS_DEFAULT_PROFILE")
                .filter(|_| shared == SharedFiles::Both)
        })
        .unwrap_or("default");
    let files = Shared::read(env, shared);
    let mut found = Profile {
        reads: files.reads.clone(),
        exists: false,
        base: Base::Nothing,
        roles: Vec::new(),
        region: None,
        mentions_sso: false,
    };
    let mut seen: Vec<String> = Vec::new();
    let mut current = name.to_owned();
    while let Some(section) = files.section(&current) {
        found.exists = true;
        let is_again = seen.contains(&current);
        seen.push(current.clone());
        found.region = found.region.or_else(|| section.text("region"));
        found.mentions_sso |= section.values.keys().any(|key| key.starts_with("sso_"));
        if shared == SharedFiles::Credentials {
            found.base = section
                .key(redactor, &current)
                .map_or(Base::Nothing, Base::Key);
            break;
        }
        if !is_again && let Some(role) = section.role().filter(|_| !section.has_web_identity()) {
            found.roles.insert(0, role);
            let next = section.text("source_profile");
            if let Some(next) = next.filter(|_| seen.len() <= LONGEST_CHAIN) {
                current = next;
                continue;
            }
        }
        found.base = section.base(&files, redactor, &current);
        break;
    }
    found
}

/// Both files, parsed.
struct Shared {
    reads: Vec<FileRead>,
    parsed: Vec<(String, Ini)>,
}

impl Shared {
    fn read(env: &Env, shared: SharedFiles) -> Self {
        let mut both = Self {
            reads: Vec::new(),
            parsed: Vec::new(),
        };
        let places: &[(&str, &str)] = match shared {
            SharedFiles::Credentials => &[("AWS_SHARED_CREDENTIALS_FILE", "credentials")],
            SharedFiles::Both => &[
                ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
                ("AWS_CONFIG_FILE", "config"),
            ],
        };
        for (variable, file) in places {
            let path = env
                .filled(variable)
                .map(PathBuf::from)
                .or_else(|| Some(env.home()?.join(".aws").join(file)));
            let Some(path) = path else { continue };
            let (read, bytes) = files::read(&path, FILE_BYTES);
            both.parsed
                .push((read.path.clone(), Ini::parse(&bytes.unwrap_or_default())));
            both.reads.push(read);
        }
        both
    }

    /// The settings of a profile, of both files.
    fn section(&self, name: &str) -> Option<Merged> {
        let mut merged = Merged::default();
        let mut is_there = false;
        for (path, ini) in &self.parsed {
            let Some(section) = ini.profile(name) else {
                continue;
            };
            is_there = true;
            for (key, value) in &section.values {
                if !merged.values.contains_key(key) {
                    merged
                        .values
                        .insert(key.clone(), (value.clone(), path.clone()));
                }
            }
        }
        is_there.then_some(merged)
    }

    fn sso_session(&self, name: &str) -> Option<(String, String)> {
        let section = self
            .parsed
            .iter()
            .find_map(|(_, ini)| ini.sections.get(&format!("sso-session {name}")))?;
        let value = |key: &str| section.values.get(key).cloned();
        Some((value("sso_start_url")?, value("sso_region")?))
    }
}

/// The settings of a profile, with the file of each.
#[derive(Default)]
struct Merged {
    values: BTreeMap<String, (String, String)>,
}

impl Merged {
    fn text(&self, key: &str) -> Option<String> {
        self.values
            .get(key)
            .map(|(value, _)| value.clone())
            .filter(|value| !value.is_empty())
    }

    fn key(&self, redactor: &Redactor, profile: &str) -> Option<AwsKey> {
        let (id, file) = self.values.get("aws_access_key_id")?;
        let secret = self.text("aws_secret_access_key")?;
        Some(AwsKey::new(
            redactor,
            id,
            &secret,
            self.text("aws_session_token").as_deref(),
            format!("profile {profile} of {file}"),
        ))
    }

    fn role(&self) -> Option<Role> {
        Some(Role {
            arn: self.text("role_arn")?,
            session_name: self.text("role_session_name"),
            external_id: self.text("external_id"),
            needs_device: self.text("mfa_serial").is_some(),
        })
    }

    fn has_web_identity(&self) -> bool {
        self.text("web_identity_token_file").is_some() && self.text("source_profile").is_none()
    }

    fn base(&self, files: &Shared, redactor: &Redactor, profile: &str) -> Base {
        if let Some(key) = self.key(redactor, profile) {
            return Base::Key(key);
        }
        if let Some(source) = self.text("credential_source") {
            return Base::Source(source);
        }
        if let (Some(file), Some(role)) = (self.text("web_identity_token_file"), self.role()) {
            return Base::WebIdentity {
                file: PathBuf::from(file),
                role,
            };
        }
        if let Some(sso) = self.sso(files) {
            return Base::Sso(sso);
        }
        if self.text("credential_process").is_some() {
            return Base::Program;
        }
        Base::Nothing
    }

    fn sso(&self, files: &Shared) -> Option<Sso> {
        let account = self.text("sso_account_id")?;
        let role = self.text("sso_role_name")?;
        if let Some(session) = self.text("sso_session") {
            let (_, region) = files.sso_session(&session)?;
            return Some(Sso {
                cache_name: session,
                region,
                account,
                role,
            });
        }
        Some(Sso {
            cache_name: self.text("sso_start_url")?,
            region: self.text("sso_region")?,
            account,
            role,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Base;
    use super::SharedFiles;
    use super::read;
    use crate::io::Env;
    use crate::secret::Redactor;

    const CONFIG: &str = "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = fromthefile\nregion = eu-west-1\n\
        [profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = default\n\
        [profile self]\nrole_arn = arn:self\nsource_profile = self\naws_access_key_id = AKIASELF\naws_secret_access_key = fromitself\n\
        [profile loop]\nrole_arn = arn:1\nsource_profile = pool\n[profile pool]\nrole_arn = arn:2\nsource_profile = loop\n\
        [profile sso]\nsso_session = s\nsso_account_id = 1\nsso_role_name = dev\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = u\n\
        [profile w]\nrole_arn = arn:w\nweb_identity_token_file = /t\n";

    fn env(directory: &std::path::Path) -> Env {
        let path = directory.join("config");
        std::fs::write(&path, CONFIG).expect("a file");
        let none = directory.join("none").display().to_string();
        Env::from_pairs([
            ("AWS_CONFIG_FILE", path.display().to_string()),
            ("AWS_SHARED_CREDENTIALS_FILE", none),
        ])
    }

    #[test]
    fn one_profile_leads_to_another() {
        let directory = tempfile::tempdir().expect("a directory");
        let env = env(directory.path());
        let redactor = Redactor::default();
        let profile = |name| read(&env, &redactor, Some(name), SharedFiles::Both);
        let chain = profile("a");
        let arns: Vec<&str> = chain.roles.iter().map(|role| role.arn.as_str()).collect();
        assert_eq!(arns, ["arn:b", "arn:a"]);
        assert!(matches!(chain.base, Base::Key(_)));
        assert_eq!(chain.region.as_deref(), Some("eu-west-1"));
        let own = profile("self");
        assert_eq!(own.roles.len(), 1);
        assert!(matches!(own.base, Base::Key(_)));
        assert!(profile("loop").roles.len() <= 10);
        assert!(matches!(profile("sso").base, Base::Sso(_)));
        let web = profile("w");
        assert!(web.roles.is_empty() && matches!(web.base, Base::WebIdentity { .. }));
        assert!(!profile("nobody").exists);
        assert_eq!(redactor.mask("x fromthefile"), "x ***");
    }
}
