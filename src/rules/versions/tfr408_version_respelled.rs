//! The list spells a version in a way that the client does not repeat.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::choices;
use crate::rules::common::code;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR408",
    name: "version-respelled",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Listed version is not the one the client asks for",
    page: include_str!("tfr408_version_respelled.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        if *stop != Stop::NoDownload {
            continue;
        }
        let name = step.key.subject.name();
        let Some((_, version)) = name.split_once(' ') else {
            continue;
        };
        let Some(listed) = listed_as(case, step).filter(|listed| listed.raw() != version) else {
            continue;
        };
        let summary = format!(
            "The list spells the version {}, the client asks for {}, and that is not found.",
            code(listed.raw()),
            code(version)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.confidence(Confidence::Likely).requests_of(step);
        finding.explain(
            "The client reads each version and prints it anew: without a `v`, with three numbers.",
        );
        finding.client_says(
            "init",
            format!("module \"...\" version \"{}\" not found", visible(version)),
        );
        finding.tell(
            Owner::Registry,
            "list versions without `v` and with three numbers, or look them up by value",
        );
    }
}

fn listed_as<'a>(case: &Case<'a>, step: &Step) -> Option<&'a Foreign> {
    let users = case.trace.users(&step.key.subject);
    let call = users.first()?;
    let is_its = |subject: &Subject| *subject == call.subject() || call.used.contains(subject);
    choices(case.trace)
        .find(|(other, _)| is_its(&other.key.subject))
        .and_then(|(_, choice)| choice.chosen_listed.as_ref())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::choice;
    use crate::rules::testing::foreign;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn listed(text: &str) -> Story {
        let mut fact = choice(None);
        fact.chosen_listed = Some(foreign(text));
        Story::registry()
            .fact(Stage::Versions, call(), Fact::Chosen(fact))
            .stop(Stage::Location, release(), Stop::NoDownload)
    }

    #[test]
    fn another_spelling_fires_alone() {
        assert_eq!(listed("v1.0.0").codes(), ["TFR408"]);
    }

    #[test]
    fn the_same_spelling_is_quiet() {
        assert_eq!(listed("1.0.0").codes(), ["TFR505"]);
    }
}
