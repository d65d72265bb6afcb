//! The module lies one or more single directories below the module directory.
//! The client installs an empty module then and reports success; the first error comes later, at plan.

use crate::client::Behaviour;
use crate::finding::Case;
use crate::finding::Confidence;
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
use crate::rules::common::code;
use crate::rules::common::computed_dir;
use crate::rules::common::count;
use crate::rules::common::file_name;
use crate::rules::common::has_glob;
use crate::rules::common::is_config_name;
use crate::rules::common::joined;
use crate::rules::common::location_of;
use crate::rules::common::module_dir_of;
use crate::rules::common::package_fact;
use crate::rules::common::package_of;
use crate::rules::common::product;
use crate::rules::common::registry_named;
use crate::rules::common::shell_word;
use crate::rules::common::tree_of;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::fact::TreeFact;
use crate::trace::stop::DirProblem;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR740",
    name: "nested-root",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR804"],
    title: "Nested root: the module is one directory deeper",
    page: include_str!("tfr740_nested_root.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    if case.view == View::Records {
        check_records(case, found);
        return;
    }
    let mut seen: Vec<&Subject> = Vec::new();
    for call in &case.trace.calls {
        let Some(package) = package_of(call) else {
            continue;
        };
        if hit_of(case.trace, call).is_none() || seen.contains(&package) {
            continue;
        }
        seen.push(package);
        report(case, package, found);
    }
}

/// The records of modules that lie deeper: what their packages look like is not known any more.
fn check_records(case: &Case<'_>, found: &mut Findings) {
    for call in &case.trace.calls {
        let Some(hit) = hit_of(case.trace, call) else {
            continue;
        };
        let summary = format!(
            "The recorded directory of `{}` is empty, and its one directory holds the module.",
            visible(&call.key)
        );
        let Some(finding) = found.cause(&RULE, case, &call.subject(), hit.step, summary) else {
            continue;
        };
        let owner = match call.kind {
            SourceKind::Local => Owner::Configuration,
            SourceKind::Registry | SourceKind::Remote | SourceKind::Invalid => {
                Owner::WorkingDirectory
            }
        };
        finding.owner(owner).reason("record");
        finding.evidence_table(
            "dirs",
            vec![
                vec![String::new(), "dir".to_owned(), "disk".to_owned()],
                vec![
                    "recorded".to_owned(),
                    visible(&hit.dir),
                    "nothing".to_owned(),
                ],
                vec![
                    "meant".to_owned(),
                    visible(&format!("{}/{}", hit.dir, hit.nested)),
                    count(hit.files, "configuration file"),
                ],
            ],
        );
        finding.client_says("plan", "Unsupported argument");
        if owner == Owner::Configuration {
            finding.tell(owner, "name the directory in the source");
            continue;
        }
        finding.explain("`init` keeps the record, as source and version still match.");
        if computed_dir(case.trace, &call.key).is_some() {
            finding.explain("An installation of today gives the same directory.");
            finding.tell(Owner::Registry, "name the directory in the location");
            continue;
        }
        finding.fix(
            Fix::tell(owner, "ask whether the registry names the directory today")
                .command("tfreg-doctor modules --online"),
        );
        finding.fix(
            Fix::tell(owner, "if it does, replace the record").command("terraform init -upgrade"),
        );
    }
}

/// What is known of a call whose module lies deeper.
struct Hit<'a> {
    call: &'a Call,
    step: &'a Step,
    /// The directories between, as they are written in an address.
    nested: String,
    files: usize,
    location_subdir: Option<&'a Foreign>,
    dir: String,
    stops: bool,
}

