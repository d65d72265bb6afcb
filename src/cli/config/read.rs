//! The text of a configuration file becomes settings; a mistake names its line and column.

use crate::cli::config::Config;
use crate::cli::config::Value;
use crate::cli::config::keys::Key;
use crate::cli::config::keys::Kind;
use crate::cli::config::tables;
use crate::cli::failure::Failure;
use crate::cli::settings;
use crate::foreign::visible;
use crate::version::Constraints;
use crate::version::Version;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

/// Keys that no flag has.
const TABLES: [&str; 5] = ["required-version", "hosts", "check", "ignore", "report"];

/// A value with its place.
pub(super) type Item<'a> = Spanned<DeValue<'a>>;

/// A text being read.
pub(super) struct Reader<'a> {
    /// The file, as it is shown.
    pub(super) shown: &'a str,
    /// Its text.
    pub(super) text: &'a str,
}

/// Reads the text of a file.
pub(super) fn read(shown: &str, text: &str, keys: &[Key]) -> Result<Config, Failure> {
    let reader = Reader { shown, text };
    let document = DeTable::parse(text).map_err(|error| {
        reader.fail(
            &error.span().unwrap_or(0..0),
            &format!("no TOML: {}", error.message()),
        )
    })?;
    let table = document.get_ref();
    // An older binary may not know the keys of a newer one: this is said first.
    if let Some(value) = table.get("required-version") {
        required_version(&reader, value)?;
    }
    let mut config = Config {
        shown: shown.to_owned(),
        ..Config::default()
    };
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        match name {
            "required-version" => {}
            "hosts" => config.hosts = tables::hosts(&reader, value)?,
            "check" => config.checks = tables::checks(&reader, value)?,
            "ignore" => config.ignores = tables::ignores(&reader, value)?,
            "report" => (config.reports, config.report_words) = tables::reports(&reader, value)?,
            _ => {
                let Some(known) = keys.iter().find(|key| key.name == name) else {
                    let names = keys.iter().map(|key| key.name.as_str()).chain(TABLES);
                    return Err(reader.unknown(&key.span(), name, "key", names));
                };
                config.values.push(reader.flag(known, value)?);
            }
        }
    }
    Ok(config)
}

fn required_version(reader: &Reader<'_>, value: &Item<'_>) -> Result<(), Failure> {
    let text = reader.string(value, "required-version")?;
    let constraint = Constraints::parse(text).map_err(|_| {
        reader.fail(
            &value.span(),
            &format!(
                "required-version: {} is no version constraint",
                quoted(text)
            ),
        )
    })?;
    let own = env!("CARGO_PKG_VERSION");
    let version = Version::parse(own).expect("the package's own version is one");
    if constraint.allows(&version) {
        return Ok(());
    }
    Err(reader.fail(
        &value.span(),
        &format!(
            "this is tfreg-doctor {own}, and {} is required",
            visible(text)
        ),
    ))
}

/// A text between quotes, with what is invisible made visible.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(text))
}

impl<'a> Reader<'a> {
    /// A mistake at a place.
    pub(super) fn fail(&self, at: &Range<usize>, message: &str) -> Failure {
        let (line, column) = self.place(at.start);
        Failure::Usage(format!("{}:{line}:{column}: {message}", self.shown))
    }

    /// Line and column of a byte, both from 1.
    pub(super) fn place(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// A word that is not known, with the nearest that is.
    pub(super) fn unknown<'n>(
        &self,
        at: &Range<usize>,
        word: &str,
        what: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> Failure {
        let hint = nearest(word, known)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        self.fail(at, &format!("unknown {what} {}{hint}", quoted(word)))
    }

    /// A value of another type than expected.
    pub(super) fn wrong(&self, value: &Item<'_>, name: &str, expects: &str) -> Failure {
        let kind = value.get_ref().type_str();
        let article = if kind.starts_with(['a', 'i']) {
            "an"
        } else {
            "a"
        };
        self.fail(
            &value.span(),
            &format!("{name}: {expects}, not {article} {kind}"),
        )
    }

    /// A text.
    pub(super) fn string<'v>(&self, value: &'v Item<'_>, name: &str) -> Result<&'v str, Failure> {
        value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong(value, name, "a text is expected"))
    }

