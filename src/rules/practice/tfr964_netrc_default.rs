//! The `default` entry of the netrc file goes to whatever host a registry names.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::netrcs;
use crate::rules::fetched::beside;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR964",
    name: "netrc-default",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "netrc `default` entry goes to every host",
    page: include_str!("tfr964_netrc_default.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, netrc) in netrcs(case.trace) {
        if netrc.matched.as_deref() != Some("default") {
            continue;
        }
        let summary = format!(
            "The `default` entry of the netrc file goes to {}.",
            code(&netrc.host)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        beside(step, finding)
            .evidence("netrc", visible(&netrc.path))
            .requests_of(step);
        finding.explain("It goes to every host that has no entry of its own, also to one that a registry names.");
        finding.fix(
            Fix::tell(Owner::Environment, "name the machines").value(format!(
                "machine {} login NAME password SECRET",
                visible(&netrc.host)
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::package;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::fact::NetrcFact;

    fn matched(machine: &str) -> Story {
        let fact = NetrcFact {
            path: "~/.netrc".to_owned(),
            host: "cdn.example.com".to_owned(),
            matched: Some(machine.to_owned()),
            near: None,
        };
        Story::registry().fact(Stage::Fetch, package(), Fact::Netrc(fact))
    }

    #[test]
    fn the_default_entry_fires() {
        assert_eq!(matched("default").codes(), ["TFR964"]);
    }

    #[test]
    fn a_named_machine_is_quiet() {
        assert!(!matched("cdn.example.com").fires(&RULE));
    }
}
