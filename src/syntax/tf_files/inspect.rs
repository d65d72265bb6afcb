//! How early clients read a module before they install: leniently, one file over the other.
//!
//! Never merges: of two blocks with one name the later stands, in override files too, and only a missing `source` is
//! taken from the earlier one. Unknown blocks and arguments are passed over. Surprise: when anything is wrong, all files are read
//! again as HCL 1, and if that works, nothing was wrong.

use std::collections::BTreeMap;

use crate::syntax::hcl1;
use crate::syntax::hcl1::{Form, Item, Value as OldValue};
use crate::syntax::hcl2::Span;

use super::calls::ModuleFiles;
use super::content::{Content, Given, Inner, Sink};
use super::early::EarlyScope;
use super::merge::argument_value;
use super::problem::{Named, ProblemKind};
use super::schema::inspected;
use super::source_file::SourceFile;
use super::values::{Wanted, check_constant, is_broken, unsuitable};
use super::{Argument, ArgumentValue, CallDecl, ConfigRules, Place};

/// Reads the files of one directory, in the order of their names with override files last.
pub(super) fn inspect(files: &[SourceFile<'_>], rules: &ConfigRules) -> ModuleFiles {
    let mut module = Inspected {
        scope: EarlyScope::new(rules),
        calls: BTreeMap::new(),
        found: ModuleFiles::default(),
    };
    for file in files {
        module.file(file, rules);
    }
    if !module.found.problems.is_empty()
        && let Some(calls) = as_hcl1(files)
    {
        return ModuleFiles {
            calls: calls.into_values().collect(),
            ..ModuleFiles::default()
        };
    }
    module.found.calls = module.calls.into_values().collect();
    module.found
}

/// Whether a call's name can be the name of a directory; the client does not ask.
fn is_safe(name: &str) -> bool {
    let is_bad = |character: char| matches!(character, '/' | '\\') || character.is_control();
    !name.is_empty() && name.len() < 256 && !name.starts_with('.') && !name.contains(is_bad)
}

struct Inspected<'a> {
    scope: EarlyScope<'a>,
    calls: BTreeMap<String, CallDecl>,
    found: ModuleFiles,
}

impl Inspected<'_> {
    fn file(&mut self, file: &SourceFile<'_>, rules: &ConfigRules) {
        let mut problems = std::mem::take(&mut self.found.problems);
        let mut sink = file.sink(rules, &mut problems);
        file.report_syntax(&mut sink);
        let content = file.node().content(&inspected::FILE, &mut sink);
        for block in content.blocks {
            match block.kind {
                "module" => self.call(file, &block, &mut sink),
                "terraform" => {
                    let content = block.body.content(&inspected::TERRAFORM, &mut sink);
                    check_texts(&content, &["required_version"], &mut sink);
                }
                "variable" => {
                    let content = block.body.content(&inspected::VARIABLE, &mut sink);
                    check_texts(&content, &["description"], &mut sink);
                    if let Some(default) = content.argument("default") {
                        check_constant(&default.term, Wanted::Anything, &mut sink);
                    }
                }
                "output" => {
                    let content = block.body.content(&inspected::OUTPUT, &mut sink);
                    check_texts(&content, &["description"], &mut sink);
                }
                "provider" => {
                    let content = block.body.content(&inspected::PROVIDER, &mut sink);
                    check_texts(&content, &["alias", "version"], &mut sink);
                }
                _ => {}
            }
        }
        self.found.problems = problems;
    }

    fn call(&mut self, file: &SourceFile<'_>, block: &Inner<'_>, sink: &mut Sink<'_>) {
        let content = block.body.content(&inspected::MODULE, sink);
        let Some(&(name, name_span)) = block.labels.first() else {
            return;
        };
        if !is_safe(name) {
            return sink.add(name_span, ProblemKind::InvalidName(Named::Call));
        }
        check_texts(&content, &["source", "version"], sink);
        let argument = |name: &str| self.argument(file, block.span, content.argument(name));
        let mut call = CallDecl {
            name: name.to_owned(),
            name_range: name_span.range(),
            place: file.place(block.span),
            source: argument("source"),
            version: argument("version"),
            version_beside_source: false,
            count: content.argument("count").is_some(),
            for_each: content.argument("for_each").is_some(),
            inputs: BTreeMap::new(),
        };
        settle(&mut call, self.calls.get(name));
        self.calls.insert(name.to_owned(), call);
    }

    fn argument(&self, file: &SourceFile<'_>, block: Span, given: Option<&Given<'_>>) -> Argument {
        Argument {
            value: given.map_or(ArgumentValue::Missing, |given| {
                argument_value(file.bytes, given, &self.scope)
            }),
            place: file.place(given.map_or(block, |given| given.term.span())),
            layer: file.layer,
        }
    }
}

