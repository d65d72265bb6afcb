//! The tables of a configuration file: hosts, checks, ignores, reports.

use crate::addr::Host;
use crate::cli::config::Entry;
use crate::cli::config::HostSettings;
use crate::cli::config::read::Item;
use crate::cli::config::read::Reader;
use crate::cli::config::read::quoted;
use crate::cli::config::read::rate;
use crate::cli::failure::Failure;
use crate::cli::settings;
use crate::cli::targets::KEYS;
use crate::filter::Ignore;
use crate::finding::Rule;
use crate::foreign::visible;
use crate::report::Format;
use crate::rules;
use crate::trace::PublicStage;
use crate::trace::call::Place;
use crate::trace::expected::Expected;
use crate::version::Constraints;
use std::path::PathBuf;
use toml::de::DeTable;

const HOST_KEYS: [&str; 4] = ["canary", "rate", "slow", "ca-file"];
const IGNORE_KEYS: [&str; 4] = ["code", "target", "reason", "expires"];

/// `[hosts."NAME"]`.
pub(super) fn hosts<'a>(
    reader: &Reader<'a>,
    value: &Item<'a>,
) -> Result<Vec<HostSettings>, Failure> {
    let mut found: Vec<HostSettings> = Vec::new();
    for (name, value) in reader.table(value, "hosts")? {
        let span = name.span();
        let host = Host::parse(name.get_ref()).map_err(|error| {
            let (name, why) = (visible(name.get_ref()), error.client_text());
            let told = format!("hosts: \"{name}\" is no host: {why}");
            reader.fail(&span, &told)
        })?;
        if found.iter().any(|known| known.host == host.for_display()) {
            let told = format!("hosts: \"{}\" is there already", host.for_display());
            return Err(reader.fail(&span, &told));
        }
        let table = reader.table(value, "hosts")?;
        let mut settings = HostSettings {
            line: reader.place(name.span().start).0,
            host: host.for_display(),
            ascii: host.ascii_with_port(),
            ..HostSettings::default()
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "canary" => settings.canary = Some(reader.string(value, "canary")?.to_owned()),
                "rate" => {
                    let rate = reader.string(value, "rate").ok().and_then(rate);
                    let rate = rate.ok_or_else(|| {
                        reader.wrong(value, "rate", "a rate is expected, such as \"10/s\"")
                    })?;
                    settings.rate = Some(rate);
                }
                "slow" => {
                    let text = reader.string(value, "slow")?;
                    let slow = settings::duration(text, "slow");
                    settings.slow = Some(reader.checked(value, slow)?);
                }
                "ca-file" => {
                    settings.ca_file = Some(PathBuf::from(reader.string(value, "ca-file")?));
                }
                other => {
                    return Err(reader.unknown(
                        &key.span(),
                        other,
                        "key of a host",
                        HOST_KEYS.into_iter(),
                    ));
                }
            }
        }
        found.push(settings);
    }
    Ok(found)
}

/// `[[check]]`.
pub(super) fn checks<'a>(reader: &Reader<'a>, value: &Item<'a>) -> Result<Vec<Entry>, Failure> {
    let mut found = Vec::new();
    for (item, table) in reader.tables(value, "check")? {
        let mut expected = Expected::default();
        let mut target = None;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "target" => {
                    target = Some((reader.string(value, "target")?.to_owned(), value.span()));
                }
                "version" => expected.version = Some(constraint(reader, value)?),
                "min-versions" => {
                    expected.min_versions = Some(reader.number(value, "min-versions")?);
                }
                "dir" => {
                    let dir = reader.string(value, "dir")?;
                    expected.dir = Some(dir.trim_matches('/').to_owned());
                }
                "files" => expected.files = reader.strings(value, "files")?,
                "sha256" => expected.sha256 = Some(sha256(reader, value)?),
                "max-ms" => expected.max_ms = max_ms(reader, reader.table(value, "max-ms")?)?,
                other => {
                    return Err(reader.unknown(
                        &key.span(),
                        other,
                        "key of a check",
                        KEYS.into_iter(),
                    ));
                }
            }
        }
        let Some((target, span)) = target else {
            return Err(reader.fail(&item.span(), "check: target is missing"));
        };
        let (line, column) = reader.place(span.start);
        expected.place = Some(Place {
            file: reader.shown.to_owned(),
            line,
            column,
        });
        found.push(Entry { target, expected });
    }
    Ok(found)
}

