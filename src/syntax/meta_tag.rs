//! The `terraform-get` tag of a page, found as the client finds it: with a lenient XML reader, not an HTML one.
//!
//! It stops at the start of the body or the end of the head; what is malformed before that is an error. The bytes of an
//! archive are such an error, which is how most people meet this reader.

#![deny(clippy::indexing_slicing)]

/// What a page came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The tag's content, nothing, or the client's words for what is wrong.
    pub outcome: Result<Option<String>, String>,
    /// The title, where there is one.
    pub title: Option<String>,
    /// A tag of that name that the client does not read.
    pub unread: Option<String>,
}

/// Looks for the tag.
pub fn find(bytes: &[u8]) -> Page {
    let outcome = Reader {
        bytes,
        at: 0,
        line: 1,
        open: Vec::new(),
    }
    .run();
    let text = String::from_utf8_lossy(bytes);
    let found = matches!(outcome, Ok(Some(_)));
    Page {
        title: title(&text),
        unread: if found { None } else { unread(&text) },
        outcome,
    }
}

fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let open = start + lower.get(start..)?.find('>')? + 1;
    let end = open + lower.get(open..)?.find("</title")?;
    let title = text
        .get(open..end)?
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    Some(title.chars().take(120).collect())
}

fn unread(text: &str) -> Option<String> {
    let at = text.to_ascii_lowercase().find("terraform-get")?;
    let start = text.get(..at)?.rfind('<')?;
    let tag = text.get(start..)?;
    let end = tag.find('>').map_or(tag.len(), |end| end + 1);
    tag.get(..end).map(|tag| tag.chars().take(300).collect())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    open: Vec<String>,
}

struct Start {
    name: String,
    attributes: Vec<(String, String)>,
    empty: bool,
}

