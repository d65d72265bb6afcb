//! A module read as a whole: every file by its syntax, override files merged over the others.

use std::collections::BTreeMap;

use crate::syntax::hcl2::{self, Parsed, Span, Value, ValueKind, is_identifier};
use crate::syntax::tf_json::{self, Json, JsonError};

use super::blocks::{
    check_module, check_output, check_provider, check_refactoring, check_required_providers,
    check_variable, check_version,
};
use super::content::{Content, Given, Inner, Node, Sink, Term};
use super::early::{EarlyScope, VariableInfo, Written};
use super::names::Names;
use super::problem::{Declared, Named, Problem, ProblemKind};
use super::resources::{check_check, check_data, check_ephemeral, check_resource};
use super::schema::{FILE, MODULE, TERRAFORM};
use super::values::text_of;
use super::{Argument, ArgumentValue, CallDecl, ConfigRules, Layer, Place, is_json};

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
    /// Backends, by their type.
    pub backends: Vec<(String, Place)>,
    /// `cloud` blocks.
    pub clouds: Vec<Place>,
    /// The names of the input variables.
    pub variables: Vec<String>,
}

/// A file of either syntax, parsed.
pub(super) struct SourceFile<'a> {
    pub(super) name: &'a str,
    pub(super) bytes: &'a [u8],
    layer: Layer,
    root: Root,
}

enum Root {
    Native(Parsed),
    Json(Json, Vec<JsonError>),
}

/// Reads the configuration files of one directory, given in the order of [`super::select`]. Names may have folders before them.
#[must_use]
pub fn read_module(files: &[(String, &[u8])], rules: &ConfigRules) -> ModuleFiles {
    let mut parsed: Vec<_> = files
        .iter()
        .map(|(name, bytes)| SourceFile::new(name, bytes))
        .collect();
    parsed.sort_by_key(|file| file.layer == Layer::Override);
    let mut module = Module::new(rules);
    for file in &parsed {
        module.file(file);
    }
    module.finish()
}

impl<'a> SourceFile<'a> {
    pub(super) fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        let root = if is_json(name) {
            let (json, errors) = tf_json::parse(bytes);
            Root::Json(json, errors)
        } else {
            Root::Native(hcl2::parse(bytes))
        };
        Self {
            name,
            bytes,
            layer: layer(name),
            root,
        }
    }

    pub(super) fn node(&self) -> Node<'_> {
        match &self.root {
            Root::Native(parsed) => Node::Native(
                &parsed.body,
                Span {
                    line: 1,
                    column: 1,
                    ..Span::default()
                },
            ),
            Root::Json(json, _) => Node::Json(json),
        }
    }

    pub(super) fn sink<'s>(
        &'s self,
        rules: &'s ConfigRules,
        problems: &'s mut Vec<Problem>,
    ) -> Sink<'s> {
        Sink {
            file: self.name,
            source: self.bytes,
            layer: self.layer,
            rules,
            problems,
        }
    }

    pub(super) fn report_syntax(&self, sink: &mut Sink<'_>) {
        match &self.root {
            Root::Native(parsed) => {
                parsed
                    .errors
                    .iter()
                    .for_each(|error| sink.add(error.span, ProblemKind::Syntax(error.fault)));
            }
            Root::Json(_, errors) => {
                errors
                    .iter()
                    .for_each(|error| sink.add(error.span, ProblemKind::Json(error.fault)));
            }
        }
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place::new(self.name, span)
    }
}

fn layer(name: &str) -> Layer {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let base = base.strip_suffix(".json").unwrap_or(base);
    let base = base.rsplit_once('.').map_or(base, |(base, _)| base);
    if base == "override" || base.ends_with("_override") {
        Layer::Override
    } else {
        Layer::Primary
    }
}

/// An argument and the file it was given in.
#[derive(Clone)]
struct From<'a> {
    file: &'a SourceFile<'a>,
    given: Given<'a>,
}

/// A call while files are merged.
struct Merging<'a> {
    file: &'a SourceFile<'a>,
    span: Span,
    name_span: Span,
    source: Option<From<'a>>,
    version: Option<From<'a>>,
    version_beside_source: bool,
    count: bool,
    for_each: bool,
    inputs: BTreeMap<&'a str, Written<'a>>,
}

struct Module<'a> {
    rules: &'a ConfigRules,
    names: Names,
    scope: EarlyScope<'a>,
    calls: BTreeMap<&'a str, Merging<'a>>,
    override_versions: bool,
    found: ModuleFiles,
}

