//! Reads a netrc file the way the client's package downloader does.
//!
//! It never opens the file and never compares hosts loosely: the name asked for is the URL's host *with its port*.
//!
//! Surprises of this reader (bgentry/go-netrc, used by go-getter 1.7.5):
//!
//! - A value is whatever word comes next, so `login password x` is a login named `password`. A value that starts
//!   with `#` runs to the end of its line.
//! - `#` starts a comment only in front of a word that could be a keyword, and runs to the end of the line.
//! - Inside `macdef`, known keywords still count, and only unknown words belong to the macro. The macro ends at the
//!   first *known* word with two line feeds directly in front of it, not at the empty line itself.
//! - Line numbers count the line feeds in front of a word, so they are right for the word that is named.
//! - The client reads the file in pieces (the first has 4096 bytes) and takes blanks at the end of a piece for a
//!   word: a keyword that ends just there loses its value.
//! - A machine without a name (`machine` as the last word) is a `default`.
#![deny(clippy::indexing_slicing)]

use std::borrow::Cow;
use std::fmt;

use super::utf8::decode;

/// Size of the client's first read.
const FIRST_READ: usize = 4096;

/// Longest word with the blanks in front of it that the client reads.
const MAX_TOKEN: usize = 64 * 1024;

/// The machines of a netrc file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Netrc {
    /// The entries in order; `default`, if any, has an empty name.
    pub machines: Vec<Machine>,
}

/// One entry. `Debug` hides its values.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// Host and port as written; empty for `default`.
    pub name: String,
    /// The user.
    pub login: String,
    /// The password.
    pub password: String,
    /// The account, which the client does not use.
    pub account: String,
    /// The line of the word `machine` or `default`.
    pub line: usize,
}

/// Why the file cannot be read. The client then fails every download over http.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetrcError {
    /// The line, from 1; 0 if the client names none.
    pub line: usize,
    /// What is wrong.
    pub kind: NetrcErrorKind,
}

/// What is wrong with a netrc file. `Debug` hides the word.
#[derive(Clone, PartialEq, Eq)]
pub enum NetrcErrorKind {
    /// An unknown word where a keyword belongs. It may be part of a password.
    KeywordExpected(String),
    /// `machine` behind `default`.
    MachineAfterDefault,
    /// A second `default`.
    SecondDefault,
    /// `login` without a machine, or a second one.
    UnexpectedLogin,
    /// `password` without a machine, or a second one.
    UnexpectedPassword,
    /// `account` without a machine, or a second one.
    UnexpectedAccount,
    /// A word, or blanks, of 64 KiB or more.
    TokenTooLong,
}

impl Machine {
    /// Whether this entry is used for every host without one of its own.
    pub fn is_default(&self) -> bool {
        self.name.is_empty()
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Machine {{ name: {:?}, line: {}, .. }}",
            self.name, self.line
        )
    }
}

impl fmt::Debug for NetrcErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeywordExpected(_) => "KeywordExpected(***)",
            Self::MachineAfterDefault => "MachineAfterDefault",
            Self::SecondDefault => "SecondDefault",
            Self::UnexpectedLogin => "UnexpectedLogin",
            Self::UnexpectedPassword => "UnexpectedPassword",
            Self::UnexpectedAccount => "UnexpectedAccount",
            Self::TokenTooLong => "TokenTooLong",
        })
    }
}

impl NetrcError {
    /// The client's text, without `Error parsing netrc file at "FILE": `.
    pub fn client_text(&self) -> String {
        let words = match &self.kind {
            NetrcErrorKind::KeywordExpected(word) => &format!("keyword expected; got {word}"),
            NetrcErrorKind::MachineAfterDefault => {
                "default token must appear after all machine tokens"
            }
            NetrcErrorKind::SecondDefault => "multiple default token",
            NetrcErrorKind::UnexpectedLogin => "unexpected token login ",
            NetrcErrorKind::UnexpectedPassword => "unexpected token password",
            NetrcErrorKind::UnexpectedAccount => "unexpected token account",
            NetrcErrorKind::TokenTooLong => "bufio.Scanner: token too long",
        };
        match (self.line, &self.kind) {
            (0, _) => words.to_owned(),
            // Wrapped twice by the client.
            (line, NetrcErrorKind::TokenTooLong) => format!("line {line}: line {line}: {words}"),
            (line, _) => format!("line {line}: {words}"),
        }
    }

