//! Module blocks of a directory: `*.tf`, `*.tf.json`, `*.tofu`.

use crate::client::Behaviour;
use crate::client::Product;
use crate::io::files;
use crate::stages::Cx;
use crate::stages::module_dir::plain_names;
use crate::syntax::go_quote::go_quote;
use crate::syntax::tf_files;
use crate::syntax::tf_files::ArgumentValue;
use crate::syntax::tf_files::CallDecl;
use crate::syntax::tf_files::ConfigRules;
use crate::syntax::tf_files::Declared;
use crate::syntax::tf_files::Dialect;
use crate::syntax::tf_files::EarlyEvaluation;
use crate::syntax::tf_files::ModuleFiles;
use crate::syntax::tf_files::Named;
use crate::syntax::tf_files::Overridden;
use crate::syntax::tf_files::Problem;
use crate::syntax::tf_files::ProblemKind;
use crate::trace::Act;
use crate::trace::Fact;
use crate::trace::act::ReadOutcome;
use crate::trace::call::Place;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::tracer::OpenStep;
use crate::version::Constraints;
use crate::version::Version;
use std::path::Path;

/// What the client says of a constraint that it cannot read.
const BAD_CONSTRAINT: &str = "This string does not use correct version constraint syntax.";

/// What a module's files say.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// The calls, sorted by name.
    pub calls: Vec<CallDecl>,
    /// How many problems the client reports.
    pub problems: usize,
    /// The `required_version` that excludes the client.
    pub excluded: Option<String>,
    /// Whether one of the problems is that one.
    pub only_excluded: bool,
    /// The input variables: their names, and whether a value must be given.
    pub variables: Vec<(String, bool)>,
}

/// Reads the configuration files of a directory; `shown` is how the client names it.
pub fn read(cx: &Cx, step: &mut OpenStep, key: &str, directory: &Path, shown: &str) -> Module {
    read_called(cx, step, key, directory, shown, Repeated::No)
}

/// Whether a call on the way to a module has `count` or `for_each`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeated {
    /// None has.
    #[default]
    No,
    /// One has.
    Yes,
}

/// Reads the configuration files of a called module, of which some things are not allowed that a root module may have.
pub fn read_called(
    cx: &Cx,
    step: &mut OpenStep,
    key: &str,
    directory: &Path,
    shown: &str,
    repeated: Repeated,
) -> Module {
    let rules = rules_of(cx);
    let (contents, mut problems) = contents_of(cx, step, (key, shown), directory, &rules);
    let borrowed: Vec<(String, &[u8])> = contents
        .iter()
        .map(|(name, bytes)| (name.clone(), bytes.as_slice()))
        .collect();
    let files = tf_files::read_module(&borrowed, &rules);
    problems += note_problems(step, key, shown, &files);
    if !key.is_empty() {
        let noted = note_root_only(step, key, shown, &files, repeated);
        if cx.client.does(Behaviour::RefusesRootOnlyBlocks) {
            problems += noted;
        }
    }
    let excluded = if cx.client.does(Behaviour::ChecksRequiredVersion) {
        excluded(cx, step, key, shown, &files)
    } else {
        None
    };
    let loads = problems == 0 && is_readable(excluded.as_deref());
    problems += note_constraints(step, key, shown, &files, &rules);
    let mut calls = files.calls;
    if !loads && cx.client.does(Behaviour::StopsAtLoadErrors) {
        calls.clear();
    }
    if cx.client.does(Behaviour::PassesOverBadVersions) {
        calls.retain(|call| has_readable_constraint(call, &rules));
    }
    calls.sort_by(|left, right| left.name.as_bytes().cmp(right.name.as_bytes()));
    Module {
        calls,
        problems: problems + usize::from(excluded.is_some()),
        only_excluded: excluded.is_some(),
        excluded,
        variables: files.variables,
    }
}

/// The files of a directory in the order in which they are loaded, and how many could not be read.
fn contents_of(
    cx: &Cx,
    step: &mut OpenStep,
    (key, shown): (&str, &str),
    directory: &Path,
    rules: &ConfigRules,
) -> (Vec<(String, Vec<u8>)>, usize) {
    let names = plain_names(directory);
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let selection = tf_files::select(&borrowed, rules.reads_tofu());
    let mut contents: Vec<(String, Vec<u8>)> = Vec::new();
    let mut problems = 0;
    for name in selection.primary.iter().chain(&selection.overrides) {
        let (read, bytes) = files::read(&directory.join(name), cx.io.limits.configuration_bytes);
        let at = if shown == "." {
            name.clone()
        } else {
            format!("{shown}/{name}")
        };
        match (&read.outcome, bytes) {
            (ReadOutcome::Read(_), Some(bytes)) => contents.push((name.clone(), bytes)),
            (outcome, _) => {
                problems += 1;
                step.note(Fact::ConfigProblem(ConfigProblem {
                    module: key.to_owned(),
                    place: Place {
                        file: at,
                        line: 1,
                        column: 1,
                    },
                    kind: ConfigProblemKind::Unreadable,
                    summary: format!("Failed to read file ({outcome:?})"),
                    detail: String::new(),
                }));
                step.act(Act::File(read));
            }
        }
    }
    (contents, problems)
}

