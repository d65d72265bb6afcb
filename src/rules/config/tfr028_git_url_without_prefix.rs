//! The URL of a repository is fetched as a web page, as `git::` is missing.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::package_fact;
use crate::rules::common::registry_named;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR028",
    name: "git-url-without-prefix",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Git repository URL without `git::`",
    page: include_str!("tfr028_git_url_without_prefix.md"),
    check,
};

/// Hosts that are known to hold repositories.
const FORGES: [&str; 6] = [
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "gitea.com",
    "dev.azure.com",
];

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Fetch) {
        if !matches!(
            stop,
            Stop::Status { .. } | Stop::NoSourceUrl | Stop::PageUnreadable { .. }
        ) {
            continue;
        }
        let Some(fact) = package_fact(case.trace, &step.key.subject) else {
            continue;
        };
        let address = fact.address.raw();
        if fact.archive.is_some()
            || !matches!(fact.getter.as_str(), "http" | "https")
            || !is_repository(address)
        {
            continue;
        }
        let summary = format!(
            "{} is a git repository, and the source has no `git::` in front.",
            code(address)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let owner = owner_of(case, step);
        finding
            .owner(owner)
            .confidence(Confidence::Likely)
            .requests_of(step);
        if owner == Owner::Registry {
            finding.stage(PublicStage::Location);
        }
        finding.explain(
            "An address with `https://` alone is asked for as a page that names the real location.",
        );
        finding.client_says(
            "init",
            match stop {
                Stop::Status { got, .. } => format!("bad response code: {got}"),
                _ => "no source URL was returned".to_owned(),
            },
        );
        finding.fix(
            Fix::tell(owner, "write `git::` in front").value(visible(&format!("git::{address}"))),
        );
    }
}

fn owner_of(case: &Case<'_>, step: &Step) -> Owner {
    if registry_named(case.trace, &step.key.subject) {
        return Owner::Registry;
    }
    let users = case.trace.users(&step.key.subject);
    users
        .first()
        .map_or(Owner::Configuration, |call| writer(case.trace, call))
}

fn is_repository(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else {
        return false;
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or_default();
    let segments = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .count();
    path.trim_end_matches('/').strip_suffix(".git").is_some()
        || (FORGES.contains(&host) && segments == 2)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(address: &str) -> Story {
        let mut fact = archive_package(None);
        fact.address = foreign(address);
        fact.server_named = false;
        let end = End::Stopped(Stop::Status {
            got: 404,
            expected: "200",
        });
        Story::direct().step(
            Stage::Fetch,
            package(),
            Vec::new(),
            vec![Fact::Package(fact)],
            end,
        )
    }

    #[test]
    fn a_repository_without_its_prefix_fires() {
        assert!(story("https://git.example.com/org/repo.git?ref=v1").fires(&RULE));
        assert!(story("https://github.com/org/repo").fires(&RULE));
    }

    #[test]
    fn another_page_is_quiet() {
        assert!(!story("https://cdn.example.com/modules/sg").fires(&RULE));
    }
}
