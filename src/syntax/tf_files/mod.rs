//! Configuration files of one module directory: the calls to install, and what the client finds wrong while loading it.
//!
//! Never reads files, never parses addresses or version constraints, and reports only what makes the client fail. In the root
//! a problem means exit 1 although everything that was understood is installed; in a child it ends the installation.
//! Surprises (Terraform 1.11.4): of two calls with one name the last is installed; an override without a version keeps the
//! version; calls with an invalid name are passed over; JSON strings are never templates, except for clients that
//! evaluate early.

mod blocks;
mod calls;
mod content;
mod early;
mod hints;
mod inspect;
mod merge;
mod names;
mod problem;
mod problem_words;
mod resources;
mod schema;
mod select;
mod source_file;
mod test_files;
mod values;

pub use calls::{ModuleFiles, read_module};
pub use problem::{Declared, Named, Overridden, Problem, ProblemKind};
pub use select::{Selection, is_json, select, select_tests};
pub use test_files::{RunDecl, TestFile, read_test_file, test_key};

use std::collections::BTreeMap;
use std::ops::Range;

use crate::syntax::hcl2::{Span, Value, ValueKind};

/// Which client's language is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Terraform.
    Terraform,
    /// `OpenTofu`.
    OpenTofu,
}

/// What reading depends on: the client, and what is known about the module from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigRules {
    /// The client.
    pub dialect: Dialect,
    /// Its major and minor version.
    pub release: (u16, u16),
    /// Whether it reads leniently before it installs.
    pub inspects: bool,
    /// Values of input variables, where the client evaluates addresses early.
    pub inputs: BTreeMap<String, Value>,
    /// What `path.module` stands for.
    pub module_path: String,
}

/// How far a client evaluates `source` and `version` before installing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyEvaluation {
    /// Constants only.
    Never,
    /// Also variables declared `const`, and locals made of them.
    ConstVariables,
    /// Also all variables and locals that are known without resources.
    Static,
}

/// Whether something was read from an ordinary or an override file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// An ordinary file.
    Primary,
    /// An override file.
    Override,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as named by the caller.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The bytes.
    pub range: Range<usize>,
}

/// A `module` block, or the module block of a run, after merging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallDecl {
    /// The name: an identifier, for clients that read leniently anything that can name a directory.
    pub name: String,
    /// Where the name stands.
    pub name_range: Range<usize>,
    /// Where the block stands: the place the client names for the call.
    pub place: Place,
    /// The address.
    pub source: Argument,
    /// The version constraint.
    pub version: Argument,
    /// Whether the block that gave the source also has a `version`: then only registry addresses are tried.
    pub version_beside_source: bool,
    /// Whether there is a `count`.
    pub count: bool,
    /// Whether there is a `for_each`.
    pub for_each: bool,
    /// The input variables given to the module, as far as they are known, also those in its escaping block.
    pub inputs: BTreeMap<String, Value>,
}

/// The value of `source` or `version`, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The value.
    pub value: ArgumentValue,
    /// Where the value stands; the block, if it is missing.
    pub place: Place,
    /// Which kind of file it comes from.
    pub layer: Layer,
}

/// A value of `source` or `version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentValue {
    /// A string, or something that is converted to one.
    Text(String),
    /// Not given.
    Missing,
    /// `null`.
    Null,
    /// An expression that is not known here.
    Expression {
        /// As written.
        text: String,
        /// Whether it refers to anything.
        references: bool,
    },
    /// A value that cannot be a string.
    NotText(ValueKind),
}

impl Dialect {
    /// The name of the product as its makers write it.
    fn title(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        }
    }
}

impl ConfigRules {
    /// The rules of a client, with nothing known about the module.
    #[must_use]
    pub fn new(dialect: Dialect, release: (u16, u16)) -> Self {
        Self {
            dialect,
            release,
            inspects: false,
            inputs: BTreeMap::new(),
            module_path: ".".to_owned(),
        }
    }

    /// How far this client evaluates addresses before installing.
    #[must_use]
    pub fn early_evaluation(&self) -> EarlyEvaluation {
        match self.dialect {
            Dialect::Terraform if self.release >= (1, 15) => EarlyEvaluation::ConstVariables,
            Dialect::OpenTofu if self.release >= (1, 8) => EarlyEvaluation::Static,
            Dialect::Terraform | Dialect::OpenTofu => EarlyEvaluation::Never,
        }
    }

    /// Whether this client reads `.tofu` files.
    #[must_use]
    pub fn reads_tofu(&self) -> bool {
        self.early_evaluation() == EarlyEvaluation::Static
    }
}

impl Place {
    pub(crate) fn new(file: &str, span: Span) -> Self {
        Self {
            file: file.to_owned(),
            line: span.line,
            column: span.column,
            range: span.range(),
        }
    }
}

#[cfg(test)]
mod tests;
