//! Which names of a directory are configuration. Never looks at the directory: folders are the caller's to leave out.

/// The configuration files of one directory, each list in the order in which the client loads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ordinary files.
    pub primary: Vec<String>,
    /// Override files, merged over the ordinary ones.
    pub overrides: Vec<String>,
    /// Everything else, among it what another file hides.
    pub ignored: Vec<String>,
}

/// Sorts the names of one directory into configuration and the rest.
#[must_use]
pub fn select(names: &[&str], reads_tofu: bool) -> Selection {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let mut selection = Selection::default();
    for name in &sorted {
        let list = match base_name(name, reads_tofu) {
            Some(_)
                if is_backup(name)
                    || (reads_tofu && is_hidden(name, (".tf", ".tofu"), &sorted)) =>
            {
                &mut selection.ignored
            }
            Some(base) if base == "override" || base.ends_with("_override") => {
                &mut selection.overrides
            }
            Some(_) => &mut selection.primary,
            None => &mut selection.ignored,
        };
        list.push((*name).to_owned());
    }
    selection
}

/// The test files among the names of one directory, in the order in which the client loads them.
#[must_use]
pub fn select_tests(names: &[&str], reads_tofu: bool) -> Vec<String> {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let tests = sorted.iter().filter(|name| {
        let tofu =
            reads_tofu && (name.ends_with(".tofutest.hcl") || name.ends_with(".tofutest.json"));
        let plain = name.ends_with(".tftest.hcl") || name.ends_with(".tftest.json");
        let hidden = reads_tofu && is_hidden(name, (".tftest", ".tofutest"), &sorted);
        (plain || tofu) && !is_backup(name) && !hidden
    });
    tests.map(|name| (*name).to_owned()).collect()
}

/// Whether a file is read as JSON syntax.
#[must_use]
pub fn is_json(name: &str) -> bool {
    name.strip_suffix(".json").is_some()
}

fn base_name(name: &str, reads_tofu: bool) -> Option<&str> {
    let tofu = || {
        name.strip_suffix(".tofu")
            .or_else(|| name.strip_suffix(".tofu.json"))
    };
    let base = name
        .strip_suffix(".tf")
        .or_else(|| name.strip_suffix(".tf.json"));
    base.or_else(|| if reads_tofu { tofu() } else { None })
}

/// Editors leave such files behind.
fn is_backup(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// Whether the same name with `OpenTofu`'s own ending is there, too.
fn is_hidden(name: &str, (plain, own): (&str, &str), sorted: &[&str]) -> bool {
    let twin = [".json", ".hcl", ""].iter().find_map(|syntax| {
        let base = name.strip_suffix(syntax)?.strip_suffix(plain)?;
        Some(format!("{base}{own}{syntax}"))
    });
    twin.is_some_and(|twin| sorted.binary_search(&twin.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_into_configuration_and_the_rest() {
        let names = [
            "b.tf",
            "a.tf.json",
            "override.tf",
            "x_override.tf.json",
            ".hidden.tf",
            "old.tf~",
            "#auto.tf#",
            "x.TF",
            "y.tofu",
            "my.override.tf",
            "main.tf.bak",
        ];
        let selection = select(&names, false);
        assert_eq!(selection.primary, ["a.tf.json", "b.tf", "my.override.tf"]);
        assert_eq!(selection.overrides, ["override.tf", "x_override.tf.json"]);
        assert_eq!(
            selection.ignored,
            [
                "#auto.tf#",
                ".hidden.tf",
                "main.tf.bak",
                "old.tf~",
                "x.TF",
                "y.tofu"
            ]
        );
    }

    #[test]
    fn a_tofu_file_hides_its_twin() {
        let selection = select(
            &[
                "a.tf",
                "a.tofu",
                "b.tf.json",
                "b.tofu.json",
                "c.tofu",
                "d.tf",
                "d.tofu.json",
            ],
            true,
        );
        assert_eq!(
            selection.primary,
            ["a.tofu", "b.tofu.json", "c.tofu", "d.tf", "d.tofu.json"]
        );
        assert_eq!(selection.ignored, ["a.tf", "b.tf.json"]);
    }

    #[test]
    fn test_files_have_endings_of_their_own() {
        let names = [
            "m.tftest.hcl",
            "m.tofutest.hcl",
            "n.tftest.json",
            "main.tf",
            ".x.tftest.hcl",
        ];
        assert_eq!(
            select_tests(&names, false),
            ["m.tftest.hcl", "n.tftest.json"]
        );
        assert_eq!(
            select_tests(&names, true),
            ["m.tofutest.hcl", "n.tftest.json"]
        );
    }
}
