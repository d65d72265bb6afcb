//! Version → address of the package: the registry's download endpoint.
//!
//! Terraform reads the header `X-Terraform-Get` and nothing else; OpenTofu reads `location` of a 200 body first.
//! See <https://developer.hashicorp.com/terraform/internals/module-registry-protocol#download-source-code-for-a-specific-module-version>.

use crate::addr::RegistryPackage;
use crate::addr::RemoteAddr;
use crate::addr::parse_location;
use crate::addr::resolve_location;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Got;
use crate::stages::Cx;
use crate::stages::Token;
use crate::stages::discovery::Service;
use crate::stages::head_of;
use crate::stages::json_stop;
use crate::stages::redirect_stop;
use crate::stages::versions::request;
use crate::stages::wrong_type_stop;
use crate::syntax::location_json;
use crate::syntax::location_json::LocationError;
use crate::syntax::location_json::LocationMembers;
use crate::syntax::location_json::decode_location_body;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::fact::LocationBody;
use crate::trace::fact::LocationFact;
use crate::trace::stop::Refusal;
use crate::trace::tracer::Stopped;

/// Asks where the package of a version is.
pub async fn run(
    cx: &Cx,
    service: &Service,
    module: &RegistryPackage,
    version: &str,
    token: Option<&Token>,
    round: u32,
) -> Result<RemoteAddr, Stopped> {
    let mut step = cx.open(
        Subject::Release(format!("{module} {version}")),
        Stage::Location,
        round,
    );
    let path = format!("{}/{version}/download", module.path());
    let ask = match request(
        cx,
        service,
        &path,
        token,
        cx.io.limits.metadata_bytes,
        "download answer",
    ) {
        Ok(ask) => ask,
        Err(reason) => return step.stop(reason),
    };
    let asked = ask.url.clone();
    let followed = cx.ask_registry(&mut step, ask).await;
    if let Some(stop) = redirect_stop(&followed) {
        return step.stop(stop);
    }
    if let Some(failure) = followed.answer.failure() {
        let failure = failure.clone();
        return cx.end(step, Stop::Failed(failure));
    }
    let Some(got) = followed.answer.got() else {
        return Err(Stopped);
    };
    let (mut fact, value) = read_answer(cx, got);
    let outcome = value.and_then(|value| address(cx, &asked, &value, &mut fact));
    step.note(Fact::Location(fact));
    match outcome {
        Ok(address) => step.done(Ok(address)),
        Err(reason) => cx.end(step, reason),
    }
}

/// What the answer says, and which value this client takes from it.
fn read_answer(cx: &Cx, got: &Got) -> (LocationFact, Result<String, Stop>) {
    let body = decode_location_body(got.bytes(), members(cx));
    let header = got
        .header_text("x-terraform-get")
        .map(|value| value.trim().to_owned());
    let told = decode_location_body(got.bytes(), LocationMembers::LocationAndCredentials);
    let fact = LocationFact {
        status: got.status,
        header: header.clone().map(Foreign::new),
        headers: got
            .headers
            .iter()
            .filter(|(name, _)| name == "x-terraform-get")
            .count(),
        body_location: body
            .as_ref()
            .ok()
            .map(|body| body.location.clone())
            .filter(|location| !location.is_empty())
            .map(Foreign::new),
        body: body_kind(got.bytes(), &body),
        registry_credentials: told.ok().and_then(|body| body.use_registry_credentials),
        taken: None,
        package: None,
        subdir: None,
    };
    let taken = match got.status {
        200 | 204 => take(cx, got, body, header.filter(|value| !value.is_empty())),
        404 => Err(Stop::NoDownload),
        other => Err(Stop::Status {
            got: other,
            expected: "200 or 204",
        }),
    };
    (fact, taken)
}

fn members(cx: &Cx) -> LocationMembers {
    if cx.client.does(Behaviour::DirectPackages) {
        LocationMembers::LocationAndCredentials
    } else {
        LocationMembers::Location
    }
}

fn body_kind(
    bytes: &[u8],
    body: &Result<location_json::LocationBody, LocationError>,
) -> LocationBody {
    match body {
        Ok(body) if body.is_object => LocationBody::Object,
        Ok(_) => LocationBody::OtherJson,
        Err(LocationError::WrongType(wrong)) if wrong.field.is_none() => LocationBody::OtherJson,
        Err(LocationError::WrongType(_) | LocationError::NotABoolean { .. }) => {
            LocationBody::Object
        }
        Err(LocationError::Json(_)) if bytes.is_empty() => LocationBody::Empty,
        Err(LocationError::Json(_)) => LocationBody::NotJson,
    }
}

fn take(
    cx: &Cx,
    got: &Got,
    body: Result<location_json::LocationBody, LocationError>,
    header: Option<String>,
) -> Result<String, Stop> {
    let missing = Stop::NoLocation { status: got.status };
    if got.status == 204 || !cx.client.does(Behaviour::ReadsLocationBody) {
        return header.ok_or(missing);
    }
    let body = body.map_err(|error| undecodable(error, got.bytes()))?;
    match body.location {
        location if !location.is_empty() => Ok(location),
        _ if cx.client.does(Behaviour::BodyWithoutLocationFallsBack) => header.ok_or(missing),
        _ => Err(missing),
    }
}

fn undecodable(error: LocationError, body: &[u8]) -> Stop {
    let words = error.go_message().unwrap_or_default();
    match error {
        LocationError::Json(error) => json_stop(&error, body),
        LocationError::WrongType(wrong) => wrong_type_stop(wrong, body),
        LocationError::NotABoolean { .. } => Stop::Undecodable {
            pointer: "/use_registry_credentials".to_owned(),
            words,
            head: head_of(body),
        },
    }
}

fn address(cx: &Cx, asked: &str, value: &str, fact: &mut LocationFact) -> Result<RemoteAddr, Stop> {
    if value.len() > cx.io.limits.location_bytes {
        return Err(Stop::Refused(Refusal::LongLocation(value.len() as u64)));
    }
    let bad = |error| Stop::BadLocation {
        got: Foreign::new(cx.io.redactor.mask(value)),
        error,
    };
    let resolved = match GoUrl::parse(asked).map(|asked| resolve_location(&asked, value)) {
        Ok(Ok(Some(resolved))) => resolved,
        Ok(Ok(None)) | Err(_) => value.to_owned(),
        Ok(Err(error)) => {
            return Err(Stop::Undecodable {
                pointer: "X-Terraform-Get".to_owned(),
                words: format!("invalid relative URL: {}", error.client_text()),
                head: Foreign::new(cx.io.redactor.mask(value)),
            });
        }
    };
    fact.taken = Some(Foreign::new(cx.io.redactor.mask(&resolved)));
    let address = parse_location(&resolved, &cx.rules).map_err(bad)?;
    fact.package = Some(cx.io.redactor.mask(address.package.as_str()));
    fact.subdir = address.subdir.clone().map(Foreign::new);
    Ok(address)
}
