//! A block of the CLI configuration is named by something that is no host name.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of_step;
use crate::rules::common::ignored_settings;
use crate::rules::common::wanting;
use crate::rules::sources::add_setting;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::fact::WhyIgnored;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR016",
    name: "cli-config-bad-host",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Invalid host name in `credentials` or `host`",
    page: include_str!("tfr016_cli_config_bad_host.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, setting) in ignored_settings(case.trace) {
        let WhyIgnored::BadHost(words) = &setting.why else {
            continue;
        };
        let summary = format!(
            "The block {} of the CLI configuration has no valid host name and is dropped.",
            code(setting.name.raw())
        );
        let label = setting.name.raw().split('"').nth(1).unwrap_or_default();
        let bare = bare_host(label);
        let failing: Vec<&Step> = wanting(case.trace)
            .into_iter()
            .filter(|step| {
                host_of_step(case.trace, step)
                    .is_some_and(|host| label.contains(host) || bare.as_deref() == Some(host))
            })
            .collect();
        let finding = add_setting(found, &RULE, case, step, &failing, summary);
        finding.evidence(
            "setting",
            format!("{}: {}", visible(&setting.at), visible(words)),
        );
        finding.client_says("init", visible(words));
        let fix = Fix::tell(
            Owner::Environment,
            "name the block by the bare host, with a port if it is not 443",
        );
        finding.fix(match bare {
            Some(bare) => fix.value(visible(&bare)),
            None => fix,
        });
    }
}

/// The host inside a URL.
fn bare_host(label: &str) -> Option<String> {
    let rest = label.split_once("://").map_or(label, |(_, rest)| rest);
    let host = rest.split('/').next()?.rsplit('@').next()?;
    (host.contains('.') && host != label).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::host;
    use crate::rules::testing::ignored;
    use crate::rules::testing::no_document;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::WhyIgnored;

    fn bad() -> Fact {
        ignored(
            "credentials \"https://reg.example.com/\"",
            WhyIgnored::BadHost("need just a hostname".to_owned()),
        )
    }

    #[test]
    fn a_url_in_place_of_a_host_fires() {
        let story = Story::registry().fact(Stage::CliConfig, Subject::Run, bad());
        let findings = story.findings(&RULE);
        assert_eq!(
            findings
                .first()
                .and_then(|finding| finding.fixes.first()?.value.clone())
                .as_deref(),
            Some("reg.example.com")
        );
        assert_eq!(
            story.stop(Stage::Discovery, host(), no_document()).codes(),
            ["TFR016"]
        );
    }

    #[test]
    fn an_unknown_word_is_quiet() {
        let fact = ignored("x", WhyIgnored::SecondHelper);
        assert!(
            !Story::registry()
                .fact(Stage::CliConfig, Subject::Run, fact)
                .fires(&RULE)
        );
    }
}
