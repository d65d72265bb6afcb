//! What the client takes an unknown name for. Never decides whether a name is known.

use super::ConfigRules;
use super::schema::Schema;

/// So many letters may differ, and one less.
const TOO_FAR: usize = 3;

impl Schema {
    /// For an argument that is not known: another one, or a block of that name.
    pub(super) fn hint_for_argument(&self, name: &str, rules: &ConfigRules) -> String {
        let near = self.arguments(rules).find(|known| is_near(name, known));
        match near {
            Some(near) => did_you_mean(near),
            None if self.block(name, rules).is_some() => {
                format!(" Did you mean to define a block of type \"{name}\"?")
            }
            None => String::new(),
        }
    }

    /// For a block that is not known: another one, or an argument of that name.
    pub(super) fn hint_for_block(&self, name: &str, rules: &ConfigRules) -> String {
        let near = self.blocks(rules).find(|known| is_near(name, known));
        match near {
            Some(near) => did_you_mean(near),
            None if self.knows_argument(name, rules) => format!(
                " Did you mean to define argument \"{name}\"? If so, use the equals sign to assign it a value."
            ),
            None => String::new(),
        }
    }

    /// For a property of JSON syntax that is neither.
    pub(super) fn hint(&self, name: &str, rules: &ConfigRules) -> String {
        let mut all = self.arguments(rules).chain(self.blocks(rules));
        let near = all.find(|known| is_near(name, known));
        near.map_or_else(String::new, did_you_mean)
    }

    fn arguments<'a>(&'a self, rules: &'a ConfigRules) -> impl Iterator<Item = &'static str> + 'a {
        let known = self.arguments.iter();
        known
            .filter(|argument| argument.since.holds(rules))
            .map(|argument| argument.name)
    }

    fn blocks<'a>(&'a self, rules: &'a ConfigRules) -> impl Iterator<Item = &'static str> + 'a {
        let known = self.blocks.iter();
        known
            .filter(|block| block.since.holds(rules))
            .map(|block| block.kind)
    }
}

fn did_you_mean(name: &str) -> String {
    format!(" Did you mean \"{name}\"?")
}

/// Few letters differ; names of any length are compared only with names of nearly that length.
fn is_near(given: &str, known: &str) -> bool {
    given.len().abs_diff(known.len()) < 4 * TOO_FAR && strsim::levenshtein(given, known) < TOO_FAR
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn two_letters_may_differ() {
        assert!(is_near("modul", "module") && is_near("mdoule", "module"));
        assert!(!is_near("frobnicate", "module"));
    }
}