/// Takes a missing source from the block before, and a blank version for none.
fn settle(call: &mut CallDecl, before: Option<&CallDecl>) {
    let is_empty = |argument: &Argument| match &argument.value {
        ArgumentValue::Missing => true,
        ArgumentValue::Text(text) => text.is_empty(),
        ArgumentValue::Null | ArgumentValue::Expression { .. } | ArgumentValue::NotText(_) => false,
    };
    if let Some(before) = before
        && is_empty(&call.source)
    {
        call.source = before.source.clone();
    }
    match &call.version.value {
        ArgumentValue::Text(text) if text.trim().is_empty() => {
            call.version.value = ArgumentValue::Missing;
        }
        ArgumentValue::Text(_) => call.version_beside_source = true,
        ArgumentValue::Missing
        | ArgumentValue::Null
        | ArgumentValue::Expression { .. }
        | ArgumentValue::NotText(_) => {}
    }
}

/// Arguments that must be constants which make a text.
fn check_texts(content: &Content<'_>, names: &[&str], sink: &mut Sink<'_>) {
    for given in names.iter().filter_map(|name| content.argument(name)) {
        check_constant(&given.term, Wanted::Text, sink);
        if is_broken(&given.term, sink) {
            unsuitable(&given.term, "value must be known", sink);
        }
    }
}

/// The arguments of a block type that must be scalars in HCL 1, and how many labels it has.
fn old_block(kind: &str) -> Option<(&'static [&'static str], usize)> {
    match kind {
        "terraform" => Some((&["required_version"], 0)),
        "variable" => Some((&["type", "description"], 1)),
        "output" => Some((&["description"], 1)),
        "resource" | "data" => Some((&["provider"], 2)),
        "provider" => Some((&["version"], 1)),
        "module" => Some((&["source", "version"], 1)),
        _ => None,
    }
}

