//! A redirect lowers the scheme, or takes the token to another port.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::asked_for;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR961",
    name: "redirect-to-http",
    stage: PublicStage::Discovery,
    severity: Severity::Warning,
    owner: Owner::Registry,
    yields_to: &["TFR962"],
    title: "Redirect from https to http, or to another port, keeps the token",
    page: include_str!("tfr961_redirect_to_http.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in &case.trace.steps {
        if !matches!(
            step.key.stage,
            Stage::Discovery | Stage::Versions | Stage::Location
        ) {
            continue;
        }
        let exchanges: Vec<&Exchange> = step.exchanges().collect();
        for pair in exchanges.windows(2) {
            let [from, to] = pair else {
                continue;
            };
            if to.hop != from.hop + 1 || to.attempt != from.attempt {
                continue;
            }
            let is_same_name = to.sent.host == from.sent.host
                || to.sent.host.ends_with(&format!(".{}", from.sent.host));
            let has_token = from.sent.credential.is_some();
            let is_lower = from.sent.scheme == "https" && to.sent.scheme == "http" && is_same_name;
            let is_moved =
                to.sent.host == from.sent.host && to.sent.port != from.sent.port && has_token;
            if is_lower || is_moved {
                add(case, found, step, from, to);
            }
        }
    }
}

fn add(case: &Case<'_>, found: &mut Findings, step: &Step, from: &Exchange, to: &Exchange) {
    let is_lower = from.sent.scheme == "https" && to.sent.scheme == "http";
    let has_token = from.sent.credential.is_some();
    let what = if is_lower {
        "from https to http"
    } else {
        "to another port"
    };
    let summary = format!("On the way to {} a redirect leads {what}.", asked_for(step));
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding
        .aside()
        .stage(step.key.stage.public())
        .reason(if is_lower { "scheme" } else { "port" });
    if is_lower && has_token {
        finding.severity(Severity::Error);
    }
    finding.evidence_lines("hops", vec![visible(&from.sent.url), visible(&to.sent.url)]);
    if has_token {
        finding.explain("The client keeps the token as long as the name of the host is the same; scheme and port do not count. This tool did not send it there.");
    }
    finding.tell(
        Owner::Registry,
        "redirect inside one origin only, and never to http",
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::module;
    use crate::rules::testing::sent_to;
    use crate::rules::testing::with_token;
    use crate::trace::End;
    use crate::trace::Stage;

    fn story(scheme: &str, host: &str, port: u16) -> Story {
        let first = with_token(answered(302, &[], ""));
        let mut second = sent_to(answered(200, &[], "{}"), scheme, host, port);
        second.hop = 1;
        Story::registry().step(
            Stage::Versions,
            module(),
            vec![first, second],
            Vec::new(),
            End::Done,
        )
    }

    #[test]
    fn a_lower_scheme_is_an_error_and_another_port_a_warning() {
        let severity = |story: Story| {
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity)
        };
        assert_eq!(severity(story("http", HOST, 80)), Some(Severity::Error));
        assert_eq!(
            severity(story("https", HOST, 8443)),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn another_host_is_quiet() {
        assert!(!story("https", "cdn.example.com", 443).fires(&RULE));
    }
}
