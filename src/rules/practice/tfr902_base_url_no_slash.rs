//! The base URL of the modules service does not end with a slash.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::facts;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::fact::ServiceFrom;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR902",
    name: "base-url-no-slash",
    stage: PublicStage::Discovery,
    severity: Severity::Note,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Base URL without trailing slash",
    page: include_str!("tfr902_base_url_no_slash.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in facts(case.trace) {
        let Fact::Service { url, written, from } = fact else {
            continue;
        };
        let raw = written.raw();
        if url.raw().is_empty()
            || path_of(raw).is_empty()
            || raw.ends_with('/')
            || raw.contains('?')
        {
            continue;
        }
        let summary = format!("The base URL {} does not end with a slash.", code(raw));
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.severity(Severity::Note);
        finding.explains_stop = false;
        if matches!(from, ServiceFrom::HostBlock(_)) {
            finding.owner(Owner::Environment);
        }
        finding.explain("Both clients add it; other tools drop the last part of the path.");
        let owner = finding.owner;
        finding.fix(
            Fix::tell(owner, "end the base URL with a slash").value(visible(&format!("{raw}/"))),
        );
    }
}

/// The path of a URL or of a reference.
fn path_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| {
        rest.split_once('/').map_or("", |(_, path)| path)
    });
    rest.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::rules::testing::service;
    use crate::trace::Stage;

    fn story(written: &str) -> Story {
        let document = "https://reg.example.com/.well-known/terraform.json";
        Story::registry().fact(
            Stage::Discovery,
            host(),
            service(written, "https://reg.example.com/v1/", document),
        )
    }

    #[test]
    fn a_base_without_slash_fires() {
        assert!(story("/v1").fires(&RULE));
        assert!(story("https://reg.example.com/v1").fires(&RULE));
    }

    #[test]
    fn a_base_with_slash_or_without_path_is_quiet() {
        assert!(!story("/v1/").fires(&RULE));
        assert!(!story("https://reg.example.com").fires(&RULE));
    }
}
