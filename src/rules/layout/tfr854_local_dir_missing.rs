//! A local path names a directory that is not there.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::stops;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stop;
use crate::trace::stop::DirProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR854",
    name: "local-dir-missing",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &["TFR536"],
    title: "Local directory missing, or differs by case",
    page: include_str!("tfr854_local_dir_missing.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let Stop::NoModuleDir(DirProblem::LocalMissing { path, other_case }) = stop else {
            continue;
        };
        let summary = match other_case {
            Some(other) => format!(
                "The directory {} is not there; {} is, which differs by case.",
                code(path.raw()),
                code(other.raw())
            ),
            None => format!("The directory {} is not there.", code(path.raw())),
        };
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if let Some(call) = call_of(case.trace, step) {
            finding.owner(writer(case.trace, call));
        }
        let owner = finding.owner;
        finding.client_says(
            "init",
            format!(
                "Unreadable module directory: lstat {}: no such file or directory",
                path.shown()
            ),
        );
        match other_case {
            Some(other) => {
                finding.reason("case");
                finding
                    .fix(Fix::tell(owner, "write the name as it is on disk").value(other.shown()));
            }
            None if owner == Owner::Author => {
                finding.tell(owner, "pack the directory; look at filters such as `export-ignore` in `.gitattributes`");
            }
            None => {
                finding.tell(owner, "correct the path, or restore the directory");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Owner;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::foreign;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::DirProblem;

    fn story(other_case: Option<&str>) -> Story {
        let problem = DirProblem::LocalMissing {
            path: foreign("nope"),
            other_case: other_case.map(foreign),
        };
        Story::local().stop(Stage::Place, call(), Stop::NoModuleDir(problem))
    }

    #[test]
    fn a_missing_directory_of_the_root_is_the_callers() {
        let story = story(None);
        assert_eq!(story.codes(), ["TFR854"]);
        assert_eq!(
            story.findings(&RULE).first().map(|finding| finding.owner),
            Some(Owner::Configuration)
        );
        assert_eq!(
            self::story(Some("Nope"))
                .findings(&RULE)
                .first()
                .and_then(|finding| finding.reason),
            Some("case")
        );
    }

    #[test]
    fn a_file_is_quiet() {
        let stop = Stop::NoModuleDir(DirProblem::NotADirectory);
        assert!(
            !Story::local()
                .stop(Stage::ModuleDir, call(), stop)
                .fires(&RULE)
        );
    }
}
