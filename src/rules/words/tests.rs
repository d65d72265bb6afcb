//! What is said is what is recognised, and it is said of the finding that it is about.

use super::fill::Values;
use super::table::Kind;
use super::table::ROWS;
use super::table::said;
use crate::client::Client;
use crate::client::Product;
use crate::client::releases::series;
use crate::finding::Said;
use crate::rules::messages;
use crate::rules::testing::Story;
use crate::rules::testing::module;
use crate::trace::Stage;
use crate::trace::Stop;
use crate::trace::call::CallState;

/// Messages of which the summary itself is a gap, or that say nothing of modules.
const NOT_TOLD_APART: [Kind; 2] = [Kind::Setting, Kind::File];

#[test]
fn every_message_is_recognised_when_it_is_pasted() {
    let mut problems = Vec::new();
    let whole = ROWS.iter().filter(|row| !row.summary.is_empty());
    for row in whole.filter(|row| !NOT_TOLD_APART.contains(&row.kind)) {
        for product in [Product::Terraform, Product::OpenTofu] {
            let releases = series(product).iter().map(|release| Client {
                product,
                release: *release,
            });
            let Some(client) = releases
                .into_iter()
                .find(|client| row.clients.include(client))
            else {
                continue;
            };
            let values = Values::named()
                .with("place", "main.tf:1")
                .with("why", why(row.kind));
            let said = said(row.kind, &client, &values).expect("the row is this client's");
            let pasted = format!("Error: {}\n\n{}\n", said.summary, said.detail);
            if messages::explain(&pasted).is_empty() {
                problems.push(format!("{client}: {pasted}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn why(kind: Kind) -> &'static str {
    match kind {
        Kind::Versions => "error looking up module versions: 401 Unauthorized",
        Kind::Location => "module \"a/b/c\" version \"1.0.0\" not found",
        Kind::Glob => "subdir \"x\" not found",
        Kind::ValueType => "string required",
        Kind::NullSource => "null value is not allowed",
        Kind::VersionRefused => "it has a relative local path",
        Kind::Manifest | Kind::ManifestAgain => {
            "error unmarshalling snapshot: unexpected end of JSON input"
        }
        Kind::Lookup => "error looking up BitBucket URL: EOF",
        _ => "bad response code: 404",
    }
}

#[test]
fn a_stop_is_said_as_the_client_says_it_and_by_its_finding() {
    let story = Story::registry()
        .with_call(|call| call.state = CallState::Failed)
        .stop(Stage::Versions, module(), Stop::ModuleNotFound);
    let findings = story.diagnosed();
    let messages: Vec<&Said> = findings
        .iter()
        .filter_map(|finding| finding.client_message.as_ref())
        .flat_map(|message| &message.said)
        .collect();
    let summaries: Vec<&str> = messages.iter().map(|said| said.summary.as_str()).collect();
    assert_eq!(summaries, ["Module not found"]);
}

#[test]
fn a_healthy_trace_says_nothing() {
    let findings = Story::registry().diagnosed();
    assert!(
        findings
            .iter()
            .all(|finding| finding.client_message.is_none())
    );
}
