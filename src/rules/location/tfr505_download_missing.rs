//! A listed version has no download.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::choices;
use crate::rules::common::code;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR505",
    name: "download-missing",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR408"],
    title: "Listed version has no download",
    page: include_str!("tfr505_download_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Location) {
        if *stop != Stop::NoDownload {
            continue;
        }
        let release = visible(step.key.subject.name());
        let (name, version) = release.split_once(' ').unwrap_or((release.as_str(), ""));
        let summary = format!("Version {version} of `{name}` is listed, but it has no download.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.requests_of(step);
        finding.client_says(
            "init",
            format!("module \"{name}\" version \"{version}\" not found"),
        );
        respelled(case, step, version, finding);
        finding.tell(
            Owner::Registry,
            "publish the version again, or take it from the list",
        );
        finding.tell(Owner::Configuration, "until then, use another version");
    }
}

/// The client prints versions anew, and a registry may look for the text that it listed.
fn respelled(case: &Case<'_>, step: &Step, version: &str, finding: &mut Finding) {
    let users = case.trace.users(&step.key.subject);
    let used = users.first().into_iter().flat_map(|call| call.used.iter());
    let listed = used
        .filter_map(|subject| choices(case.trace).find(|(other, _)| &other.key.subject == subject))
        .find_map(|(_, choice)| choice.chosen_listed.as_ref());
    if let Some(listed) = listed.filter(|listed| listed.raw() != version) {
        finding.reason("respelled").explain(format!(
            "The list spells it {}, and the client asks for {}.",
            code(listed.raw()),
            code(version)
        ));
        finding.tell(
            Owner::Registry,
            "look versions up by their value, not by their spelling",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::module;
    use crate::rules::testing::release;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_404_of_the_download_fires() {
        assert_eq!(
            Story::registry()
                .stop(Stage::Location, release(), Stop::NoDownload)
                .codes(),
            ["TFR505"]
        );
    }

    #[test]
    fn an_unknown_module_is_quiet() {
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), Stop::ModuleNotFound)
                .fires(&RULE)
        );
    }
}
