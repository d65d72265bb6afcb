//! A wildcard in what a registry answers, or behind a registry address.
//! Clients since Terraform 1.1 take it as the name of a directory.

use crate::client::Behaviour;
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
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::has_glob;
use crate::rules::common::location_of;
use crate::rules::common::package_of;
use crate::rules::common::product;
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
    code: "TFR535",
    name: "glob-in-location",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Glob in a registry location",
    page: include_str!("tfr535_glob_in_location.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    if case.client.does(Behaviour::ExpandsRegistryGlob) {
        return;
    }
    for (step, stop) in case.trace.stopped(Stage::ModuleDir) {
        let Stop::NoModuleDir(
            DirProblem::SubdirMissing { subdir }
            | DirProblem::GlobNone { subdir }
            | DirProblem::BadPattern { subdir },
        ) = stop
        else {
            continue;
        };
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        if call.kind == SourceKind::Registry && has_glob(subdir.raw()) {
            report(case, step, call, subdir, found);
        }
    }
}

fn report(case: &Case<'_>, step: &Step, call: &Call, subdir: &Foreign, found: &mut Findings) {
    let location = location_of(case.trace, call);
    let answered = location.and_then(|location| location.subdir.as_ref());
    let by_registry =
        answered.is_none_or(|subdir| has_glob(subdir.raw())) && !written_by_caller(call);
    let about = if by_registry {
        package_of(call).cloned().unwrap_or_else(|| call.subject())
    } else {
        call.subject()
    };
    let summary = if by_registry {
        "The registry's location ends in a wildcard, which this client takes literally."
    } else {
        "The source ends in a wildcard, which this client takes literally behind a registry address."
    };
    let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
        return;
    };
    finding.owner(if by_registry {
        Owner::Registry
    } else {
        Owner::Configuration
    });
    finding.reason(if by_registry { "location" } else { "source" });
    finding.explain(format!(
        "{} looks for a directory that is really called {}. Only Terraform before 1.1 expanded it here.",
        product(case),
        code(subdir.raw())
    ));
    if let Some(header) = location.and_then(|location| location.header.as_ref()) {
        finding.evidence("location", header.shown());
    }
    let dir = call.dir.clone().unwrap_or_default();
    finding.client_says(
        "init",
        format!(
            "Unreadable module subdirectory: The directory {dir} does not exist. The target submodule {} does not exist within the target module.",
            subdir.shown()
        ),
    );
    offer(case, call, by_registry, finding);
}

fn written_by_caller(call: &Call) -> bool {
    has_glob(call.source.raw())
}

fn offer(case: &Case<'_>, call: &Call, by_registry: bool, finding: &mut Finding) {
    let wrapper = tree_of(case.trace, call).and_then(|tree| tree.wrapper.as_ref());
    let location = location_of(case.trace, call);
    let address = location.and_then(|location| location.package.as_deref());
    let Some(wrapper) = wrapper.map(|wrapper| wrapper.raw().trim_matches('/')) else {
        finding.tell(
            finding.owner,
            "name the directory of the module in place of the wildcard",
        );
        return;
    };
    if by_registry && let Some(address) = address {
        let location = below(address, wrapper);
        finding.fix(
            Fix::tell(Owner::Registry, "name the directory in the location")
                .value(format!("X-Terraform-Get: {}", visible(&location)))
                .trial(Trial::Location {
                    call: call.key.clone(),
                    location,
                }),
        );
        finding.fix(
            Fix::tell(
                Owner::Registry,
                "publish the archive without the wrapper, and the location without a directory",
            )
            .trial(Trial::FlatArchive {
                call: call.key.clone(),
                wrapper: wrapper.to_owned(),
            }),
        );
        return;
    }
    let front = call.source.raw().split("//").next().unwrap_or_default();
    let source = below(front, wrapper);
    finding.fix(
        Fix::tell(
            Owner::Configuration,
            "name the directory in the source, with an exact version",
        )
        .value(format!("source = \"{}\"", visible(&source)))
        .trial(Trial::Source {
            call: call.key.clone(),
            source,
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::foreign;
    use crate::rules::testing::location;
    use crate::rules::testing::package;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::TreeFact;
    use crate::trace::stop::DirProblem;

    fn globbed(text: &str) -> Story {
        let mut answer = location(
            204,
            Some("https://cdn.example.com/sg.tgz//*?archive=tar.gz"),
        );
        answer.subdir = Some(foreign("*"));
        answer.package = Some("https://cdn.example.com/sg.tgz?archive=tar.gz".to_owned());
        let tree = TreeFact {
            wrapper: Some(foreign("terraform-aws-sg")),
            ..TreeFact::default()
        };
        Story::registry()
            .client(text)
            .fact(Stage::Location, release(), Fact::Location(answer))
            .fact(Stage::Unpack, package(), Fact::Tree(tree))
            .stop(
                Stage::ModuleDir,
                call(),
                Stop::NoModuleDir(DirProblem::SubdirMissing {
                    subdir: foreign("*"),
                }),
            )
    }

    #[test]
    fn a_wildcard_in_the_location_fires_alone_and_names_the_directory() {
        let story = globbed("terraform@1.11.4");
        assert_eq!(story.codes(), ["TFR535"]);
        let findings = story.findings(&RULE);
        let value = findings
            .first()
            .and_then(|finding| finding.fixes.first())
            .and_then(|fix| fix.value.clone());
        assert_eq!(
            value.as_deref(),
            Some(
                "X-Terraform-Get: https://cdn.example.com/sg.tgz//terraform-aws-sg?archive=tar.gz"
            )
        );
    }

    #[test]
    fn a_client_that_expands_it_is_quiet() {
        assert!(!globbed("terraform@1.0.11").fires(&RULE));
    }
}
