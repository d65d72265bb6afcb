//! Module → list of versions → choice.
//!
//! See <https://developer.hashicorp.com/terraform/internals/module-registry-protocol#list-available-versions-for-a-specific-module>.

use crate::addr::RegistryPackage;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::NamedBy;
use crate::io::ask::Take;
use crate::stages::Cx;
use crate::stages::Token;
use crate::stages::discovery::Service;
use crate::stages::discovery::bearer;
use crate::stages::head_of;
use crate::stages::redirect_stop;
use crate::syntax::registry_json::DecodeError;
use crate::syntax::registry_json::VersionsDocument;
use crate::syntax::registry_json::decode_versions;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::fact::ChoiceFact;
use crate::trace::fact::ClauseFact;
use crate::trace::fact::VersionsFact;
use crate::trace::tracer::OpenStep;
use crate::trace::tracer::Stopped;
use crate::version::Choice;
use crate::version::Constraints;
use crate::version::PrereleaseRule;
use crate::version::Version;
use crate::version::Why;
use crate::version::choose;

/// A request to the modules service.
pub fn request(
    cx: &Cx,
    service: &Service,
    path: &str,
    token: Option<&Token>,
    limit: u64,
    name: &'static str,
) -> Result<Ask, Stop> {
    let reference = GoUrl::parse(path).map_err(|error| Stop::BadServiceUrl {
        got: Foreign::new(path),
        words: error.client_text(),
    })?;
    let url = service.url.resolve_reference(&reference);
    let limits = AskLimits {
        total: Some(cx.registry_timeout()),
        ..AskLimits::metadata(&cx.io.limits)
    };
    let mut ask = Ask::get(url.to_string(), limits, Take::Body { limit, name });
    ask.named_by = NamedBy::Server;
    ask.headers.push(cx.client_version_header());
    ask.credential = token.map(bearer);
    Ok(ask)
}

/// Asks for the versions of a module.
pub async fn run(
    cx: &Cx,
    service: &Service,
    module: &RegistryPackage,
    token: Option<&Token>,
    round: u32,
) -> Result<VersionsDocument, Stopped> {
    let mut step = cx.open(Subject::Module(module.to_string()), Stage::Versions, round);
    let ask = match request(
        cx,
        service,
        &format!("{}/versions", module.path()),
        token,
        cx.io.limits.versions_bytes,
        "versions document",
    ) {
        Ok(ask) => ask,
        Err(stop) => return step.stop(stop),
    };
    let followed = cx.ask_registry(&mut step, ask).await;
    if let Some(stop) = redirect_stop(&followed) {
        return step.stop(stop);
    }
    let got = match (followed.answer.failure(), followed.answer.got()) {
        // A list that is whole although the connection ended early is taken, as by the client's stream reader.
        (Some(failure), Some(got)) if got.status == 200 && decode_versions(got.bytes()).is_ok() => {
            let _ = failure;
            got
        }
        (Some(failure), _) => return step.stop(Stop::Failed(failure.clone())),
        (None, Some(got)) => got,
        (None, None) => return Err(Stopped),
    };
    match got.status {
        200 => {}
        404 => return step.stop(Stop::ModuleNotFound),
        other => {
            return step.stop(Stop::Status {
                got: other,
                expected: "200",
            });
        }
    }
    let document = match decode_versions(got.bytes()) {
        Ok(document) => document,
        Err(error) => return step.stop(undecodable(error, got.bytes())),
    };
    note_list(&mut step, &document, got.header_text("link").is_some());
    if document.modules == 0 {
        return step.stop(Stop::NoModules);
    }
    step.done(Ok(document))
}

fn undecodable(error: DecodeError, body: &[u8]) -> Stop {
    match error {
        DecodeError::Syntax(error) => Stop::Undecodable {
            pointer: String::new(),
            words: error.client_text(true),
            head: head_of(body),
        },
        DecodeError::Type { pointer, words } => Stop::Undecodable {
            pointer,
            words,
            head: head_of(body),
        },
        DecodeError::Crash { pointer } => Stop::ClientCrashes { pointer },
    }
}

fn note_list(step: &mut OpenStep, document: &VersionsDocument, linked: bool) {
    step.note(Fact::Versions(VersionsFact {
        listed: document
            .versions
            .iter()
            .map(|version| Foreign::new(version.clone()))
            .collect(),
        modules: document.modules,
        duplicate_keys: document.duplicate_keys,
        trailing: document.trailing,
        paged: document.paged || linked,
    }));
}

/// The version that a call gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The version, canonical.
    pub version: String,
}

/// The choice from a list alone, without a record of it.
pub fn pick_from(cx: &Cx, listed: &[String], constraint: Option<&str>) -> Option<Chosen> {
    let document = VersionsDocument {
        modules: 1,
        versions: listed.to_vec(),
        ..VersionsDocument::default()
    };
    if constraint.is_some_and(|text| Constraints::parse(text).is_err()) {
        return None;
    }
    pick(cx, &document, constraint)
}

/// The choice without a record of it.
pub fn pick(cx: &Cx, document: &VersionsDocument, constraint: Option<&str>) -> Option<Chosen> {
    let constraints = constraint.and_then(|text| Constraints::parse(text).ok());
    let choice = decide(cx, document, constraint, constraints.as_ref());
    choice.chosen.map(|(_, version)| Chosen {
        version: version.to_string(),
    })
}

