//! A source is the URL of a registry's page or API instead of the address of a module.

use crate::addr::registry::parse_registry;
use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::sources::rules_of;
use crate::rules::sources::writer;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::call::Call;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR004",
    name: "web-url-as-source",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Web or API URL used where a registry address is meant",
    page: include_str!("tfr004_web_url_as_source.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Fetch) {
        if !matches!(
            stop,
            Stop::NoSourceUrl | Stop::Status { .. } | Stop::PageUnreadable { .. }
        ) {
            continue;
        }
        for call in case.trace.users(&step.key.subject) {
            let Some(meant) = meant(case, call) else {
                continue;
            };
            let summary = format!(
                "{} is a page of a registry, not the address of a module.",
                code(call.source.raw())
            );
            let Some(finding) = found.once(&RULE, case, step, summary) else {
                continue;
            };
            finding
                .owner(writer(case.trace, call))
                .confidence(Confidence::Likely);
            finding.explain("A source with a scheme is fetched as a package; only an address without one is looked up in the registry.");
            finding.requests_of(step);
            finding.client_says(
                "init",
                format!("error downloading '{}'", call.source.shown()),
            );
            let owner = finding.owner;
            let trial = Trial::Source {
                call: call.key.clone(),
                source: meant.clone(),
            };
            finding.fix(
                Fix::tell(
                    owner,
                    "write the registry address, and pin it with `version`",
                )
                .value(visible(&meant))
                .trial(trial),
            );
        }
    }
}

/// The registry address inside a URL, where the host is known to be a registry.
fn meant(case: &Case<'_>, call: &Call) -> Option<String> {
    let rest = call
        .source
        .raw()
        .strip_prefix("https://")
        .or_else(|| call.source.raw().strip_prefix("http://"))?;
    let (host, path) = rest.split(['?', '#']).next()?.split_once('/')?;
    let is_registry = case.trace.stage(Stage::Discovery).any(|step| {
        step.key.subject.name() == host
            && step
                .facts
                .iter()
                .any(|fact| matches!(fact, Fact::Service { .. }))
    });
    if !is_registry {
        return None;
    }
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let after = segments
        .iter()
        .rposition(|segment| *segment == "modules")
        .map_or(0, |at| at + 1);
    let [namespace, name, system, ..] = segments.get(after..)? else {
        return None;
    };
    let address = format!("{host}/{namespace}/{name}/{system}");
    parse_registry(&address, rules_of(case.client).default_host).ok()?;
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::rules::testing::package;
    use crate::rules::testing::service;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn story(source: &str) -> Story {
        let base = "https://reg.example.com/v1/modules/";
        Story::direct()
            .with_call(|call| call.source = foreign(source))
            .fact(
                Stage::Discovery,
                host(),
                service(
                    base,
                    base,
                    "https://reg.example.com/.well-known/terraform.json",
                ),
            )
            .stop(Stage::Fetch, package(), Stop::NoSourceUrl)
    }

    #[test]
    fn the_url_of_a_module_page_fires() {
        assert!(story("https://reg.example.com/modules/net/sg/aws/1.0.0").fires(&RULE));
    }

    #[test]
    fn a_page_of_a_host_that_is_no_registry_is_quiet() {
        assert!(!story("https://www.example.com/modules/net/sg/aws").fires(&RULE));
    }
}
