//! Something in between answers: a login page, a block page, a challenge.
//! A page alone is not enough: it needs a sign that it is somebody else's.

use crate::finding::Case;
use crate::finding::Confidence;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::foreign::visible;
use crate::rules::common::asked_for;
use crate::rules::common::download;
use crate::rules::common::first_line;
use crate::rules::common::page_title;
use crate::rules::common::product;
use crate::rules::common::sniffed;
use crate::rules::common::status_text;
use crate::rules::common::stops;
use crate::trace::Exchange;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Stop;
use crate::trace::Trace;
use crate::trace::exchange::Body;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Reply;
use crate::trace::sniff::Sniffed;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR208",
    name: "intercepted",
    stage: PublicStage::Network,
    severity: Severity::Error,
    owner: Owner::Network,
    yields_to: &[],
    title: "Something in between answers",
    page: include_str!("tfr208_intercepted.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    for (step, stop) in stops(case.trace) {
        if !matches!(
            step.key.stage,
            Stage::Discovery | Stage::Versions | Stage::Location | Stage::Fetch | Stage::Unpack
        ) {
            continue;
        }
        if let Stop::Failed(Failure::Malformed(words)) = stop {
            report(case, step, step, ("not-http", &words.shown()), found);
        } else if !matches!(stop, Stop::Failed(_))
            && let Some(asked) = asking_step(case.trace, step)
            && let Some(sign) = sign(asked)
        {
            report(case, step, asked, (sign, ""), found);
        }
    }
}

/// The step that holds the requests: of an archive that cannot be unpacked, the one that fetched it.
fn asking_step<'a>(trace: &'a Trace, step: &'a Step) -> Option<&'a Step> {
    if step.last_exchange().is_some() {
        return Some(step);
    }
    download(trace, &step.key.subject).map(|(step, _)| step)
}

/// The sign that a page is somebody else's.
fn sign(step: &Step) -> Option<&'static str> {
    let last = step.last_exchange()?;
    let reply = last.reply()?;
    let is_page = sniffed(reply) == Sniffed::Html
        || (reply.media_type().as_deref() == Some("text/html")
            && !first_line(reply)?.starts_with('{'));
    if !is_page {
        return None;
    }
    let text = text_of(reply).to_ascii_lowercase();
    let login = [
        "type=\"password\"",
        "sign in",
        "signin",
        "log in",
        "login",
        "sso",
    ];
    let challenge = [
        "captcha",
        "challenge",
        "are you human",
        "checking your browser",
        "blocked by",
        "access to this site",
    ];
    if login.iter().any(|word| text.contains(word)) {
        return Some("login");
    }
    if challenge.iter().any(|word| text.contains(word)) {
        return Some("challenge");
    }
    let first = step.exchanges().next()?;
    let is_api = matches!(
        step.key.stage,
        Stage::Discovery | Stage::Versions | Stage::Location
    );
    (is_api && first.sent.host != last.sent.host).then_some("foreign-host")
}

fn text_of(reply: &Reply) -> String {
    match &reply.body {
        Body::None => String::new(),
        Body::Text { text, .. } => text.raw().to_owned(),
        Body::Stored { head, .. } => String::from_utf8_lossy(head).into_owned(),
    }
}

fn report(
    case: &Case<'_>,
    step: &Step,
    asked: &Step,
    (reason, words): (&'static str, &str),
    found: &mut Findings,
) {
    let what = match reason {
        "not-http" => "something that is no HTTP",
        "login" => "a page to log in",
        "challenge" => "a page that blocks or asks who is there",
        _ => "a web page of another host",
    };
    let summary = format!("In place of {} came {what}.", asked_for(step));
    let Some(finding) = found.once(&RULE, case, step, summary) else {
        return;
    };
    finding.reason(reason).stage(step.key.stage.public());
    if reason != "login" {
        finding.confidence(Confidence::Likely);
    }
    let hops = asked.exchanges().map(|exchange| {
        let status = exchange
            .status()
            .map_or_else(|| "no reply".to_owned(), status_text);
        format!("{status}  {}", visible(&exchange.sent.url))
    });
    finding.evidence_lines("hops", hops.collect());
    if let Some(title) = asked
        .last_exchange()
        .and_then(Exchange::reply)
        .and_then(page_title)
    {
        finding.evidence("title", title);
    }
    if !words.is_empty() {
        finding.evidence("bytes", words);
    }
    finding.requests_of(asked);
    finding.explain(format!(
        "{} cannot sign in to a web page or answer a question.",
        product(case)
    ));
    finding.tell(
        Owner::Network,
        "let the discovery document, the API and the archives pass without a login in the browser",
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::HOST;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::foreign;
    use crate::rules::testing::host;
    use crate::rules::testing::sent_to;
    use crate::trace::End;
    use crate::trace::Stage;
    use crate::trace::Stop;

    fn page(body: &str, name: &str) -> Story {
        let asked = answered(302, &[("location", "https://sso.example.net/")], "");
        let page = sent_to(
            answered(200, &[("content-type", "text/html")], body),
            "https",
            name,
            443,
        );
        Story::registry().step(
            Stage::Discovery,
            host(),
            vec![asked, page],
            Vec::new(),
            End::Stopped(Stop::NotJson {
                got: foreign("text/html"),
            }),
        )
    }

    #[test]
    fn a_page_to_sign_in_fires_alone() {
        let story = page("<html><title>Sign in</title></html>", "sso.example.net");
        assert_eq!(story.codes(), ["TFR208"]);
    }

    #[test]
    fn a_page_of_the_registry_itself_is_quiet() {
        assert!(!page("<html><title>It works</title></html>", HOST).fires(&RULE));
    }
}
