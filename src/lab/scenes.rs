//! The cases compiled in for the demo.

use serde_json::Value;

/// A case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// Its name: that of its folder.
    pub name: &'static str,
    /// The scenario.
    pub json: &'static str,
}

impl Scene {
    /// One line on what it shows.
    pub fn story(&self) -> String {
        let value: Value = serde_json::from_str(self.json).unwrap_or_default();
        value
            .get("story")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }
}

/// The scene of a demo without a name.
pub const DEFAULT: &str = "tfr740-nested-root";

macro_rules! scenes {
    ($($folder:literal / $name:literal;)+) => {
        /// All scenes, by code.
        pub const ALL: &[Scene] = &[
            $(Scene { name: $name, json: include_str!(concat!("../../fixtures/", $folder, "/", $name, "/fires/scenario.json")) },)+
        ];
    };
}

scenes! {
    "credentials" / "tfr101-token-missing";
    "credentials" / "tfr102-token-refused";
    "credentials" / "tfr107-token-shadowed";
    "network" / "tfr201-no-such-host";
    "network" / "tfr202-connection-refused";
    "network" / "tfr203-untrusted-certificate";
    "network" / "tfr204-bad-certificate";
    "network" / "tfr208-intercepted";
    "network" / "tfr210-no-answer-in-time";
    "discovery" / "tfr301-no-discovery";
    "discovery" / "tfr302-no-modules-service";
    "discovery" / "tfr303-discovery-content-type";
    "discovery" / "tfr304-discovery-not-json";
    "versions" / "tfr401-module-not-found";
    "versions" / "tfr404-versions-not-json";
    "versions" / "tfr450-no-matching-version";
    "versions" / "tfr451-prerelease-only";
    "location" / "tfr501-no-location";
    "location" / "tfr503-body-not-json";
    "location" / "tfr535-glob-in-location";
    "location" / "tfr541-no-archive-suffix";
    "fetch" / "tfr608-page-instead-of-archive";
    "fetch" / "tfr610-short-body";
    "layout" / "tfr701-suffix-mismatch";
    "layout" / "tfr703-corrupt-archive";
    "layout" / "tfr740-nested-root";
    "layout" / "tfr741-no-config-files";
    "layout" / "tfr745-glob-not-one";
    "practice" / "tfr938-slow-stage";
    "practice" / "tfr940-expectation-failed";
}

/// The scene with this name; its code alone is enough.
pub fn find(name: &str) -> Option<&'static Scene> {
    let wanted = name.to_ascii_lowercase();
    ALL.iter()
        .find(|scene| scene.name == wanted || scene.name.split('-').next() == Some(wanted.as_str()))
}