impl Reader<'_> {
    fn run(mut self) -> Result<Option<String>, String> {
        loop {
            if !self.text()? {
                return if self.open.is_empty() {
                    Ok(None)
                } else {
                    Err(self.wrong("unexpected EOF"))
                };
            }
            match self.peek() {
                Some(b'/') => {
                    self.at += 1;
                    let name = self.end_tag()?;
                    if name.eq_ignore_ascii_case("head") {
                        return Ok(None);
                    }
                }
                Some(b'?') => self.skip_past(b"?>")?,
                Some(b'!') => self.directive()?,
                Some(_) => {
                    let start = self.start_tag()?;
                    if start.name.eq_ignore_ascii_case("body") {
                        return Ok(None);
                    }
                    if let Some(content) = content(&start) {
                        return Ok(Some(content));
                    }
                    if !start.empty {
                        self.open.push(start.name);
                    }
                }
                None => return Err(self.wrong("unexpected EOF")),
            }
        }
    }

    fn wrong(&self, words: &str) -> String {
        format!("XML syntax error on line {}: {words}", self.line)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn step(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
        }
        Some(byte)
    }

    /// Reads text up to the next `<`; false at the end.
    fn text(&mut self) -> Result<bool, String> {
        let begin = self.at;
        while let Some(byte) = self.step() {
            if byte == b'<' {
                self.check(begin, self.at - 1)?;
                return Ok(true);
            }
        }
        self.check(begin, self.at)?;
        Ok(false)
    }

    fn check(&self, begin: usize, end: usize) -> Result<(), String> {
        let bytes = self.bytes.get(begin..end).unwrap_or_default();
        let text = std::str::from_utf8(bytes);
        let valid = match &text {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default())
                .unwrap_or_default(),
        };
        let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
        if let Some(odd) = valid.chars().find(|c| !legal(*c)) {
            return Err(self.wrong(&format!("illegal character code U+{:04X}", u32::from(odd))));
        }
        if text.is_err() {
            Err(self.wrong("invalid UTF-8"))
        } else {
            Ok(())
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.step();
        }
    }

    fn name(&mut self) -> String {
        let begin = self.at;
        while self.peek().is_some_and(|byte| {
            byte.is_ascii_alphanumeric()
                || byte >= 0x80
                || matches!(byte, b'_' | b':' | b'.' | b'-')
        }) {
            self.at += 1;
        }
        String::from_utf8_lossy(self.bytes.get(begin..self.at).unwrap_or_default()).into_owned()
    }

    fn end_tag(&mut self) -> Result<String, String> {
        let name = self.name();
        if name.is_empty() {
            return Err(self.wrong("expected element name after </"));
        }
        self.blanks();
        if self.step() != Some(b'>') {
            return Err(self.wrong(&format!("invalid characters between </{name} and >")));
        }
        // What was left open in between is closed with it.
        match self.open.iter().rposition(|open| *open == name) {
            Some(at) => self.open.truncate(at),
            None if self.open.is_empty() => {
                return Err(self.wrong(&format!("unexpected end element </{name}>")));
            }
            None => self.open.clear(),
        }
        Ok(local(&name).to_owned())
    }

    fn start_tag(&mut self) -> Result<Start, String> {
        let name = self.name();
        if name.is_empty() {
            return Err(self.wrong("expected element name after <"));
        }
        let mut start = Start {
            name: local(&name).to_owned(),
            attributes: Vec::new(),
            empty: false,
        };
        loop {
            self.blanks();
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(start);
                }
                Some(b'/') => {
                    self.at += 1;
                    if self.step() != Some(b'>') {
                        return Err(self.wrong("expected /> in element"));
                    }
                    start.empty = true;
                    return Ok(start);
                }
                None => return Err(self.wrong("unexpected EOF")),
                Some(_) => {
                    let attribute = self.attribute()?;
                    start.attributes.push(attribute);
                }
            }
        }
    }

    fn attribute(&mut self) -> Result<(String, String), String> {
        let name = self.name();
        if name.is_empty() {
            return Err(self.wrong("expected attribute name in element"));
        }
        self.blanks();
        if self.peek() != Some(b'=') {
            // Without a value the name stands for itself.
            return Ok((local(&name).to_owned(), name));
        }
        self.at += 1;
        self.blanks();
        let begin = self.at;
        if let Some(quote @ (b'"' | b'\'')) = self.peek() {
            self.at += 1;
            while let Some(byte) = self.step() {
                if byte == quote {
                    let value = String::from_utf8_lossy(
                        self.bytes.get(begin + 1..self.at - 1).unwrap_or_default(),
                    )
                    .into_owned();
                    return Ok((local(&name).to_owned(), unescape(&value)));
                }
            }
            Err(self.wrong("unexpected EOF"))
        } else {
            while self.peek().is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-')
            }) {
                self.at += 1;
            }
            let value = String::from_utf8_lossy(self.bytes.get(begin..self.at).unwrap_or_default())
                .into_owned();
            Ok((local(&name).to_owned(), value))
        }
    }

    fn directive(&mut self) -> Result<(), String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(b"!--") {
            self.at += 3;
            return self.skip_past(b"-->");
        }
        if rest.starts_with(b"![CDATA[") {
            return self.skip_past(b"]]>");
        }
        let mut depth = 0_usize;
        while let Some(byte) = self.step() {
            match byte {
                b'<' => depth += 1,
                b'>' if depth == 0 => return Ok(()),
                b'>' => depth -= 1,
                _ => {}
            }
        }
        Err(self.wrong("unexpected EOF"))
    }

    fn skip_past(&mut self, end: &[u8]) -> Result<(), String> {
        while self.at < self.bytes.len() {
            if self
                .bytes
                .get(self.at..)
                .is_some_and(|rest| rest.starts_with(end))
            {
                self.at += end.len();
                return Ok(());
            }
            self.step();
        }
        Err(self.wrong("unexpected EOF"))
    }
}

fn local(name: &str) -> &str {
    match name.split_once(':') {
        Some((space, local)) if !space.is_empty() && !local.is_empty() => local,
        Some(_) | None => name,
    }
}

fn unescape(value: &str) -> String {
    value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

fn content(start: &Start) -> Option<String> {
    let value = |name: &str| {
        start
            .attributes
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    };
    let named = start.name.eq_ignore_ascii_case("meta")
        && value("name").as_deref() == Some("terraform-get");
    value("content").filter(|content| named && !content.is_empty())
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_tag_is_found_before_the_body_only() {
        let page = b"<!DOCTYPE html>\n<html><head><title>T</title><META NAME=\"terraform-get\" content='https://h/a.zip?x=1&amp;y=2'></head>";
        let found = find(page);
        assert_eq!(
            found.outcome,
            Ok(Some("https://h/a.zip?x=1&y=2".to_owned()))
        );
        assert_eq!(found.title.as_deref(), Some("T"));
        let late = find(b"<html><body><meta name=\"terraform-get\" content=\"x\"></body></html>");
        assert_eq!(late.outcome, Ok(None));
        assert!(late.unread.is_some());
    }

    #[test]
    fn the_bytes_of_an_archive_are_malformed_markup() {
        assert_eq!(
            find(b"\x1f\x8b\x08\x00").outcome,
            Err("XML syntax error on line 1: illegal character code U+001F".to_owned())
        );
        assert_eq!(find(b"").outcome, Ok(None));
    }
}
