//! The module that was chosen does not work with this version of the client.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::named_call;
use crate::rules::common::product;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::call::SourceKind;

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
    for (step, stop) in case.trace.stopped(Stage::ModuleDir) {
        let Stop::ClientExcluded { required } = stop else {
            continue;
        };
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let client = format!("{} {}", product(case), case.client.version());
        let version = call
            .version
            .as_ref()
            .map_or_else(String::new, |version| format!(" {version}"));
        let summary = format!(
            "The module {}{version} wants {}, and this is {client}.",
            named_call(call),
            code(required.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let owner = writer(case.trace, call);
        finding
            .owner(owner)
            .evidence("required_version", required.shown());
        finding.client_says("init", "Unsupported Terraform Core version");
        if call.kind == SourceKind::Registry {
            finding.tell(
                owner,
                "constrain the call to a version that works with this client",
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

    #[test]
    fn a_module_that_excludes_the_client_fires() {
        let stop = Stop::ClientExcluded {
            required: foreign(">= 99.0"),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .codes(),
            ["TFR455"]
        );
    }

    #[test]
    fn a_module_that_does_not_load_is_quiet() {
        let stop = Stop::ModuleConfig { problems: 1 };
        assert!(
            !Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .fires(&RULE)
        );
    }
}
