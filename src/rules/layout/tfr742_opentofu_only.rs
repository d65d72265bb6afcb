//! The module directory holds only files of the other client.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::rules::common::call_of;
use crate::rules::common::module_dirs;
use crate::rules::common::module_owner;
use crate::rules::common::product;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR742",
    name: "opentofu-only",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Only OpenTofu files",
    page: include_str!("tfr742_opentofu_only.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in module_dirs(case.trace) {
        if !fact.exists || !fact.config_files.is_empty() || fact.other_client_files.is_empty() {
            continue;
        }
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let summary = format!(
            "The module has only files that {} does not read.",
            product(case)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(module_owner(call));
        let names = fact
            .other_client_files
            .iter()
            .take(10)
            .map(Foreign::shown)
            .collect();
        finding.evidence_lines("files", names);
        finding.explain(format!(
            "{} installs it as an empty module and reports success.",
            product(case)
        ));
        finding.client_says("plan", "Unsupported argument");
        finding.tell(finding.owner, "ship `.tf` files");
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

    #[test]
    fn only_tofu_files_fire() {
        let mut dir = empty_dir(None);
        dir.other_client_files = vec![foreign("main.tofu")];
        let story = Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(dir));
        assert_eq!(story.codes(), ["TFR742"]);
    }

    #[test]
    fn files_of_both_are_quiet() {
        let mut dir = empty_dir(None);
        dir.other_client_files = vec![foreign("main.tofu")];
        dir.config_files = vec![foreign("main.tf")];
        let story = Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(dir));
        assert!(!story.fires(&RULE));
    }
}