/// The calls as HCL 1 has them; none where it cannot read the files either.
fn as_hcl1(files: &[SourceFile<'_>]) -> Option<BTreeMap<String, CallDecl>> {
    let mut calls = BTreeMap::new();
    for file in files {
        let document = hcl1::parse(file.bytes).ok()?;
        for item in &document.items {
            old_item(file, document.form, item, &mut calls)?;
        }
    }
    Some(calls)
}

/// One item at top level; none where the client gives up.
fn old_item(
    file: &SourceFile<'_>,
    form: Form,
    item: &Item,
    calls: &mut BTreeMap<String, CallDecl>,
) -> Option<()> {
    let (kind, labels) = item.keys.split_first()?;
    let Some((texts, count)) = old_block(&kind.text) else {
        return Some(());
    };
    if labels.is_empty() && count > 0 {
        return Some(());
    }
    let fits = labels.len() == count || (form == Form::Json && labels.len() > count);
    if !fits && count > 0 {
        return None;
    }
    // What stands behind the labels in JSON is the beginning of the body; nothing of it is looked at.
    let OldValue::Object(body) = &item.node.value else {
        return Some(());
    };
    let mut values = Vec::new();
    for name in texts {
        values.push(if labels.len() > count {
            None
        } else {
            old_text(body, name)?
        });
    }
    if &*kind.text == "module" {
        let name = labels.first()?;
        if !is_safe(&name.text) {
            return None;
        }
        let call = old_call(file, name, &values);
        add(calls, call);
    }
    Some(())
}

fn add(calls: &mut BTreeMap<String, CallDecl>, mut call: CallDecl) {
    let name = call.name.clone();
    settle(&mut call, calls.get(&name));
    calls.insert(name, call);
}

fn old_call(file: &SourceFile<'_>, name: &hcl1::Key, values: &[Option<String>]) -> CallDecl {
    let place = Place {
        file: file.name.to_owned(),
        line: name.position.line,
        column: name.position.column,
        range: 0..0,
    };
    let argument = |index: usize| Argument {
        value: match values.get(index) {
            Some(Some(text)) => ArgumentValue::Text(text.clone()),
            Some(None) | None => ArgumentValue::Missing,
        },
        place: place.clone(),
        layer: file.layer,
    };
    CallDecl {
        name: name.text.to_string(),
        name_range: 0..0,
        source: argument(0),
        version: argument(1),
        version_beside_source: false,
        count: false,
        for_each: false,
        inputs: BTreeMap::new(),
        place,
    }
}

/// A text of a body, if it is there; none where it is none.
#[allow(clippy::option_option)]
fn old_text(body: &[Item], name: &str) -> Option<Option<String>> {
    let mut found = None;
    for item in body {
        let is_it = item
            .keys
            .first()
            .is_some_and(|key| key.text.eq_ignore_ascii_case(name));
        if !is_it {
            continue;
        }
        found = Some(match &item.node.value {
            OldValue::Text(text)
            | OldValue::Heredoc(text)
            | OldValue::Number(text)
            | OldValue::Float(text) => text.clone(),
            OldValue::Null => String::new(),
            OldValue::Unreadable | OldValue::Bool(_) | OldValue::List(_) | OldValue::Object(_) => {
                return None;
            }
        });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::{ArgumentValue, ConfigRules, Dialect, ModuleFiles, read_module};

    fn inspected(files: &[(&str, &str)]) -> ModuleFiles {
        let files: Vec<(String, &[u8])> = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes()))
            .collect();
        let mut rules = ConfigRules::new(Dialect::Terraform, (1, 0));
        rules.inspects = true;
        read_module(&files, &rules)
    }

    fn sources(module: &ModuleFiles) -> Vec<(String, String)> {
        let text = |value: &ArgumentValue| match value {
            ArgumentValue::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        module
            .calls
            .iter()
            .map(|call| (call.name.clone(), text(&call.source.value)))
            .collect()
    }

    fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
        wanted
            .iter()
            .map(|(name, source)| ((*name).to_owned(), (*source).to_owned()))
            .collect()
    }

    #[test]
    fn the_last_block_of_a_name_stands_whatever_the_name() {
        let module = inspected(&[
            (
                "a.tf",
                "module \"x\" {\n source = \"./x\"\n}\nmodule \"x\" {\n source = \"./y\"\n}\nmodule \"a b\" {\n source = \"./z\"\n}\nfrobnicate {}\n",
            ),
            (
                "override.tf",
                "module \"new\" {\n source = \"./n\"\n}\nmodule \"x\" {\n version = \" \"\n}\n",
            ),
        ]);
        assert_eq!(module.problems, []);
        assert_eq!(
            sources(&module),
            pairs(&[("a b", "./z"), ("new", "./n"), ("x", "./y")])
        );
        assert!(module.calls.iter().all(|call| !call.version_beside_source));
    }

    #[test]
    fn what_hcl_1_reads_is_no_error() {
        let module = inspected(&[(
            "main.tf.json",
            "{\"module\": {\"x\": {\"source\": \"./x\"},}}",
        )]);
        assert_eq!(
            (module.problems.len(), sources(&module)),
            (0, pairs(&[("x", "./x")]))
        );
        let module = inspected(&[("main.tf", "module \"x\" {\n source = \"${var.x}\"\n}\n")]);
        assert_eq!(
            (module.problems.len(), sources(&module)),
            (0, pairs(&[("x", "${var.x}")]))
        );
        let module = inspected(&[("main.tf", "module \"x\" {\n source = var.x\n}\n")]);
        assert!(!module.problems.is_empty());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["../x", "a/b", ".x", ""] {
            let module = inspected(&[(
                "main.tf",
                &format!("module \"{name}\" {{\n source = \"./x\"\n}}\n"),
            )]);
            assert_eq!(
                (module.calls.len(), module.problems.len()),
                (0, 1),
                "{name}"
            );
        }
    }
}
