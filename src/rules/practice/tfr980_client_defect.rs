//! The release of the client has a fault of its own that this run meets.

use crate::addr::package::split_subdir;
use crate::client::Product;
use crate::client::Release;
use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::has_glob;
use crate::rules::common::package_fact;
use crate::rules::common::package_of;
use crate::rules::common::product;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::call::Call;
use crate::trace::call::SourceKind;
use crate::trace::fact::PackageFact;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR980",
    name: "client-defect",
    stage: PublicStage::Package,
    severity: Severity::Error,
    owner: Owner::Environment,
    yields_to: &[],
    title: "Known defect of this client version",
    page: include_str!("tfr980_client_defect.md"),
    check,
};

/// One fault of releases: whom it hits, what it breaks, what sets it off.
struct Defect {
    reason: &'static str,
    products: &'static [(Product, Release, Release)],
    breaks: &'static str,
    mended: &'static str,
    around: &'static str,
    triggers: fn(&Trace, &Call) -> bool,
}

const DEFECTS: [Defect; 5] = [
    Defect {
        reason: "head-without-length",
        products: &[(Product::Terraform, (0, 12, 0), (0, 12, 19))],
        breaks: "An archive whose HEAD answer states no length is not read",
        mended: "Terraform 0.12.19",
        around: "serve the package by git, or state the length in the answer to HEAD",
        triggers: has_no_length,
    },
    Defect {
        reason: "commit-as-ref",
        products: &[(Product::Terraform, (1, 1, 0), (1, 1, 1))],
        breaks: "A `ref` that is the id of a commit is taken for the name of a branch",
        mended: "Terraform 1.1.1",
        around: "name a tag",
        triggers: has_commit,
    },
    Defect {
        reason: "glob-in-source",
        products: &[(Product::Terraform, (1, 1, 0), (1, 3, 0))],
        breaks: "A pattern in the directory of a source is taken literally",
        mended: "Terraform 1.3.0",
        around: "name the directory",
        triggers: has_pattern,
    },
    Defect {
        reason: "query-behind-shorthand",
        products: &[
            (Product::Terraform, (0, 12, 0), (1, 10, 0)),
            (Product::OpenTofu, (1, 6, 0), (1, 7, 0)),
        ],
        breaks: "A query behind the path of a short form becomes part of the path",
        mended: "Terraform 1.10 and OpenTofu 1.7",
        around: "put `//` before the directory",
        triggers: has_query_behind_path,
    },
    Defect {
        reason: "bucket-without-key",
        products: &[
            (Product::Terraform, (0, 12, 0), (1, 12, 0)),
            (Product::OpenTofu, (1, 6, 0), (1, 11, 0)),
        ],
        breaks: "An `s3::` address with a bucket and no key makes it crash",
        mended: "Terraform 1.12 and OpenTofu 1.11",
        around: "name the key of the object",
        triggers: has_bucket_alone,
    },
];

fn check(case: &Case<'_>, found: &mut Findings) {
    let client = case.client;
    for call in &case.trace.calls {
        for defect in &DEFECTS {
            let is_hit = defect.products.iter().any(|(product, from, to)| {
                client.product == *product && client.release >= *from && client.release < *to
            });
            if !is_hit || !(defect.triggers)(case.trace, call) {
                continue;
            }
            let subjects = [package_of(call).cloned(), Some(call.subject())];
            let failing = subjects.iter().flatten().find_map(|subject| {
                case.trace
                    .steps
                    .iter()
                    .find(|step| &step.key.subject == subject && step.stop().is_some())
            });
            let summary = format!(
                "{}: a fault of {} {}, mended in {}.",
                defect.breaks,
                product(case),
                client.version(),
                defect.mended
            );
            let about = failing.map_or_else(|| call.subject(), |step| step.key.subject.clone());
            let finding = found.add_about(
                &RULE,
                case,
                &about,
                failing.map(|step| step.key.clone()),
                summary,
            );
            finding
                .reason(defect.reason)
                .hit(&call.key, call.place.as_ref());
            if finding.fixes.is_empty() {
                finding.evidence("source", call.source.shown());
                finding.tell(
                    Owner::Environment,
                    format!("use {} or later", defect.mended),
                );
                finding.tell(Owner::Configuration, defect.around);
            }
        }
    }
}

fn has_no_length(trace: &Trace, call: &Call) -> bool {
    let package = package_of(call);
    trace.exchanges().any(|(step, exchange)| {
        Some(&step.key.subject) == package
            && exchange.sent.method == "HEAD"
            && exchange.reply().is_some_and(|reply| {
                reply.status == 200 && reply.header("content-length").is_none()
            })
    })
}

fn fact_of<'a>(trace: &'a Trace, call: &Call) -> Option<&'a PackageFact> {
    package_of(call).and_then(|package| package_fact(trace, package))
}

fn has_commit(trace: &Trace, call: &Call) -> bool {
    fact_of(trace, call).is_some_and(|fact| {
        let wanted = fact
            .address
            .raw()
            .split_once("ref=")
            .map_or("", |(_, rest)| rest);
        let digits = wanted.split('&').next().unwrap_or_default();
        fact.getter == "git"
            && digits.len() == 40
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn has_pattern(_: &Trace, call: &Call) -> bool {
    let subdir = split_subdir(call.source.raw()).1;
    call.kind == SourceKind::Remote && subdir.is_some_and(|subdir| has_glob(&subdir))
}

fn has_query_behind_path(_: &Trace, call: &Call) -> bool {
    let short = call.source.raw().strip_prefix("github.com/");
    short
        .and_then(|rest| rest.split_once('?'))
        .is_some_and(|(path, _)| !path.contains("//") && path.split('/').count() > 2)
}

fn has_bucket_alone(trace: &Trace, call: &Call) -> bool {
    fact_of(trace, call).is_some_and(|fact| {
        let rest = fact
            .address
            .raw()
            .split_once("://")
            .map_or("", |(_, rest)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path
            .split('?')
            .next()
            .unwrap_or_default()
            .trim_end_matches('/');
        let is_path_style = host.starts_with("s3.") || host.starts_with("s3-");
        fact.getter == "s3"
            && host.ends_with("amazonaws.com")
            && is_path_style
            && !path.contains('/')
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::Story;
    use crate::rules::testing::foreign;

    fn story(client: &str, source: &str) -> Story {
        Story::direct()
            .client(client)
            .with_call(|call| call.source = foreign(source))
    }

    #[test]
    fn a_pattern_under_a_release_that_does_not_expand_it_fires() {
        assert!(story("terraform@1.2.9", "https://cdn.example.com/sg.tgz//*").fires(&RULE));
        assert!(story("opentofu@1.6.3", "github.com/o/r/sub?ref=v1").fires(&RULE));
    }

    #[test]
    fn releases_without_the_fault_are_quiet() {
        assert!(!story("terraform@1.11.4", "https://cdn.example.com/sg.tgz//*").fires(&RULE));
        assert!(!story("terraform@1.11.4", "github.com/o/r/sub?ref=v1").fires(&RULE));
        assert!(!story("terraform@1.2.9", "https://cdn.example.com/sg.tgz//sub").fires(&RULE));
    }
}
