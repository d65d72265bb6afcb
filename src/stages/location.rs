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
use crate::stages::redirect_stop;
use crate::stages::versions::request;
use crate::syntax::registry_json::DecodeError;
use crate::syntax::registry_json::DownloadBody;
use crate::syntax::registry_json::decode_download;
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
        Err(stop) => return step.stop(stop),
    };
    let asked = ask.url.clone();
    let followed = cx.ask_registry(&mut step, ask).await;
    if let Some(stop) = redirect_stop(&followed) {
        return step.stop(stop);
    }
    if let Some(failure) = followed.answer.failure() {
        let failure = failure.clone();
        return step.stop(Stop::Failed(failure));
    }
    let Some(got) = followed.answer.got() else {
        return Err(Stopped);
    };
    let (mut fact, taken) = read_answer(cx, got);
    let value = match taken {
        Ok(value) => value,
        Err(stop) => {
            step.note(Fact::Location(fact));
            return step.stop(stop);
        }
    };
    let outcome = address(cx, &asked, &value, &mut fact);
    step.note(Fact::Location(fact));
    match outcome {
        Ok(address) => step.done(Ok(address)),
        Err(stop) => step.stop(stop),
    }
}

/// What the answer says, and which value this client takes from it.
fn read_answer(cx: &Cx, got: &Got) -> (LocationFact, Result<String, Stop>) {
    let body = decode_download(got.bytes());
    let header = got
        .header_text("x-terraform-get")
        .map(|value| value.trim().to_owned());
    let decoded = body.as_ref().ok();
    let fact = LocationFact {
        status: got.status,
        header: header.clone().map(Foreign::new),
        headers: got
            .headers
            .iter()
            .filter(|(name, _)| name == "x-terraform-get")
            .count(),
        body_location: decoded
            .and_then(|body| body.location.clone())
            .map(Foreign::new),
        body: body_kind(got.bytes(), decoded),
        registry_credentials: decoded.and_then(|body| body.registry_credentials),
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

fn body_kind(bytes: &[u8], decoded: Option<&DownloadBody>) -> LocationBody {
    match decoded {
        Some(body) if body.object => LocationBody::Object,
        Some(_) => LocationBody::OtherJson,
        None if bytes.is_empty() => LocationBody::Empty,
        None => LocationBody::NotJson,
    }
}

fn take(
    cx: &Cx,
    got: &Got,
    body: Result<DownloadBody, DecodeError>,
    header: Option<String>,
) -> Result<String, Stop> {
    let missing = Stop::NoLocation { status: got.status };
    if got.status == 204 || !cx.client.does(Behaviour::ReadsLocationBody) {
        return header.ok_or(missing);
    }
    let body = body.map_err(|error| {
        let (pointer, words) = match error {
            DecodeError::Syntax(error) => (String::new(), error.client_text(false)),
            DecodeError::Type { pointer, words } => (pointer, words),
            DecodeError::Crash { pointer } => (pointer, String::new()),
        };
        Stop::Undecodable {
            pointer,
            words,
            head: head_of(got.bytes()),
        }
    })?;
    match body.location.filter(|location| !location.is_empty()) {
        Some(location) => Ok(location),
        None if cx.client.does(Behaviour::BodyWithoutLocationFallsBack) => header.ok_or(missing),
        None => Err(missing),
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
