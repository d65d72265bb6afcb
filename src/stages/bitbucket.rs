//! What clients with the fetch library's short forms ask Bitbucket first: of what kind a repository is.
//!
//! The question goes without credentials. A private repository is refused, and so is everything that is neither git nor
//! Mercurial.

use crate::foreign::Foreign;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::Pool;
use crate::io::ask::Take;
use crate::stages::Cx;
use crate::stages::json_stop;
use crate::stages::redirect_stop;
use crate::stages::wrong_type_stop;
use crate::syntax::repository_json::RepositoryError;
use crate::syntax::repository_json::decode_repository;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::tracer::OpenStep;
use crate::trace::tracer::Stopped;

/// Asks; a repository that the client takes is one of git's.
pub async fn run(cx: &Cx, question: &str) -> Result<(), Stopped> {
    let mut step = cx.open(Subject::Package(question.to_owned()), Stage::Fetch, 1);
    match kind(cx, &mut step, question).await {
        Ok(kind) if kind == "git" => step.done(Ok(())),
        // Bitbucket has none of these any more; the client would ask hg for an address that ends in `.git`.
        Ok(kind) if kind == "hg" => step.stop(Stop::Undecodable {
            pointer: "/scm".to_owned(),
            words: "a Mercurial repository, which Bitbucket does not serve any more".to_owned(),
            head: Foreign::new(kind),
        }),
        Ok(kind) => step.stop(Stop::Undecodable {
            pointer: "/scm".to_owned(),
            words: format!("unknown BitBucket SCM type: {kind}"),
            head: Foreign::new(kind),
        }),
        Err(stop) => step.stop(stop),
    }
}

async fn kind(cx: &Cx, step: &mut OpenStep, question: &str) -> Result<String, Stop> {
    let take = Take::Body {
        limit: cx.io.limits.metadata_bytes,
        name: "repository description",
    };
    let mut ask = Ask::get(question, AskLimits::package(&cx.io.limits), take);
    ask.pool = Pool::Package;
    let followed = cx.ask(step, ask, cx.io.limits.redirects).await;
    if let Some(stop) = redirect_stop(&followed) {
        return Err(stop);
    }
    let Some(got) = followed.answer.got() else {
        let failure = followed.answer.failure().cloned();
        return Err(failure.map_or(Stop::NoSourceUrl, Stop::Failed));
    };
    if got.status == 403 {
        return Err(Stop::Status {
            got: got.status,
            expected: "200",
        });
    }
    decode_repository(got.bytes()).map_err(|error| match error {
        RepositoryError::Json(error) if got.status == 200 => json_stop(&error, got.bytes()),
        RepositoryError::WrongType(wrong) if got.status == 200 => {
            wrong_type_stop(wrong, got.bytes())
        }
        RepositoryError::Json(_) | RepositoryError::WrongType(_) => Stop::Status {
            got: got.status,
            expected: "200",
        },
    })
}
