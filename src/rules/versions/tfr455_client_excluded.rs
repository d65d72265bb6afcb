//! The chosen version of a module excludes this client.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::product;
use crate::rules::common::stops;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR455",
    name: "client-excluded",
    stage: PublicStage::Selection,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR024"],
    title: "Chosen version excludes this client",
    page: include_str!("tfr455_client_excluded.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let Stop::ClientExcluded { required } = stop else {
            continue;
        };
        if step.key.subject == Subject::Run {
            continue;
        }
        let (name, version) = (product(case), case.client.version());
        let summary = format!(
            "The module demands another client: {} does not meet {}.",
            version,
            code(required.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let call = call_of(case.trace, step);
        let key = call.map_or("m", |call| call.key.as_str());
        finding.evidence("required_version", required.shown());
        finding.client_says(
            "init",
            format!("Unsupported {name} Core version: Module module.{key} does not support {name} version {version}."),
        );
        let chosen = call.and_then(|call| call.version.as_deref());
        if let Some(chosen) = chosen {
            finding.explain(format!("It is version {} of the module.", visible(chosen)));
            finding.tell(
                Owner::Configuration,
                format!(
                    "constrain the module to a version before {}",
                    visible(chosen)
                ),
            );
        } else {
            finding.tell(
                Owner::Configuration,
                "use a version of the module for this client",
            );
        }
        finding.tell(
            Owner::Environment,
            format!("or use a client that meets {}", code(required.raw())),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::foreign;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;

    #[test]
    fn a_module_that_excludes_the_client_fires() {
        let stop = Stop::ClientExcluded {
            required: foreign(">= 99"),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .codes(),
            ["TFR455"]
        );
    }

    #[test]
    fn the_root_is_another_matter() {
        let stop = Stop::ClientExcluded {
            required: foreign(">= 99"),
        };
        assert!(
            !Story::registry()
                .stop(Stage::Calls, Subject::Run, stop)
                .fires(&RULE)
        );
    }
}