fn constraint(reader: &Reader<'_>, value: &Item<'_>) -> Result<String, Failure> {
    let text = reader.string(value, "version")?;
    if Constraints::parse(text).is_err() {
        let message = format!("version: {} is no version constraint", quoted(text));
        return Err(reader.fail(&value.span(), &message));
    }
    Ok(text.to_owned())
}

fn sha256(reader: &Reader<'_>, value: &Item<'_>) -> Result<String, Failure> {
    let text = reader.string(value, "sha256")?;
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(reader.fail(&value.span(), "sha256: 64 hexadecimal digits are expected"));
    }
    Ok(text.to_ascii_lowercase())
}

fn max_ms(reader: &Reader<'_>, table: &DeTable<'_>) -> Result<Vec<(PublicStage, u64)>, Failure> {
    let mut found = Vec::new();
    for (key, value) in table {
        let word = key.get_ref().as_ref();
        let Some(stage) = PublicStage::from_word(word) else {
            let words = PublicStage::ALL.iter().map(|stage| stage.word());
            return Err(reader.unknown(&key.span(), word, "stage", words));
        };
        found.push((stage, reader.number(value, "max-ms")?));
    }
    Ok(found)
}

/// `[[ignore]]`.
pub(super) fn ignores<'a>(reader: &Reader<'a>, value: &Item<'a>) -> Result<Vec<Ignore>, Failure> {
    let mut found = Vec::new();
    for (item, table) in reader.tables(value, "ignore")? {
        let (mut code, mut target, mut reason, mut expires) = (None, None, None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "code" => code = Some(rule(reader, value)?),
                "target" => target = Some(reader.string(value, "target")?.to_owned()),
                "reason" => reason = Some(reader.string(value, "reason")?.trim().to_owned()),
                "expires" => expires = Some(date(reader, value)?),
                other => {
                    return Err(reader.unknown(
                        &key.span(),
                        other,
                        "key of an ignore",
                        IGNORE_KEYS.into_iter(),
                    ));
                }
            }
        }
        let Some(code) = code else {
            return Err(reader.fail(&item.span(), "ignore: code is missing"));
        };
        let Some(reason) = reason.filter(|reason| !reason.is_empty()) else {
            return Err(reader.fail(&item.span(), "ignore: a reason is required"));
        };
        found.push(Ignore {
            code: code.code.to_owned(),
            target,
            call: None,
            reason,
            expires,
            origin: format!("{}:{}", reader.shown, reader.place(item.span().start).0),
        });
    }
    Ok(found)
}

fn rule(reader: &Reader<'_>, value: &Item<'_>) -> Result<&'static Rule, Failure> {
    let word = reader.string(value, "code")?;
    rules::by_name(word).ok_or_else(|| {
        let known = rules::ALL.iter().flat_map(|rule| [rule.code, rule.name]);
        reader.unknown(&value.span(), word, "code", known)
    })
}

fn date(reader: &Reader<'_>, value: &Item<'_>) -> Result<String, Failure> {
    let text = match value.get_ref().as_datetime() {
        Some(time) => time
            .date
            .filter(|_| time.time.is_none())
            .map(|date| date.to_string()),
        None => value.get_ref().as_str().map(str::to_owned),
    };
    text.filter(|text| text.parse::<jiff::civil::Date>().is_ok())
        .ok_or_else(|| reader.wrong(value, "expires", "a day is expected, such as 2027-03-31"))
}

/// The reports of a file, and the same as words with their lines.
type Reports = (Vec<(Format, PathBuf)>, Vec<(String, usize)>);

/// `[report]`.
pub(super) fn reports<'a>(reader: &Reader<'a>, value: &Item<'a>) -> Result<Reports, Failure> {
    let (mut found, mut words) = (Vec::new(), Vec::new());
    for (key, value) in reader.table(value, "report")? {
        let word = key.get_ref().as_ref();
        let Some(format) = Format::from_word(word) else {
            return Err(reader.unknown(&key.span(), word, "format", Format::WORDS.split(", ")));
        };
        for path in reader.strings(value, word)? {
            if path.is_empty() {
                return Err(reader.fail(&value.span(), &format!("{word}: the path is empty")));
            }
            words.push((format!("{word}={path}"), reader.place(key.span().start).0));
            found.push((format, PathBuf::from(path)));
        }
    }
    Ok((found, words))
}
