//! A local path of a module leads out of the package that the module lies in.

use crate::addr::package::clean_path;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::sources::enclosing_package;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::stop::DirProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR850",
    name: "escapes-package",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &[],
    title: "Local path leaves the package",
    page: include_str!("tfr850_escapes_package.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Place) {
        let Stop::NoModuleDir(DirProblem::EscapesPackage { path, .. }) = stop else {
            continue;
        };
        let summary = format!(
            "The path {} leads out of the package of the module that calls it.",
            code(path.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.client_says("init", "Local module path escapes module package");
        advise(finding);
    }
    for call in &case.trace.calls {
        let Some(step) = case.trace.step(&call.subject(), Stage::ModuleDir) else {
            continue;
        };
        let Some(landed) = lucky(case.trace, call) else {
            continue;
        };
        let summary = format!(
            "The path {} leads out of its package and hits {} by luck.",
            code(call.source.raw()),
            code(&landed)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason("lucky");
        if step.stop().is_none() {
            finding.aside();
        }
        finding.explain("The client lets it pass as something is there, the folder of another module or a directory of the root; that depends on names and on the order of the calls.");
        advise(finding);
    }
}

fn advise(finding: &mut Finding) {
    finding
        .explain("Only the package is fetched; what lay beside it in the repository is not there.");
    finding.tell(Owner::Author, "pack the module and its neighbour together, or call the neighbour by a registry or git address");
}

/// Where a local call lands outside of its package.
fn lucky(trace: &Trace, call: &Call) -> Option<String> {
    let above = enclosing_package(trace, call).filter(|_| call.kind == SourceKind::Local)?;
    let root = package_dir(above)?;
    let parent = trace.call(call.parent())?.dir.as_deref()?;
    let joined = clean_path(&format!("{parent}/{}", call.source.raw()));
    let is_inside = joined == root || joined.starts_with(&format!("{root}/"));
    (!is_inside).then_some(joined)
}

/// The directory of a call's package, as the client names it.
fn package_dir(call: &Call) -> Option<String> {
    let end = format!("modules/{}", call.key);
    let dir = call.dir.as_deref()?;
    let at = dir.find(&end)? + end.len();
    Some(dir.get(..at)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::Story;
    use crate::rules::testing::empty_dir;
    use crate::rules::testing::foreign;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;
    use crate::trace::call::SourceKind;
    use crate::trace::stop::DirProblem;

    fn story(source: &str) -> Story {
        let dir = empty_dir(None);
        let key = "m.up";
        Story::registry()
            .with_child(key, SourceKind::Local, source)
            .fact(
                Stage::ModuleDir,
                Subject::Call(key.to_owned()),
                Fact::ModuleDir(dir),
            )
    }

    #[test]
    fn a_path_out_of_the_package_fires() {
        let problem = DirProblem::EscapesPackage {
            path: foreign("../up"),
            package: "p".to_owned(),
        };
        let story = Story::registry()
            .with_child("m.up", SourceKind::Local, "../up")
            .stop(
                Stage::Place,
                Subject::Call("m.up".to_owned()),
                Stop::NoModuleDir(problem),
            );
        assert_eq!(story.codes(), ["TFR850"]);
    }

    #[test]
    fn a_path_that_hits_something_by_luck_warns() {
        let findings = story("../other").findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn a_path_inside_the_package_is_quiet() {
        assert!(!story("./modules/up").fires(&RULE));
    }
}