    /// The word of the file that [`Self::client_text`] quotes: it may be part of a password.
    pub fn foreign(&self) -> Option<&str> {
        match &self.kind {
            NetrcErrorKind::KeywordExpected(word) => Some(word),
            NetrcErrorKind::MachineAfterDefault
            | NetrcErrorKind::SecondDefault
            | NetrcErrorKind::UnexpectedLogin
            | NetrcErrorKind::UnexpectedPassword
            | NetrcErrorKind::UnexpectedAccount
            | NetrcErrorKind::TokenTooLong => None,
        }
    }
}

impl Netrc {
    /// Parses a file. Bytes that are no UTF-8 become U+FFFD.
    pub fn parse(bytes: &[u8]) -> Result<Self, NetrcError> {
        let mut reader = Reader {
            words: Words::new(bytes),
            line: 1,
        };
        let mut file = File::default();
        let mut in_macro = false;
        while let Some(raw) = reader.next().map_err(|kind| NetrcError { line: 0, kind })? {
            let Some(keyword) = keyword(&raw) else {
                if in_macro {
                    continue;
                }
                let kind = NetrcErrorKind::KeywordExpected(raw.trim().to_owned());
                return Err(NetrcError {
                    line: reader.line,
                    kind,
                });
            };
            in_macro = in_macro && !raw.contains("\n\n");
            in_macro |= keyword == Keyword::Macdef;
            let line = reader.line;
            file.take(keyword, &mut reader)
                .map_err(|kind| NetrcError { line, kind })?;
        }
        file.finish_machine();
        Ok(Self {
            machines: file.machines,
        })
    }

    /// The entry the client uses for a host, which must carry its port if the URL has one: the first of that name,
    /// else the `default`.
    pub fn find(&self, host_with_port: &str) -> Option<&Machine> {
        let named = self
            .machines
            .iter()
            .find(|machine| machine.name == host_with_port);
        named.or_else(|| {
            self.machines
                .iter()
                .rev()
                .find(|machine| machine.is_default())
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Machine,
    Default,
    Login,
    Password,
    Account,
    Macdef,
    Nothing,
}

#[derive(Default)]
struct File {
    machines: Vec<Machine>,
    current: Option<Machine>,
    default_seen: bool,
}

impl File {
    fn take(&mut self, keyword: Keyword, reader: &mut Reader<'_>) -> Result<(), NetrcErrorKind> {
        match keyword {
            Keyword::Machine if self.default_seen => Err(NetrcErrorKind::MachineAfterDefault),
            Keyword::Default if self.default_seen => Err(NetrcErrorKind::SecondDefault),
            Keyword::Machine => {
                let line = reader.line;
                let name = reader.value()?;
                self.start_machine(Machine {
                    name,
                    line,
                    ..Machine::default()
                });
                Ok(())
            }
            Keyword::Default => {
                self.default_seen = true;
                self.start_machine(Machine {
                    line: reader.line,
                    ..Machine::default()
                });
                Ok(())
            }
            Keyword::Login => {
                let field = self.current.as_mut().map(|machine| &mut machine.login);
                set(field, reader, NetrcErrorKind::UnexpectedLogin)
            }
            Keyword::Password => {
                let field = self.current.as_mut().map(|machine| &mut machine.password);
                set(field, reader, NetrcErrorKind::UnexpectedPassword)
            }
            Keyword::Account => {
                let field = self.current.as_mut().map(|machine| &mut machine.account);
                set(field, reader, NetrcErrorKind::UnexpectedAccount)
            }
            Keyword::Macdef => reader.value().map(drop),
            Keyword::Nothing => Ok(()),
        }
    }

    fn start_machine(&mut self, machine: Machine) {
        self.finish_machine();
        self.current = Some(machine);
    }

    fn finish_machine(&mut self) {
        self.machines.extend(self.current.take());
    }
}

fn set(
    field: Option<&mut String>,
    reader: &mut Reader<'_>,
    second: NetrcErrorKind,
) -> Result<(), NetrcErrorKind> {
    match field {
        Some(field) if field.is_empty() => {
            *field = reader.value()?;
            Ok(())
        }
        _ => Err(second),
    }
}

/// What a word means with the blanks in front of it; `None` for a word that means nothing.
fn keyword(raw: &str) -> Option<Keyword> {
    let text = raw.trim();
    // The first word decides: only a comment has more than one.
    match text.split_whitespace().next().unwrap_or_default() {
        "machine" => Some(Keyword::Machine),
        "default" => Some(Keyword::Default),
        "login" => Some(Keyword::Login),
        "password" => Some(Keyword::Password),
        "account" => Some(Keyword::Account),
        "macdef" => Some(Keyword::Macdef),
        "" => Some(Keyword::Nothing),
        word if word.starts_with('#') => Some(Keyword::Nothing),
        _ => None,
    }
}

struct Reader<'a> {
    words: Words<'a>,
    line: usize,
}

impl<'a> Reader<'a> {
    /// The next word; `None` at the end.
    fn next(&mut self) -> Result<Option<Cow<'a, str>>, NetrcErrorKind> {
        let raw = self.words.next()?;
        self.line += raw.split(|byte| *byte == b'\n').count() - 1;
        Ok((!raw.is_empty()).then(|| String::from_utf8_lossy(raw)))
    }

    fn value(&mut self) -> Result<String, NetrcErrorKind> {
        Ok(self.next()?.unwrap_or_default().trim().to_owned())
    }
}

/// Words with the blanks in front of them; a comment is one word up to the end of its line.
struct Words<'a> {
    bytes: &'a [u8],
    /// Where the next word starts.
    start: usize,
    /// How much of the file has been read.
    end: usize,
    /// Which byte of the file is the first in the client's buffer, and how long that is.
    origin: usize,
    capacity: usize,
}

