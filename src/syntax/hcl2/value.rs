//! Values of constant expressions. Never evaluates functions or arithmetic: what is not needed for an address is `Unknown`.
//!
//! Sizes are limited, as templates and lists of templates can double with each line of a file.

/// A constant, as far as it can be known without running anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A number, in the form in which it is converted to a string.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A list, set or tuple.
    List(Vec<Self>),
    /// A map or object.
    Object(Vec<(String, Self)>),
    /// Not known here.
    Unknown,
}

/// What kind of value stands where a string is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A list, set or tuple.
    List,
    /// A map or object.
    Object,
}

/// Where names get their values from when configuration is evaluated early.
pub trait Scope {
    /// The value of `root.name`, such as `var.region`.
    fn lookup(&self, root: &str, name: &str) -> Option<Value>;
}

const MAX_TEXT: usize = 64 * 1024;
const MAX_NODES: usize = 4096;

impl Value {
    /// The string this value is converted to, if there is one.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Null | Self::List(_) | Self::Object(_) | Self::Unknown => None,
        }
    }

    /// The attribute, key or index `key` of this value.
    pub(crate) fn member(&self, key: &str) -> Self {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(name, _)| name == key)
                .map_or(Self::Unknown, |(_, value)| value.clone()),
            Self::List(items) => key
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .cloned()
                .unwrap_or(Self::Unknown),
            Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Null | Self::Unknown => {
                Self::Unknown
            }
        }
    }

    /// This value, or `Unknown` if it is too big to be carried on.
    pub(crate) fn bounded(self) -> Self {
        let mut nodes = 0;
        let mut bytes = 0;
        let mut left = vec![&self];
        while let Some(value) = left.pop() {
            nodes += 1;
            match value {
                Self::Text(text) => bytes += text.len(),
                Self::List(items) => left.extend(items),
                Self::Object(members) => left.extend(members.iter().map(|(_, value)| value)),
                Self::Number(_) | Self::Bool(_) | Self::Null | Self::Unknown => {}
            }
            if nodes > MAX_NODES || bytes > MAX_TEXT {
                return Self::Unknown;
            }
        }
        self
    }

    /// The value of a number literal; `None` if it is none.
    pub(crate) fn number(literal: &str) -> Option<Self> {
        let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, ""));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !digits(whole)
            || !digits(fraction)
            || exponent.parse::<i64>().is_err() != exponent.is_empty()
        {
            return None;
        }
        if !exponent.is_empty() {
            return Some(Self::Unknown);
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        Some(Self::Number(if fraction.is_empty() {
            whole.to_owned()
        } else {
            format!("{whole}.{fraction}")
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_loses_what_conversion_drops() {
        assert_eq!(Value::number("012.50"), Some(Value::Number("12.5".into())));
        assert_eq!(Value::number("0"), Some(Value::Number("0".into())));
        assert_eq!(Value::number("1.2.3"), None);
        assert_eq!(Value::number("1e3"), Some(Value::Unknown));
    }

    #[test]
    fn a_huge_value_is_not_carried_on() {
        assert_eq!(
            Value::Text("x".repeat(MAX_TEXT + 1)).bounded(),
            Value::Unknown
        );
        assert_eq!(
            Value::List(vec![Value::Null; MAX_NODES]).bounded(),
            Value::Unknown
        );
    }
}