fn is_readable(constraint: Option<&str>) -> bool {
    constraint.is_none_or(|text| Constraints::parse(text).is_ok())
}

fn rules_of(cx: &Cx) -> ConfigRules {
    let dialect = match cx.client.product {
        Product::Terraform => Dialect::Terraform,
        Product::OpenTofu => Dialect::OpenTofu,
    };
    let (major, minor, _) = cx.client.release;
    let release = (
        u16::try_from(major).unwrap_or(u16::MAX),
        u16::try_from(minor).unwrap_or(u16::MAX),
    );
    ConfigRules {
        inspects: cx.client.does(Behaviour::InspectsConfiguration),
        ..ConfigRules::new(dialect, release)
    }
}

fn has_readable_constraint(call: &CallDecl, rules: &ConfigRules) -> bool {
    match &call.version.value {
        ArgumentValue::Text(text) => Constraints::parse(text).is_ok(),
        ArgumentValue::Expression { .. } => {
            rules.early_evaluation() != EarlyEvaluation::ConstVariables
        }
        ArgumentValue::Missing | ArgumentValue::Null | ArgumentValue::NotText(_) => true,
    }
}

/// Version constraints that the client cannot read. It installs the newest version and fails all the same; early clients
/// pass the call over.
fn note_constraints(
    step: &mut OpenStep,
    key: &str,
    shown: &str,
    files: &ModuleFiles,
    rules: &ConfigRules,
) -> usize {
    let mut problems = 0;
    for call in &files.calls {
        if has_readable_constraint(call, rules) {
            continue;
        }
        problems += 1;
        let place = &call.version.place;
        let (summary, detail) = constraint_words(call, shown, rules);
        step.note(Fact::ConfigProblem(ConfigProblem {
            module: key.to_owned(),
            place: place_of(shown, place),
            kind: ConfigProblemKind::Constraint,
            summary,
            detail,
        }));
    }
    problems
}

/// What the client prints of a version constraint that it cannot read: summary and detail.
fn constraint_words(call: &CallDecl, shown: &str, rules: &ConfigRules) -> (String, String) {
    let text = match &call.version.value {
        ArgumentValue::Text(text) => text,
        ArgumentValue::Expression { .. } => {
            return (
                "Unknown module version".to_owned(),
                "Only literal values and const variables can be evaluated during init.".to_owned(),
            );
        }
        ArgumentValue::Missing | ArgumentValue::Null | ArgumentValue::NotText(_) => {
            return ("Invalid version constraint".to_owned(), String::new());
        }
    };
    let summary = "Invalid version constraint".to_owned();
    if !rules.inspects {
        return (summary, BAD_CONSTRAINT.to_owned());
    }
    let place = place_of(shown, &call.place);
    let detail = format!(
        "Module {} (declared at {} line {}) has invalid version constraint {}: Malformed constraint: {text}.",
        go_quote(&call.name),
        place.file,
        place.line,
        go_quote(text)
    );
    (summary, detail)
}

fn place_of(shown: &str, place: &tf_files::Place) -> Place {
    let file = if shown == "." {
        place.file.clone()
    } else {
        format!("{shown}/{}", place.file)
    };
    Place {
        file,
        line: usize::try_from(place.line).unwrap_or(0),
        column: usize::try_from(place.column).unwrap_or(0),
    }
}

/// What only a root module may hold, and how much of it there is; for most clients no problem while installing.
fn note_root_only(
    step: &mut OpenStep,
    key: &str,
    shown: &str,
    files: &ModuleFiles,
    repeated: Repeated,
) -> usize {
    let imports = files
        .imports
        .iter()
        .map(|place| (place, "Invalid import configuration"));
    let refused = if repeated == Repeated::Yes {
        files.providers.as_slice()
    } else {
        &[]
    };
    let providers = refused.iter().map(|place| {
        (
            place,
            "Module is incompatible with count, for_each, and depends_on",
        )
    });
    let mut noted = 0;
    for (place, summary) in imports.chain(providers) {
        noted += 1;
        step.note(Fact::ConfigProblem(ConfigProblem {
            module: key.to_owned(),
            place: Place {
                file: format!("{shown}/{}", place.file),
                line: usize::try_from(place.line).unwrap_or(0),
                column: usize::try_from(place.column).unwrap_or(0),
            },
            kind: ConfigProblemKind::RootOnly,
            summary: summary.to_owned(),
            detail: String::new(),
        }));
    }
    noted
}

fn note_problems(step: &mut OpenStep, key: &str, shown: &str, files: &ModuleFiles) -> usize {
    note_list(step, key, shown, &files.problems)
}

fn note_list(step: &mut OpenStep, key: &str, shown: &str, problems: &[Problem]) -> usize {
    for problem in problems {
        let file = if shown == "." {
            problem.file.clone()
        } else {
            format!("{shown}/{}", problem.file)
        };
        step.note(Fact::ConfigProblem(ConfigProblem {
            module: key.to_owned(),
            place: Place {
                file,
                line: usize::try_from(problem.line).unwrap_or(0),
                column: usize::try_from(problem.column).unwrap_or(0),
            },
            kind: kind_of(&problem.kind),
            summary: problem.kind.client_summary(),
            detail: if shown == "." {
                problem.detail.clone()
            } else {
                below(&problem.detail, shown)
            },
        }));
    }
    problems.len()
}

