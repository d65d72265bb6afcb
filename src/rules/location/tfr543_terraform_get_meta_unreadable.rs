//! The page has the tag that names the archive, at a place where the client no longer reads.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::package_stops;
use crate::rules::fetched::is_page_stop;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR543",
    name: "terraform-get-meta-unreadable",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "`terraform-get` tag is there and not read",
    page: include_str!("tfr543_terraform_get_meta_unreadable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        if !is_page_stop(stop) {
            continue;
        }
        let tag = step.facts.iter().rev().find_map(|fact| {
            if let Fact::Page { unread_tag, .. } = fact {
                unread_tag.as_ref()
            } else {
                None
            }
        });
        let Some(tag) = tag else {
            continue;
        };
        let summary =
            "The page holds a `terraform-get` tag, and the client does not read that far.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence("tag", tag.shown()).requests_of(step);
        finding.explain("It stops at `<body>` or `</head>`, and at markup that is no XML.");
        let words = if let Stop::PageUnreadable { words } = stop {
            visible(words)
        } else {
            "no source URL was returned".to_owned()
        };
        finding.client_says("init", words);
        finding.tell(Owner::Registry, "put the tag, quoted, at the beginning of `<head>`, or send `X-Terraform-Get` as a header");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn page(tag: Option<&str>) -> Story {
        let fact = Fact::Page {
            url: foreign("https://cdn.example.com/sg"),
            title: None,
            unread_tag: tag.map(foreign),
        };
        Story::registry().step(
            Stage::Fetch,
            package(),
            vec![answered(200, &[], "<html></html>")],
            vec![fact],
            End::Stopped(Stop::NoSourceUrl),
        )
    }

    #[test]
    fn a_tag_in_the_body_fires() {
        assert_eq!(
            page(Some("<meta name=\"terraform-get\">")).codes(),
            ["TFR543"]
        );
    }

    #[test]
    fn a_page_without_a_tag_is_quiet() {
        assert!(!page(None).fires(&RULE));
    }
}
