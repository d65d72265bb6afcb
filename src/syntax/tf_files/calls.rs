//! A module read as a whole: every file by its syntax, override files merged over the others.

use std::collections::BTreeMap;

use crate::syntax::hcl2::{Span, Value, is_identifier};

use super::blocks::{
    check_module, check_output, check_provider, check_refactoring, check_required_providers,
    check_variable, check_version,
};
use super::content::{Content, Inner, Node, Sink};
use super::early::{EarlyScope, Written};
use super::inspect::inspect;
use super::merge::Merging;
use super::names::Names;
use super::problem::{Declared, Named, Problem, ProblemKind};
use super::resources::{check_check, check_data, check_ephemeral, check_resource};
use super::schema::{FILE, TERRAFORM};
use super::source_file::SourceFile;
use super::values::text_of;
use super::{CallDecl, ConfigRules, Layer, Place};

/// What installation needs to know of one module's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleFiles {
    /// The calls, sorted by name as the client walks them.
    pub calls: Vec<CallDecl>,
    /// The `required_version` texts; those of override files replace the others.
    pub required_version: Vec<(String, Place)>,
    /// Version constraints of providers, as texts.
    pub provider_versions: Vec<(String, Place)>,
    /// What makes the client fail, in the order of the files.
    pub problems: Vec<Problem>,
    /// `credentials` and `host` blocks, which belong into the CLI configuration.
    pub cli_blocks: Vec<(String, Place)>,
    /// `import` blocks, which only a root module may hold.
    pub imports: Vec<Place>,
    /// `provider` blocks with settings, which rule out repeated calls of the module.
    pub providers: Vec<Place>,
    /// Backends, by their type.
    pub backends: Vec<(String, Place)>,
    /// `cloud` blocks.
    pub clouds: Vec<Place>,
    /// The input variables: their names, and whether a value must be given.
    pub variables: Vec<(String, bool)>,
}

/// Reads the configuration files of one directory, given in the order of [`super::select`]. Names may have folders before them.
#[must_use]
pub fn read_module(files: &[(String, &[u8])], rules: &ConfigRules) -> ModuleFiles {
    let mut parsed: Vec<_> = files
        .iter()
        .map(|(name, bytes)| SourceFile::new(name, bytes))
        .collect();
    parsed.sort_by_key(|file| file.layer == Layer::Override);
    if rules.inspects {
        return inspect(&parsed, rules);
    }
    let mut module = Module::new(rules);
    for file in &parsed {
        module.file(file);
    }
    module.finish()
}

struct Module<'a> {
    rules: &'a ConfigRules,
    names: Names,
    scope: EarlyScope<'a>,
    calls: BTreeMap<&'a str, Merging<'a>>,
    found: ModuleFiles,
}

impl<'a> Module<'a> {
    fn new(rules: &'a ConfigRules) -> Self {
        Self {
            rules,
            names: Names::default(),
            scope: EarlyScope::new(rules),
            calls: BTreeMap::new(),
            found: ModuleFiles::default(),
        }
    }

    fn file(&mut self, file: &'a SourceFile<'a>) {
        let mut problems = std::mem::take(&mut self.found.problems);
        let mut sink = file.sink(self.rules, &mut problems);
        file.report_syntax(&mut sink);
        self.note_cli_blocks(file);
        let content = file.node().content(&FILE, &mut sink);
        let mut versions = Vec::new();
        for block in content.blocks {
            if block.kind == "terraform" {
                self.settings(file, &block, &mut versions, &mut sink);
            } else {
                self.block(file, &block, &mut sink);
            }
        }
        let own = [Declared::Backend, Declared::Cloud]
            .iter()
            .all(|declared| self.names.has(declared));
        if own && file.layer == Layer::Primary {
            sink.add(
                Span {
                    line: 1,
                    column: 1,
                    ..Span::default()
                },
                ProblemKind::BackendAndCloud,
            );
        }
        self.add_versions(file.layer, versions);
        self.found.problems = problems;
    }

