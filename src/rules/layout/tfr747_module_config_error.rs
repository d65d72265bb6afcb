//! The files of a called module do not load.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::call_of;
use crate::rules::common::config_problems;
use crate::rules::common::count;
use crate::rules::common::named_call;
use crate::rules::sources::located;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR747",
    name: "module-config-error",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &["TFR706"],
    title: "Configuration of a called module does not load",
    page: include_str!("tfr747_module_config_error.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::ModuleDir) {
        let Stop::ModuleConfig { problems } = stop else {
            continue;
        };
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let summary = format!(
            "The files of the module {} do not load: {}.",
            named_call(call),
            count(*problems, "problem")
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let own: Vec<&ConfigProblem> = config_problems(case.trace)
            .filter(|(other, problem)| {
                other.key == step.key && problem.kind != ConfigProblemKind::RootOnly
            })
            .map(|(_, problem)| problem)
            .collect();
        finding.evidence_lines(
            "problems",
            own.iter()
                .take(10)
                .map(|problem| located(problem))
                .collect(),
        );
        if let Some(first) = own.first() {
            finding.client_says("init", visible(&first.summary));
        }
        finding.owner(module_owner(case.trace, call));
        let owner = finding.owner;
        finding.tell(owner, "correct the file, and publish a new version");
        if owner == Owner::Author {
            finding.tell(
                Owner::Configuration,
                "until then, constrain the call to a version that loads",
            );
        }
    }
}

/// Who writes a called module.
fn module_owner(trace: &Trace, call: &Call) -> Owner {
    if call.kind == SourceKind::Local {
        writer(trace, call)
    } else {
        Owner::Author
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::foreign;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::call::Place;
    use crate::trace::fact::ConfigProblem;
    use crate::trace::fact::ConfigProblemKind;

    fn problem() -> Fact {
        Fact::ConfigProblem(ConfigProblem {
            module: "m".to_owned(),
            place: Place {
                file: ".terraform/modules/m/main.tf".to_owned(),
                line: 3,
                column: 1,
            },
            kind: ConfigProblemKind::Syntax,
            summary: "Unclosed configuration block".to_owned(),
            detail: String::new(),
        })
    }

    #[test]
    fn a_module_that_does_not_load_fires() {
        let end = End::Stopped(Stop::ModuleConfig { problems: 1 });
        let story =
            Story::registry().step(Stage::ModuleDir, call(), Vec::new(), vec![problem()], end);
        assert_eq!(story.codes(), ["TFR747"]);
        let findings = story.findings(&RULE);
        assert!(findings.iter().all(|finding| !finding.evidence.is_empty()));
    }

    #[test]
    fn a_module_that_excludes_the_client_is_quiet() {
        let stop = Stop::ClientExcluded {
            required: foreign(">= 99.0"),
        };
        assert!(
            !Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .fires(&RULE)
        );
    }
}
