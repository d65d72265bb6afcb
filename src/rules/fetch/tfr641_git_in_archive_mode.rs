//! A repository's address looks like an archive: then its last part is fetched as a file of a repository one level up.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_stops;
use crate::rules::fetched::address_of;
use crate::rules::fetched::named_owner;
use crate::rules::fetched::offer_parameter;
use crate::trace::PublicStage;
use crate::trace::fact::ArchiveBy;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR641",
    name: "git-in-archive-mode",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Git address is taken for an archive",
    page: include_str!("tfr641_git_in_archive_mode.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, _) in package_stops(case.trace) {
        let Some(fact) = address_of(step) else {
            continue;
        };
        let Some(archive) = fact
            .archive
            .as_ref()
            .filter(|_| matches!(fact.getter.as_str(), "git" | "hg"))
        else {
            continue;
        };
        let by_parameter = fact.found_by == ArchiveBy::Parameter;
        let summary = if by_parameter {
            format!(
                "`archive={}` makes the client take the repository for an archive.",
                visible(archive)
            )
        } else {
            format!(
                "The address of the repository ends in {}, so the client takes it for an archive.",
                code(&format!(".{archive}"))
            )
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(named_owner(case.trace, step))
            .reason(if by_parameter { "parameter" } else { "suffix" })
            .evidence("address", fact.address.shown());
        finding
            .explain("It clones what is one level up and looks for the last part as a file there.");
        finding.client_says("init", "does not appear to be a git repository");
        if by_parameter {
            offer_parameter(case, step, ("archive", ""), "drop `archive=`", finding);
        } else {
            offer_parameter(
                case,
                step,
                ("archive", "false"),
                "say that it is a repository",
                finding,
            );
        }
        finding.tell(
            finding.owner,
            "or drop `git::`, if it is an archive after all",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::ProcessStop;

    fn story(archive: Option<&str>) -> Story {
        let mut fact = archive_package(archive);
        "git".clone_into(&mut fact.getter);
        let stop = Stop::Process(ProcessStop::TimedOut {
            program: "git".to_owned(),
        });
        Story::direct().step(
            Stage::Fetch,
            package(),
            Vec::new(),
            vec![Fact::Package(fact)],
            End::Stopped(stop),
        )
    }

    #[test]
    fn a_repository_with_a_suffix_fires() {
        assert_eq!(story(Some("zip")).codes(), ["TFR641"]);
    }

    #[test]
    fn a_repository_without_one_is_quiet() {
        assert!(!story(None).fires(&RULE));
    }
}
