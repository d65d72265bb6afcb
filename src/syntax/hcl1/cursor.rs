//! Walks over the characters of a file and keeps the client's idea of line and column.
//!
//! It never allocates text. Reading at the end of the file moves the column on each time, as the client does, which
//! is visible in the positions of errors at the end.

use super::Form;
use super::Position;
use super::SyntaxErrorKind;
use crate::syntax::utf8::decode;

/// A reading position in a file, together with the last wrong character met.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    form: Form,
    /// The next byte to read, and how many belong to the character read last.
    read: usize,
    size: usize,
    place: Place,
    before: Place,
    last_line: u32,
    /// The last wrong character: later ones replace earlier ones.
    pub(super) error: Option<(Position, SyntaxErrorKind)>,
}

#[derive(Clone, Copy)]
struct Place {
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8], form: Form) -> Self {
        let start = Place {
            offset: 0,
            line: 1,
            column: 0,
        };
        Self {
            bytes,
            form,
            read: 0,
            size: 0,
            place: start,
            before: start,
            last_line: 0,
            error: None,
        }
    }

    /// The next character; `None` at the end and at a NUL, which both readers take for the end.
    pub(super) fn next(&mut self) -> Option<char> {
        let (character, size) = decode(self.rest());
        self.size = size;
        let Some(character) = character else {
            self.place.column = self.place.column.saturating_add(1);
            return None;
        };
        let invalid = character == char::REPLACEMENT_CHARACTER && size == 1;
        // The JSON reader forgets where a broken character starts: going back over one goes too far.
        if !invalid || self.form == Form::Native {
            self.before = self.place;
        }
        self.read += size;
        self.place.offset += size;
        self.place.column = self.place.column.saturating_add(1);
        if invalid {
            self.fail(SyntaxErrorKind::IllegalUtf8);
            return Some(character);
        }
        if character == '\n' {
            self.place.line = self.place.line.saturating_add(1);
            self.last_line = self.place.column;
            self.place.column = 0;
        }
        self.checked(character)
    }

    /// Goes back over the character read last.
    pub(super) fn unread(&mut self) {
        if self.size == 0 {
            self.fail(SyntaxErrorKind::EscapeAtEnd);
        } else {
            self.read = self.read.saturating_sub(self.size);
            self.place = self.before;
        }
    }

    /// The next character without moving.
    pub(super) fn peek(&self) -> Option<char> {
        decode(self.rest()).0.filter(|character| *character != '\0')
    }

    /// The next character that is no white space, and the offset where it starts.
    pub(super) fn next_visible(&mut self) -> (Option<char>, usize) {
        loop {
            let start = self.place.offset;
            let character = self.next();
            if !matches!(character, Some(' ' | '\t' | '\n' | '\r')) {
                return (character, start);
            }
        }
    }

    /// How far reading has come, in bytes.
    pub(super) fn offset(&self) -> usize {
        self.place.offset
    }

    /// The bytes from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.place.offset).unwrap_or_default()
    }

    /// The place of the character read last.
    pub(super) fn position(&self) -> Position {
        if self.place.column > 0 {
            Position {
                line: self.place.line,
                column: self.place.column,
            }
        } else if self.last_line > 0 {
            Position {
                line: self.place.line.saturating_sub(1),
                column: self.last_line,
            }
        } else {
            Position { line: 1, column: 1 }
        }
    }

    /// Records a wrong character at the place read last.
    pub(super) fn fail(&mut self, kind: SyntaxErrorKind) {
        if !matches!(self.error, Some((_, SyntaxErrorKind::EscapeAtEnd))) {
            self.error = Some((self.position(), kind));
        }
    }

    /// The rest of an identifier whose first character has been read.
    pub(super) fn identifier(&mut self) {
        loop {
            let dotted = self.form == Form::Native;
            match self.next() {
                Some('.') if dotted => {}
                Some(character)
                    if is_letter(character) || is_digit(character) || character == '-' => {}
                Some(_) => return self.unread(),
                None => return,
            }
        }
    }

    /// The rest of a string whose opening quote has been read.
    pub(super) fn text(&mut self) {
        let native = self.form == Form::Native;
        let mut braces = 0_usize;
        loop {
            let Some(character) = self.next() else {
                return self.fail(SyntaxErrorKind::LiteralNotTerminated);
            };
            let plain = braces == 0 || !native;
            match character {
                '\n' if plain => return self.fail(SyntaxErrorKind::LiteralNotTerminated),
                '"' if plain => return,
                '$' if braces == 0 && self.peek() == Some('{') => {
                    braces = 1;
                    self.next();
                }
                '{' if braces > 0 => braces += 1,
                '}' if braces > 0 => braces -= 1,
                '\\' => self.escape(),
                _ => {}
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    fn escape(&mut self) {
        match self.next() {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '"') => {}
            Some(digit @ '0'..='7') => self.digits(Some(digit), 8, 3),
            Some('x') => self.escaped_hexadecimal(2),
            Some('u') => self.escaped_hexadecimal(4),
            Some('U') => self.escaped_hexadecimal(8),
            _ => self.fail(SyntaxErrorKind::IllegalEscape),
        }
    }

    fn escaped_hexadecimal(&mut self, count: usize) {
        let first = self.next();
        self.digits(first, 16, count);
    }

    fn digits(&mut self, first: Option<char>, base: u32, count: usize) {
        let mut character = first;
        let mut missing = count;
        while missing > 0 && character.is_some_and(|digit| digit.is_digit(base)) {
            character = self.next();
            if character.is_none() && self.form == Form::Native {
                break;
            }
            missing -= 1;
        }
        if missing > 0 {
            self.fail(SyntaxErrorKind::IllegalEscape);
        }
        // The native reader leaves the character that should have been the first digit swallowed, a quote included.
        let read_any = missing != count && character.is_some();
        if self.form == Form::Json || read_any {
            self.unread();
        }
    }

    /// Decimal digits from `first` on; returns the first character behind them, which is not consumed if any were.
    pub(super) fn decimals(&mut self, first: Option<char>) -> Option<char> {
        let mut character = first;
        let mut any = false;
        while character.is_some_and(|digit| digit.is_ascii_digit()) {
            character = self.next();
            any = true;
        }
        if any && character.is_some() {
            self.unread();
        }
        character
    }

    /// An exponent, if `character` starts one.
    pub(super) fn exponent(&mut self, character: Option<char>) {
        if matches!(character, Some('e' | 'E')) {
            let mut digit = self.next();
            if matches!(digit, Some('-' | '+')) {
                digit = self.next();
            }
            self.decimals(digit);
        }
    }

    /// What follows the whole part of a number, `character` having been read: true if it is a fraction or exponent.
    pub(super) fn fraction(&mut self, character: Option<char>) -> bool {
        match character {
            Some('e' | 'E') => self.exponent(character),
            Some('.') => {
                let behind = self.peek();
                let behind = self.decimals(behind);
                if matches!(behind, Some('e' | 'E')) {
                    let letter = self.next();
                    self.exponent(letter);
                }
            }
            _ => return false,
        }
        true
    }

    fn checked(&mut self, character: char) -> Option<char> {
        match (character, self.form) {
            ('\0', Form::Json) => None,
            ('\0', Form::Native) => {
                self.fail(SyntaxErrorKind::NulCharacter);
                None
            }
            ('\u{e123}', Form::Native) => {
                self.fail(SyntaxErrorKind::ReservedCodePoint);
                Some(char::REPLACEMENT_CHARACTER)
            }
            _ => Some(character),
        }
    }
}

/// Whether a character starts an identifier.
pub(super) fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic()
        || character == '_'
        || !character.is_ascii() && character.is_alphabetic()
}

/// Whether a character may go on an identifier as a digit.
pub(super) fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || !character.is_ascii() && character.is_numeric()
}
