//! An address behind `git::` has no scheme and is taken for a path, or for nothing.

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
use crate::rules::sources::refused;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR029",
    name: "git-path-misread",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR537"],
    title: "Git address is read as a local path",
    page: include_str!("tfr029_git_path_misread.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::GitPath {
            continue;
        }
        let summary = format!(
            "{} has no scheme that the client understands behind `::`.",
            code(got.raw())
        );
        if let Some(finding) = add_refused(found, &RULE, case, step, error, summary) {
            advise(finding, got.raw());
        }
    }
    for (step, _) in case.trace.stopped(Stage::Fetch) {
        for call in case.trace.users(&step.key.subject) {
            let source = call.source.raw();
            let is_path = step.key.subject.name().starts_with("git::file://");
            if !is_path
                || !source.starts_with("git::")
                || source.contains("://")
                || source.starts_with("git::/")
            {
                continue;
            }
            let summary = format!(
                "{} is read as the path of a repository on this disk.",
                code(source)
            );
            let Some(finding) = found.once(&RULE, case, step, summary) else {
                continue;
            };
            finding.owner(writer(case.trace, call));
            finding.client_says("init", "does not appear to be a git repository");
            advise(finding, source);
        }
    }
}

fn advise(finding: &mut Finding, source: &str) {
    let owner = finding.owner;
    finding.explain("The form `user@host:path` is known with the user `git` only.");
    let rest = source.split_once("::").map_or(source, |(_, rest)| rest);
    let (user, rest) = rest.split_once('@').unwrap_or(("git", rest));
    let (host, path) = rest
        .split_once(':')
        .or_else(|| rest.split_once('/'))
        .unwrap_or((rest, ""));
    let is_host = host.contains('.') && !host.starts_with('.') && !path.is_empty();
    let fix = Fix::tell(owner, "write the address with its scheme");
    finding.fix(if is_host {
        fix.value(visible(&format!("git::ssh://{user}@{host}/{path}")))
    } else {
        fix
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::refused_source;

    #[test]
    fn another_user_than_git_fires() {
        let story = refused_source("git::deploy@git.example.com:org/repo.git", false);
        assert_eq!(story.codes(), ["TFR029"]);
        let findings = story.findings(&RULE);
        let value = findings
            .first()
            .and_then(|finding| finding.fixes.first()?.value.clone());
        assert_eq!(
            value.as_deref(),
            Some("git::ssh://deploy@git.example.com/org/repo.git")
        );
    }

    #[test]
    fn a_path_without_getter_is_quiet() {
        assert!(!refused_source("modules/repo", false).fires(&RULE));
    }
}
