//! What stands before the text of a line: colours, box lines, and the marks of CI systems, containers and Terragrunt.
//!
//! Every mark is taken off as often as it comes, up to a limit, since logs pass through several hands. No mark is required.

/// How many marks a line is freed from; more than any chain of tools puts there.
const MOST_MARKS: usize = 12;
/// Left edges of a box, as drawn and as a wrong code page shows them.
const BARS: [&str; 5] = ["│", "┃", "â”‚", "ÔöÉ", "Ôöé"];
/// Corners of a box, likewise.
const CORNERS: [&str; 10] = ["╷", "╵", "┌", "└", "╭", "╰", "â•·", "â•µ", "ÔòÀ", "ÔòÁ"];
/// Words with a fixed spelling.
const WORDS: [&str; 24] = [
    "##[error]",
    "##[warning]",
    "##[debug]",
    "##[group]",
    "##[section]",
    "##[command]",
    "::error::",
    "::warning::",
    "STDERR",
    "STDOUT",
    "ERROR",
    "WARN",
    "INFO",
    "DEBUG",
    "TRACE",
    "stderr",
    "stdout",
    "terraform:",
    "tofu:",
    "opentofu:",
    "terraform.exe:",
    "tofu.exe:",
    "> ",
    "* ",
];

/// A line without what stood before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bare<'a> {
    /// The rest.
    pub(super) text: &'a str,
    /// Whether it had a corner of a box.
    pub(super) is_box_edge: bool,
}

/// Takes off all marks.
pub(super) fn bare(line: &str) -> Bare<'_> {
    let mut bare = Bare {
        text: line.trim(),
        is_box_edge: false,
    };
    if let Some(after) = after_columns(bare.text) {
        bare.text = after;
    }
    for _ in 0..MOST_MARKS {
        let text = bare.text.trim_start();
        if let Some(rest) = stripped(text, &CORNERS) {
            bare.is_box_edge = true;
            bare.text = rest;
            continue;
        }
        let rest = stripped(text, &BARS)
            .or_else(|| word(text))
            .or_else(|| time(text))
            .or_else(|| section(text))
            .or_else(|| annotation(text))
            .or_else(|| brackets(text))
            .or_else(|| service(text));
        let Some(rest) = rest else {
            bare.text = text;
            break;
        };
        bare.text = rest;
    }
    bare
}

/// A line without terminal sequences, also where the escape character itself was lost or is spelled out.
pub(super) fn without_colour(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(found) = rest.find(['\u{1b}', '\u{9b}', '[', '^', '\\']) {
        let (before, from) = rest.split_at(found);
        shown.push_str(before);
        let length = sequence(from).unwrap_or_else(|| {
            let first = from.chars().next().unwrap_or_default();
            shown.push(first);
            first.len_utf8()
        });
        rest = from.get(length..).unwrap_or_default();
    }
    shown.push_str(rest);
    shown
}

/// The length of the terminal sequence at the beginning of a text.
fn sequence(text: &str) -> Option<usize> {
    let spelled = ["\u{1b}", "^[", "\\u001b", "\\x1b", "\\033", "\\e"]
        .into_iter()
        .find(|escape| text.starts_with(escape));
    let (lead, has_escape) = match spelled {
        Some(escape) => (escape.len(), true),
        None => (0, false),
    };
    let rest = text.get(lead..)?;
    if let Some(command) = rest.strip_prefix(']').filter(|_| has_escape) {
        return operating_command(command).map(|length| lead + 1 + length);
    }
    let Some(parameters) = rest.strip_prefix('[') else {
        return (has_escape && text.starts_with('\u{1b}')).then_some(lead);
    };
    let end =
        parameters.find(|character: char| !matches!(character, '0'..='9' | ';' | '?' | ':'))?;
    let last = parameters.get(end..)?.chars().next()?;
    let is_colour = last == 'm' && end > 0;
    (is_colour || (has_escape && last.is_ascii_alphabetic())).then_some(lead + 1 + end + 1)
}