/// The hit of a call: an empty directory with a wrapper in it, or a missing one that is there inside a wrapper.
fn hit_of<'a>(trace: &'a Trace, call: &'a Call) -> Option<Hit<'a>> {
    let step = trace.step(&call.subject(), Stage::ModuleDir)?;
    let fact = module_dir_of(trace, call);
    let location_subdir = fact
        .and_then(|fact| fact.location_subdir.as_ref())
        .or_else(|| location_of(trace, call).and_then(|location| location.subdir.as_ref()));
    let dir = fact
        .map(|fact| fact.dir.clone())
        .or_else(|| call.dir.clone());
    let hit = |nested: &Foreign, files: usize, stops: bool| Hit {
        call,
        step,
        nested: nested.raw().trim_matches('/').to_owned(),
        files,
        location_subdir,
        dir: dir.clone().unwrap_or_default(),
        stops,
    };
    if let Some(stop) = step.stop() {
        let (tree, files) = missing_below_wrapper(trace, call, stop)?;
        return Some(hit(tree.wrapper.as_ref()?, files, true));
    }
    let fact = fact.filter(|fact| fact.exists && fact.config_files.is_empty())?;
    let (nested, files) = fact.nested.as_ref()?;
    let is_collection = |part: &str| matches!(part, "modules" | "examples");
    let deliberate = nested.raw().trim_matches('/').split('/').any(is_collection);
    (!deliberate).then(|| hit(nested, *files, false))
}

/// The tree whose wrapper holds the directory that the client misses.
fn missing_below_wrapper<'a>(
    trace: &'a Trace,
    call: &Call,
    stop: &Stop,
) -> Option<(&'a TreeFact, usize)> {
    let Stop::NoModuleDir(DirProblem::SubdirMissing { subdir } | DirProblem::GlobNone { subdir }) =
        stop
    else {
        return None;
    };
    if has_glob(subdir.raw()) {
        return None;
    }
    let tree = tree_of(trace, call)?;
    let wrapper = tree.wrapper.as_ref()?.raw().trim_matches('/');
    let wanted = format!("{wrapper}/{}", subdir.raw().trim_matches('/'));
    let (_, files) = tree
        .config_dirs
        .iter()
        .find(|(dir, files)| *files > 0 && dir.raw().trim_matches('/') == wanted)?;
    Some((tree, *files))
}

fn report(case: &Case<'_>, package: &Subject, found: &mut Findings) {
    let users = case.trace.users(package);
    let hits: Vec<Hit<'_>> = users
        .iter()
        .filter_map(|call| hit_of(case.trace, call))
        .collect();
    let Some(first) = hits.first() else {
        return;
    };
    let summary = if registry_named(case.trace, package) {
        "The archive wraps the module in a directory that the download location does not mention."
    } else {
        "The package wraps the module in a directory that the source does not mention."
    };
    let Some(finding) = found.cause(&RULE, case, package, first.step, summary) else {
        return;
    };
    finding.calls.clear();
    finding.places.clear();
    for hit in &hits {
        finding.hit(&hit.call.key, hit.call.place.as_ref());
    }
    finding
        .severity(Severity::Error)
        .reason(if first.stops { "submodule" } else { "root" });
    if !registry_named(case.trace, package) {
        finding.owner(Owner::Configuration);
    }
    describe(case, first, finding);
    offer_in_registry(case, package, first, finding);
    offer_in_source(case, package, first, finding);
    offer_tempting(case, package, first, finding);
}

fn describe(case: &Case<'_>, hit: &Hit<'_>, finding: &mut Finding) {
    finding.evidence_lines("archive-tree", drawn(case.trace, hit));
    if hit.stops {
        finding.explain("The directory that the call names is there, but inside the wrapper.");
        return;
    }
    finding.explain(format!(
        "{} installs this as an empty module and reports success.",
        product(case)
    ));
    finding.explain(format!(
        "`modules.json` records {} where {} is meant.",
        code(&hit.dir),
        code(&format!("{}/{}", hit.dir, hit.nested))
    ));
    finding.explain("The first error comes later, at plan.");
    finding.client_says("plan", "Unsupported argument");
    if let Some(tree) = tree_of(case.trace, hit.call)
        && tree.top_count == 0
    {
        finding.confidence(Confidence::Likely);
    }
}

/// The tree of the package, as far as it shows the wrapper.
fn drawn(trace: &Trace, hit: &Hit<'_>) -> Vec<String> {
    let name = package_of(hit.call).map_or("", |package| file_name(package.name()));
    let mut lines = vec![
        visible(name),
        format!("└── {}/          the module is here", visible(&hit.nested)),
    ];
    let Some(tree) = tree_of(trace, hit.call) else {
        lines.push(format!(
            "    └── {}",
            count(hit.files, "configuration file")
        ));
        return lines;
    };
    let (shown, rest) = shown_entries(tree);
    for (index, entry) in shown.iter().enumerate() {
        let is_last = rest == 0 && index + 1 == shown.len();
        lines.push(format!(
            "    {} {entry}",
            if is_last { "└──" } else { "├──" }
        ));
    }
    if rest > 0 {
        lines.push(format!("    └── {rest} more"));
    }
    lines
}

