//! A location that mixes `ssh://` and the path form of scp.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::bad_locations;
use crate::rules::common::code;
use crate::rules::common::refused_sources;
use crate::rules::common::remote_code;
use crate::trace::PublicStage;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR537",
    name: "scp-in-ssh-url",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Configuration,
    yields_to: &[],
    title: "scp-style path combined with `ssh://`",
    page: include_str!("tfr537_scp_in_ssh_url.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    let sources = refused_sources(case.trace).filter_map(|(step, got, error)| {
        let remote = error.remote.as_deref()?;
        Some((
            step,
            got,
            remote_code(remote, got.raw()),
            Owner::Configuration,
        ))
    });
    let answers = bad_locations(case.trace)
        .map(|(step, got, _, speaks)| (step, got, speaks, Owner::Registry));
    for (step, got, speaks, owner) in sources.chain(answers) {
        if speaks != RULE.code {
            continue;
        }
        let summary = format!(
            "{} mixes two forms: behind `ssh://` a colon introduces a port.",
            code(got.raw())
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .owner(owner)
            .stage(step.key.stage.public())
            .evidence("address", got.shown());
        finding.client_says("init", "Invalid module source address");
        finding.tell(
            owner,
            "write `git::ssh://git@host/org/repo.git`, or `git::git@host:org/repo.git`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::addr::AddrRules;
    use crate::addr::parse_location;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::release;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn answered_with(text: &str) -> Story {
        let rules = AddrRules::terraform((1, 11, 4));
        let error = parse_location(text, &rules).expect_err("no location");
        Story::registry().stop(
            Stage::Location,
            release(),
            Stop::BadLocation {
                got: foreign(text),
                error,
            },
        )
    }

    #[test]
    fn it_fires() {
        assert_eq!(
            answered_with("git::ssh://git@host.example.com:org/repo.git").codes(),
            ["TFR537"]
        );
    }

    #[test]
    fn another_fault_is_quiet() {
        assert!(!answered_with("files/flat.tgz").fires(&RULE));
    }
}
