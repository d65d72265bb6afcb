//! The requested subdirectory, without a wildcard, is not in the package.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::below;
use crate::rules::common::code;
use crate::rules::common::has_glob;
use crate::rules::common::joined;
use crate::rules::common::location_of;
use crate::rules::common::module_dir_of;
use crate::rules::common::stops;
use crate::rules::common::tree_of;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::stop::DirProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR743",
    name: "submodule-missing",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR535", "TFR740", "TFR744"],
    title: "Requested submodule directory is missing",
    page: include_str!("tfr743_submodule_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let users = case.trace.users(&step.key.subject);
        let Some(call) = users.first().copied() else {
            continue;
        };
        let Stop::NoModuleDir(problem) = stop else {
            continue;
        };
        let missing = match problem {
            DirProblem::SubdirMissing { subdir } | DirProblem::GlobNone { subdir } => {
                Some(subdir.raw().to_owned())
            }
            DirProblem::NotADirectory if call.kind != SourceKind::Local => wanted(case, call),
            DirProblem::NotADirectory
            | DirProblem::GlobSeveral { .. }
            | DirProblem::BadPattern { .. }
            | DirProblem::LocalMissing { .. }
            | DirProblem::EscapesPackage { .. }
            | DirProblem::Unreadable(_) => None,
        };
        let Some(missing) = missing.filter(|subdir| !has_glob(subdir)) else {
            continue;
        };
        report(case, step, call, missing.trim_matches('/'), found);
    }
}

/// The directory that location and caller name together.
fn wanted(case: &Case<'_>, call: &Call) -> Option<String> {
    let fact = module_dir_of(case.trace, call)?;
    let caller = fact.caller_subdir.as_ref().map_or("", Foreign::raw);
    Some(joined(fact.location_subdir.as_ref(), caller))
}

fn report(case: &Case<'_>, step: &Step, call: &Call, missing: &str, found: &mut Findings) {
    let summary = format!("The package has no directory {}.", code(missing));
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    let answered = location_of(case.trace, call).and_then(|location| location.subdir.as_ref());
    // Behind a second location the directory is missing before the package is in its place.
    let by_registry = step.key.stage != Stage::ModuleDir
        || answered.is_some_and(|subdir| subdir.raw().trim_matches('/') == missing);
    finding.owner(if by_registry {
        Owner::Registry
    } else {
        Owner::Configuration
    });
    finding.reason(if by_registry { "location" } else { "source" });
    let message = match call.kind {
        SourceKind::Registry => format!(
            "Unreadable module subdirectory: The target submodule {missing} does not exist within the target module."
        ),
        SourceKind::Local | SourceKind::Remote | SourceKind::Invalid => {
            format!("Failed to expand subdir globs: subdir \"{missing}\" not found")
        }
    };
    finding.client_says("init", visible(&message));
    suggest(case, call, missing, finding);
}

fn suggest(case: &Case<'_>, call: &Call, missing: &str, finding: &mut Finding) {
    let Some(tree) = tree_of(case.trace, call) else {
        finding.tell(finding.owner, "name a directory that the package has");
        return;
    };
    let mut dirs: Vec<(f64, &str)> = tree
        .config_dirs
        .iter()
        .map(|(dir, _)| dir.raw().trim_matches('/'))
        .filter(|dir| !dir.is_empty())
        .map(|dir| (likeness(missing, dir), dir))
        .collect();
    dirs.sort_by(|left, right| right.0.total_cmp(&left.0));
    let names: Vec<String> = dirs.iter().take(8).map(|(_, dir)| visible(dir)).collect();
    finding.evidence_lines("directories", names);
    let near = dirs.first().filter(|(likeness, _)| *likeness > 0.8);
    let Some((_, near)) = near else {
        finding.tell(finding.owner, "name a directory that the package has");
        return;
    };
    let front = front_of(call.source.raw());
    if finding.owner == Owner::Configuration && !front.is_empty() {
        let source = below(front, near);
        finding.fix(
            Fix::tell(
                Owner::Configuration,
                format!("the nearest name is {}", code(near)),
            )
            .value(format!("source = \"{}\"", visible(&source)))
            .trial(Trial::Source {
                call: call.key.clone(),
                source,
            }),
        );
    } else {
        finding.tell(finding.owner, format!("the nearest name is {}", code(near)));
    }
}

/// The source without its subdirectory and query.
fn front_of(source: &str) -> &str {
    let start = source.find("://").map_or(0, |at| at + 3);
    let rest = source.get(start..).unwrap_or_default();
    let end = rest
        .find("//")
        .or_else(|| rest.find('?'))
        .unwrap_or(rest.len());
    source.get(..start + end).unwrap_or_default()
}

/// How like two paths are, hyphens, underscores and case aside.
fn likeness(left: &str, right: &str) -> f64 {
    let plain = |text: &str| text.to_ascii_lowercase().replace('_', "-");
    strsim::jaro_winkler(&plain(left), &plain(right))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::TreeFact;
    use crate::trace::stop::DirProblem;

    fn missing(subdir: &str) -> Story {
        let tree = TreeFact {
            config_dirs: vec![(foreign("modules/fargate-profile"), 3)],
            ..TreeFact::default()
        };
        Story::registry()
            .with_call(|call| {
                call.source = foreign("reg.example.com/net/sg/aws//modules/fargate_profile");
            })
            .fact(Stage::Unpack, package(), Fact::Tree(tree))
            .stop(
                Stage::ModuleDir,
                call(),
                Stop::NoModuleDir(DirProblem::SubdirMissing {
                    subdir: foreign(subdir),
                }),
            )
    }

    #[test]
    fn a_missing_directory_fires_with_the_nearest_name() {
        let findings = missing("modules/fargate_profile").findings(&RULE);
        let fix = findings.first().and_then(|finding| finding.fixes.first());
        assert_eq!(
            fix.and_then(|fix| fix.value.as_deref()),
            Some("source = \"reg.example.com/net/sg/aws//modules/fargate-profile\"")
        );
        assert_eq!(missing("modules/fargate_profile").codes(), ["TFR743"]);
    }

    #[test]
    fn a_wildcard_is_quiet() {
        assert!(!missing("*").fires(&RULE));
    }
}
