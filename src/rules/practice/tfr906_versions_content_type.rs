//! The list of versions is JSON and labelled as something else.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::version_lists;
use crate::trace::Exchange;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR906",
    name: "versions-content-type",
    stage: PublicStage::Versions,
    severity: Severity::Note,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Content type of the versions answer",
    page: include_str!("tfr906_versions_content_type.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, _) in version_lists(case.trace) {
        let Some(reply) = step.last_exchange().and_then(Exchange::reply) else {
            continue;
        };
        let media = reply.media_type();
        if media.as_deref() == Some("application/json") {
            continue;
        }
        let shown = media
            .as_deref()
            .map_or_else(|| "no content type".to_owned(), code);
        let summary = format!("The list of versions is JSON and comes with {shown}.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.severity(Severity::Note);
        finding.explains_stop = false;
        finding
            .requests_of(step)
            .explain("The clients do not look at it here; at discovery they do.");
        finding.fix(
            Fix::tell(Owner::Registry, "send the header").value("Content-Type: application/json"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::module;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::VersionsFact;

    fn story(media: &str) -> Story {
        let fact = Fact::Versions(VersionsFact {
            modules: 1,
            ..VersionsFact::default()
        });
        let exchange = answered(200, &[("content-type", media)], "{}");
        Story::registry().step(
            Stage::Versions,
            module(),
            vec![exchange],
            vec![fact],
            End::Done,
        )
    }

    #[test]
    fn json_as_a_page_fires() {
        assert!(story("text/html").fires(&RULE));
    }

    #[test]
    fn json_with_a_charset_is_quiet() {
        assert!(!story("application/json; charset=utf-8").fires(&RULE));
    }
}