impl<'a> Words<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            start: 0,
            end: 0,
            origin: 0,
            capacity: 0,
        }
    }

    /// The next word with its blanks, empty at the end.
    fn next(&mut self) -> Result<&'a [u8], NetrcErrorKind> {
        // The client notices the end of the file only when a read returns nothing.
        let mut at_end = false;
        loop {
            if self.end > self.start || at_end {
                let window = self.bytes.get(self.start..self.end).unwrap_or_default();
                if let Some(word) = word(window, at_end) {
                    self.start += word.len();
                    return Ok(word);
                }
            }
            at_end = !self.fill()?;
        }
    }

    /// Reads on; false at the end of the file.
    fn fill(&mut self) -> Result<bool, NetrcErrorKind> {
        let used = self.start - self.origin;
        if used > 0 && (self.end == self.origin + self.capacity || used > self.capacity / 2) {
            self.origin = self.start;
        }
        if self.end == self.origin + self.capacity {
            if self.capacity >= MAX_TOKEN {
                return Err(NetrcErrorKind::TokenTooLong);
            }
            self.capacity = (self.capacity * 2).clamp(FIRST_READ, MAX_TOKEN);
        }
        let end = self.bytes.len().min(self.origin + self.capacity);
        let more = end > self.end;
        self.end = end;
        Ok(more)
    }
}

/// The first word of what has been read, or `None` if more has to be read first.
fn word(window: &[u8], at_end: bool) -> Option<&[u8]> {
    let blanks = run(window, char::is_whitespace);
    let visible = window.get(blanks..).unwrap_or_default();
    if visible.is_empty() {
        return Some(window);
    }
    let length = match visible.first() {
        Some(b'#') => run(visible, |character| character != '\n'),
        _ => run(visible, |character| !character.is_whitespace()),
    };
    match window.get(..blanks + length) {
        Some(word) if length < visible.len() || at_end => Some(word),
        _ => None,
    }
}

/// How many bytes the characters of one sort take at the start.
fn run(bytes: &[u8], belongs: impl Fn(char) -> bool) -> usize {
    let mut length = 0;
    loop {
        match decode(bytes.get(length..).unwrap_or_default()) {
            (Some(character), size) if belongs(character) => length += size,
            _ => return length,
        }
    }
}

#[cfg(test)]
mod tests;
