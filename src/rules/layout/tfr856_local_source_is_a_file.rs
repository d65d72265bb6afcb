//! A local source names a file where the client wants a directory.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::registry_named;
use crate::rules::common::stops;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::call::SourceKind;
use crate::trace::stop::DirProblem;
use crate::trace::stop::PathProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR856",
    name: "local-source-is-a-file",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR540", "TFR544"],
    title: "Local source names a file, not a directory",
    page: include_str!("tfr856_local_source_is_a_file.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let is_file = match stop {
            Stop::NoModuleDir(DirProblem::NotADirectory) => {
                call_of(case.trace, step).is_some_and(|call| call.kind == SourceKind::Local)
            }
            Stop::LocalPackage { problem, .. } => *problem == PathProblem::NotADirectory,
            _ => false,
        };
        let users = case.trace.users(&step.key.subject);
        let Some(call) = users.first().filter(|_| is_file) else {
            continue;
        };
        let summary = format!(
            "The source {} is a file, not a directory.",
            code(call.source.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let is_registry = registry_named(case.trace, &step.key.subject);
        finding.owner(if is_registry {
            Owner::Registry
        } else {
            writer(case.trace, call)
        });
        finding.explain("Local archives are unpacked only by an absolute path or by `file://`, and only with the suffix of an archive.");
        finding.client_says(
            "init",
            if call.kind == SourceKind::Local {
                "Unreadable module directory"
            } else {
                "source path must be a directory"
            },
        );
        let owner = finding.owner;
        finding.tell(
            owner,
            "name the directory, or an absolute path with the suffix of an archive",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::DirProblem;

    #[test]
    fn a_local_archive_fires() {
        let stop = Stop::NoModuleDir(DirProblem::NotADirectory);
        assert_eq!(
            Story::local().stop(Stage::ModuleDir, call(), stop).codes(),
            ["TFR856"]
        );
    }

    #[test]
    fn a_file_in_a_registry_package_is_quiet() {
        let stop = Stop::NoModuleDir(DirProblem::NotADirectory);
        assert!(
            !Story::registry()
                .stop(Stage::ModuleDir, call(), stop)
                .fires(&RULE)
        );
    }
}
