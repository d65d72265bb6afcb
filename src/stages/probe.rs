//! Questions that the client does not ask, put after a stop and in `check` only.
//!
//! Read-only, one request each, never to another host than the one that was asked, and a hidden token only to the host it
//! is configured for.

use crate::addr::RegistryPackage;
use crate::foreign::Foreign;
use crate::stages::Cx;
use crate::stages::Token;
use crate::stages::credentials::Credentials;
use crate::stages::discovery::Service;
use crate::stages::versions::request;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::fact::ProbeFact;
use crate::trace::fact::ProbeQuestion;

/// After a refusal: would a hidden credential be accepted?
pub async fn hidden_credentials(
    cx: &Cx,
    service: &Service,
    module: &RegistryPackage,
    credentials: &Credentials,
) {
    for token in credentials.hidden.iter().take(3) {
        ask(cx, service, module, token).await;
    }
}

async fn ask(cx: &Cx, service: &Service, module: &RegistryPackage, token: &Token) {
    let mut step = cx.open(Subject::Module(module.to_string()), Stage::Probe, 1);
    let path = format!("{}/versions", module.path());
    let Ok(question) = request(
        cx,
        service,
        &path,
        Some(token),
        cx.io.limits.versions_bytes,
        "versions document",
    ) else {
        step.done(());
        return;
    };
    let followed = cx.ask(&mut step, question, 0).await;
    let status = followed.answer.status();
    step.note(Fact::Probe(ProbeFact {
        question: ProbeQuestion::HiddenCredential(token.origin.clone()),
        answer: Foreign::new(
            status.map_or_else(|| "no answer".to_owned(), |status| status.to_string()),
        ),
        confirms: status == Some(200),
    }));
    step.done(());
}
