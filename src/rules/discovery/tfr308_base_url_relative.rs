//! The base URL is relative and has no leading slash, so it is read below `/.well-known/`.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::visible;
use crate::rules::common::code;
use crate::rules::common::facts;
use crate::rules::common::host_of;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::fact::ServiceFrom;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR308",
    name: "base-url-relative",
    stage: PublicStage::Discovery,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "Relative base without leading slash",
    page: include_str!("tfr308_base_url_relative.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, fact) in facts(case.trace) {
        let Fact::Service { url, written, from } = fact else {
            continue;
        };
        let raw = written.raw();
        let is_relative = !raw.starts_with('/') && !raw.contains("://");
        if !is_relative || !url.raw().contains("/.well-known/") {
            continue;
        }
        let failing = case
            .trace
            .stopped(Stage::Versions)
            .find(|(other, stop)| {
                **stop == Stop::ModuleNotFound
                    && host_of(&other.key.subject) == host_of(&step.key.subject)
            })
            .map(|(step, _)| step);
        let summary = format!(
            "The base URL {} has no leading slash and leads to {}.",
            code(raw),
            code(url.raw())
        );
        let Some(finding) = found.cause(
            &RULE,
            case,
            &step.key.subject,
            failing.unwrap_or(step),
            summary,
        ) else {
            continue;
        };
        if failing.is_some() {
            finding.client_says("init", "Module not found");
        } else {
            finding.aside();
        }
        if matches!(from, ServiceFrom::HostBlock(_)) {
            finding.owner(Owner::Environment);
        }
        finding.explain(
            "Relative values are read beside the document, which lies in `/.well-known/`.",
        );
        let host = step.key.subject.name();
        let right = format!("/{}", raw.trim_start_matches("./"));
        finding.fix(
            Fix::tell(finding.owner, "begin with a slash")
                .value(format!("\"modules.v1\": \"{}\"", visible(&right)))
                .trial(Trial::ServiceUrl {
                    host: host.to_owned(),
                    url: format!("https://{host}{right}"),
                }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::rules::testing::module;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::fact::ServiceFrom;

    fn service(written: &str, url: &str) -> Story {
        let fact = Fact::Service {
            url: foreign(url),
            written: foreign(written),
            from: ServiceFrom::Document {
                asked: "https://reg.example.com/.well-known/terraform.json".to_owned(),
                answered: "https://reg.example.com/.well-known/terraform.json".to_owned(),
            },
        };
        Story::registry().fact(Stage::Discovery, host(), fact)
    }

    #[test]
    fn a_missing_slash_explains_why_nothing_is_found() {
        let story = service(
            "v1/modules/",
            "https://reg.example.com/.well-known/v1/modules/",
        )
        .stop(Stage::Versions, module(), Stop::ModuleNotFound);
        assert_eq!(story.codes().first(), Some(&"TFR308"));
    }

    #[test]
    fn an_absolute_base_is_quiet() {
        assert!(!service("/v1/modules/", "https://reg.example.com/v1/modules/").fires(&RULE));
    }
}
