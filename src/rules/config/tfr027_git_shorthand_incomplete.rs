//! A short form of a repository names an owner and no repository.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::parts;
use crate::rules::sources::refused;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR027",
    name: "git-shorthand-incomplete",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Shorthand names no repository",
    page: include_str!("tfr027_git_shorthand_incomplete.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault == SourceFault::Shorthand {
            let summary = format!("{} names an owner and no repository.", code(got.raw()));
            if let Some(finding) = add_refused(found, &RULE, case, step, error, summary) {
                advise(finding, got.raw());
            }
        }
    }
    for (step, _) in case.trace.stopped(Stage::Fetch) {
        for call in case.trace.users(&step.key.subject) {
            if !is_short(call.source.raw()) {
                continue;
            }
            let summary = format!(
                "{} names an owner and no repository.",
                code(call.source.raw())
            );
            let Some(finding) = found.once(&RULE, case, step, summary) else {
                continue;
            };
            finding.owner(writer(case.trace, call));
            advise(finding, call.source.raw());
        }
    }
}

fn advise(finding: &mut Finding, source: &str) {
    let host = source.split('/').next().unwrap_or_default();
    let owner = finding.owner;
    finding.fix(
        Fix::tell(owner, "name owner and repository")
            .value(visible(&format!("{host}/OWNER/REPOSITORY"))),
    );
}

fn is_short(source: &str) -> bool {
    let rest = source
        .strip_prefix("github.com/")
        .or_else(|| source.strip_prefix("bitbucket.org/"));
    rest.is_some_and(|rest| parts(rest).iter().filter(|part| !part.is_empty()).count() < 2)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::refused_source;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn an_owner_alone_fires() {
        assert_eq!(
            refused_source("github.com/owner", false).codes(),
            ["TFR027"]
        );
        let stop = Stop::NoSourceUrl;
        let story = Story::direct().with_call(|call| call.source = foreign("bitbucket.org/owner"));
        assert!(story.stop(Stage::Fetch, package(), stop).fires(&RULE));
    }

    #[test]
    fn owner_and_repository_are_quiet() {
        let story =
            Story::direct().with_call(|call| call.source = foreign("github.com/owner/repo"));
        assert!(
            !story
                .stop(Stage::Fetch, package(), Stop::NoSourceUrl)
                .fires(&RULE)
        );
    }
}
