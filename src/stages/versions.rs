//! Module → list of versions → choice.
//!
//! See <https://developer.hashicorp.com/terraform/internals/module-registry-protocol#list-available-versions-for-a-specific-module>.

use crate::addr::RegistryPackage;
use crate::addr::url::GoUrl;
use crate::client::Behaviour;
use crate::client::Client;
use crate::foreign::Foreign;
use crate::io::ask::Ask;
use crate::io::ask::AskLimits;
use crate::io::ask::NamedBy;
use crate::io::ask::Take;
use crate::stages::Cx;
use crate::stages::Token;
use crate::stages::discovery::Service;
use crate::stages::discovery::bearer;
use crate::stages::json_stop;
use crate::stages::redirect_stop;
use crate::stages::wrong_type_stop;
use crate::syntax::versions_json::VersionsDocument;
use crate::syntax::versions_json::VersionsError;
use crate::syntax::versions_json::decode_versions;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::fact::ChoiceFact;
use crate::trace::fact::ClauseFact;
use crate::trace::fact::VersionsFact;
use crate::trace::tracer::OpenStep;
use crate::trace::tracer::Stopped;
use crate::version::Bound;
use crate::version::Choice;
use crate::version::Clause;
use crate::version::Constraints;
use crate::version::Expansion;
use crate::version::Operator;
use crate::version::PrereleaseRule;
use crate::version::Version;
use crate::version::Why;
use crate::version::choose;
use crate::version::cmp_semver;

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
        Err(reason) => return step.stop(reason),
    };
    let followed = cx.ask_registry(&mut step, ask).await;
    if let Some(stop) = redirect_stop(&followed) {
        return step.stop(stop);
    }
    let got = match (followed.answer.failure(), followed.answer.got()) {
        // A list that is whole although the connection ended early is taken, as by the client's stream reader.
        (Some(_), Some(got)) if got.status == 200 && decode_versions(got.bytes()).is_ok() => got,
        (Some(failure), _) => return cx.end(step, Stop::Failed(failure.clone())),
        (None, Some(got)) => got,
        (None, None) => return Err(Stopped),
    };
    match got.status {
        200 => {}
        404 => return step.stop(Stop::ModuleNotFound),
        other => {
            let stop = Stop::Status {
                got: other,
                expected: "200",
            };
            return cx.end(step, stop);
        }
    }
    let document = match decode_versions(got.bytes()) {
        Ok(document) => document,
        Err(error) => return step.stop(undecodable(error, got.bytes())),
    };
    note_list(&mut step, &document, got.header_text("link").is_some());
    if document.modules_len == 0 {
        return step.stop(Stop::NoModules);
    }
    step.done(Ok(document))
}

fn undecodable(error: VersionsError, body: &[u8]) -> Stop {
    match error {
        VersionsError::Json(error) => json_stop(&error, body),
        VersionsError::WrongType(wrong) => wrong_type_stop(wrong, body),
        VersionsError::ClientCrashes { pointer } => Stop::ClientCrashes { pointer },
    }
}

fn note_list(step: &mut OpenStep, document: &VersionsDocument, linked: bool) {
    step.note(Fact::Versions(VersionsFact {
        listed: document
            .versions
            .iter()
            .map(|version| Foreign::new(version.clone()))
            .collect(),
        modules: document.modules_len,
        duplicate_keys: document.duplicate_keys,
        trailing: document.trailing,
        paged: document.paged || linked,
    }));
}

/// The version that a list alone gives; none where the constraint cannot be read.
pub fn pick_from(cx: &Cx, listed: &[String], constraint: Option<&str>) -> Option<Version> {
    let constraints = constraint.map(Constraints::parse).transpose().ok()?;
    let choice = choose(listed, constraints.as_ref(), prerelease_rule(&cx.client));
    choice.chosen.map(|chosen| chosen.version)
}

/// The version that a call gets, without a record of the choice.
pub fn pick(cx: &Cx, document: &VersionsDocument, constraint: Option<&str>) -> Option<Version> {
    // A constraint that cannot be read counts as none.
    let constraints = constraint.and_then(|text| Constraints::parse(text).ok());
    let choice = choose(
        &document.versions,
        constraints.as_ref(),
        prerelease_rule(&cx.client),
    );
    choice.chosen.map(|chosen| chosen.version)
}

