//! The few words that several rules share.

use crate::finding::Case;
use crate::foreign::visible;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::exchange::Body;
use crate::trace::exchange::Reply;
use crate::trace::fact::Rung;
use crate::trace::sniff::Sniffed;

/// The `archive=` value that fits bytes, where the client has an unpacker for them.
pub fn archive_word(found: Sniffed) -> Option<&'static str> {
    match found {
        Sniffed::Gzip => Some("tar.gz"),
        Sniffed::Bzip2 => Some("tar.bz2"),
        Sniffed::Xz => Some("tar.xz"),
        Sniffed::Zip => Some("zip"),
        Sniffed::Zstd
        | Sniffed::SevenZip
        | Sniffed::Rar
        | Sniffed::TarPlain
        | Sniffed::Html
        | Sniffed::Text
        | Sniffed::Empty
        | Sniffed::Unknown => None,
    }
}

/// What bytes are, for people.
pub fn sniffed_word(found: Sniffed) -> &'static str {
    match found {
        Sniffed::Gzip => "gzip",
        Sniffed::Bzip2 => "bzip2",
        Sniffed::Xz => "xz",
        Sniffed::Zip => "zip",
        Sniffed::Zstd => "zstd",
        Sniffed::SevenZip => "7z",
        Sniffed::Rar => "rar",
        Sniffed::TarPlain => "a tar without compression",
        Sniffed::Html => "a web page",
        Sniffed::Text => "text",
        Sniffed::Empty => "nothing",
        Sniffed::Unknown => "no format that is known",
    }
}

/// What the last reply of a step says about how to log in.
pub fn challenge(step: &Step) -> Option<String> {
    let reply = step.last_exchange()?.reply()?;
    reply.header("www-authenticate").map(visible)
}

/// What was asked of a peer, for people.
pub fn asked_for(step: &Step) -> &'static str {
    match step.key.stage {
        Stage::Discovery | Stage::Probe => "the discovery document",
        Stage::Versions => "the list of versions",
        Stage::Location => "the download location",
        Stage::Source | Stage::Fetch | Stage::Unpack | Stage::Place => "the package",
        Stage::CliConfig
        | Stage::Calls
        | Stage::Manifest
        | Stage::Credentials
        | Stage::ModuleDir => "an answer",
    }
}

/// What bytes an archive type demands.
pub fn demanded(archive: &str) -> Option<Sniffed> {
    match archive {
        "tar.gz" | "tgz" | "gz" => Some(Sniffed::Gzip),
        "tar.bz2" | "tbz2" | "tar.tbz2" | "bz2" => Some(Sniffed::Bzip2),
        "tar.xz" | "txz" | "xz" => Some(Sniffed::Xz),
        "zip" => Some(Sniffed::Zip),
        _ => None,
    }
}

/// A value in backticks, everything invisible made visible.
pub fn code(value: &str) -> String {
    format!("`{}`", visible(value))
}

/// A call as messages of the client name it: `"m" (main.tf:1)`.
pub fn named_call(call: &Call) -> String {
    let name = call.key.rsplit('.').next().unwrap_or_default();
    match &call.place {
        Some(place) => format!("\"{name}\" ({}:{})", place.file, place.line),
        None => format!("\"{name}\""),
    }
}

/// The first call that uses a step's subject, as messages of the client name it.
pub fn first_call(trace: &Trace, step: &Step) -> String {
    trace
        .users(&step.key.subject)
        .first()
        .map_or_else(|| "\"m\"".to_owned(), |call| named_call(call))
}

/// The name of the client's product.
pub fn product(case: &Case<'_>) -> &'static str {
    case.client.product.title()
}

/// The `TF_TOKEN_*` variable of a host; `None` for one with a port, which no variable can name.
pub fn token_variable(host: &str) -> Option<String> {
    (!host.contains(':') && host.is_ascii())
        .then(|| format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_")))
}

/// A status with its usual words.
pub fn status_text(status: u16) -> String {
    let words = match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        415 => "Unsupported Media Type",
        418 => "I'm a teapot",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return status.to_string(),
    };
    format!("{status} {words}")
}

/// A number with its noun.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The rows of a credential ladder, its head first.
pub fn ladder_rows(rungs: &[Rung]) -> Vec<Vec<String>> {
    use crate::trace::fact::RungState;
    let mut rows = vec![
        ["state", "source", "fingerprint"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for rung in rungs {
        let state = match &rung.state {
            RungState::Used => "used".to_owned(),
            RungState::Hidden => "hidden".to_owned(),
            RungState::Absent => "absent".to_owned(),
            RungState::NearMiss(other) => format!("near miss: {}", visible(other)),
            RungState::Unreadable(why) => format!("unreadable: {}", visible(why)),
            RungState::Unusable(why) => format!("unusable: {}", visible(why)),
            RungState::NoUse => "no use".to_owned(),
        };
        let print = rung
            .fingerprint
            .as_ref()
            .map_or_else(String::new, |print| format!("#{}", print.digits));
        rows.push(vec![state, visible(&rung.name), print]);
    }
    rows
}

/// The line that quotes the beginning of a body.
pub fn first_line(reply: &Reply) -> Option<String> {
    let Body::Text { text, .. } = &reply.body else {
        return None;
    };
    let line = text.raw().lines().find(|line| !line.trim().is_empty())?;
    let short: String = line.chars().take(120).collect();
    Some(visible(&short))
}

/// The title of a page.
pub fn page_title(reply: &Reply) -> Option<String> {
    let Body::Text { text, .. } = &reply.body else {
        return None;
    };
    let lower = text.raw().to_ascii_lowercase();
    let start = lower.find("<title")?;
    let from = start + lower.get(start..)?.find('>')? + 1;
    let to = from + lower.get(from..)?.find('<')?;
    let title: String = text.raw().get(from..to)?.trim().chars().take(120).collect();
    Some(visible(&title))
}

#[cfg(test)]
mod tests {
    use super::token_variable;

    #[test]
    fn a_variable_spells_dots_and_hyphens() {
        assert_eq!(
            token_variable("my-reg.example.com").as_deref(),
            Some("TF_TOKEN_my__reg_example_com")
        );
        assert_eq!(token_variable("reg.example.com:8443"), None);
    }
}
