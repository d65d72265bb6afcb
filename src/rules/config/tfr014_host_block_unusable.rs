//! A host block answers for a registry and gives no usable address of its modules.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_block_of;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR014",
    name: "host-block-unusable",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &["TFR030"],
    title: "`host` block without a usable `modules.v1`",
    page: include_str!("tfr014_host_block_unusable.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        if !matches!(stop, Stop::NoService(_) | Stop::BadServiceUrl { .. })
            || step.exchanges().next().is_some()
        {
            continue;
        }
        let host = step.key.subject.name();
        let Some(block) = host_block_of(case.trace, host) else {
            continue;
        };
        let summary = format!(
            "The `host` block for {} gives no usable address of modules.",
            code(host)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.evidence("block", visible(&block.at));
        let keys: Vec<String> = block.services.iter().take(10).map(Foreign::shown).collect();
        if !keys.is_empty() {
            finding.evidence_lines("services", keys);
        }
        finding.explain(
            "The block takes the place of discovery: the host itself is not asked any more.",
        );
        match stop {
            Stop::BadServiceUrl { got, words } => {
                finding
                    .reason("bad-url")
                    .evidence("modules.v1", got.shown());
                finding.client_says("init", visible(words));
            }
            _ => {
                finding.client_says(
                    "init",
                    format!("host {host} does not provide a modules service"),
                );
            }
        }
        if block.uninterpolated {
            finding.explain("Variables are not expanded in this file.");
        }
        finding.fix(
            Fix::tell(
                Owner::Environment,
                "give `modules.v1` the absolute base URL, with a slash at its end",
            )
            .value("\"modules.v1\" = \"https://HOST/PATH/\""),
        );
        finding.tell(
            Owner::Environment,
            "or delete the block, if the host has a discovery document",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;
    use crate::trace::fact::HostBlockFact;
    use crate::trace::stop::NoService;

    fn block() -> Fact {
        Fact::HostBlock(HostBlockFact {
            host: HOST.to_owned(),
            at: ".terraformrc:1".to_owned(),
            modules: None,
            services: vec![foreign("providers.v1")],
            uninterpolated: false,
        })
    }

    #[test]
    fn a_block_without_modules_fires() {
        let story = Story::registry()
            .fact(Stage::CliConfig, Subject::Run, block())
            .stop(Stage::Discovery, host(), Stop::NoService(NoService::NoKey));
        assert_eq!(story.codes(), ["TFR014"]);
    }

    #[test]
    fn a_document_without_modules_is_quiet() {
        let story =
            Story::registry().stop(Stage::Discovery, host(), Stop::NoService(NoService::NoKey));
        assert!(!story.fires(&RULE));
    }
}
