//! A `//` inside the path of a URL ends the package before the archive's name.

use crate::addr::package::split_subdir;
use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::has_glob;
use crate::rules::common::location_of;
use crate::rules::common::registry_named;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR025",
    name: "unintended-double-slash",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "A `//` in the URL path starts the sub-directory too early",
    page: include_str!("tfr025_unintended_double_slash.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Fetch) {
        if !matches!(
            stop,
            Stop::Status { .. } | Stop::NoSourceUrl | Stop::Failed(_)
        ) {
            continue;
        }
        for call in case.trace.users(&step.key.subject) {
            let written = match location_of(case.trace, call) {
                Some(location) => location.taken.as_ref().map_or("", Foreign::raw),
                None => call.source.raw(),
            };
            let Some(right) = joined_path(written) else {
                continue;
            };
            let summary = format!(
                "The `//` inside the path of {} ends the package too early.",
                code(written)
            );
            let Some(finding) = found.once(&RULE, case, step, summary) else {
                continue;
            };
            let is_registry = registry_named(case.trace, &step.key.subject);
            finding
                .owner(if is_registry {
                    Owner::Registry
                } else {
                    writer(case.trace, call)
                })
                .confidence(Confidence::Likely);
            finding.stage(if is_registry {
                PublicStage::Location
            } else {
                PublicStage::Config
            });
            finding.explain(format!(
                "The client asks for {} and takes the rest for a directory inside it.",
                code(step.key.subject.name())
            ));
            finding.requests_of(step);
            if let Stop::Status { got, .. } = stop {
                finding.client_says("init", format!("bad response code: {got}"));
            }
            let trial = if is_registry {
                Trial::Location {
                    call: call.key.clone(),
                    location: right.clone(),
                }
            } else {
                Trial::Source {
                    call: call.key.clone(),
                    source: right.clone(),
                }
            };
            let owner = finding.owner;
            finding.fix(
                Fix::tell(owner, "write single slashes in the path")
                    .value(visible(&right))
                    .trial(trial),
            );
        }
    }
}

/// The address with single slashes, where the package has no archive suffix and the directory has one.
fn joined_path(written: &str) -> Option<String> {
    let (package, subdir) = split_subdir(written);
    let subdir = subdir?;
    let (path, query) = package.split_once('?').unwrap_or((&package, ""));
    if has_archive_suffix(path) || !has_archive_suffix(&subdir) || has_glob(&subdir) {
        return None;
    }
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Some(format!("{}/{subdir}{query}", path.trim_end_matches('/')))
}

fn has_archive_suffix(path: &str) -> bool {
    let suffixes = [
        ".zip", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar", ".gz", ".bz2",
        ".xz",
    ];
    suffixes
        .iter()
        .any(|suffix| path.strip_suffix(suffix).is_some())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(source: &str) -> Story {
        let stop = Stop::Status {
            got: 404,
            expected: "200",
        };
        Story::direct()
            .with_call(|call| call.source = foreign(source))
            .stop(Stage::Fetch, package(), stop)
    }

    #[test]
    fn an_archive_behind_the_first_double_slash_fires() {
        let story = story("https://cdn.example.com//pkg/sg.tgz");
        assert!(story.fires(&RULE));
        let findings = story.findings(&RULE);
        let value = findings
            .first()
            .and_then(|finding| finding.fixes.first()?.value.clone());
        assert_eq!(value.as_deref(), Some("https://cdn.example.com/pkg/sg.tgz"));
    }

    #[test]
    fn a_directory_inside_an_archive_is_quiet() {
        assert!(!story("https://cdn.example.com/pkg/sg.tgz//modules/x").fires(&RULE));
    }
}