    /// An override file replaces the constraints of all files before it.
    fn add_versions(&mut self, layer: Layer, versions: Vec<(String, Place)>) {
        if layer == Layer::Override && !versions.is_empty() {
            self.found.required_version.clear();
        }
        self.found.required_version.extend(versions);
    }

    fn note_cli_blocks(&mut self, file: &SourceFile<'_>) {
        let (body, names) = match file.node() {
            Node::Native(body, _) => (Some(body), Vec::new()),
            json @ Node::Json(_) => (None, json.known_arguments()),
        };
        let is_cli = |kind: &str| matches!(kind, "credentials" | "host" | "credentials_helper");
        for block in body
            .into_iter()
            .flat_map(|body| &body.blocks)
            .filter(|block| is_cli(&block.kind))
        {
            self.found
                .cli_blocks
                .push((block.kind.clone(), file.place(block.span)));
        }
        for name in names.iter().filter(|name| is_cli(name.name)) {
            self.found
                .cli_blocks
                .push((name.name.to_owned(), file.place(name.name_span)));
        }
    }

    fn settings(
        &mut self,
        file: &SourceFile<'_>,
        block: &Inner<'_>,
        versions: &mut Vec<(String, Place)>,
        sink: &mut Sink<'_>,
    ) {
        let content = block.body.content(&TERRAFORM, sink);
        if let Some(version) = content.argument("required_version") {
            check_version(Some(version), sink);
            if let Some(text) = version.term.value().to_text() {
                versions.push((text, file.place(version.term.span())));
            }
        }
        if let Some(experiments) = content.argument("experiments") {
            let product = sink.rules.dialect.title();
            let detail = format!(
                "Experimental features are intended only for gathering early feedback on new language designs, and so are \
                 available only in alpha releases of {product}."
            );
            sink.add_saying(experiments.name_span, ProblemKind::Experiments, detail);
        }
        if let Some(language) = content.argument("language") {
            let edition = match language.term.value() {
                Value::Text(text) if language.term.shape().is_none() => Some(text),
                _ => text_of(&language.term, sink),
            };
            if edition.as_deref() != Some("TF2021") {
                sink.add(language.term.span(), ProblemKind::LanguageEdition);
            }
        }
        for inner in &content.blocks {
            self.setting(file, inner, sink);
        }
    }

    fn setting(&mut self, file: &SourceFile<'_>, inner: &Inner<'_>, sink: &mut Sink<'_>) {
        match inner.kind {
            "backend" => {
                let kind = inner.labels.first().map_or("", |(kind, _)| kind);
                self.found
                    .backends
                    .push((kind.to_owned(), file.place(inner.span)));
                self.names.declare(Declared::Backend, "", inner.span, sink);
            }
            "cloud" => {
                self.found.clouds.push(file.place(inner.span));
                self.names.declare(Declared::Cloud, "", inner.span, sink);
            }
            "required_providers" => {
                check_required_providers(inner, sink);
                self.names
                    .declare(Declared::RequiredProviders, "", inner.span, sink);
                self.provider_versions(file, inner);
            }
            _ => {}
        }
    }

    fn provider_versions(&mut self, file: &SourceFile<'_>, block: &Inner<'_>) {
        for entry in block.body.known_arguments() {
            let version = match entry.term.value() {
                Value::Object(members) => members
                    .into_iter()
                    .find(|(key, _)| key == "version")
                    .map(|(_, value)| value),
                other => Some(other),
            };
            if let Some(Value::Text(text)) = version {
                self.found
                    .provider_versions
                    .push((text, file.place(entry.term.span())));
            }
        }
    }

