//! What is known of the calls of a tree while it is walked, for the record of a walk that is cut off.
//!
//! A walk that comes to its end does not need this: it has its calls.

use crate::addr::SourceAddr;
use crate::addr::parse_source;
use crate::foreign::Foreign;
use crate::stages::Cx;
use crate::trace::Call;
use crate::trace::Subject;
use crate::trace::call::CallState;
use crate::trace::call::SourceKind;
use crate::walk::Pending;
use crate::walk::Written;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// The calls by key: those that are done, and those that are to come.
#[derive(Debug, Default)]
pub(super) struct Course(Mutex<HashMap<String, Call>>);

impl Course {
    /// Enters calls that are to come.
    pub(super) fn expect(&self, cx: &Cx, pending: &[Pending]) {
        let mut known = self.known();
        for pending in pending {
            known
                .entry(pending.key.clone())
                .or_insert_with(|| expected(cx, pending));
        }
    }

    /// Enters a call that is done.
    pub(super) fn done(&self, call: &Call) {
        self.known().insert(call.key.clone(), call.clone());
    }

    /// The calls in the client's order: depth first, sorted by name.
    pub(super) fn calls(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = self.known().values().cloned().collect();
        calls.sort_by(|left, right| left.key.split('.').cmp(right.key.split('.')));
        calls
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call of which nothing is known but how it is written.
pub(super) fn call(pending: &Pending, state: CallState) -> Call {
    Call {
        key: pending.key.clone(),
        place: pending.place.clone(),
        source: Foreign::new(written_text(&pending.source)),
        constraint: pending.constraint.clone().map(Foreign::new),
        kind: SourceKind::Invalid,
        recorded_source: String::new(),
        version: None,
        used: Vec::new(),
        dir: None,
        state,
        first_use: true,
    }
}

/// A call with what is asked for it.
fn expected(cx: &Cx, pending: &Pending) -> Call {
    let mut call = call(pending, CallState::NotReached);
    let source = match &pending.source {
        Written::Text(text) => parse_source(text, pending.registry_only, &cx.rules).ok(),
        Written::Missing | Written::Null | Written::Expression(_) | Written::NotText => None,
    };
    match source {
        None => {}
        Some(SourceAddr::Local(_)) => call.kind = SourceKind::Local,
        Some(SourceAddr::Registry(address)) => {
            call.kind = SourceKind::Registry;
            call.used = vec![
                Subject::Host(address.host.for_display()),
                Subject::Module(address.package().to_string()),
            ];
        }
        Some(SourceAddr::Remote(remote)) => {
            call.kind = SourceKind::Remote;
            let package = cx.io.redactor.mask(remote.package.as_str());
            call.used = vec![Subject::Package(package)];
        }
    }
    call
}

/// The source as it is written.
pub(super) fn written_text(source: &Written) -> String {
    match source {
        Written::Text(text) | Written::Expression(text) => text.clone(),
        Written::Missing | Written::NotText => String::new(),
        Written::Null => "null".to_owned(),
    }
}
