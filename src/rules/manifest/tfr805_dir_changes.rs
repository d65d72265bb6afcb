//! The directory that the location names carries the version, so it changes with every release.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::module_dirs;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR805",
    name: "dir-changes",
    stage: PublicStage::Layout,
    severity: Severity::Warning,
    owner: Owner::Author,
    yields_to: &[],
    title: "Dir changes with every version",
    page: include_str!("tfr805_dir_changes.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in module_dirs(case.trace) {
        let Some(version) = call_of(case.trace, step).and_then(|call| call.version.as_deref())
        else {
            continue;
        };
        let last = fact
            .location_subdir
            .as_ref()
            .and_then(|subdir| subdir.raw().trim_end_matches('/').rsplit('/').next());
        let Some(name) = last.filter(|name| name.contains(version)) else {
            continue;
        };
        let summary = format!(
            "The location names {}, which carries the version.",
            code(name)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside();
        finding.evidence("dir", code(&fact.dir));
        finding.explain("Paths that were stored with one version lead nowhere with the next.");
        finding.tell(
            Owner::Author,
            "give the directory in the archive a name that stays",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::empty_dir;
    use crate::rules::testing::foreign;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn story(subdir: &str) -> Story {
        let mut dir = empty_dir(None);
        dir.location_subdir = Some(foreign(subdir));
        Story::registry()
            .with_call(|call| call.version = Some("1.0.0".to_owned()))
            .fact(Stage::ModuleDir, call(), Fact::ModuleDir(dir))
    }

    #[test]
    fn a_version_in_the_name_fires() {
        assert!(story("sg-1.0.0").fires(&RULE));
    }

    #[test]
    fn a_name_that_stays_is_quiet() {
        assert!(!story("sg").fires(&RULE));
    }
}