fn decide(
    cx: &Cx,
    document: &VersionsDocument,
    text: Option<&str>,
    constraints: Option<&Constraints>,
) -> Choice {
    let rule = if cx.client.does(Behaviour::FinerPrereleaseRule) {
        PrereleaseRule::ExactRequest
    } else {
        PrereleaseRule::SameText
    };
    let listed: Vec<&str> = document.versions.iter().map(String::as_str).collect();
    // A constraint that cannot be read counts as none.
    choose(
        &listed,
        text.filter(|_| constraints.is_some()),
        constraints,
        rule,
    )
}

/// Chooses a version for a call.
pub fn choose_for(
    cx: &Cx,
    key: &str,
    document: &VersionsDocument,
    constraint: Option<&str>,
) -> Result<Chosen, Stopped> {
    let mut step = cx.open(Subject::Call(key.to_owned()), Stage::Versions, 1);
    let constraints = constraint.map(Constraints::parse);
    let readable = constraints.as_ref().is_none_or(Result::is_ok);
    let constraints = constraints.and_then(Result::ok);
    let choice = decide(cx, document, constraint, constraints.as_ref());
    step.note(Fact::Chosen(choice_fact(
        document,
        constraint,
        constraints.as_ref(),
        &choice,
        readable,
    )));
    match (choice.chosen, choice.newest) {
        (Some((_, version)), _) => step.done(Ok(Chosen {
            version: version.to_string(),
        })),
        (None, None) => step.stop(Stop::NoVersions),
        (None, Some(newest)) => {
            let constraint = Foreign::new(constraint.unwrap_or_default());
            step.stop(Stop::NoMatch {
                constraint,
                newest: newest.to_string(),
            })
        }
    }
}

fn choice_fact(
    document: &VersionsDocument,
    text: Option<&str>,
    constraints: Option<&Constraints>,
    choice: &Choice,
    readable: bool,
) -> ChoiceFact {
    let listed = |index: usize| {
        document
            .versions
            .get(index)
            .map(|version| Foreign::new(version.clone()))
            .unwrap_or_default()
    };
    let counted: Vec<Version> = document
        .versions
        .iter()
        .filter_map(|version| Version::parse(version).ok())
        .filter(|version| !version.is_prerelease())
        .collect();
    let left_out = |wanted: fn(&Why) -> bool| {
        choice
            .rejected
            .iter()
            .filter(move |(_, why)| wanted(why))
            .map(|(index, _)| *index)
    };
    let chosen = choice.chosen.as_ref().map(|(_, version)| version);
    let equals = choice
        .rejected
        .iter()
        .filter(|(index, _)| {
            let other = document
                .versions
                .get(*index)
                .and_then(|version| Version::parse(version).ok());
            other.zip(chosen).is_some_and(|(other, chosen)| {
                other.cmp_precedence(chosen) == std::cmp::Ordering::Equal
            })
        })
        .map(|(index, _)| listed(*index))
        .collect();
    ChoiceFact {
        constraint: text.map(Foreign::new),
        readable,
        chosen: chosen.map(Version::to_string),
        chosen_listed: choice.chosen.as_ref().map(|(index, _)| listed(*index)),
        newest: choice.newest.as_ref().map(Version::to_string),
        listed: document.versions.len(),
        unparsable: left_out(|why| matches!(why, Why::Unparsable))
            .map(listed)
            .collect(),
        prereleases: prereleases(
            document,
            constraints,
            left_out(|why| matches!(why, Why::Prerelease)),
        ),
        clauses: constraints
            .map(|constraints| {
                constraints
                    .clauses
                    .iter()
                    .map(|clause| clause_fact(clause, &counted))
                    .collect()
            })
            .unwrap_or_default(),
        equals,
    }
}

/// Prereleases that the constraint's numbers admit, newest first.
fn prereleases(
    document: &VersionsDocument,
    constraints: Option<&Constraints>,
    left_out: impl Iterator<Item = usize>,
) -> Vec<String> {
    let mut found: Vec<Version> = left_out
        .filter_map(|index| {
            document
                .versions
                .get(index)
                .and_then(|version| Version::parse(version).ok())
        })
        .filter(|version| {
            let bare = Version {
                prerelease: String::new(),
                ..version.clone()
            };
            constraints.is_none_or(|constraints| {
                constraints.allows(version)
                    || constraints.allows(&bare)
                    || constraints
                        .clauses
                        .iter()
                        .any(|clause| clause.version == *version)
            })
        })
        .collect();
    found.sort_by(|left, right| right.cmp_precedence(left));
    found.iter().map(Version::to_string).collect()
}

fn clause_fact(clause: &crate::version::Clause, counted: &[Version]) -> ClauseFact {
    let range = clause.range();
    ClauseFact {
        text: clause.text.clone(),
        from: range.from,
        to: range.to,
        not: range.not,
        keeps: counted
            .iter()
            .filter(|version| clause.allows(version))
            .count(),
        unbounded: clause.is_unbounded(),
    }
}
