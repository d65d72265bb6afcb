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
    "layout" / "tfr740-nested-root";
}

/// The scene with this name; its code alone is enough.
pub fn find(name: &str) -> Option<&'static Scene> {
    let wanted = name.to_ascii_lowercase();
    ALL.iter()
        .find(|scene| scene.name == wanted || scene.name.split('-').next() == Some(wanted.as_str()))
}
