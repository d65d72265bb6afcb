//! A source names a directory beside the caller and lacks `./`.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::directory_beside;
use crate::rules::sources::refused;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR005",
    name: "missing-dot-slash",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Relative path without `./`",
    page: include_str!("tfr005_missing_dot_slash.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::MissingDotSlash {
            continue;
        }
        let Some(beside) = directory_beside(case.trace, step).map(str::to_owned) else {
            continue;
        };
        let summary = format!(
            "The directory {} is there, but the source has no `./` in front.",
            code(got.raw())
        );
        let Some(finding) = add_refused(found, &RULE, case, step, error, summary) else {
            continue;
        };
        finding
            .explain("A path without `./` or `../` is read as the address of a registry module.");
        let owner = finding.owner;
        let trial = Trial::Source {
            call: step.key.subject.name().to_owned(),
            source: beside.clone(),
        };
        finding.fix(
            Fix::tell(owner, "write `./` in front")
                .value(visible(&beside))
                .trial(trial),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::bad_source;
    use crate::rules::testing::call;
    use crate::rules::testing::foreign;
    use crate::rules::testing::refused_source;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::ProbeFact;
    use crate::trace::fact::ProbeQuestion;

    #[test]
    fn a_directory_that_is_there_fires() {
        let beside = Fact::Probe(ProbeFact {
            question: ProbeQuestion::OtherAddress("./modules/x".to_owned()),
            answer: foreign("a directory"),
            confirms: true,
        });
        let end = End::Stopped(bad_source("modules/x", false));
        let story = Story::local().step(Stage::Source, call(), Vec::new(), vec![beside], end);
        assert_eq!(story.codes(), ["TFR005"]);
    }

    #[test]
    fn nothing_of_that_name_is_quiet() {
        assert!(!refused_source("modules/x", false).fires(&RULE));
    }
}
