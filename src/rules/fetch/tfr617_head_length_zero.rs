//! The answer to `HEAD` says that the archive has no bytes and that ranges are there: the client believes that it has all of it.

use crate::client::Behaviour;
use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::package_stops;
use crate::rules::fetched::archive_message;
use crate::trace::PublicStage;
use crate::trace::Step;
use crate::trace::Stop;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR617",
    name: "head-length-zero",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "HEAD announces length 0 and ranges: the archive is never fetched",
    page: include_str!("tfr617_head_length_zero.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Findings) {
    if !case.client.does(Behaviour::HeadLengthZeroSkips) {
        return;
    }
    for (step, stop) in package_stops(case.trace) {
        if !matches!(stop, Stop::Archive(_) | Stop::Checksum(_)) || !is_skipped(step) {
            continue;
        }
        let summary = "`HEAD` is answered with length 0 and ranges: the client believes that it has the whole archive and never asks for it.";
        let Some(finding) = found.once(&RULE, case, step, summary) else {
            continue;
        };
        finding
            .evidence_lines(
                "headers",
                vec![
                    "accept-ranges: bytes".to_owned(),
                    "content-length: 0".to_owned(),
                ],
            )
            .requests_of(step);
        let words = if let Stop::Archive(archive) = stop {
            archive_message(case.trace, step, archive)
        } else {
            None
        };
        finding.client_says("init", words.unwrap_or_else(|| "EOF".to_owned()));
        finding.tell(
            Owner::Registry,
            "answer `HEAD` with the true length, or with none, or with 405",
        );
    }
}

/// Whether the last request was a `HEAD` that kept the client from asking on.
fn is_skipped(step: &Step) -> bool {
    let Some(last) = step
        .last_exchange()
        .filter(|last| last.sent.method == "HEAD")
    else {
        return false;
    };
    last.reply().is_some_and(|reply| {
        reply.status == 200
            && reply.header("accept-ranges") == Some("bytes")
            && reply.header("content-length").map(str::trim) == Some("0")
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::answered;
    use crate::rules::testing::package;
    use crate::trace::End;
    use crate::trace::Fact;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use crate::trace::archive::Kind;
    use crate::trace::archive::Unpacked;
    use crate::trace::archive_stop::ArchiveStop;
    use crate::trace::archive_stop::StreamFault;

    fn story(headers: &[(&str, &str)]) -> Story {
        let mut head = answered(200, headers, "");
        "HEAD".clone_into(&mut head.sent.method);
        let stop = ArchiveStop::Opening {
            kind: Kind::TarGz,
            fault: StreamFault::Nothing,
        };
        Story::direct().step(
            Stage::Fetch,
            package(),
            vec![head],
            vec![Fact::Unpacked(Box::new(Unpacked::new(Kind::TarGz)))],
            End::Stopped(Stop::Archive(stop)),
        )
    }

    #[test]
    fn length_zero_with_ranges_fires() {
        let headers = [("accept-ranges", "bytes"), ("content-length", "0")];
        assert!(story(&headers).fires(&RULE));
        assert!(!story(&headers).client("terraform@1.14.9").fires(&RULE));
    }

    #[test]
    fn length_zero_without_ranges_is_quiet() {
        assert!(!story(&[("content-length", "0")]).fires(&RULE));
    }
}
