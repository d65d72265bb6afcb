//! What the SDK of a client says where an object store ends the way.

use crate::client::Behaviour;
use crate::client::Client;
use crate::rules::words::fill::Values;
use crate::rules::words::go;
use crate::rules::words::table::Kind;
use crate::rules::words::table::words;
use crate::trace::Step;
use crate::trace::exchange::Failure;
use crate::trace::fact::PackageFact;
use crate::trace::stop::STORE_BAD_ADDRESS;
use crate::trace::stop::STORE_EMPTY;
use crate::trace::stop::STORE_NO_CREDENTIAL;
use crate::trace::stop::STORE_NO_REGION;

/// The store could not be asked.
pub(super) fn failed(step: &Step, failure: &Failure, client: &Client) -> Option<String> {
    let exchange = step.last_exchange()?;
    let failed = go::failed(exchange, failure, client)?;
    if !client.does(Behaviour::SecondAwsSdk) {
        return Some(format!(
            "RequestError: send request failed caused by: {failed}"
        ));
    }
    let values = Values::default()
        .with("operation", operation(&exchange.sent.url))
        .with("why", failed);
    Some(words(Kind::StoreApi, client, &values))
}

/// The store refused, or its address cannot be used.
pub(super) fn refused(
    step: &Step,
    leg: Option<&PackageFact>,
    code: &str,
    text: &str,
    client: &Client,
) -> String {
    if matches!(code, STORE_BAD_ADDRESS | STORE_EMPTY | STORE_NO_REGION) {
        return text.to_owned();
    }
    if leg.is_some_and(|leg| leg.getter != "s3") {
        return text.to_owned();
    }
    if code == STORE_NO_CREDENTIAL {
        return format!("{code}: {text}");
    }
    let exchange = step.last_exchange();
    let status = exchange.and_then(crate::trace::Exchange::status);
    let values = Values::default().with("status", status.unwrap_or_default().to_string());
    let values = if client.does(Behaviour::SecondAwsSdk) {
        let url = exchange.map_or("", |exchange| exchange.sent.url.as_str());
        second(values, code, text, url)
    } else {
        let why = match (text, code) {
            ("", "NotFound") => "Not Found",
            ("", "Forbidden") => "Forbidden",
            (text, _) => text,
        };
        values.with("code", code).with("why", why)
    };
    words(Kind::Store, client, &values)
}

/// The second SDK knows a few errors by their types.
fn second(values: Values, code: &str, text: &str, url: &str) -> Values {
    let is_known = matches!(code, "NoSuchKey" | "NoSuchBucket" | "InvalidObjectState");
    let named = if is_known {
        code.to_owned()
    } else {
        format!("api error {code}")
    };
    let why = match (text, code) {
        ("", "NotFound") => "Not Found",
        ("", _) if !is_known => "UnknownError",
        (text, _) => text,
    };
    values
        .with("operation", operation(url))
        .with("code", named)
        .with("why", why)
}

fn operation(url: &str) -> &'static str {
    if url.contains("list-type=2") {
        "ListObjectsV2"
    } else {
        "GetObject"
    }
}