    fn block(&mut self, file: &'a SourceFile<'a>, block: &Inner<'a>, sink: &mut Sink<'_>) {
        let label = |index: usize| block.labels.get(index).map_or("", |(label, _)| *label);
        let (first, span) = (label(0), block.span);
        let (kind, address) = (first.to_owned(), format!("{first}.{}", label(1)));
        match block.kind {
            "module" => self.call(file, block, sink),
            "variable" => {
                let content = check_variable(block, sink);
                self.names.declare(Declared::Variable, first, span, sink);
                self.variable(file, first, &content);
            }
            "locals" => self.locals(file, block, sink),
            "output" => {
                check_output(block, sink);
                self.names.declare(Declared::Output, first, span, sink);
            }
            "provider" => {
                let alias = check_provider(block, sink);
                self.names
                    .declare_provider(first, alias.as_deref(), span, sink);
                let sets = |name: &str| name != "alias" && name != "version";
                let arguments = block.body.known_arguments();
                if arguments.iter().any(|given| sets(given.name)) {
                    self.found.providers.push(file.place(span));
                }
            }
            "resource" => {
                check_resource(block, sink);
                self.names
                    .declare(Declared::Resource(kind), &address, span, sink);
            }
            "data" => {
                check_data(block, sink);
                self.names
                    .declare(Declared::Data(kind), &address, span, sink);
            }
            "ephemeral" => {
                check_ephemeral(block, sink);
                self.names
                    .declare(Declared::Ephemeral(kind), &address, span, sink);
            }
            "check" => self.check(block, sink),
            "import" => {
                check_refactoring(block, sink);
                self.found.imports.push(file.place(span));
            }
            "moved" | "removed" => check_refactoring(block, sink),
            "required_providers" => sink.add(span, ProblemKind::MisplacedRequiredProviders),
            _ => {}
        }
    }

    fn check(&mut self, block: &Inner<'_>, sink: &mut Sink<'_>) {
        if let Some(data) = check_check(block, sink) {
            let label = |index: usize| data.labels.get(index).map_or("", |(label, _)| *label);
            let address = format!("{}.{}", label(0), label(1));
            self.names.declare(
                Declared::Data(label(0).to_owned()),
                &address,
                data.span,
                sink,
            );
        }
        let name = block.labels.first().map_or("", |(name, _)| name);
        self.names
            .declare(Declared::Check(name.to_owned()), name, block.span, sink);
    }

    fn variable(&mut self, file: &'a SourceFile<'a>, name: &'a str, content: &Content<'a>) {
        let flag = |flag: &str| {
            content
                .argument(flag)
                .is_some_and(|given| given.term.value() == Value::Bool(true))
        };
        let default = content.argument("default").map(|given| Written {
            source: file.bytes,
            term: given.term,
        });
        let info = self.scope.variables.entry(name).or_default();
        info.default = default.or(info.default);
        info.constant |= flag("const");
        info.secret |= flag("sensitive") || flag("ephemeral");
    }

    fn locals(&mut self, file: &'a SourceFile<'a>, block: &Inner<'a>, sink: &mut Sink<'_>) {
        for local in block.body.just_arguments(sink) {
            if !is_identifier(local.name) {
                sink.add(local.name_span, ProblemKind::InvalidName(Named::Local));
            }
            self.names
                .declare(Declared::Local, local.name, local.name_span, sink);
            self.scope.locals.insert(
                local.name,
                Written {
                    source: file.bytes,
                    term: local.term,
                },
            );
        }
    }

    fn call(&mut self, file: &'a SourceFile<'a>, block: &Inner<'a>, sink: &mut Sink<'_>) {
        let content = check_module(block, sink);
        let Some(&(name, name_span)) = block.labels.first() else {
            return;
        };
        self.names.declare(Declared::Call, name, block.span, sink);
        let new = Merging::new(file, block, &content, name_span, self.rules);
        match file.layer {
            Layer::Primary => {
                self.calls.insert(name, new);
            }
            Layer::Override => {
                if let Some(call) = self.calls.get_mut(name) {
                    call.merge(new);
                }
            }
        }
    }

    fn finish(mut self) -> ModuleFiles {
        self.found.variables = self
            .scope
            .variables
            .iter()
            .map(|(name, info)| ((*name).to_owned(), info.default.is_none()))
            .collect();
        let calls = self
            .calls
            .into_iter()
            .filter(|(name, _)| is_identifier(name));
        self.found.calls = calls
            .map(|(name, call)| call.finish(name, &self.scope))
            .collect();
        self.found
    }
}
