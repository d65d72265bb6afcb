//! A `?` before the `//`: the subdirectory became part of the query.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::location_of;
use crate::rules::common::package_of;
use crate::rules::common::stops;
use crate::trace::PublicStage;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR534",
    name: "query-before-subdir",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "`?` in front of `//`",
    page: include_str!("tfr534_query_before_subdir.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for call in &case.trace.calls {
        let location = location_of(case.trace, call);
        let answered = location.and_then(|location| location.taken.as_ref());
        if let Some(answered) = answered.filter(|address| misplaced(address.raw()).is_some()) {
            report(case, call, answered.raw(), Owner::Registry, found);
        } else if call.kind == SourceKind::Remote && misplaced(call.source.raw()).is_some() {
            report(case, call, call.source.raw(), Owner::Configuration, found);
        }
    }
}

/// The address as it is meant: path, subdirectory, query. `None` where nothing is misplaced.
fn misplaced(address: &str) -> Option<String> {
    let (front, query) = address.split_once('?')?;
    let (before, behind) = query.split_once("//")?;
    if before.ends_with(':') || behind.is_empty() {
        return None;
    }
    let (subdir, rest) = behind
        .split_once('&')
        .map_or((behind, ""), |(subdir, rest)| (subdir, rest));
    let separator = if rest.is_empty() { "" } else { "&" };
    Some(format!("{front}//{subdir}?{before}{separator}{rest}"))
}

fn report(case: &Case<'_>, call: &Call, address: &str, owner: Owner, found: &mut Findings) {
    let Some(meant) = misplaced(address) else {
        return;
    };
    let package = package_of(call).cloned().unwrap_or_else(|| call.subject());
    let stopped = stops(case.trace)
        .map(|(step, _)| step)
        .find(|step| step.key.subject == package || step.key.subject == call.subject());
    let any = case
        .trace
        .steps
        .iter()
        .find(|step| step.key.subject == package || step.key.subject == call.subject());
    let Some(step) = stopped.or(any) else {
        return;
    };
    let summary = format!(
        "In {} the `//` stands behind the `?`, so the directory became part of the query.",
        code(address)
    );
    let Some(finding) = found.cause(&RULE, case, &package, step, summary) else {
        return;
    };
    finding
        .owner(owner)
        .evidence("address", visible(address))
        .requests_of(step);
    if stopped.is_none() {
        finding.aside();
    }
    let fix = Fix::tell(owner, "put the directory before the query");
    finding.fix(match owner {
        Owner::Registry => fix
            .value(format!("X-Terraform-Get: {}", visible(&meant)))
            .trial(Trial::Location {
                call: call.key.clone(),
                location: meant,
            }),
        Owner::Author
        | Owner::Configuration
        | Owner::Environment
        | Owner::Network
        | Owner::WorkingDirectory => fix
            .value(format!("source = \"{}\"", visible(&meant)))
            .trial(Trial::Source {
                call: call.key.clone(),
                source: meant,
            }),
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn written(source: &str) -> Story {
        Story::direct()
            .with_call(|call| {
                call.source = foreign(source);
            })
            .stop(Stage::Fetch, package(), Stop::NoSourceUrl)
    }

    #[test]
    fn a_directory_behind_the_query_fires_alone() {
        let story = written("https://cdn.example.com/sg?archive=tgz//modules/a&v=1");
        assert_eq!(story.codes(), ["TFR534"]);
        let findings = story.findings(&RULE);
        let fix = findings.first().and_then(|finding| finding.fixes.first());
        assert_eq!(
            fix.and_then(|fix| fix.value.as_deref()),
            Some("source = \"https://cdn.example.com/sg//modules/a?archive=tgz&v=1\"")
        );
    }

    #[test]
    fn an_address_as_value_is_quiet() {
        assert!(!written("https://cdn.example.com/sg?from=https://example.com/x").fires(&RULE));
        assert!(!written("https://cdn.example.com/sg//a?archive=tgz").fires(&RULE));
    }
}
