//! The module directory holds no configuration files, and no single directory below it does either.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::finding::View;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::below;
use crate::rules::common::call_of;
use crate::rules::common::code;
use crate::rules::common::is_config_name;
use crate::rules::common::module_dirs;
use crate::rules::common::module_owner;
use crate::rules::common::package_of;
use crate::rules::common::product;
use crate::rules::common::tree_of;
use crate::trace::PublicStage;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR741",
    name: "no-config-files",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Author,
    yields_to: &["TFR704", "TFR740", "TFR804"],
    title: "No config files at the module directory",
    page: include_str!("tfr741_no_config_files.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in module_dirs(case.trace) {
        let deeper = fact.nested.as_ref().is_some_and(|(nested, _)| {
            !nested
                .raw()
                .split('/')
                .any(|part| matches!(part, "modules" | "examples"))
        });
        let is_empty =
            fact.exists && fact.config_files.is_empty() && fact.other_client_files.is_empty();
        if step.stop().is_some() || deeper || !is_empty {
            continue;
        }
        let Some(call) = call_of(case.trace, step) else {
            continue;
        };
        let about = package_of(call).cloned().unwrap_or_else(|| call.subject());
        let summary = "The module directory holds no configuration files.";
        let Some(finding) = found.cause(&RULE, case, &about, step, summary) else {
            continue;
        };
        finding.owner(module_owner(call));
        finding.evidence("dir", visible(&fact.dir));
        finding.explain(format!(
            "{} installs it as an empty module and reports success.",
            product(case)
        ));
        finding.client_says("plan", "Unsupported argument");
        if case.view == View::Records && call.kind != SourceKind::Local {
            describe_record(finding);
            continue;
        }
        describe(case, call, finding);
    }
}

/// What was installed once: the record is kept as long as source and version match.
fn describe_record(finding: &mut Finding) {
    finding.owner(Owner::WorkingDirectory).reason("record");
    finding.explain("`init` keeps the record, as source and version still match.");
    finding.fix(
        Fix::tell(Owner::WorkingDirectory, "install it anew").command("terraform init -upgrade"),
    );
    finding.fix(
        Fix::tell(
            Owner::WorkingDirectory,
            "ask what the registry says of it today",
        )
        .command("tfreg-doctor modules --online"),
    );
}

fn describe(case: &Case<'_>, call: &Call, finding: &mut Finding) {
    let Some(tree) = tree_of(case.trace, call) else {
        finding.reason("empty");
        finding.tell(finding.owner, "pack the module's own directory");
        return;
    };
    finding.evidence_lines(
        "top",
        tree.top.iter().take(10).map(Foreign::shown).collect(),
    );
    let deeper: Vec<&Foreign> = tree
        .config_dirs
        .iter()
        .filter(|(dir, files)| *files > 0 && !dir.raw().is_empty())
        .map(|(dir, _)| dir)
        .collect();
    let ignored = tree.top.iter().find(|name| is_ignored_name(name.raw()));
    if let Some(name) = ignored {
        finding.reason("ignored-names");
        finding.explain(format!(
            "{} looks like configuration, but the client ignores such names.",
            code(name.raw())
        ));
        finding.tell(Owner::Author, "give the file a name that ends in `.tf`");
    }
    if deeper.is_empty() {
        if ignored.is_none() {
            finding.reason("no-configuration");
        }
        finding.tell(
            finding.owner,
            "pack the directory that holds the `.tf` files",
        );
        return;
    }
    if ignored.is_none() {
        finding.reason("only-submodules");
    }
    for dir in deeper.into_iter().take(5) {
        let source = below(call.source.raw(), dir.raw().trim_matches('/'));
        finding.fix(
            Fix::tell(Owner::Configuration, "use one of the modules inside")
                .value(format!("source = \"{}\"", visible(&source)))
                .trial(Trial::Source {
                    call: call.key.clone(),
                    source,
                }),
        );
    }
}

fn is_ignored_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let hidden = name.starts_with('.') && is_config_name(&lower);
    let backup =
        lower.strip_suffix(".tf~").is_some() || (name.starts_with('#') && name.ends_with('#'));
    let renamed = lower.strip_suffix(".tf.txt").is_some()
        || (is_config_name(&lower) && !is_config_name(name));
    hidden || backup || renamed
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Owner;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::empty_dir;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::TreeFact;

    #[test]
    fn an_empty_directory_fires() {
        let story =
            Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(empty_dir(None)));
        assert_eq!(story.codes(), ["TFR741"]);
    }

    #[test]
    fn an_empty_directory_of_the_caller_is_his_own() {
        let story = Story::local().fact(Stage::ModuleDir, call(), Fact::ModuleDir(empty_dir(None)));
        assert_eq!(
            story.findings(&RULE).first().map(|finding| finding.owner),
            Some(Owner::Configuration)
        );
    }

    #[test]
    fn only_submodules_are_offered_as_sources() {
        let tree = TreeFact {
            top: vec![foreign("modules/")],
            top_count: 1,
            config_dirs: vec![(foreign("modules/a"), 1), (foreign("modules/b"), 1)],
            ..TreeFact::default()
        };
        let story = Story::registry()
            .fact(Stage::Unpack, package(), Fact::Tree(tree))
            .fact(Stage::ModuleDir, call(), Fact::ModuleDir(empty_dir(None)));
        let findings = story.findings(&RULE);
        assert_eq!(
            findings.first().and_then(|finding| finding.reason),
            Some("only-submodules")
        );
        assert_eq!(findings.first().map(|finding| finding.fixes.len()), Some(2));
    }

    #[test]
    fn a_directory_with_configuration_is_quiet() {
        let mut full = empty_dir(None);
        full.config_files = vec![foreign("main.tf")];
        let story = Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(full));
        assert!(!story.fires(&RULE));
    }
}
