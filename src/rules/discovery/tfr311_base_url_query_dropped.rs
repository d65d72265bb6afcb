//! The base URL has a query, which is dropped.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::facts;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::fact::ServiceFrom;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR311",
    name: "base-url-query-dropped",
    stage: PublicStage::Discovery,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Query of `modules.v1` is dropped",
    page: include_str!("tfr311_base_url_query_dropped.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in facts(case.trace) {
        let Fact::Service { written, from, .. } = fact else {
            continue;
        };
        let Some((front, query)) = written.raw().split_once('?') else {
            continue;
        };
        if query.is_empty() {
            continue;
        }
        let summary = "The base URL of the modules service has a query, and no request carries it.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        if matches!(from, ServiceFrom::HostBlock(_)) {
            finding.owner(Owner::Environment);
        }
        finding.aside();
        finding.explain(
            "The path of the module is resolved against the base, and that loses the query.",
        );
        finding.fix(
            Fix::tell(
                finding.owner,
                "remove the query; a token belongs into a `credentials` block",
            )
            .value(format!("\"modules.v1\": \"{}\"", visible(front))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::ServiceFrom;

    fn service(written: &str) -> Story {
        let fact = Fact::Service {
            url: foreign("https://reg.example.com/v1/"),
            written: foreign(written),
            from: ServiceFrom::HostBlock(".terraformrc:1".to_owned()),
        };
        Story::registry().fact(Stage::Discovery, host(), fact)
    }

    #[test]
    fn a_query_fires() {
        assert!(service("https://reg.example.com/v1/?token=x").fires(&RULE));
    }

    #[test]
    fn none_is_quiet() {
        assert!(!service("https://reg.example.com/v1/").fires(&RULE));
    }
}
