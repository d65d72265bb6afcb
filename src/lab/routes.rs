//! Routes made ready to answer: placeholders filled in, bodies packed.
//!
//! It decides which route answers a request; what is sent is decided by `faults`.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use super::archives::ArchiveWord;
use super::entries::Pairs;
use super::pack::{PackError, Shelf};
use super::placeholders::Placeholders;
use super::request::Request;
use super::scenario::{Route, split_port};

/// A route of one run.
#[derive(Debug)]
pub(super) struct Ready {
    /// The route with its placeholders filled in.
    pub(super) route: Route,
    /// The headers of its answers.
    pub(super) headers: Vec<(String, String)>,
    /// The body of its answers.
    pub(super) body: Bytes,
    /// The bytes sent instead of an answer.
    pub(super) raw: Option<Bytes>,
    uses: AtomicU64,
}

impl Ready {
    /// Fills in the placeholders of `route` and makes its body.
    pub(super) fn new(route: &Route, shelf: &Shelf) -> Result<Self, PackError> {
        let values = shelf.placeholders();
        let (mut body, kind) = body(route, shelf)?;
        body.truncate(body.len().saturating_sub(route.cut.unwrap_or(0)));
        let given = expand_pairs(&route.headers, values);
        let mut headers: Vec<(String, String)> = given
            .given()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let named = given
            .0
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        if let Some(kind) = kind
            && !named
        {
            headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        let raw = route.raw.as_ref().map(|raw| raw.render(values).into());
        let expand = |text: &Option<String>| text.as_deref().map(|text| values.expand(text));
        let route = Route {
            path: values.expand(&route.path),
            host: expand(&route.host),
            reason: expand(&route.reason),
            query: expand_pairs(&route.query, values),
            when: expand_pairs(&route.when, values),
            headers: given,
            ..route.clone()
        };
        Ok(Self {
            route,
            headers,
            body,
            raw,
            uses: AtomicU64::new(0),
        })
    }

    /// Whether it answers this request, which counts as one of its `times`.
    pub(super) fn takes(&self, asked: &Asked<'_>) -> bool {
        self.fits(asked) && self.has_turn()
    }

    fn fits(&self, asked: &Asked<'_>) -> bool {
        let route = &self.route;
        let (path, query) = asked.target.split_once('?').unwrap_or((asked.target, ""));
        route.method.contain(&asked.request.method)
            && (route.path == "*" || route.path == path)
            && route
                .host
                .as_deref()
                .is_none_or(|host| host == split_port(asked.host).0)
            && route
                .listener
                .as_deref()
                .is_none_or(|listener| listener == asked.listener)
            && route
                .query
                .given()
                .all(|(name, value)| parameter(query, name).as_deref() == Some(value))
            && route
                .when
                .given()
                .all(|(name, value)| asked.request.header(name) == Some(value))
    }

    fn has_turn(&self) -> bool {
        let Some(times) = self.route.times else {
            return true;
        };
        let one_more = |uses| (uses < times).then_some(uses + 1);
        self.uses
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .is_ok()
    }
}

/// A request as routes see it.
pub(super) struct Asked<'a> {
    /// The request.
    pub(super) request: &'a Request,
    /// The listener: `http`, `http2` or `https`.
    pub(super) listener: &'a str,
    /// The host asked for, with port.
    pub(super) host: &'a str,
    /// The path with query.
    pub(super) target: &'a str,
}

fn body(route: &Route, shelf: &Shelf) -> Result<(Bytes, Option<&'static str>), PackError> {
    let values = shelf.placeholders();
    if let Some(json) = &route.json {
        // Placeholders are those of the text, so that they can stand in keys too.
        return Ok((
            values.expand(&json.to_string()).into(),
            Some("application/json"),
        ));
    }
    if let Some(archive) = &route.archive {
        let bytes = match archive {
            ArchiveWord::Named(name) => shelf
                .archive(name)
                .ok_or_else(|| PackError::NoSuchArchive(name.clone()))?,
            ArchiveWord::Described(archive) => shelf.pack_one(archive)?,
        };
        return Ok((bytes, Some("application/octet-stream")));
    }
    let text = route.body.render(values);
    let kind = (!text.is_empty()).then_some("text/plain; charset=utf-8");
    Ok((text.into(), kind))
}

