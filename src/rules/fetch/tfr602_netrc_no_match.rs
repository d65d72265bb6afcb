//! An entry of the netrc file is for the same host and never matches: the client looks for `host:port`.

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
    code: "TFR602",
    name: "netrc-no-match",
    stage: PublicStage::Package,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "netrc entry exists but does not match",
    page: include_str!("tfr602_netrc_no_match.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, netrc) in netrcs(case.trace) {
        let Some(near) = netrc.near.as_ref().filter(|_| netrc.matched.is_none()) else {
            continue;
        };
        let summary = format!(
            "The netrc file has an entry for {}, and {} is looked for.",
            code(near),
            code(&netrc.host)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        beside(step, finding)
            .evidence("netrc", visible(&netrc.path))
            .requests_of(step);
        finding.explain("Where the address has a port, the machine has to be written with it.");
        finding.fix(
            Fix::tell(Owner::Environment, "name the machine with its port")
                .value(format!("machine {}", visible(&netrc.host))),
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

    fn netrc(near: Option<&str>) -> Story {
        let fact = NetrcFact {
            path: "~/.netrc".to_owned(),
            host: "cdn.example.com:8443".to_owned(),
            matched: None,
            near: near.map(str::to_owned),
        };
        Story::registry().fact(Stage::Fetch, package(), Fact::Netrc(fact))
    }

    #[test]
    fn an_entry_without_the_port_fires() {
        assert_eq!(netrc(Some("cdn.example.com")).codes(), ["TFR602"]);
    }

    #[test]
    fn no_entry_is_quiet() {
        assert!(!netrc(None).fires(&RULE));
    }
}
