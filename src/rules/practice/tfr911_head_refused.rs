//! The archive host does not answer `HEAD` as it answers `GET`. Clients tolerate that.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::status_text;
use crate::trace::PublicStage;
use crate::trace::Stage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR911",
    name: "head-refused",
    stage: PublicStage::Package,
    severity: Severity::Note,
    owner: Owner::Registry,
    yields_to: &["TFR606", "TFR617"],
    title: "HEAD refused on the archive host",
    page: include_str!("tfr911_head_refused.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for step in case.trace.stage(Stage::Fetch) {
        let last = |method: &str| {
            step.exchanges()
                .rev()
                .find(|exchange| exchange.sent.method == method)
        };
        let (Some(head), Some(get)) = (last("HEAD"), last("GET")) else {
            continue;
        };
        if !matches!(get.status(), Some(200 | 206)) {
            continue;
        }
        let reason = match head.status() {
            Some(200) if head.sent.url == get.sent.url => continue,
            Some(200) => "elsewhere",
            Some(_) => "status",
            None => "no-reply",
        };
        let seen = head
            .status()
            .map_or_else(|| "no reply".to_owned(), status_text);
        let summary = format!("The archive host answers `HEAD` with {seen}, and `GET` otherwise.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.reason(reason).aside();
        finding.evidence_table(
            "answers",
            vec![
                vec![
                    "method".to_owned(),
                    "answer".to_owned(),
                    "address".to_owned(),
                ],
                vec!["HEAD".to_owned(), seen, visible(&head.sent.url)],
                vec![
                    "GET".to_owned(),
                    get.status().map_or_else(String::new, status_text),
                    visible(&get.sent.url),
                ],
            ],
        );
        finding.explain("Clients send `HEAD` before each archive and go on whatever it says; it costs a request.");
        finding.tell(
            Owner::Registry,
            "answer `HEAD` as `GET`, and sign links for both",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::End;
    use crate::trace::Stage;

    fn story(status: u16) -> Story {
        let mut head = answered(status, &[], "");
        "HEAD".clone_into(&mut head.sent.method);
        Story::direct().step(
            Stage::Fetch,
            package(),
            vec![head, stored(&[], b"\x1f\x8b")],
            Vec::new(),
            End::Done,
        )
    }

    #[test]
    fn a_refused_head_fires() {
        assert_eq!(story(405).codes(), ["TFR911"]);
    }

    #[test]
    fn a_good_head_is_quiet() {
        assert!(!story(200).fires(&RULE));
    }
}