fn expand_pairs(pairs: &Pairs, values: &Placeholders) -> Pairs {
    let expand = |(name, value): &(String, Option<String>)| {
        (
            values.expand(name),
            value.as_deref().map(|value| values.expand(value)),
        )
    };
    Pairs(pairs.0.iter().map(expand).collect())
}

/// The last value of the parameter `name`.
fn parameter(query: &str, name: &str) -> Option<String> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .rsplit('&')
        .filter(|part| !part.is_empty())
        .find_map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key) == name).then(|| decode(value))
        })
}

#[cfg(test)]
mod tests {
    use super::{Asked, Ready, parameter};
    use crate::lab::pack::Shelf;
    use crate::lab::placeholders::Placeholders;
    use crate::lab::request::Request;
    use crate::lab::scenario::Scenario;

    fn ready(route: &str) -> Ready {
        let scenario =
            Scenario::from_json(&format!(r#"{{"routes": [{route}]}}"#)).expect("a scenario");
        let mut values = Placeholders::default();
        values.set("base", "http://b".to_owned());
        let shelf = Shelf::pack(&scenario, values).expect("packed");
        Ready::new(&scenario.routes[0], &shelf).expect("ready")
    }

    fn takes(ready: &Ready, method: &str, host: &str, target: &str) -> bool {
        let headers = vec![("x-a".to_owned(), "1".to_owned())];
        let request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: Vec::new(),
        };
        ready.takes(&Asked {
            request: &request,
            listener: "http",
            host,
            target,
        })
    }

    #[test]
    fn every_word_narrows_a_route() {
        assert!(takes(&ready(r#"{"path": "/a"}"#), "HEAD", "h", "/a?x"));
        assert!(!takes(&ready(r#"{"path": "/a"}"#), "POST", "h", "/a"));
        assert!(!takes(&ready(r#"{"path": "/a"}"#), "GET", "h", "/a/"));
        assert!(takes(
            &ready(r#"{"path": "*", "method": ["PUT", "GET"]}"#),
            "PUT",
            "h",
            "/"
        ));
        assert!(takes(
            &ready(r#"{"path": "*", "host": "h"}"#),
            "GET",
            "h:80",
            "/"
        ));
        assert!(!takes(
            &ready(r#"{"path": "*", "host": "h"}"#),
            "GET",
            "g",
            "/"
        ));
        assert!(!takes(
            &ready(r#"{"path": "*", "listener": "https"}"#),
            "GET",
            "h",
            "/"
        ));
        assert!(takes(
            &ready(r#"{"path": "*", "query": {"a": "b c"}}"#),
            "GET",
            "h",
            "/?a=x&a=b+c"
        ));
        assert!(!takes(
            &ready(r#"{"path": "*", "query": {"a": ""}}"#),
            "GET",
            "h",
            "/?b=a"
        ));
        assert!(takes(
            &ready(r#"{"path": "*", "when": {"X-A": "1"}}"#),
            "GET",
            "h",
            "/"
        ));
        assert!(!takes(
            &ready(r#"{"path": "*", "when": {"X-A": "2"}}"#),
            "GET",
            "h",
            "/"
        ));
    }

    #[test]
    fn a_route_with_times_gives_way() {
        let ready = ready(r#"{"path": "*", "times": 2}"#);
        let turns: Vec<bool> = (0..3).map(|_| takes(&ready, "GET", "h", "/")).collect();
        assert_eq!(turns, [true, true, false]);
    }

    #[test]
    fn a_body_comes_with_its_type_unless_told_otherwise() {
        let json = ready(r#"{"path": "/", "json": {"u": "{{base}}/"}}"#);
        assert_eq!(json.body, r#"{"u":"http://b/"}"#);
        assert_eq!(
            json.headers,
            [("Content-Type".to_owned(), "application/json".to_owned())]
        );
        let text = ready(
            r#"{"path": "/", "body": ["a", "b"], "cut": 1, "headers": {"content-type": null}}"#,
        );
        assert_eq!(text.body, "a\nb");
        assert_eq!(text.headers, []);
        assert_eq!(
            ready(r#"{"path": "/", "headers": [["A", "1"], ["A", "2"]]}"#)
                .headers
                .len(),
            2
        );
    }

    #[test]
    fn the_last_of_equal_parameters_counts() {
        assert_eq!(parameter("a=1&%61=2&b", "a").as_deref(), Some("2"));
        assert_eq!(parameter("a=1&b", "b").as_deref(), Some(""));
        assert_eq!(parameter("", ""), None);
    }
}
