//! The host of a registry address has no dot.

use crate::addr::RegistryError;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::sources::SourceFault;
use crate::rules::sources::add_refused;
use crate::rules::sources::host_as_scheme;
use crate::rules::sources::refused;
use crate::rules::sources::writer;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR006",
    name: "host-without-dot",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Host without a dot, or `localhost:PORT`",
    page: include_str!("tfr006_host_without_dot.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, got, error, fault) in refused(case.trace) {
        if fault != SourceFault::HostWithoutDot {
            continue;
        }
        let summary = format!("The registry host in {} has no dot.", code(got.raw()));
        if let Some(finding) = add_refused(found, &RULE, case, step, error, summary) {
            advise(finding, got.raw());
        }
    }
    for (step, stop) in case.trace.stopped(Stage::Fetch) {
        let Stop::NoGetter { scheme } = stop else {
            continue;
        };
        for call in case.trace.users(&step.key.subject) {
            let strict = host_as_scheme(case.client, call);
            if !matches!(strict, Some(RegistryError::HostWithoutDot(_))) {
                continue;
            }
            let summary = format!(
                "The registry host in {} has no dot.",
                code(call.source.raw())
            );
            let Some(finding) = found.once(&RULE, case, step, summary) else {
                continue;
            };
            finding.owner(writer(case.trace, call));
            finding.explain("With its colon it looks like a URL whose scheme is the host's name.");
            finding.client_says(
                "init",
                format!("download not supported for scheme '{}'", visible(scheme)),
            );
            advise(finding, call.source.raw());
        }
    }
}

fn advise(finding: &mut Finding, source: &str) {
    let owner = finding.owner;
    finding.tell(owner, "use a name with a dot, or an IP address");
    if source.starts_with("localhost") {
        finding.fix(
            Fix::tell(owner, "write the address of this machine").value(visible(&source.replacen(
                "localhost",
                "127.0.0.1",
                1,
            ))),
        );
        finding.tell(
            Owner::Environment,
            "without TLS on it, give its services in a `host` block of the CLI configuration",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::refused_source;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_bare_name_fires() {
        assert_eq!(
            refused_source("localhost/net/sg/aws", false).codes(),
            ["TFR006"]
        );
        assert_eq!(
            refused_source("localhost:8443/net/sg/aws", true).codes(),
            ["TFR006"]
        );
    }

    #[test]
    fn a_bare_name_with_a_port_fires_at_the_fetch() {
        let stop = Stop::NoGetter {
            scheme: "localhost".to_owned(),
        };
        let story =
            Story::direct().with_call(|call| call.source = foreign("localhost:8443/net/sg/aws"));
        assert!(story.stop(Stage::Fetch, package(), stop).fires(&RULE));
    }

    #[test]
    fn a_real_scheme_is_quiet() {
        let stop = Stop::NoGetter {
            scheme: "ftp".to_owned(),
        };
        let story = Story::direct().with_call(|call| call.source = foreign("ftp://h/net/sg.tgz"));
        assert!(!story.stop(Stage::Fetch, package(), stop).fires(&RULE));
    }
}
