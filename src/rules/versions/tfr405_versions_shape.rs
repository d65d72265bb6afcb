//! The list of versions is JSON of another shape.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::product;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR405",
    name: "versions-shape",
    stage: PublicStage::Versions,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Versions JSON has the wrong shape",
    page: include_str!("tfr405_versions_shape.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Versions) {
        let (reason, pointer, words) = match stop {
            Stop::Undecodable { pointer, words, .. } if words.starts_with("json: ") => {
                ("type", pointer, words.as_str())
            }
            Stop::ClientCrashes { pointer } => ("crash", pointer, "panic: runtime error"),
            _ => continue,
        };
        let place = if pointer.is_empty() {
            "the whole document".to_owned()
        } else {
            code(pointer)
        };
        let summary = format!("The list of versions has the wrong shape at {place}.");
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .reason(reason)
            .evidence("pointer", visible(pointer))
            .requests_of(step);
        finding.client_says("init", visible(words));
        if reason == "crash" {
            finding.explain(format!("{} crashes on a `null` there.", product(case)));
        } else {
            finding.explain(
                "Optional members count too: one of them in another shape spoils the whole list.",
            );
        }
        finding.tell(Owner::Registry, "leave optional members out, and give each version as an object with the string `version`");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;

    #[test]
    fn a_null_entry_fires() {
        let stop = Stop::ClientCrashes {
            pointer: "/modules/0/versions/0".to_owned(),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Versions, module(), stop)
                .codes(),
            ["TFR405"]
        );
    }

    #[test]
    fn an_empty_list_is_quiet() {
        assert!(
            !Story::registry()
                .stop(Stage::Versions, module(), Stop::NoVersions)
                .fires(&RULE)
        );
    }
}
