//! The credential that counts hides another one.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::challenge;
use crate::rules::common::host_of;
use crate::rules::common::host_of_step;
use crate::rules::common::ladder_rows;
use crate::rules::common::ladders;
use crate::rules::common::probes;
use crate::rules::common::refused_steps;
use crate::rules::common::shell_word;
use crate::secret::Oddity;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Subject;
use crate::trace::fact::ProbeFact;
use crate::trace::fact::ProbeQuestion;
use crate::trace::fact::Rung;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR107",
    name: "token-shadowed",
    stage: PublicStage::Credentials,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &["TFR017"],
    title: "Environment token shadows a good one",
    page: include_str!("tfr107_token_shadowed.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, rungs) in ladders(case.trace) {
        let Some(host) = host_of(&step.key.subject).map(str::to_owned) else {
            continue;
        };
        let Some(used) = rungs.iter().find(|rung| rung.state == RungState::Used) else {
            continue;
        };
        let Some(hidden) = rungs.iter().find(|other| hides(used, other)) else {
            continue;
        };
        let refused = refused_steps(case.trace)
            .map(|(step, _)| step)
            .find(|step| host_of_step(case.trace, step) == Some(host.as_str()));
        let proof = probes(case.trace).any(|(_, probe)| is_proof(probe, &hidden.name));
        let is_empty = used.oddities.contains(&Oddity::Empty);
        if refused.is_some() && !proof && !is_empty {
            continue;
        }
        let about = Subject::Host(host.clone());
        let summary = format!(
            "The token in {} hides another one in {}.",
            visible(&used.name),
            visible(&hidden.name)
        );
        let Some(finding) = found.cause(&RULE, case, &about, refused.unwrap_or(step), summary)
        else {
            continue;
        };
        finding.evidence_table("ladder", ladder_rows(rungs));
        finding.explain("The client takes the first source that has one: variable, `credentials` block, helper.");
        describe(refused, proof, finding);
        offer(used, proof, finding);
    }
}

/// Whether a source has another secret that the used one hides; two blocks for one host are another matter.
fn hides(used: &Rung, other: &Rung) -> bool {
    let both_blocks = used.kind == RungKind::Block && other.kind == RungKind::Block;
    other.state == RungState::Hidden && !both_blocks && other.fingerprint != used.fingerprint
}

fn is_proof(probe: &ProbeFact, name: &str) -> bool {
    probe.confirms
        && matches!(&probe.question, ProbeQuestion::HiddenCredential(asked) if asked == name)
}

fn describe(refused: Option<&Step>, proof: bool, finding: &mut Finding) {
    let Some(step) = refused else {
        finding.aside();
        return;
    };
    finding.severity(Severity::Error).requests_of(step);
    if proof {
        finding
            .reason("hidden-accepted")
            .explain("The registry refuses the one that counts and accepts the hidden one.");
    } else {
        finding
            .reason("winner-empty")
            .explain("The one that counts is empty, and still it wins.");
    }
    if let Some(challenge) = challenge(step) {
        finding.evidence("www-authenticate", challenge);
    }
    finding.client_says("init", "error looking up module versions: 401 Unauthorized");
}

fn offer(used: &Rung, proof: bool, finding: &mut Finding) {
    let text = format!("remove the token from {}", visible(&used.name));
    let mut fix = Fix::tell(Owner::Environment, text);
    if let (RungKind::Variable, Some(name)) = (used.kind, shell_word(&used.name)) {
        fix = fix.command(format!("unset {name}"));
    }
    if proof {
        fix = fix.trial(Trial::Probed { works: true });
    }
    finding.fix(fix);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::finding::Trial;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::rules::testing::module;
    use crate::rules::testing::rung;
    use crate::rules::testing::with_token;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::ProbeFact;
    use crate::trace::fact::ProbeQuestion;
    use crate::trace::fact::RungKind;
    use crate::trace::fact::RungState;

    fn two() -> Story {
        let ladder = vec![
            rung(
                RungKind::Variable,
                "TF_TOKEN_reg_example_com",
                RungState::Used,
                Some("a41f"),
            ),
            rung(
                RungKind::Block,
                "credentials.tfrc.json",
                RungState::Hidden,
                Some("77c0"),
            ),
        ];
        Story::registry().fact(Stage::Credentials, host(), Fact::Ladder(ladder))
    }

    fn refused() -> Story {
        two().stop_after(
            Stage::Versions,
            module(),
            with_token(answered(401, &[], "")),
            Stop::Status {
                got: 401,
                expected: "200",
            },
        )
    }

    #[test]
    fn a_hidden_token_that_is_accepted_explains_the_refusal() {
        let probe = ProbeFact {
            question: ProbeQuestion::HiddenCredential("credentials.tfrc.json".to_owned()),
            answer: foreign("200"),
            confirms: true,
        };
        let story = refused().fact(Stage::Probe, host(), Fact::Probe(probe));
        assert_eq!(story.codes(), ["TFR107"]);
        let findings = story.findings(&RULE);
        let fix = findings
            .first()
            .and_then(|finding| finding.fixes.first())
            .expect("a fix");
        assert_eq!(fix.trial, Trial::Probed { works: true });
        assert_eq!(fix.commands, ["unset TF_TOKEN_reg_example_com"]);
    }

    #[test]
    fn without_proof_the_refused_token_is_the_cause() {
        assert_eq!(refused().codes(), ["TFR102"]);
    }

    #[test]
    fn two_tokens_that_nobody_minds_are_a_warning_and_equal_ones_are_quiet() {
        let findings = two().findings(&RULE);
        assert_eq!(
            findings.first().map(|finding| finding.severity),
            Some(Severity::Warning)
        );
        let ladder = vec![
            rung(RungKind::Variable, "V", RungState::Used, Some("a41f")),
            rung(RungKind::Block, "B", RungState::Hidden, Some("a41f")),
        ];
        assert!(
            !Story::registry()
                .fact(Stage::Credentials, host(), Fact::Ladder(ladder))
                .fires(&RULE)
        );
    }
}
