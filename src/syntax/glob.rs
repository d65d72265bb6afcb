//! `*` as the client expands it, and the globs of targets and ignores.
//!
//! Never looks at a disk: [`match_name`] compares one name, [`GlobPath`] says which part of a path is literal and which
//! components are patterns; whoever lists directories is elsewhere.
//! Surprises: a class is negated with `^` and not with `!`, `\` escapes, a leading dot is nothing special, and a class
//! may match a slash. A malformed pattern is an error only once the comparison reaches the piece between two stars that
//! is malformed: `a*[` does not match `b`, and that is all.
//! See <https://pkg.go.dev/path/filepath#Match>.

#![deny(clippy::indexing_slicing)]

/// A pattern that does not parse; the client's words for it are `syntax error in pattern`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BadPattern;

impl BadPattern {
    /// The words the client prints.
    pub fn client_text(self) -> &'static str {
        "syntax error in pattern"
    }
}

/// Whether a pattern matches the whole of one name.
pub fn match_name(pattern: &[u8], name: &[u8]) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern, name);
    while !pattern.is_empty() {
        let chunk = next_chunk(pattern);
        pattern = chunk.behind;
        if chunk.after_star && chunk.text.is_empty() {
            return Ok(!name.contains(&b'/'));
        }
        match place_chunk(&chunk, name)? {
            Some(rest) => name = rest,
            None => return Ok(false),
        }
    }
    Ok(name.is_empty())
}

/// Whether a text holds a character that makes it a pattern.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '\\'])
}

/// A path with patterns, taken apart as the client expands it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GlobPath {
    /// The directory the expansion starts in, taken literally; the whole path when nothing is a pattern.
    pub root: String,
    /// The components below it, each compared with the names of one level, literal ones too.
    pub components: Vec<String>,
}

impl GlobPath {
    /// Takes a path apart.
    pub fn parse(path: &str) -> Result<Self, BadPattern> {
        let mut root = path;
        let mut components = Vec::new();
        while is_pattern(root) {
            // The client checks every level this way, so that it overlooks what stands behind a star.
            match_name(root.as_bytes(), b"")?;
            let (directory, component) = root.rsplit_once('/').unwrap_or(("", root));
            components.push(component.to_owned());
            let rooted = directory.is_empty() && root.starts_with('/');
            root = match (rooted, directory) {
                (true, _) => "/",
                (false, "") => ".",
                (false, directory) => directory,
            };
        }
        components.reverse();
        Ok(Self {
            root: root.to_owned(),
            components,
        })
    }
}

/// Whether a glob of a target, module key or ignore matches the whole of a text.
///
/// `?` is one character and `*` any number of them, but not the separator; `**` is any number of whatever.
pub fn target_glob(glob: &str, text: &str, separator: char) -> bool {
    let glob = wild_of(glob);
    let text: Vec<char> = text.chars().collect();
    let mut at = Position { token: 0, byte: 0 };
    let (mut star, mut double): (Option<Position>, Option<Position>) = (None, None);
    loop {
        let next = text.get(at.byte).copied();
        let moved = match (glob.get(at.token), next) {
            (Some(Wild::DoubleStar), _) => {
                double = Some(at);
                star = None;
                Some(0)
            }
            (Some(Wild::Star), _) => {
                star = Some(at);
                Some(0)
            }
            (Some(Wild::Any), Some(next)) if next != separator => Some(1),
            (Some(Wild::Literal(wanted)), Some(next)) if *wanted == next => Some(1),
            (None, None) => return true,
            (Some(Wild::Any | Wild::Literal(_)) | None, _) => None,
        };
        if let Some(width) = moved {
            at = Position {
                token: at.token + 1,
                byte: at.byte + width,
            };
            continue;
        }
        let Some(position) = retry(&mut star, &mut double, &text, separator) else {
            return false;
        };
        at = position;
    }
}

/// Where to go on after a mismatch: the nearer star takes one character more if it may, else the double star.
fn retry(
    star: &mut Option<Position>,
    double: &mut Option<Position>,
    text: &[char],
    separator: char,
) -> Option<Position> {
    for (slot, crosses) in [(star, false), (double, true)] {
        let Some(position) = slot else { continue };
        match text.get(position.byte) {
            Some(next) if crosses || *next != separator => {
                position.byte += 1;
                return Some(Position {
                    token: position.token + 1,
                    byte: position.byte,
                });
            }
            Some(_) | None => *slot = None,
        }
    }
    None
}

/// A place in a pattern and in the text it is compared with.
#[derive(Debug, Clone, Copy)]
struct Position {
    token: usize,
    byte: usize,
}