/// The entries worth showing, configuration files first, and how many there are besides.
fn shown_entries(tree: &TreeFact) -> (Vec<String>, usize) {
    let is_config = |name: &&Foreign| is_config_name(name.raw());
    let config = tree.wrapped.iter().filter(is_config);
    let others = tree.wrapped.iter().filter(|name| !is_config(name));
    let shown: Vec<String> = config.chain(others).take(3).map(Foreign::shown).collect();
    let rest = tree.wrapped_count.saturating_sub(shown.len());
    (shown, rest)
}

fn offer_in_registry(case: &Case<'_>, package: &Subject, hit: &Hit<'_>, finding: &mut Finding) {
    let call = &hit.call.key;
    let fact = package_fact(case.trace, package);
    let is_archive = fact.is_some_and(|fact| fact.archive.is_some());
    if is_archive {
        let mut fix = Fix::tell(finding.owner, "publish the archive without the wrapper").trial(
            Trial::FlatArchive {
                call: call.clone(),
                wrapper: hit.nested.clone(),
            },
        );
        if !registry_named(case.trace, package) {
            fix.owner = Owner::Author;
        }
        let kind = fact.and_then(|fact| fact.archive.as_deref());
        if let Some(command) = pack_command(kind, &hit.nested, file_name(package.name())) {
            fix = fix.command(command);
        }
        finding.fix(fix);
    }
    if !registry_named(case.trace, package) {
        return;
    }
    let directory = joined(hit.location_subdir, &hit.nested);
    let location = below(location_package(case, package, hit), &directory);
    finding.fix(
        Fix::tell(Owner::Registry, "name the directory in the location")
            .value(format!("X-Terraform-Get: {}", visible(&location)))
            .trial(Trial::Location {
                call: call.clone(),
                location,
            }),
    );
}

/// The package address as the registry gave it, without subdirectory.
fn location_package<'a>(case: &Case<'a>, package: &'a Subject, hit: &Hit<'_>) -> &'a str {
    location_of(case.trace, hit.call)
        .and_then(|location| location.package.as_deref())
        .unwrap_or(package.name())
}

/// The command that packs the directory's content alone.
fn pack_command(kind: Option<&str>, wrapper: &str, archive: &str) -> Option<String> {
    let (wrapper, archive) = (shell_word(wrapper)?, shell_word(archive)?);
    let up = "../".repeat(wrapper.split('/').count());
    match kind? {
        "zip" => Some(format!("cd {wrapper} && zip -X -r {up}{archive} .")),
        "tar.bz2" | "tbz2" | "tar.tbz2" => Some(format!("tar -C {wrapper} -cjf {archive} .")),
        "tar.xz" | "txz" => Some(format!("tar -C {wrapper} -cJf {archive} .")),
        _ => Some(format!("tar -C {wrapper} -czf {archive} .")),
    }
}

fn offer_in_source(case: &Case<'_>, package: &Subject, hit: &Hit<'_>, finding: &mut Finding) {
    let mut source = below(hit.call.source.raw(), &hit.nested);
    if hit.stops
        && let Some((front, behind)) = split_subdirectory(hit.call.source.raw())
    {
        source = below(front, &format!("{}/{behind}", hit.nested));
    }
    let text = if registry_named(case.trace, package) {
        "until then, name the directory in the source, with an exact version"
    } else {
        "name the directory in the source"
    };
    finding.fix(
        Fix::tell(Owner::Configuration, text)
            .value(format!("source = \"{}\"", visible(&source)))
            .trial(Trial::Source {
                call: hit.call.key.clone(),
                source,
            }),
    );
}

fn split_subdirectory(source: &str) -> Option<(&str, &str)> {
    let start = source.find("://").map_or(0, |at| at + 3);
    let at = start + source.get(start..)?.find("//")?;
    Some((source.get(..at)?, source.get(at + 2..)?))
}