/// The length of a link or title command up to its end mark; one without an end is left alone.
fn operating_command(text: &str) -> Option<usize> {
    const LONGEST: usize = 4096;
    let end = text
        .char_indices()
        .take(LONGEST)
        .find(|(_, character)| matches!(character, '\u{7}' | '\u{1b}'))?;
    let tail = text.get(end.0..)?;
    let mark = if tail.starts_with("\u{1b}\\") { 2 } else { 1 };
    Some(end.0 + mark)
}

fn stripped<'a>(text: &'a str, marks: &[&str]) -> Option<&'a str> {
    marks.iter().find_map(|mark| text.strip_prefix(mark))
}

/// A fixed word; a plain one only with a blank behind it.
fn word(text: &str) -> Option<&str> {
    WORDS.iter().find_map(|word| {
        let rest = text.strip_prefix(word)?;
        let is_plain = word.ends_with(|last: char| last.is_ascii_alphabetic());
        (!is_plain || rest.starts_with([' ', '\t'])).then_some(rest)
    })
}

/// A date, a time or both, in brackets or not, and the stream mark of GitLab behind it.
fn time(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[').unwrap_or(text);
    let length = inner
        .find(|character: char| {
            !matches!(
                character,
                '0'..='9' | ':' | '-' | '.' | ',' | 'T' | 'Z' | '+' | '/'
            )
        })
        .unwrap_or(inner.len());
    let (stamp, rest) = inner.split_at_checked(length)?;
    let looks_right = ["00:00:00", "0000-00-00", "0000/00/00"]
        .iter()
        .any(|shape| has_shape(stamp, shape));
    if !looks_right {
        return None;
    }
    let rest = if text.starts_with('[') {
        rest.strip_prefix(']')?
    } else {
        rest
    };
    if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    Some(stream(rest.trim_start()).unwrap_or(rest))
}

/// Whether a text begins with digits where the shape has zeros, and with its other characters where they are.
fn has_shape(text: &str, shape: &str) -> bool {
    let mut characters = text.chars();
    shape.chars().all(|expected| {
        characters.next().is_some_and(|character| {
            if expected == '0' {
                character.is_ascii_digit()
            } else {
                character == expected
            }
        })
    })
}

/// `00O ` and `01E `: the number and kind of a stream.
fn stream(text: &str) -> Option<&str> {
    let mark = text.get(..3)?;
    let mut characters = mark.chars();
    let fits = characters.next()?.is_ascii_digit()
        && characters.next()?.is_ascii_digit()
        && matches!(characters.next()?, 'O' | 'E');
    let rest = text.get(3..)?;
    (fits && (rest.is_empty() || rest.starts_with([' ', '+'])))
        .then(|| rest.trim_start_matches('+'))
}

/// `section_start:1692711064:name[collapsed=true]`.
fn section(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("section_start:")
        .or_else(|| text.strip_prefix("section_end:"))?;
    Some(rest.split_once([' ', '\t']).map_or("", |(_, rest)| rest))
}

/// `::error file=main.tf,line=1::text` and `ERRO[0003] text`.
fn annotation(text: &str) -> Option<&str> {
    let levels = ["ERRO[", "WARN[", "INFO[", "FATA["];
    if let Some(rest) = stripped(text, &levels) {
        return rest.split_once("] ").map(|(_, rest)| rest);
    }
    let rest = text
        .strip_prefix("::error ")
        .or_else(|| text.strip_prefix("::warning "))?;
    rest.split_once("::").map(|(_, rest)| rest)
}

/// A name in brackets: a directory of Terragrunt, a step of a pipeline.
fn brackets(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let (name, rest) = inner.split_once(']')?;
    let is_name = !name.is_empty() && name.len() <= 300 && !name.contains('[');
    (is_name && rest.starts_with([' ', '\t'])).then_some(rest)
}

/// `service-1  | text`, as compose prints it, and a lone bar in ASCII.
fn service(text: &str) -> Option<&str> {
    let length = text.find(|character: char| {
        !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/'))
    })?;
    let (name, rest) = text.split_at_checked(length)?;
    let behind = rest.trim_start();
    let is_alone = name.is_empty() && text.starts_with("| ");
    let is_service = !name.is_empty() && name.len() <= 100 && rest.starts_with([' ', '\t', '|']);
    if !(is_alone || is_service) {
        return None;
    }
    let after = behind.strip_prefix('|')?;
    (after.is_empty() || after.starts_with([' ', '\t'])).then_some(after)
}

/// The text behind a time that follows one or two columns with a tab between, as a downloaded job log has them.
fn after_columns(text: &str) -> Option<&str> {
    let (_, second) = text.split_once('\t')?;
    let third = second.split_once('\t').map(|(_, third)| third);
    [Some(second), third]
        .into_iter()
        .flatten()
        .find_map(|column| time(column.trim_start_matches('\u{feff}')))
}

#[cfg(test)]
mod tests {
    use super::bare;
    use super::without_colour;

    #[test]
    fn marks_of_logs_are_taken_off() {
        let lines = [
            "Error: x",
            "\u{2502} Error: x",
            "2026-08-22T13:31:04.123Z Error: x",
            "2026-08-22T13:31:04.123456Z 00O Error: x",
            "2026-08-22T13:31:04.123456Z 01E+Error: x",
            "2026/08/22 13:31:04 Error: x",
            "[2026-08-22T13:31:04.123Z] \u{2502} Error: x",
            "[13:31:04] Error: x",
            "##[error]\u{2502} Error: x",
            "2026-08-22T13:31:04.1234567Z ##[error]Error: x",
            "::error file=main.tf,line=1::Error: x",
            "svc-1  | Error: x",
            "svc-1  | \u{2502} Error: x",
            "| Error: x",
            "> Error: x",
            "13:31:04.123 STDERR [net/vpc] terraform: Error: x",
            "13:31:04.123 ERROR  [net/vpc] tofu: \u{2502} Error: x",
            "[net/vpc] Error: x",
            "[module.a] [terraform] \u{2502} Error: x",
            "ERRO[0003] Error: x",
            "plan\tterraform init\t2026-08-22T13:31:04.123Z Error: x",
            "* Error: x",
        ];
        for line in lines {
            assert_eq!(bare(line).text, "Error: x", "{line}");
        }
    }

    #[test]
    fn the_text_itself_is_left_alone() {
        for line in [
            "error downloading 'http://h/a.tgz': bad response code: 404",
            "main.tf line 3, in module \"x\":",
            "10.0.0.1:443: connect: connection refused",
            "[ not a mark",
            "ERRORS are many",
            "a | b",
        ] {
            let expected = if line == "a | b" { "b" } else { line };
            assert_eq!(bare(line).text, expected);
        }
        assert!(bare("\u{2577}").is_box_edge && bare("\u{2575}").is_box_edge);
        assert!(!bare("\u{2502}").is_box_edge);
    }

    #[test]
    fn colours_go_however_they_are_spelled() {
        for text in [
            "\u{1b}[31m\u{1b}[1mError: \u{1b}[0mx",
            "[31m[1mError: [0mx",
            "^[[31mError: ^[[0mx",
            "\\u001b[31mError: \\u001b[0mx",
            "\u{1b}]8;;http://h\u{7}Error: \u{1b}]8;;\u{1b}\\x",
            "\u{1b}[0KError: x",
        ] {
            assert_eq!(without_colour(text), "Error: x", "{text:?}");
        }
        for text in ["a[0] b[m] \\d ^x", "path[12]", "\u{1b}"] {
            assert_eq!(without_colour(text), text.trim_end_matches('\u{1b}'));
        }
    }
}
