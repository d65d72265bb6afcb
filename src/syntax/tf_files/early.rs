//! Values of variables and locals for clients that evaluate addresses before installing. Never calls functions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use crate::syntax::hcl2::{Scope, Shape, Value, evaluate, evaluate_template};
use crate::syntax::tf_json::JsonKind;

use super::content::Term;
use super::{ConfigRules, EarlyEvaluation};

/// How many locals may lead from one to the next.
const MAX_CHAIN: usize = 12;

/// A value and the file it stands in.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) source: &'a [u8],
    pub(super) term: Term<'a>,
}

/// What is known of an input variable.
#[derive(Clone, Copy, Default)]
pub(super) struct VariableInfo<'a> {
    pub(super) default: Option<Written<'a>>,
    pub(super) constant: bool,
    pub(super) secret: bool,
}

/// The names of one module.
pub(super) struct EarlyScope<'a> {
    pub(super) rules: &'a ConfigRules,
    pub(super) variables: BTreeMap<&'a str, VariableInfo<'a>>,
    pub(super) locals: BTreeMap<&'a str, Written<'a>>,
    known: RefCell<HashMap<String, Value>>,
    chain: Cell<usize>,
}

impl<'a> EarlyScope<'a> {
    pub(super) fn new(rules: &'a ConfigRules) -> Self {
        Self {
            rules,
            variables: BTreeMap::new(),
            locals: BTreeMap::new(),
            known: RefCell::default(),
            chain: Cell::default(),
        }
    }

    /// The value of an expression as this client sees it before installing.
    pub(super) fn value(&self, written: Written<'_>) -> Value {
        if self.rules.early_evaluation() == EarlyEvaluation::Never {
            return written.term.value();
        }
        match written.term {
            Term::Native(expression) if expression.references.is_empty() => {
                expression.value.clone()
            }
            Term::Native(expression) if expression.shape == Shape::Call => Value::Unknown,
            Term::Native(expression) => evaluate(written.source, expression.span, self).bounded(),
            Term::Json(json) => match &json.kind {
                JsonKind::Text(text) if text.contains("${") || text.contains("%{") => {
                    evaluate_template(text, self).bounded()
                }
                _ => written.term.value(),
            },
        }
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let info = self.variables.get(name)?;
        let open = info.constant || self.rules.early_evaluation() == EarlyEvaluation::Static;
        if !open || info.secret {
            return None;
        }
        let given = self.rules.inputs.get(name).cloned();
        given.or_else(|| info.default.map(|default| default.term.value().bounded()))
    }

    fn local(&self, name: &str) -> Option<Value> {
        if let Some(known) = self.known.borrow().get(name) {
            return Some(known.clone());
        }
        let written = *self.locals.get(name)?;
        if self.chain.get() >= MAX_CHAIN {
            return None;
        }
        self.known
            .borrow_mut()
            .insert(name.to_owned(), Value::Unknown);
        self.chain.set(self.chain.get() + 1);
        let value = self.value(written).bounded();
        self.chain.set(self.chain.get() - 1);
        self.known
            .borrow_mut()
            .insert(name.to_owned(), value.clone());
        Some(value)
    }
}

impl Scope for EarlyScope<'_> {
    fn lookup(&self, root: &str, name: &str) -> Option<Value> {
        match (root, name) {
            ("var", _) => self.variable(name),
            ("local", _) => self.local(name),
            ("path", "module") => Some(Value::Text(self.rules.module_path.clone())),
            ("path", "root") => Some(Value::Text(".".to_owned())),
            _ => None,
        }
    }
}