fn offer_tempting(case: &Case<'_>, package: &Subject, hit: &Hit<'_>, finding: &mut Finding) {
    let call = hit.call.key.clone();
    if !registry_named(case.trace, package) {
        let source = below(hit.call.source.raw(), "*");
        let mut fix = Fix::tell(Owner::Configuration, "let a wildcard find the directory")
            .value(format!("source = \"{}\"", visible(&source)))
            .trial(Trial::Source { call, source });
        fix.tempting = !case.client.does(Behaviour::ExpandsDirectGlob);
        finding.fix(fix);
        return;
    }
    let address = location_package(case, package, hit);
    let bare = address.split('?').next().unwrap_or(address);
    for (text, location) in [
        ("append a wildcard to the location", below(address, "*")),
        (
            "append the wildcard of the protocol's documentation",
            format!("{}?archive=tar.gz", below(bare, "*")),
        ),
    ] {
        finding.fix(
            Fix::tell(Owner::Registry, text)
                .value(format!("X-Terraform-Get: {}", visible(&location)))
                .trial(Trial::Location {
                    call: call.clone(),
                    location,
                })
                .tempting(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::archive_package;
    use crate::rules::testing::call;
    use crate::rules::testing::empty_dir;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::TreeFact;
    use crate::trace::stop::DirProblem;

    fn wrapped() -> Fact {
        Fact::Tree(TreeFact {
            top: vec![foreign("terraform-aws-sg/")],
            top_count: 1,
            wrapper: Some(foreign("terraform-aws-sg")),
            config_dirs: vec![
                (foreign("terraform-aws-sg"), 2),
                (foreign("terraform-aws-sg/modules/a"), 1),
            ],
            wrapped: vec![foreign("README.md"), foreign("main.tf")],
            wrapped_count: 2,
        })
    }

    fn nested() -> Story {
        Story::registry()
            .fact(
                Stage::Fetch,
                package(),
                Fact::Package(archive_package(Some("tar.gz"))),
            )
            .fact(Stage::Unpack, package(), wrapped())
            .fact(
                Stage::ModuleDir,
                call(),
                Fact::ModuleDir(empty_dir(Some(("terraform-aws-sg", 2)))),
            )
    }

    #[test]
    fn a_wrapper_fires_with_fixes_that_name_it() {
        let findings = nested().findings(&RULE);
        let finding = findings.first().expect("a finding");
        let values: Vec<&str> = finding
            .fixes
            .iter()
            .filter_map(|fix| fix.value.as_deref())
            .collect();
        assert_eq!(
            values,
            [
                "X-Terraform-Get: https://cdn.example.com/sg.tgz//terraform-aws-sg",
                "source = \"reg.example.com/net/sg/aws//terraform-aws-sg\"",
                "X-Terraform-Get: https://cdn.example.com/sg.tgz//*",
                "X-Terraform-Get: https://cdn.example.com/sg.tgz//*?archive=tar.gz",
            ]
        );
        assert_eq!(
            finding.fixes.first().map(|fix| fix.commands.clone()),
            Some(vec!["tar -C terraform-aws-sg -czf sg.tgz .".to_owned()])
        );
        assert_eq!(nested().codes(), ["TFR740"]);
    }

    #[test]
    fn a_submodule_inside_a_wrapper_fires_in_place_of_its_absence() {
        let stop = Stop::NoModuleDir(DirProblem::SubdirMissing {
            subdir: foreign("modules/a"),
        });
        let story = Story::registry()
            .fact(Stage::Unpack, package(), wrapped())
            .stop(Stage::ModuleDir, call(), stop);
        assert_eq!(story.codes(), ["TFR740"]);
    }

    #[test]
    fn a_collection_of_modules_and_a_full_directory_are_quiet() {
        let story = Story::registry().fact(
            Stage::ModuleDir,
            call(),
            Fact::ModuleDir(empty_dir(Some(("modules/a", 2)))),
        );
        assert!(!story.fires(&RULE));
        let mut full = empty_dir(Some(("a", 2)));
        full.config_files = vec![foreign("main.tf")];
        let story = Story::registry().fact(Stage::ModuleDir, call(), Fact::ModuleDir(full));
        assert!(!story.fires(&RULE));
    }
}
