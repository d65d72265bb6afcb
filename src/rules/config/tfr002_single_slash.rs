//! A directory of a registry module stands behind one slash instead of two.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::refused;
use crate::rules::sources::single_slash;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR002",
    name: "single-slash",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Submodule written with a single slash",
    page: include_str!("tfr002_single_slash.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::SingleSlash {
            continue;
        }
        let Some(right) = single_slash(got.raw(), error.rules.default_host) else {
            continue;
        };
        let summary = format!(
            "{} has one slash before the directory of the module; two must be there.",
            code(got.raw())
        );
        let Some(finding) = add_refused(found, &RULE, case, step, error, summary) else {
            continue;
        };
        let owner = finding.owner;
        let trial = match call_of(case.trace, step) {
            Some(call) => Trial::Source {
                call: call.key.clone(),
                source: right.clone(),
            },
            None => Trial::None,
        };
        finding.fix(
            Fix::tell(owner, "write two slashes before the directory")
                .value(visible(&right))
                .trial(trial),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::refused_source;

    #[test]
    fn a_directory_behind_one_slash_fires() {
        let story = refused_source("reg.example.com/net/sg/aws/modules/web", false);
        assert_eq!(story.codes(), ["TFR002"]);
        let findings = story.findings(&RULE);
        let value = findings
            .first()
            .and_then(|finding| finding.fixes.first()?.value.clone());
        assert_eq!(
            value.as_deref(),
            Some("reg.example.com/net/sg/aws//modules/web")
        );
    }

    #[test]
    fn a_plain_path_is_quiet() {
        assert!(!refused_source("modules/web", false).fires(&RULE));
    }
}