fn prerelease_rule(client: &Client) -> PrereleaseRule {
    if client.does(Behaviour::StripsVInConstraint) {
        PrereleaseRule::SecondGrammarWithoutV
    } else if client.does(Behaviour::FinerPrereleaseRule) {
        PrereleaseRule::SecondGrammar
    } else {
        PrereleaseRule::SameText
    }
}

/// Chooses a version for a call.
pub fn choose_for(
    cx: &Cx,
    key: &str,
    document: &VersionsDocument,
    constraint: Option<&str>,
) -> Result<Version, Stopped> {
    let mut step = cx.open(Subject::Call(key.to_owned()), Stage::Versions, 1);
    let constraints = constraint.map(Constraints::parse);
    let readable = constraints.as_ref().is_none_or(Result::is_ok);
    let constraints = constraints.and_then(Result::ok);
    let choice = choose(
        &document.versions,
        constraints.as_ref(),
        prerelease_rule(&cx.client),
    );
    step.note(Fact::Chosen(choice_fact(
        document,
        constraint,
        constraints.as_ref(),
        &choice,
        readable,
    )));
    match (choice.chosen, choice.newest) {
        (Some(chosen), _) => step.done(Ok(chosen.version)),
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
            .filter(move |rejected| wanted(&rejected.why))
            .map(|rejected| rejected.index)
    };
    let chosen = choice.chosen.as_ref().map(|chosen| &chosen.version);
    let is_equal = |index: usize| {
        let other = document
            .versions
            .get(index)
            .and_then(|version| Version::parse(version).ok());
        other
            .zip(chosen)
            .is_some_and(|(other, chosen)| other.cmp_precedence(chosen).is_eq())
    };
    let clauses = constraints.map(|constraints| {
        constraints
            .clauses()
            .iter()
            .map(|clause| clause_fact(constraints, clause, &counted))
            .collect()
    });
    ChoiceFact {
        constraint: text.map(Foreign::new),
        readable,
        chosen: chosen.map(Version::to_string),
        chosen_listed: choice.chosen.as_ref().map(|chosen| listed(chosen.index)),
        newest: choice.newest.as_ref().map(Version::to_string),
        listed: document.versions.len(),
        unparsable: left_out(|why| matches!(why, Why::Unparsable(_) | Why::TooLong))
            .map(listed)
            .collect(),
        prereleases: prereleases(
            document,
            constraints,
            left_out(|why| matches!(why, Why::Prerelease)),
        ),
        clauses: clauses.unwrap_or_default(),
        equals: left_out(|_| true)
            .filter(|index| is_equal(*index))
            .map(listed)
            .collect(),
    }
}

/// Prereleases that the constraint's numbers admit, newest first.
fn prereleases(
    document: &VersionsDocument,
    constraints: Option<&Constraints>,
    left_out: impl Iterator<Item = usize>,
) -> Vec<String> {
    let admitted = |version: &Version| {
        constraints.is_none_or(|constraints| {
            let is_named = |clause: &Clause| {
                clause.version.is_prerelease() && clause.version.cmp_precedence(version).is_eq()
            };
            constraints.allows(version)
                || constraints.allows(&version.release())
                || constraints.clauses().iter().any(is_named)
        })
    };
    let mut found: Vec<Version> = left_out
        .filter_map(|index| {
            document
                .versions
                .get(index)
                .and_then(|version| Version::parse(version).ok())
        })
        .filter(admitted)
        .collect();
    found.sort_by(|left, right| cmp_semver(right, left));
    found.iter().map(Version::to_string).collect()
}