/// A piece of a pattern up to its next star.
struct Chunk<'a> {
    after_star: bool,
    text: &'a [u8],
    behind: &'a [u8],
}

/// Takes the stars in front and all up to the next star that is not in brackets.
fn next_chunk(pattern: &[u8]) -> Chunk<'_> {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    let rest = pattern.get(stars..).unwrap_or_default();
    let (mut in_brackets, mut is_escaped) = (false, false);
    let end = rest.iter().position(|byte| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match byte {
            b'\\' => is_escaped = true,
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            b'*' => return !in_brackets,
            _ => {}
        }
        false
    });
    let (text, behind) = rest.split_at(end.unwrap_or(rest.len()));
    Chunk {
        after_star: stars > 0,
        text,
        behind,
    }
}

/// What is left of a name behind the first place where a piece matches; the last piece must match to the end.
fn place_chunk<'a>(chunk: &Chunk<'_>, name: &'a [u8]) -> Result<Option<&'a [u8]>, BadPattern> {
    let tokens = tokens_of(chunk.text)?;
    let is_last = chunk.behind.is_empty();
    let mut start = name;
    loop {
        match consume_all(&tokens, start) {
            Some(rest) if rest.is_empty() || !is_last => return Ok(Some(rest)),
            Some(_) | None => {}
        }
        match start.split_first() {
            Some((first, behind)) if chunk.after_star && *first != b'/' => start = behind,
            Some(_) | None => return Ok(None),
        }
    }
}

fn consume_all<'a>(tokens: &[Token], name: &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = name;
    for token in tokens {
        rest = rest.get(token.consume(rest)?..)?;
    }
    Some(rest)
}

/// A piece of a client's pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Any,
    Literal(u8),
    Class {
        negated: bool,
        ranges: Vec<(u32, u32)>,
    },
}

impl Token {
    /// How many bytes it takes from the front, if it matches there.
    fn consume(&self, text: &[u8]) -> Option<usize> {
        let first = *text.first()?;
        match self {
            Self::Any if first == b'/' => None,
            Self::Any => Some(first_char(text).1),
            Self::Literal(wanted) => (*wanted == first).then_some(1),
            Self::Class { negated, ranges } => {
                let (code, width) = first_char(text);
                let inside = ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&code));
                (inside != *negated).then_some(width)
            }
        }
    }
}

/// A piece of a target's glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wild {
    DoubleStar,
    Star,
    Any,
    Literal(char),
}

fn wild_of(glob: &str) -> Vec<Wild> {
    let mut wild = Vec::new();
    for character in glob.chars() {
        match (character, wild.last()) {
            ('*', Some(Wild::DoubleStar)) => {}
            ('*', Some(Wild::Star)) => {
                wild.pop();
                wild.push(Wild::DoubleStar);
            }
            ('*', _) => wild.push(Wild::Star),
            ('?', _) => wild.push(Wild::Any),
            (other, _) => wild.push(Wild::Literal(other)),
        }
    }
    wild
}

fn tokens_of(pattern: &[u8]) -> Result<Vec<Token>, BadPattern> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'?' => tokens.push(Token::Any),
            b'[' => {
                let (class, behind) = class_of(rest)?;
                tokens.push(class);
                rest = behind;
            }
            b'\\' => {
                let (escaped, behind) = rest.split_first().ok_or(BadPattern)?;
                tokens.push(Token::Literal(*escaped));
                rest = behind;
            }
            literal => tokens.push(Token::Literal(*literal)),
        }
    }
    Ok(tokens)
}

/// Reads a class behind its `[`.
fn class_of(text: &[u8]) -> Result<(Token, &[u8]), BadPattern> {
    let (negated, mut rest) = match text.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut ranges = Vec::new();
    loop {
        if let (Some(behind), false) = (rest.strip_prefix(b"]"), ranges.is_empty()) {
            return Ok((Token::Class { negated, ranges }, behind));
        }
        let (low, behind) = class_char(rest)?;
        let (high, behind) = match behind.strip_prefix(b"-") {
            Some(behind) => class_char(behind)?,
            None => (low, behind),
        };
        ranges.push((low, high));
        rest = behind;
    }
}

/// Reads one character of a class; something must follow it, since the class is still open.
fn class_char(text: &[u8]) -> Result<(u32, &[u8]), BadPattern> {
    let text = match text.first() {
        None | Some(b'-' | b']') => return Err(BadPattern),
        Some(b'\\') => text.split_first().map_or(text, |(_, behind)| behind),
        Some(_) => text,
    };
    let (code, width) = first_char(text);
    let invalid = width <= 1 && code == u32::from(char::REPLACEMENT_CHARACTER);
    match text.get(width..) {
        Some(behind) if !behind.is_empty() && !invalid => Ok((code, behind)),
        Some(_) | None => Err(BadPattern),
    }
}

