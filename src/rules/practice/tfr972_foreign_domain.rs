//! The package lies in another domain than the registry.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of;
use crate::rules::common::locations;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR972",
    name: "foreign-domain",
    stage: PublicStage::Location,
    severity: Severity::Note,
    owner: Owner::Registry,
    yields_to: &["TFR538", "TFR971"],
    title: "Location leaves the registry's domain",
    page: include_str!("tfr972_foreign_domain.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in locations(case.trace) {
        let (Some(registry), Some(package)) = (host_of(&step.key.subject), fact.package.as_deref())
        else {
            continue;
        };
        let (Some(own), Some(other)) = (
            domain(registry),
            host_in(package).and_then(|host| domain(&host)),
        ) else {
            continue;
        };
        if own == other {
            continue;
        }
        let summary = format!(
            "The package of a module of {} lies at {}.",
            code(registry),
            code(&other)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.severity(Severity::Note);
        finding.explains_stop = false;
        finding.evidence("location", visible(package));
        finding.explain("Whoever holds that domain decides what is installed, and machines behind a firewall need access to it.");
        finding.tell(
            Owner::Registry,
            "serve packages under the registry's own domain, or tell callers which hosts to allow",
        );
    }
}

/// The host of a package address, without port and user.
fn host_in(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.split(':').next()?.to_ascii_lowercase())
}

/// The part of a name that can be registered; addresses and bare names have none.
fn domain(host: &str) -> Option<String> {
    let name = host.split(':').next().unwrap_or_default();
    let labels: Vec<&str> = name.split('.').filter(|label| !label.is_empty()).collect();
    let [.., third, second, top] = labels.as_slice() else {
        return (labels.len() == 2).then(|| labels.join("."));
    };
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_public = top.len() == 2
        && matches!(
            *second,
            "co" | "com" | "org" | "net" | "gov" | "edu" | "ac" | "or" | "ne" | "go"
        );
    Some(if is_public {
        format!("{third}.{second}.{top}")
    } else {
        format!("{second}.{top}")
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::location;
    use crate::rules::testing::release;
    use crate::trace::Fact;
    use crate::trace::Stage;

    fn story(address: &str) -> Story {
        Story::registry().fact(
            Stage::Location,
            release(),
            Fact::Location(location(204, Some(address))),
        )
    }

    #[test]
    fn another_domain_fires() {
        assert!(story("https://storage.example.net/sg.tgz").fires(&RULE));
    }

    #[test]
    fn the_same_domain_and_addresses_are_quiet() {
        assert!(!story("https://cdn.example.com/sg.tgz").fires(&RULE));
        assert!(!story("https://10.0.0.1/sg.tgz").fires(&RULE));
    }
}