fn clause_fact(constraints: &Constraints, clause: &Clause, counted: &[Version]) -> ClauseFact {
    let end =
        |bound: Option<Bound>| bound.map(|bound| (bound.version.to_string(), bound.inclusive));
    let (from, to, not) = match clause.expansion() {
        Expansion::Only(version) => (
            Some((version.to_string(), true)),
            Some((version.to_string(), true)),
            None,
        ),
        Expansion::AllBut(version) => (None, None, Some(version.to_string())),
        Expansion::Between { lower, upper } => (end(lower), end(upper), None),
    };
    ClauseFact {
        text: constraints.clause_text(clause).to_owned(),
        from,
        to,
        not,
        keeps: counted
            .iter()
            .filter(|version| clause.allows(version))
            .count(),
        unbounded: clause.operator == Operator::Pessimistic && clause.numbers_written() == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{choice_fact, prerelease_rule};
    use crate::client::Client;
    use crate::foreign::Foreign;
    use crate::syntax::versions_json::decode_versions;
    use crate::trace::fact::ChoiceFact;
    use crate::version::{Constraints, PrereleaseRule, choose};

    fn fact(listed: &str, constraint: &str) -> ChoiceFact {
        let entries: Vec<String> = listed
            .split(' ')
            .map(|version| format!("{{\"version\":\"{version}\"}}"))
            .collect();
        let body = format!("{{\"modules\":[{{\"versions\":[{}]}}]}}", entries.join(","));
        let document = decode_versions(body.as_bytes()).expect("the body of a test is valid");
        let constraints = Constraints::parse(constraint).ok();
        let choice = choose(
            &document.versions,
            constraints.as_ref(),
            PrereleaseRule::SecondGrammar,
        );
        choice_fact(
            &document,
            Some(constraint),
            constraints.as_ref(),
            &choice,
            constraints.is_some(),
        )
    }

    #[test]
    fn clauses_say_what_they_mean_and_keep() {
        let fact = fact(
            "1.0.0 4.2.0 4.3.1 5.0.0 5.0.0-rc1 x",
            "~> 4.2 , != 4.3.1, ~> 1",
        );
        let clauses: Vec<_> = fact
            .clauses
            .iter()
            .map(|clause| (clause.text.as_str(), clause.keeps, clause.unbounded))
            .collect();
        assert_eq!(
            clauses,
            [
                ("~> 4.2", 2, false),
                ("!= 4.3.1", 3, false),
                ("~> 1", 4, true)
            ]
        );
        let bounds = fact
            .clauses
            .first()
            .map(|clause| (clause.from.clone(), clause.to.clone()));
        assert_eq!(
            bounds,
            Some((
                Some(("4.2.0".to_owned(), true)),
                Some(("5.0.0".to_owned(), false))
            ))
        );
        assert_eq!(
            fact.clauses.get(1).and_then(|clause| clause.not.as_deref()),
            Some("4.3.1")
        );
        assert_eq!(
            (fact.chosen.as_deref(), fact.newest.as_deref(), fact.listed),
            (Some("4.2.0"), Some("5.0.0"), 6)
        );
        assert_eq!(fact.unparsable.len(), 1);
    }

    #[test]
    fn prereleases_that_would_fit_are_told_newest_first() {
        let fact = fact("1.0.0 2.0.0-beta.2 2.0.0-beta.11 3.0.0-rc1", "~> 2.0");
        assert_eq!(fact.prereleases, ["2.0.0-beta.11", "2.0.0-beta.2"]);
        assert_eq!(fact.chosen, None);
    }

    #[test]
    fn versions_of_one_rank_with_the_chosen_one_are_told() {
        let fact = fact("v1.0.0 1.0.0+a 0.9.0", ">= 0.1");
        let equals: Vec<&str> = fact.equals.iter().map(Foreign::raw).collect();
        assert_eq!(
            (fact.chosen_listed.as_ref().map(Foreign::raw), equals),
            (Some("v1.0.0"), vec!["1.0.0+a"])
        );
    }

    #[test]
    fn each_client_has_its_rule_of_prereleases() {
        for (client, rule) in [
            ("terraform@0.12.20", PrereleaseRule::SameText),
            ("terraform@1.3.6", PrereleaseRule::SameText),
            ("terraform@1.3.7", PrereleaseRule::SecondGrammar),
            ("terraform@1.15.9", PrereleaseRule::SecondGrammar),
            ("opentofu@1.8.11", PrereleaseRule::SecondGrammar),
            ("opentofu@1.9.0", PrereleaseRule::SecondGrammarWithoutV),
        ] {
            assert_eq!(
                prerelease_rule(&Client::parse(client).expect("the client of a test is known")),
                rule,
                "{client}"
            );
        }
    }
}
