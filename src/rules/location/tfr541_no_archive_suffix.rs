//! An archive under an address without a suffix that the client knows: it looks for a web page.

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Fix;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::finding::Trial;
use crate::foreign::Foreign;
use crate::foreign::visible;
use crate::rules::common::address_owner;
use crate::rules::common::archive_word;
use crate::rules::common::location_of;
use crate::rules::common::package_stops;
use crate::rules::common::sniffed;
use crate::rules::common::sniffed_word;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::call::SourceKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR541",
    name: "no-archive-suffix",
    stage: PublicStage::Location,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &["TFR534", "TFR540", "TFR544"],
    title: "No archive suffix and no `archive=`: the client looks for a web page",
    page: include_str!("tfr541_no_archive_suffix.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in package_stops(case.trace) {
        let (Stop::NoSourceUrl | Stop::PageUnreadable { .. }) = stop else {
            continue;
        };
        let Some(reply) = step.last_exchange().and_then(Exchange::reply) else {
            continue;
        };
        let Some(word) = archive_word(sniffed(reply)) else {
            continue;
        };
        let summary = format!(
            "The address has no archive suffix, so the client takes the {} archive behind it for a web page.",
            sniffed_word(sniffed(reply))
        );
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding.owner(address_owner(case.trace, &step.key.subject));
        finding.explain("The suffix has to end the path; a query, a redirect's target and the media type do not count.");
        finding.requests_of(step);
        if let Stop::PageUnreadable { words } = stop {
            finding.client_says("init", visible(words));
        } else {
            finding.client_says("init", "no source URL was returned");
        }
        offer(case, step, word, finding);
    }
}

fn offer(case: &Case<'_>, step: &Step, word: &str, finding: &mut Finding) {
    let users = case.trace.users(&step.key.subject);
    let Some(call) = users.first() else {
        finding.tell(
            finding.owner,
            format!("append `archive={word}` to the query"),
        );
        return;
    };
    let text = "say in the query what it is";
    if call.kind == SourceKind::Registry {
        let location = location_of(case.trace, call);
        let taken = location.and_then(|location| location.taken.as_ref());
        let given = taken.map_or(step.key.subject.name(), Foreign::raw);
        let location = with_archive(given, word);
        finding.fix(
            Fix::tell(Owner::Registry, text)
                .value(format!("X-Terraform-Get: {}", visible(&location)))
                .trial(Trial::Location {
                    call: call.key.clone(),
                    location,
                }),
        );
    } else {
        let source = with_archive(call.source.raw(), word);
        finding.fix(
            Fix::tell(Owner::Configuration, text)
                .value(format!("source = \"{}\"", visible(&source)))
                .trial(Trial::Source {
                    call: call.key.clone(),
                    source,
                }),
        );
    }
}

fn with_archive(address: &str, word: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}archive={word}")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn page(body: &[u8]) -> Story {
        Story::direct()
            .with_call(|call| {
                call.source = foreign("https://cdn.example.com/sg?v=1");
            })
            .stop_after(
                Stage::Fetch,
                package(),
                stored(&[], body),
                Stop::NoSourceUrl,
            )
    }

    #[test]
    fn an_archive_without_suffix_fires_with_the_parameter() {
        let story = page(b"\x1f\x8b\x08\0\0\0\0\0");
        assert_eq!(story.codes(), ["TFR541"]);
        let findings = story.findings(&RULE);
        let fix = findings.first().and_then(|finding| finding.fixes.first());
        assert_eq!(
            fix.and_then(|fix| fix.value.as_deref()),
            Some("source = \"https://cdn.example.com/sg?v=1&archive=tar.gz\"")
        );
    }

    #[test]
    fn a_page_is_quiet() {
        assert!(!page(b"<!doctype html><title>x</title>").fires(&RULE));
    }
}