/// The client's words with the places in them as the client names them.
fn below(detail: &str, shown: &str) -> String {
    let marks = [
        " defined at ",
        " declared at ",
        " configured at ",
        " set at ",
    ];
    let found = marks.iter().find(|mark| detail.contains(**mark));
    found.map_or_else(
        || detail.to_owned(),
        |mark| detail.replacen(mark, &format!("{mark}{shown}/"), 1),
    )
}

fn excluded(
    cx: &Cx,
    step: &mut OpenStep,
    key: &str,
    shown: &str,
    files: &ModuleFiles,
) -> Option<String> {
    let (major, minor, patch) = cx.client.release;
    let version =
        Version::parse(&format!("{major}.{minor}.{patch}")).expect("three numbers are a version");
    for (required, place) in &files.required_version {
        let constraints = Constraints::parse(required);
        if constraints
            .as_ref()
            .is_ok_and(|constraints| constraints.allows(&version))
        {
            continue;
        }
        let file = if shown == "." {
            place.file.clone()
        } else {
            format!("{shown}/{}", place.file)
        };
        let summary = if constraints.is_ok() {
            "Unsupported Terraform Core version"
        } else {
            "Invalid version constraint"
        };
        step.note(Fact::ConfigProblem(ConfigProblem {
            module: key.to_owned(),
            place: Place {
                file,
                line: usize::try_from(place.line).unwrap_or(0),
                column: 1,
            },
            kind: ConfigProblemKind::Settings,
            summary: summary.to_owned(),
            detail: if constraints.is_ok() {
                String::new()
            } else {
                BAD_CONSTRAINT.to_owned()
            },
        }));
        return Some(required.clone());
    }
    None
}

/// Module calls of test files, by key, and how many problems those files have.
pub fn read_tests(
    cx: &Cx,
    step: &mut OpenStep,
    root: &Path,
    test_directory: &str,
) -> (Vec<(String, CallDecl)>, usize) {
    let rules = rules_of(cx);
    let mut found = Vec::new();
    let mut problems = 0;
    for (directory, prefix) in [
        (root.to_owned(), String::new()),
        (
            root.join(test_directory),
            format!("{}/", test_directory.trim_end_matches('/')),
        ),
    ] {
        if !prefix.is_empty() && (test_directory == "." || test_directory.is_empty()) {
            continue;
        }
        let names = plain_names(&directory);
        let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
        for name in tf_files::select_tests(&borrowed, rules.reads_tofu()) {
            let (_, bytes) = files::read(&directory.join(&name), cx.io.limits.configuration_bytes);
            let path = format!("{prefix}{name}");
            let test = tf_files::read_test_file(&path, &bytes.unwrap_or_default(), &rules);
            problems += note_list(step, "", ".", &test.problems);
            found.extend(test.runs.into_iter().map(|run| (run.key, run.call)));
        }
    }
    (found, problems)
}

fn kind_of(kind: &ProblemKind) -> ConfigProblemKind {
    match kind {
        ProblemKind::Syntax(_) | ProblemKind::Json(_) => ConfigProblemKind::Syntax,
        ProblemKind::VariablesNotAllowed
        | ProblemKind::CallsNotAllowed
        | ProblemKind::VersionNotText => ConfigProblemKind::Expression,
        ProblemKind::MissingArgument(name) if name == "source" => ConfigProblemKind::SourceMissing,
        ProblemKind::UnsuitableValue | ProblemKind::RunWithoutSource => {
            ConfigProblemKind::SourceMissing
        }
        ProblemKind::UnsupportedBlock(name) if name == "credentials" || name == "host" => {
            ConfigProblemKind::CredentialsBlock
        }
        ProblemKind::ExtraneousLabel(block) | ProblemKind::MissingLabel { block, .. }
            if block == "module" =>
        {
            ConfigProblemKind::ModuleCall
        }
        ProblemKind::InvalidName(Named::Call | Named::Run)
        | ProblemKind::Duplicate(Declared::Call)
        | ProblemKind::NothingToOverride(Overridden::Call)
        | ProblemKind::DuplicateRun
        | ProblemKind::CountAndForEach
        | ProblemKind::ReservedBlock("module") => ConfigProblemKind::ModuleCall,
        ProblemKind::Experiments
        | ProblemKind::LanguageEdition
        | ProblemKind::BackendAndCloud
        | ProblemKind::MisplacedRequiredProviders
        | ProblemKind::ProviderType
        | ProblemKind::ProviderNamespace
        | ProblemKind::RequiredProvider
        | ProblemKind::Duplicate(
            Declared::RequiredProviders | Declared::Backend | Declared::Cloud,
        ) => ConfigProblemKind::Settings,
        _ => ConfigProblemKind::Other,
    }
}
