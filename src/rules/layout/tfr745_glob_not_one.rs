//! A wildcard in a subdirectory that matches nothing, several entries, or a file.

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
    code: "TFR745",
    name: "glob-not-one",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &["TFR535"],
    title: "Glob matches none or several",
    page: include_str!("tfr745_glob_not_one.md"),
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
        let Some((reason, subdir, matches)) = case_of(case, call, problem) else {
            continue;
        };
        report(case, step, call, (reason, &subdir, matches), found);
    }
}

fn case_of<'a>(
    case: &Case<'_>,
    call: &Call,
    problem: &'a DirProblem,
) -> Option<(&'static str, String, &'a [Foreign])> {
    match problem {
        DirProblem::GlobNone { subdir } | DirProblem::SubdirMissing { subdir }
            if has_glob(subdir.raw()) =>
        {
            Some(("none", subdir.raw().to_owned(), &[]))
        }
        DirProblem::GlobSeveral { subdir, matches } => {
            Some(("several", subdir.raw().to_owned(), matches))
        }
        DirProblem::BadPattern { subdir } => Some(("no-pattern", subdir.raw().to_owned(), &[])),
        DirProblem::NotADirectory if call.kind != SourceKind::Local => {
            let fact = module_dir_of(case.trace, call)?;
            let caller = fact.caller_subdir.as_ref().map_or("", Foreign::raw);
            let subdir = joined(fact.location_subdir.as_ref(), caller);
            has_glob(&subdir).then_some(("file", subdir, &[]))
        }
        DirProblem::GlobNone { .. }
        | DirProblem::SubdirMissing { .. }
        | DirProblem::NotADirectory
        | DirProblem::LocalMissing { .. }
        | DirProblem::EscapesPackage { .. }
        | DirProblem::Unreadable(_) => None,
    }
}

fn report(
    case: &Case<'_>,
    step: &Step,
    call: &Call,
    (reason, subdir, matches): (&'static str, &str, &[Foreign]),
    found: &mut Findings,
) {
    let what = match reason {
        "none" => "matches nothing in the package",
        "several" => "matches more than one entry of the package",
        "file" => "matches a file, not a directory",
        _ => "is no pattern that the client can read",
    };
    let summary = format!("The wildcard {} {what}.", code(subdir));
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    let answered = location_of(case.trace, call).and_then(|location| location.subdir.as_ref());
    let by_registry =
        step.key.stage != Stage::ModuleDir || answered.is_some_and(|subdir| has_glob(subdir.raw()));
    finding
        .owner(if by_registry {
            Owner::Registry
        } else {
            Owner::Configuration
        })
        .reason(reason);
    if !matches.is_empty() {
        finding.evidence_lines(
            "matches",
            matches.iter().take(10).map(Foreign::shown).collect(),
        );
        finding.explain("Files count too, and so do names that begin with a dot.");
    }
    let words = match reason {
        "several" => format!("subdir \"{subdir}\" matches multiple paths"),
        "none" => format!("subdir \"{subdir}\" not found"),
        _ => "syntax error in pattern".to_owned(),
    };
    if reason != "file" {
        finding.client_says(
            "init",
            visible(&format!("Failed to expand subdir globs: {words}")),
        );
    }
    offer(case, call, by_registry, finding);
}

fn offer(case: &Case<'_>, call: &Call, by_registry: bool, finding: &mut Finding) {
    let dirs: Vec<&str> = tree_of(case.trace, call)
        .into_iter()
        .flat_map(|tree| tree.config_dirs.iter())
        .map(|(dir, _)| dir.raw().trim_matches('/'))
        .filter(|dir| !dir.is_empty() && !dir.contains('/'))
        .collect();
    let [dir] = dirs.as_slice() else {
        finding.tell(finding.owner, "name the directory in place of the wildcard");
        return;
    };
    let fix = Fix::tell(
        finding.owner,
        format!("name the directory {} in place of the wildcard", code(dir)),
    );
    let source = with_directory(call.source.raw(), dir);
    if by_registry || source.is_none() {
        finding.fix(fix);
        return;
    }
    let source = source.unwrap_or_default();
    finding.fix(
        fix.value(format!("source = \"{}\"", visible(&source)))
            .trial(Trial::Source {
                call: call.key.clone(),
                source,
            }),
    );
}

/// The source with another directory behind its `//`.
fn with_directory(source: &str, dir: &str) -> Option<String> {
    let start = source.find("://").map_or(0, |at| at + 3);
    let at = start + source.get(start..)?.find("//")?;
    let query = source
        .get(at..)?
        .split_once('?')
        .map(|(_, query)| format!("?{query}"));
    Some(format!(
        "{}//{dir}{}",
        source.get(..at)?,
        query.unwrap_or_default()
    ))
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

    #[test]
    fn several_matches_fire() {
        let problem = DirProblem::GlobSeveral {
            subdir: foreign("*"),
            matches: vec![foreign("README.md"), foreign("sg")],
        };
        let tree = TreeFact {
            config_dirs: vec![(foreign("sg"), 1)],
            ..TreeFact::default()
        };
        let story = Story::direct()
            .with_call(|call| {
                call.source = foreign("https://cdn.example.com/sg.tgz//*?archive=tgz");
            })
            .fact(Stage::Unpack, package(), Fact::Tree(tree))
            .stop(Stage::ModuleDir, call(), Stop::NoModuleDir(problem));
        assert_eq!(story.codes(), ["TFR745"]);
        let findings = story.findings(&RULE);
        let fix = findings.first().and_then(|finding| finding.fixes.first());
        assert_eq!(
            fix.and_then(|fix| fix.value.as_deref()),
            Some("source = \"https://cdn.example.com/sg.tgz//sg?archive=tgz\"")
        );
    }

    #[test]
    fn a_literal_directory_is_quiet() {
        let problem = DirProblem::GlobNone {
            subdir: foreign("modules/a"),
        };
        let story = Story::direct().stop(Stage::ModuleDir, call(), Stop::NoModuleDir(problem));
        assert!(!story.fires(&RULE));
    }
}
