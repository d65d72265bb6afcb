//! Test files: the modules their runs call. Never reads assertions or variables.
//!
//! Surprises: a run in which anything is wrong is left out; the key of a JSON test file keeps its ending; a test file is
//! searched only in the root module.

use std::collections::{BTreeMap, HashSet};

use super::blocks::{check_source, check_version};

use super::content::{Content, Inner, Sink};
use super::early::EarlyScope;
use super::merge::argument_value;
use super::problem::{Named, Problem, ProblemKind};
use super::schema::{RUN, RUN_MODULE, TEST_FILE};
use super::source_file::SourceFile;
use super::values::{About, Keywords, check_condition, check_keyword, check_name};
use super::{Argument, ArgumentValue, CallDecl, ConfigRules, Layer};

const COMMAND: Keywords = Keywords {
    argument: "command",
    words: &["apply", "plan"],
    quoted: false,
};

/// What installation needs to know of one test file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestFile {
    /// The runs that call a module of their own, in order.
    pub runs: Vec<RunDecl>,
    /// What makes the client fail.
    pub problems: Vec<Problem>,
}

/// A run with a module of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDecl {
    /// The key under which the module is installed.
    pub key: String,
    /// The call; its name is that of the run, its place that of the module block.
    pub call: CallDecl,
}

/// Reads a test file; `name` is its path from the root module, with forward slashes.
#[must_use]
pub fn read_test_file(name: &str, bytes: &[u8], rules: &ConfigRules) -> TestFile {
    let file = SourceFile::new(name, bytes);
    let mut test = TestFile::default();
    let mut sink = file.sink(rules, &mut test.problems);
    sink.layer = Layer::Primary;
    file.report_syntax(&mut sink);
    let mut names = HashSet::new();
    let mut variables = 0;
    for block in file.node().content(&TEST_FILE, &mut sink).blocks {
        if block.kind == "variables" {
            variables += 1;
            if variables > 1 {
                sink.add(block.span, ProblemKind::MultipleBlocks("variables"));
            }
        }
        if block.kind != "run" {
            continue;
        }
        test.runs.extend(read_run(&file, &block, &mut sink));
        if block
            .labels
            .first()
            .is_some_and(|(run, _)| !names.insert(*run))
        {
            sink.add(block.span, ProblemKind::DuplicateRun);
        }
    }
    test
}

/// The key of a run's module in the manifest.
#[must_use]
pub fn test_key(name: &str, run: &str) -> String {
    let (folders, base) = name.rsplit_once('/').unwrap_or(("", name));
    let base = base
        .strip_suffix(".tftest.hcl")
        .or_else(|| base.strip_suffix(".tofutest.hcl"))
        .unwrap_or(base);
    let folders = folders
        .split('/')
        .filter(|folder| !matches!(*folder, "" | "."));
    let parts: Vec<_> = std::iter::once("test")
        .chain(folders)
        .chain([base, run])
        .collect();
    parts.join(".")
}

fn read_run(file: &SourceFile<'_>, block: &Inner<'_>, sink: &mut Sink<'_>) -> Option<RunDecl> {
    let before = sink.count;
    let content = block.body.content(&RUN, sink);
    check_name(block.labels.first(), Named::Run, sink);
    for (kind, inner) in content.blocks.iter().map(|inner| (inner.kind, inner)) {
        if kind == "assert" {
            check_condition(inner, About::Anything, sink);
        }
    }
    for kind in ["plan_options", "variables", "module"] {
        if let Some(again) = content
            .blocks
            .iter()
            .filter(|inner| inner.kind == kind)
            .nth(1)
        {
            sink.add(again.span, ProblemKind::MultipleBlocks(kind));
        }
    }
    check_keyword(&content, &COMMAND, sink);
    let module = content.blocks.iter().rfind(|inner| inner.kind == "module");
    let module = module.map(|module| (module, module.body.content(&RUN_MODULE, sink)));
    if let Some((block, module)) = &module {
        check_version(module.argument("version"), sink);
        match module.argument("source") {
            Some(source) => check_source(Some(source), sink),
            None => sink.add(block.span, ProblemKind::RunWithoutSource),
        }
    }
    if sink.count > before {
        return None;
    }
    let (module, content) = module?;
    let &(name, span) = block.labels.first()?;
    let call = run_call(file, module, &content, sink.rules);
    let call = CallDecl {
        name: name.to_owned(),
        name_range: span.range(),
        ..call
    };
    Some(RunDecl {
        key: test_key(file.name, name),
        call,
    })
}

fn run_call(
    file: &SourceFile<'_>,
    block: &Inner<'_>,
    content: &Content<'_>,
    rules: &ConfigRules,
) -> CallDecl {
    let scope = EarlyScope::new(rules);
    let argument = |name: &str| match content.argument(name) {
        Some(given) => Argument {
            value: argument_value(file.bytes, given, &scope),
            place: file.place(given.term.span()),
            layer: Layer::Primary,
        },
        None => Argument {
            value: ArgumentValue::Missing,
            place: file.place(block.span),
            layer: Layer::Primary,
        },
    };
    CallDecl {
        name: String::new(),
        name_range: 0..0,
        place: file.place(block.span),
        source: argument("source"),
        version: argument("version"),
        version_beside_source: content.argument("version").is_some(),
        count: false,
        for_each: false,
        inputs: BTreeMap::new(),
    }
}
