//! A file with settings for a host lies where the client does not look.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::host_of;
use crate::rules::common::host_of_step;
use crate::rules::common::ignored_settings;
use crate::rules::common::shell_word;
use crate::rules::common::token_variable;
use crate::rules::common::wanting;
use crate::rules::sources::add_setting;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::fact::WhyIgnored;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR013",
    name: "cli-config-unread",
    stage: PublicStage::Config,
    severity: Severity::Warning,
    owner: Owner::Environment,
    yields_to: &[],
    title: "The file you edited is not the file that is read",
    page: include_str!("tfr013_cli_config_unread.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, setting) in ignored_settings(case.trace) {
        let WhyIgnored::Unread {
            host,
            services,
            because,
        } = &setting.why
        else {
            continue;
        };
        let is_used = case
            .trace
            .steps
            .iter()
            .any(|step| host_of(&step.key.subject) == Some(host));
        if !is_used {
            continue;
        }
        let of_host = |step: &&Step| host_of_step(case.trace, step) == Some(host);
        let wants =
            |step: &&Step| *services == (step.key.stage == Stage::Discovery && !is_refusal(step));
        let failing: Vec<&Step> = wanting(case.trace)
            .into_iter()
            .filter(of_host)
            .filter(wants)
            .collect();
        let what = if *services {
            "the services"
        } else {
            "a credential"
        };
        let summary = format!(
            "{} holds {what} for {}, and the client does not read it.",
            code(&setting.at),
            code(host)
        );
        let finding = add_setting(found, &RULE, case, step, &failing, summary);
        if failing.is_empty() {
            for user in case.trace.users(&Subject::Host(host.clone())) {
                finding.hit(&user.key, user.place.as_ref());
            }
        }
        finding.evidence(
            "unread",
            format!("{}: {}", visible(&setting.at), visible(setting.name.raw())),
        );
        finding.evidence("because", visible(because));
        advise(finding, host, because, *services);
    }
}

fn is_refusal(step: &Step) -> bool {
    matches!(step.stop(), Some(Stop::Status { got: 401 | 403, .. }))
}

fn advise(finding: &mut Finding, host: &str, because: &str, services: bool) {
    let is_variable = because.starts_with("TF_") || because.starts_with("TERRAFORM_");
    finding.explain("Where a file is named by a variable or stands before another, the others are not read at all.");
    finding.tell(
        Owner::Environment,
        "copy the block into the file that is read",
    );
    if !services && let Some(name) = token_variable(host) {
        finding.fix(Fix::tell(Owner::Environment, "or export the token as a variable").value(name));
    }
    if is_variable && let Some(name) = shell_word(because) {
        finding.fix(
            Fix::tell(Owner::Environment, "or unset the variable").command(format!("unset {name}")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::host;
    use crate::rules::testing::ignored;
    use crate::rules::testing::no_document;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Subject;
    use crate::trace::fact::WhyIgnored;

    fn unread(services: bool) -> Fact {
        let why = WhyIgnored::Unread {
            host: HOST.to_owned(),
            services,
            because: "TF_CLI_CONFIG_FILE".to_owned(),
        };
        ignored("host \"reg.example.com\"", why)
    }

    #[test]
    fn an_unread_host_block_explains_a_missing_document() {
        let story = Story::registry()
            .fact(Stage::CliConfig, Subject::Run, unread(true))
            .stop(Stage::Discovery, host(), no_document());
        assert_eq!(story.codes(), ["TFR013"]);
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Error)
        );
    }

    #[test]
    fn an_unread_token_that_is_not_needed_warns() {
        let story = Story::registry()
            .fact(Stage::CliConfig, Subject::Run, unread(false))
            .asked(Stage::Discovery, host(), answered(200, &[], "{}"));
        assert_eq!(
            story
                .findings(&RULE)
                .first()
                .map(|finding| finding.severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn another_host_is_quiet() {
        let story = Story::direct().fact(Stage::CliConfig, Subject::Run, unread(true));
        assert!(!story.fires(&RULE));
    }
}