impl<'a> Module<'a> {
    fn new(rules: &'a ConfigRules) -> Self {
        Self {
            rules,
            names: Names::default(),
            scope: EarlyScope::new(rules),
            calls: BTreeMap::new(),
            override_versions: false,
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
                self.block(file, block, &mut sink);
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

    /// Override files together replace the constraints of the ordinary ones; each also replaces those before it.
    fn add_versions(&mut self, layer: Layer, versions: Vec<(String, Place)>) {
        if layer == Layer::Override && !versions.is_empty() {
            self.found.required_version.clear();
            self.override_versions = true;
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
            sink.add(experiments.name_span, ProblemKind::Experiments);
        }
        if let Some(language) = content.argument("language") {
            let edition = text_of(&language.term, sink);
            if edition.is_none_or(|edition| edition.trim_matches('"') != "TF2021") {
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

    fn block(&mut self, file: &'a SourceFile<'a>, block: Inner<'a>, sink: &mut Sink<'_>) {
        let label = |index: usize| block.labels.get(index).map_or("", |(label, _)| *label);
        let (first, span) = (label(0), block.span);
        let (kind, address) = (first.to_owned(), format!("{first}.{}", label(1)));
        match block.kind {
            "module" => self.call(file, &block, sink),
            "variable" => {
                let content = check_variable(&block, sink);
                self.names.declare(Declared::Variable, first, span, sink);
                self.variable(file, first, &content);
            }
            "locals" => self.locals(file, &block, sink),
            "output" => {
                check_output(&block, sink);
                self.names.declare(Declared::Output, first, span, sink);
            }
            "provider" => {
                let alias = check_provider(&block, sink);
                self.names
                    .declare_provider(first, alias.as_deref(), span, sink);
            }
            "resource" => {
                check_resource(&block, sink);
                self.names
                    .declare(Declared::Resource(kind), &address, span, sink);
            }
            "data" => {
                check_data(&block, sink);
                self.names
                    .declare(Declared::Data(kind), &address, span, sink);
            }
            "ephemeral" => {
                check_ephemeral(&block, sink);
                self.names
                    .declare(Declared::Ephemeral(kind), &address, span, sink);
            }
            "check" => self.check(&block, sink),
            "moved" | "removed" | "import" => check_refactoring(&block, sink),
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
        let info = self
            .scope
            .variables
            .entry(name)
            .or_insert_with(VariableInfo::default);
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
            .keys()
            .map(|name| (*name).to_owned())
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

impl<'a> Merging<'a> {
    fn new(
        file: &'a SourceFile<'a>,
        block: &Inner<'a>,
        content: &Content<'a>,
        name_span: Span,
        rules: &ConfigRules,
    ) -> Self {
        let from = |name: &str| {
            content.argument(name).map(|given| From {
                file,
                given: given.clone(),
            })
        };
        let own = |given: &Given<'_>| !MODULE.knows_argument(given.name, rules);
        let inputs = block.body.known_arguments().into_iter().filter(own);
        Self {
            file,
            span: block.span,
            name_span,
            source: from("source"),
            version: from("version"),
            version_beside_source: content.argument("version").is_some(),
            count: content.argument("count").is_some(),
            for_each: content.argument("for_each").is_some(),
            inputs: inputs
                .map(|given| {
                    (
                        given.name,
                        Written {
                            source: file.bytes,
                            term: given.term,
                        },
                    )
                })
                .collect(),
        }
    }

    /// Lays an override over this call. A version of null does not take one away.
    fn merge(&mut self, over: Self) {
        if over.source.is_some() {
            self.source = over.source;
            self.version_beside_source = over.version_beside_source;
        }
        if over
            .version
            .as_ref()
            .is_some_and(|version| version.given.term.value() != Value::Null)
        {
            self.version = over.version;
        }
        self.count |= over.count;
        self.for_each |= over.for_each;
        self.inputs.extend(over.inputs);
    }

    fn finish(self, name: &str, scope: &EarlyScope<'_>) -> CallDecl {
        let place = self.file.place(self.span);
        let argument = |from: Option<&From<'_>>| match from {
            Some(from) => Argument {
                value: argument_value(from.file.bytes, &from.given, scope),
                place: from.file.place(from.given.term.span()),
                layer: from.file.layer,
            },
            None => Argument {
                value: ArgumentValue::Missing,
                place: place.clone(),
                layer: self.file.layer,
            },
        };
        CallDecl {
            name: name.to_owned(),
            name_range: self.name_span.range(),
            source: argument(self.source.as_ref()),
            version: argument(self.version.as_ref()),
            version_beside_source: self.version_beside_source,
            count: self.count,
            for_each: self.for_each,
            inputs: self
                .inputs
                .into_iter()
                .map(|(name, input)| (name.to_owned(), scope.value(input)))
                .collect(),
            place,
        }
    }
}

/// The value of `source` or `version` as this client sees it before installing.
pub(super) fn argument_value(
    source: &[u8],
    given: &Given<'_>,
    scope: &EarlyScope<'_>,
) -> ArgumentValue {
    let value = scope.value(Written {
        source,
        term: given.term,
    });
    match value {
        Value::Null => ArgumentValue::Null,
        Value::List(_) => ArgumentValue::NotText(ValueKind::List),
        Value::Object(_) => ArgumentValue::NotText(ValueKind::Object),
        Value::Text(text) | Value::Number(text) => ArgumentValue::Text(text),
        Value::Bool(value) => ArgumentValue::Text(value.to_string()),
        Value::Unknown => {
            let bytes = source.get(given.term.span().range()).unwrap_or_default();
            let references = match given.term {
                Term::Native(expression) => !expression.references.is_empty(),
                Term::Json(_) => true,
            };
            ArgumentValue::Expression {
                text: String::from_utf8_lossy(bytes).into_owned(),
                references,
            }
        }
    }
}
