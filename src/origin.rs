//! Where a value came from.

use std::fmt;

/// A value together with the place that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value with its origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// The place that gave a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A word of the command line.
    Flag(String),
    /// An environment variable, by name.
    Variable(String),
    /// A file, with the line where it is known (0: the file as a whole).
    File {
        /// The path as the client would name it.
        path: String,
        /// The line, from 1; 0 for the whole file.
        line: usize,
    },
    /// A program found on PATH.
    Program(String),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => write!(formatter, "{name}"),
            Self::File { path, line: 0 } => write!(formatter, "{path}"),
            Self::File { path, line } => write!(formatter, "{path}:{line}"),
            Self::Program(name) => write!(formatter, "{name} on PATH"),
            Self::Default => write!(formatter, "default"),
        }
    }
}
