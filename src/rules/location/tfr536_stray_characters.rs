//! Quotes, blanks or control characters in an address.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::bad_locations;
use crate::rules::common::code;
use crate::rules::common::has_stray_characters;
use crate::rules::common::refused_sources;
use crate::trace::PublicStage;
use crate::trace::Step;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR536",
    name: "stray-characters",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Quotes, blanks or control characters",
    page: include_str!("tfr536_stray_characters.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    let sources = refused_sources(case.trace)
        .filter(|(_, got, _)| has_stray_characters(got.raw()))
        .map(|(step, got, _)| (step, got, RULE.code, Owner::Configuration));
    let answers = bad_locations(case.trace)
        .map(|(step, got, _, speaks)| (step, got, speaks, Owner::Registry));
    for (step, got, speaks, owner) in sources.chain(answers) {
        if speaks == RULE.code {
            report(case, step, got.raw(), owner, found);
        }
    }
}

fn report(case: &Case<'_>, step: &Step, got: &str, owner: Owner, found: &mut Findings) {
    let plain = got.trim_matches(|character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '"' | '\'')
    });
    let summary = format!(
        "The address {} has quotes, blanks or control characters in it.",
        code(got)
    );
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.owner(owner).stage(if owner == Owner::Registry {
        PublicStage::Location
    } else {
        PublicStage::Config
    });
    finding.client_says(
        "init",
        format!("invalid source location {:?}", visible(got)),
    );
    let fix = Fix::tell(owner, "write the plain value").value(visible(plain));
    let Some(call) = finding.calls.first().cloned() else {
        finding.fix(fix);
        return;
    };
    let trial = if owner == Owner::Registry {
        Trial::Location {
            call,
            location: plain.to_owned(),
        }
    } else {
        Trial::Source {
            call,
            source: plain.to_owned(),
        }
    };
    finding.fix(fix.trial(trial));
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
            answered_with("\"https://cdn.example.com/x.tgz\"").codes(),
            ["TFR536"]
        );
    }

    #[test]
    fn another_fault_is_quiet() {
        assert!(!answered_with("files/flat.tgz").fires(&RULE));
    }
}