    /// A number that is not negative.
    pub(super) fn number(&self, value: &Item<'_>, name: &str) -> Result<u64, Failure> {
        let number = value
            .get_ref()
            .as_integer()
            .ok_or_else(|| self.wrong(value, name, "a whole number is expected"))?;
        u64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|number| *number <= 1 << 50)
            .ok_or_else(|| {
                self.fail(
                    &value.span(),
                    &format!("{name}: a number from 0 on is expected"),
                )
            })
    }

    /// A list of texts; one text is a list of one.
    pub(super) fn strings(&self, value: &Item<'_>, name: &str) -> Result<Vec<String>, Failure> {
        match value.get_ref().as_array() {
            None => Ok(vec![self.string(value, name)?.to_owned()]),
            Some(items) => items
                .iter()
                .map(|item| self.string(item, name).map(str::to_owned))
                .collect(),
        }
    }

    /// A table.
    pub(super) fn table<'v>(
        &self,
        value: &'v Item<'a>,
        name: &str,
    ) -> Result<&'v DeTable<'a>, Failure> {
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.wrong(value, name, "a table is expected"))
    }

    /// A list of tables.
    pub(super) fn tables<'v>(
        &self,
        value: &'v Item<'a>,
        name: &str,
    ) -> Result<Vec<(&'v Item<'a>, &'v DeTable<'a>)>, Failure> {
        let expects = format!("tables are expected, each headed [[{name}]]");
        let items = value
            .get_ref()
            .as_array()
            .ok_or_else(|| self.wrong(value, name, &expects))?;
        items
            .iter()
            .map(|item| Ok((item, self.table(item, name)?)))
            .collect()
    }

    /// The value of a flag's key.
    fn flag(&self, key: &Key, value: &Item<'_>) -> Result<Value, Failure> {
        let words = match value.get_ref().as_array() {
            Some(items) if key.is_list => items
                .iter()
                .map(|item| self.word(key, item))
                .collect::<Result<_, _>>()?,
            Some(_) | None => vec![self.word(key, value)?],
        };
        Ok(Value {
            name: key.name.clone(),
            words,
            line: self.place(value.span().start).0,
        })
    }

    fn word(&self, key: &Key, value: &Item<'_>) -> Result<String, Failure> {
        let name = key.name.as_str();
        let wrong = || self.wrong(value, name, key.kind.expects());
        let inner = value.get_ref();
        if !key.words.is_empty() {
            let word = self.string(value, name)?;
            if !key.words.iter().any(|known| known == word) {
                let known = key.words.iter().map(String::as_str);
                let hint = nearest(word, known)
                    .map(|near| format!("; did you mean {near}?"))
                    .unwrap_or_default();
                let message = format!(
                    "{name}: {} is none of: {}{hint}",
                    quoted(word),
                    key.words.join(", ")
                );
                return Err(self.fail(&value.span(), &message));
            }
            return Ok(word.to_owned());
        }
        match key.kind {
            Kind::Switch => inner
                .as_bool()
                .map(|value| value.to_string())
                .ok_or_else(wrong),
            Kind::Number => Ok(self.number(value, name)?.to_string()),
            Kind::Duration => {
                let text = inner.as_str().ok_or_else(wrong)?;
                self.checked(value, settings::duration(text, name))?;
                Ok(text.to_owned())
            }
            Kind::Size => {
                let text = match inner.as_str() {
                    Some(text) => text.to_owned(),
                    None => self.number(value, name).map_err(|_| wrong())?.to_string(),
                };
                self.checked(value, settings::size(&text, name))?;
                Ok(text)
            }
            Kind::Rate => {
                let text = inner.as_str().ok_or_else(wrong)?;
                rate(text).ok_or_else(wrong)?;
                Ok(text.to_owned())
            }
            Kind::File | Kind::Text => inner.as_str().map(str::to_owned).ok_or_else(wrong),
        }
    }

    /// A mistake of a setting, at its place in the file.
    pub(super) fn checked<T>(
        &self,
        value: &Item<'_>,
        read: Result<T, Failure>,
    ) -> Result<T, Failure> {
        read.map_err(|failure| self.fail(&value.span(), &visible(&failure.to_string())))
    }
}

/// So many a second: of `10/s`, `600/m` or `100/h`.
pub(super) fn rate(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    (0.001..=1e6).contains(&number).then_some(number / seconds)
}

/// The known word that a mistyped one is nearest to.
pub fn nearest<'n>(word: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase().replace('_', "-");
    known
        .map(|name| {
            (
                strsim::damerau_levenshtein(&word, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min()
        .map(|(_, name)| name)
}
