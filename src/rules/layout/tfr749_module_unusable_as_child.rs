//! A called module holds a block that only a root module may hold.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::config_problems;
use crate::rules::common::named_call;
use crate::rules::sources::located;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::call::SourceKind;
use crate::trace::fact::ConfigProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR749",
    name: "module-unusable-as-child",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Module breaks a rule for called modules",
    page: include_str!("tfr749_module_unusable_as_child.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, problem) in config_problems(case.trace) {
        if problem.kind != ConfigProblemKind::RootOnly {
            continue;
        }
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let summary = format!(
            "The module {} holds a block that only a root module may hold.",
            named_call(call)
        );
        let finding = found.add_about(
            &RULE,
            case,
            &step.key.subject,
            Some(step.key.clone()),
            summary,
        );
        finding.evidence("problem", located(problem));
        if finding.fixes.is_empty() {
            let owner = if call.kind == SourceKind::Local {
                writer(case.trace, call)
            } else {
                Owner::Author
            };
            finding
                .owner(owner)
                .client_says("init", visible(&problem.summary));
            finding.explain("`get` only warns about it; `init` and `plan` fail.");
            finding.tell(owner, "take the block out of the module");
            finding.tell(Owner::Configuration, "or call another version; a provider block also excludes `count` and `for_each` of the calls");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::call::Place;
    use crate::trace::fact::ConfigProblem;
    use crate::trace::fact::ConfigProblemKind;

    fn story(kind: ConfigProblemKind) -> Story {
        let problem = Fact::ConfigProblem(ConfigProblem {
            module: "m".to_owned(),
            place: Place {
                file: ".terraform/modules/m/main.tf".to_owned(),
                line: 1,
                column: 1,
            },
            kind,
            summary: "Invalid import configuration".to_owned(),
            detail: String::new(),
        });
        Story::registry().fact(Stage::ModuleDir, call(), problem)
    }

    #[test]
    fn an_import_block_in_a_called_module_fires() {
        let story = story(ConfigProblemKind::RootOnly);
        assert_eq!(story.codes(), ["TFR749"]);
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Error)
        );
    }

    #[test]
    fn another_problem_is_quiet() {
        assert!(!story(ConfigProblemKind::Other).fires(&RULE));
    }
}
