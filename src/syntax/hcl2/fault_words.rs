//! What the client prints below the summary of a syntax error. Nothing for errors of which the words are not known.

use super::Span;
use super::fault::SyntaxFault;

/// So many lines are looked at for an argument that was given before.
const LINES_ABOVE: usize = 200;

impl SyntaxFault {
    /// The text below the summary; empty where it is not known, or names a place.
    #[must_use]
    pub fn client_detail(self) -> &'static str {
        match self {
            Self::UnclosedBlock => {
                "There is no closing brace for this block before the end of the file. This may be caused by incorrect \
                 brace nesting elsewhere in this file."
            }
            Self::ItemRequired => "An argument or block definition is required here.",
            Self::ItemUnfinished => {
                "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to \
                 introduce the argument value."
            }
            Self::OneLineBlock => {
                "A single-line block definition must end with a closing brace immediately after its single argument \
                 definition."
            }
            Self::ItemSeparator => "Expected a comma to mark the beginning of the next item.",
            Self::Parentheses => "Expected a closing parenthesis to terminate the expression.",
            Self::QuotedArgumentName => "Argument names must not be quoted.",
            Self::BlockDefinition => {
                "Either a quoted string block label or an opening brace (\"{\") is expected here."
            }
            Self::NewlineAfterArgument => "An argument definition must end with a newline.",
            Self::NewlineAfterBlock => "A block definition must end with a newline.",
            Self::CommaAfterArgument => {
                "Argument definitions must be separated by newlines, not commas. An argument definition must end with a \
                 newline."
            }
            Self::ExpressionMissing => {
                "Expected the start of an expression, but found the end of the file."
            }
            Self::Expression => {
                "Expected the start of an expression, but found an invalid expression token."
            }
            Self::AttributeName => "An attribute name is required after a dot.",
            Self::UnterminatedTemplate => "No closing marker was found for the string.",
            Self::MultiLineString => {
                "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n \
                 escape to represent a newline character or use the \"heredoc\" multi-line template syntax."
            }
            _ => "",
        }
    }
}

impl SyntaxFault {
    /// The text below the summary, with what stands in the file at that place.
    #[must_use]
    pub fn client_words(self, file: &str, source: &[u8], span: Span) -> String {
        let at = source.get(span.start..).unwrap_or_default();
        match self {
            Self::Character => character(at).to_owned(),
            Self::Operator => operator(at).to_owned(),
            Self::Escape => escape(at),
            Self::Redefined => redefined(file, source, span),
            Self::BlockDefinition if matches!(at.first(), None | Some(b'\n' | b'\r')) => {
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the \
                 block header."
                    .to_owned()
            }
            Self::BlockDefinition if at.first() == Some(&b'=') => {
                "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block."
                    .to_owned()
            }
            _ => self.client_detail().to_owned(),
        }
    }
}

fn character(at: &[u8]) -> &'static str {
    match at.first() {
        Some(b'\'') => "Single quotes are not valid. Use double quotes (\") to enclose strings.",
        Some(b';') => {
            "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items \
             in collection values."
        }
        Some(b'`') => {
            "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\"."
        }
        _ => "This character is not used within the language.",
    }
}

fn operator(at: &[u8]) -> &'static str {
    match at.first() {
        Some(b'&') => "Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?",
        Some(b'|') => "Bitwise operators are not supported. Did you mean boolean OR (\"||\")?",
        Some(b'~') => "Bitwise operators are not supported. Did you mean boolean NOT (\"!\")?",
        _ => "Bitwise operators are not supported.",
    }
}

fn escape(at: &[u8]) -> String {
    let line = at.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            continue;
        }
        match characters.next() {
            Some('n' | 'r' | 't' | '"' | '\\' | 'u' | 'U') => {}
            Some(symbol) => {
                return format!("The symbol \"{symbol}\" is not a valid escape sequence selector.");
            }
            None => break,
        }
    }
    String::new()
}

/// The argument is looked for in the lines above, nearest first.
fn redefined(file: &str, source: &[u8], span: Span) -> String {
    let name = source.get(span.start..span.end).unwrap_or_default();
    let above = source.get(..span.start).unwrap_or_default();
    let lines = above.rsplit(|byte| *byte == b'\n').enumerate();
    let place = lines.skip(1).take(LINES_ABOVE).find_map(|(up, line)| {
        let indent = line
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let rest = line.get(indent..)?.strip_prefix(name)?;
        let is_argument = rest.trim_ascii_start().first() == Some(&b'=');
        let line = span.line.checked_sub(u32::try_from(up).ok()?)?;
        is_argument.then_some((line, indent + 1))
    });
    let Some((line, column)) = place else {
        return String::new();
    };
    let name = String::from_utf8_lossy(name);
    let last = column + name.chars().count();
    format!(
        "The argument \"{name}\" was already set at {file}:{line},{column}-{last}. Each argument may be set only once."
    )
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn words(source: &str) -> Vec<String> {
        let parsed = parse(source.as_bytes());
        let errors = parsed.errors.iter();
        errors
            .map(|error| {
                error
                    .fault
                    .client_words("main.tf", source.as_bytes(), error.span)
            })
            .collect()
    }

    #[test]
    fn what_stands_at_the_place_is_named() {
        for (source, expected) in [
            (
                "a = 'x'\n",
                "Single quotes are not valid. Use double quotes (\") to enclose strings.",
            ),
            (
                "a = \"./x\\q\"\n",
                "The symbol \"q\" is not a valid escape sequence selector.",
            ),
            (
                "a = 1 & 2\n",
                "Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?",
            ),
            (
                "  a = 1\n  b = 2\n  a = 3\n",
                "The argument \"a\" was already set at main.tf:1,3-4. Each argument may be set only once.",
            ),
            (
                "module \"a\"\n{\n}\n",
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the \
                 block header.",
            ),
        ] {
            let words = words(source);
            assert!(words.iter().any(|words| words == expected), "{words:?}");
        }
    }
}
