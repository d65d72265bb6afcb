//! No fetcher exists for a scheme.

use crate::client::Product;
use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::product;
use crate::rules::common::stops;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::stop::Refusal;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR533",
    name: "unsupported-scheme",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR001", "TFR006"],
    title: "Scheme no fetcher exists for",
    page: include_str!("tfr533_unsupported_scheme.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        let (scheme, second) = match stop {
            Stop::NoGetter { scheme } => (scheme.as_str(), false),
            Stop::BadSecondLocation { got, words } if words.starts_with("no getter available") => {
                (got.raw().split(':').next().unwrap_or_default(), true)
            }
            Stop::Refused(Refusal::Transport(scheme)) => {
                refused_transport(case, step, scheme, found);
                continue;
            }
            _ => continue,
        };
        let summary = format!(
            "{} has no way to fetch `{}` addresses.",
            product(case),
            visible(scheme)
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        let owner = if second {
            Owner::Registry
        } else {
            address_owner(case.trace, &step.key.subject)
        };
        finding.owner(owner).client_says(
            "init",
            format!("download not supported for scheme '{}'", visible(scheme)),
        );
        let known = match case.client.product {
            Product::Terraform => "file, gcs, git, hg, http, https, s3",
            Product::OpenTofu => "file, gcs, git, hg, http, https, oci, s3",
        };
        finding.explain(format!("It knows {known}."));
        finding.tell(
            owner,
            "give an https address of an archive, or a `git::` address",
        );
    }
}

/// A transport that git or hg is not given.
fn refused_transport(case: &Case<'_>, step: &Step, scheme: &Foreign, found: &mut Findings) {
    let summary = format!(
        "Repositories are not fetched by the transport `{}`.",
        scheme.shown()
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    let owner = address_owner(case.trace, &step.key.subject);
    finding.owner(owner).reason("transport");
    finding.explain("The client hands such an address to git as it is, which may run a program or wait for ever.");
    finding.explain("It knows http, https, ssh, git and local paths.");
    finding.tell(owner, "give an https or ssh address of the repository");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::stop::Refusal;

    #[test]
    fn an_unknown_scheme_fires() {
        let stop = Stop::NoGetter {
            scheme: "ftp".to_owned(),
        };
        assert_eq!(
            Story::registry()
                .stop(Stage::Source, package(), stop)
                .codes(),
            ["TFR533"]
        );
    }

    #[test]
    fn a_transport_that_git_is_not_given_fires() {
        let stop = Stop::Refused(Refusal::Transport(foreign("ext")));
        assert_eq!(
            Story::direct().stop(Stage::Fetch, package(), stop).codes(),
            ["TFR533"]
        );
    }

    #[test]
    fn a_missing_page_is_quiet() {
        assert!(
            !Story::registry()
                .stop(Stage::Fetch, package(), Stop::NoSourceUrl)
                .fires(&RULE)
        );
    }
}
