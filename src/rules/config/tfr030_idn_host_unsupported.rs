//! The client refuses the punycode form that it made itself of a registry host.

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
    code: "TFR030",
    name: "idn-host-unsupported",
    stage: PublicStage::Config,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "Registry host outside ASCII cannot work with this client",
    page: include_str!("tfr030_idn_host_unsupported.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in case.trace.stopped(Stage::Discovery) {
        let Stop::BadServiceUrl { words, .. } = stop else {
            continue;
        };
        let is_refused =
            words.contains("specified in punycode format") && step.exchanges().next().is_none();
        if !is_refused || step.key.subject.name().is_ascii() {
            continue;
        }
        let name = step.key.subject.name();
        let summary = format!(
            "{} {} cannot use the registry host {}.",
            product(case),
            case.client.version(),
            code(name)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.explain("It turns the name into its ASCII form and then refuses that form; a `host` block does not help.");
        finding.client_says("init", visible(words));
        finding.tell(
            Owner::Configuration,
            "name the registry by an ASCII alias in `source`",
        );
        finding.tell(Owner::Registry, "give the registry such an alias");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::Subject;

    #[test]
    fn a_name_outside_ascii_fires() {
        let name = Subject::Host("r\u{e9}g.example.com".to_owned());
        let words = "hostname label \"xn--rg-bja\" specified in punycode format; service hostnames must be given in unicode";
        let stop = Stop::BadServiceUrl {
            got: foreign("xn--rg-bja.example.com"),
            words: words.to_owned(),
        };
        let story = Story::registry()
            .with_call(|call| call.used = vec![Subject::Host("r\u{e9}g.example.com".to_owned())]);
        assert_eq!(story.stop(Stage::Discovery, name, stop).codes(), ["TFR030"]);
    }

    #[test]
    fn another_service_url_is_quiet() {
        let stop = Stop::BadServiceUrl {
            got: foreign("ftp://x"),
            words: "unsupported scheme ftp".to_owned(),
        };
        assert!(
            !Story::registry()
                .stop(Stage::Discovery, host(), stop)
                .fires(&RULE)
        );
    }
}
