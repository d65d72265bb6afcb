//! Listed versions are not written as semantic versioning wants them.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::version_lists;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR905",
    name: "not-semver",
    stage: PublicStage::Versions,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Versions outside semantic versioning",
    page: include_str!("tfr905_not_semver.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in version_lists(case.trace) {
        let odd: Vec<String> = fact
            .listed
            .iter()
            .filter(|version| !is_canonical(version.raw()))
            .map(Foreign::shown)
            .collect();
        let Some(first) = odd.first() else {
            continue;
        };
        let summary = match odd.len() {
            1 => format!(
                "The listed version `{first}` is not written as semantic versioning wants it."
            ),
            more => format!(
                "{more} listed versions are not written as semantic versioning wants them, such as `{first}`."
            ),
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.aside().requests_of(step);
        finding.evidence_lines("versions", odd.into_iter().take(20).collect());
        finding.explain("Clients are lenient; what they make of such a version differs, and build metadata is not compared at all.");
        finding.tell(Owner::Registry, "list versions of three numbers without a `v`, a prerelease behind a hyphen, and no build metadata");
    }
}

/// Three numbers without leading zeros, perhaps a prerelease, and no build metadata.
fn is_canonical(text: &str) -> bool {
    let (core, prerelease) = match text.split_once('-') {
        Some((core, prerelease)) => (core, Some(prerelease)),
        None => (text, None),
    };
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_core = core.split('.').count() == 3 && core.split('.').all(is_number);
    is_core && prerelease.is_none_or(|prerelease| prerelease.split('.').all(is_part))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::module;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::VersionsFact;

    fn story(version: &str) -> Story {
        let fact = VersionsFact {
            listed: vec![foreign(version)],
            modules: 1,
            ..VersionsFact::default()
        };
        Story::registry().fact(Stage::Versions, module(), Fact::Versions(fact))
    }

    #[test]
    fn odd_versions_fire() {
        for version in [
            "v1.2.0",
            "1.2",
            "1.2.3.4",
            "1.02.003",
            "1.0.0beta1",
            "1.0.0+b",
        ] {
            assert!(story(version).fires(&RULE), "{version}");
        }
    }

    #[test]
    fn canonical_versions_are_quiet() {
        for version in ["1.2.0", "1.0.0-rc.1"] {
            assert!(!story(version).fires(&RULE), "{version}");
        }
    }
}