/// The first character and its width; what is no UTF-8 is U+FFFD, one byte wide.
fn first_char(text: &[u8]) -> (u32, usize) {
    let replacement = u32::from(char::REPLACEMENT_CHARACTER);
    let head = text.get(..4).unwrap_or(text);
    let valid = match std::str::from_utf8(head) {
        Ok(valid) => valid,
        Err(error) => head
            .get(..error.valid_up_to())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => (u32::from(character), character.len_utf8()),
        None => (replacement, usize::from(!text.is_empty())),
    }
}

#[cfg(test)]
mod tests {
    use super::{BadPattern, GlobPath, match_name, target_glob};

    fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
        match_name(pattern.as_bytes(), name.as_bytes())
    }

    #[test]
    fn names_match_as_the_documentation_says() {
        for (pattern, name, expected) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*", "", true),
            ("*", ".git", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("ab[!c]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("[\\]a]", "]", true),
            ("[\\-x]", "-", true),
            ("[x\\-]", "z", false),
            ("*x", "xxx", true),
            ("repo-*", "repo-1.2.3", true),
            ("**", "a/b", false),
        ] {
            assert_eq!(matches(pattern, name), Ok(expected), "{pattern} {name}");
        }
    }

    #[test]
    fn malformed_patterns_are_errors_once_they_are_reached() {
        for pattern in [
            "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "\\", "[\\", "*[",
            "b[^]*]",
        ] {
            assert_eq!(matches(pattern, "a"), Err(BadPattern), "{pattern}");
            assert_eq!(matches(pattern, ""), Err(BadPattern), "{pattern}");
        }
        assert_eq!(match_name(b"[\xff]", b"a"), Err(BadPattern));
        assert_eq!(matches("a*[", "b"), Ok(false));
        assert_eq!(matches("a*[", "ab"), Err(BadPattern));
    }

    #[test]
    fn bytes_that_are_no_text_are_one_character_each() {
        assert_eq!(match_name(b"?", b"\xff"), Ok(true));
        assert_eq!(match_name(b"??", b"\xff\xfe"), Ok(true));
        assert_eq!(match_name(b"a*\xff", b"ab\xff"), Ok(true));
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = "a*".repeat(200) + "b";
        let name = "a".repeat(2000);
        assert_eq!(matches(&pattern, &name), Ok(false));
    }

    #[test]
    fn a_path_is_literal_up_to_its_first_pattern() {
        let parse = |path: &str| {
            let glob = GlobPath::parse(path).expect("a pattern");
            (glob.root, glob.components.join("|"))
        };
        let pair = |root: &str, rest: &str| (root.to_owned(), rest.to_owned());
        assert_eq!(parse("a/b/*/c/d*"), pair("a/b", "*|c|d*"));
        assert_eq!(parse("*/c"), pair(".", "*|c"));
        assert_eq!(parse("/*"), pair("/", "*"));
        assert_eq!(parse("a/b"), pair("a/b", ""));
        assert_eq!(parse(""), pair("", ""));
        assert_eq!(parse("x*/["), pair(".", "x*|["));
        assert_eq!(GlobPath::parse("a/[/b"), Err(BadPattern));
        assert_eq!(GlobPath::parse("[a/b]*"), Err(BadPattern));
    }

    #[test]
    fn one_star_stays_between_separators_and_two_do_not() {
        for (glob, text, separator, expected) in [
            ("net.*", "net.vpc", '.', true),
            ("net.*", "net.vpc.sub", '.', false),
            ("net.**", "net.vpc.sub", '.', true),
            ("**", "", '.', true),
            ("**.sub", "net.vpc.sub", '.', true),
            ("*", "jerry", '.', true),
            ("j?rry", "jerry", '.', true),
            ("j?", "j.", '.', false),
            ("modules/**/x", "modules/a/b/x", '/', true),
            ("modules/*/x", "modules/a/b/x", '/', false),
            ("modules/*/x", "modules/a.b/x", '/', true),
            ("**a*b", "a/xaxb", '/', true),
            ("**a*b/c", "ab/xab/c", '/', true),
            ("***", "a/b", '/', true),
            ("a", "", '/', false),
        ] {
            assert_eq!(
                target_glob(glob, text, separator),
                expected,
                "{glob} {text}"
            );
        }
    }
}
