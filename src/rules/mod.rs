//! Pure rules over the finished trace: one file and one page each, numbered by stage.
//!
//! [`diagnose`] runs them all, keeps of several that fit one cause the one that names it best, and puts the most important
//! first. Nothing here asks anything or reads a clock; no rule sees another.

pub mod common;
pub mod credentials;
pub mod discovery;
pub mod layout;
pub mod location;
pub mod manifest;
pub mod network;
pub mod practice;
#[cfg(test)]
mod testing;
pub mod versions;

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Rule;
use crate::finding::Severity;
use std::cmp::Reverse;

/// Every rule, by code.
pub static ALL: &[&Rule] = &[
    &credentials::tfr101_token_missing::RULE,
    &credentials::tfr102_token_refused::RULE,
    &credentials::tfr103_token_forbidden::RULE,
    &credentials::tfr104_token_near_miss::RULE,
    &credentials::tfr106_token_placeholder::RULE,
    &credentials::tfr107_token_shadowed::RULE,
    &credentials::tfr113_token_not_a_string::RULE,
    &network::tfr201_no_such_host::RULE,
    &network::tfr202_connection_refused::RULE,
    &network::tfr203_untrusted_certificate::RULE,
    &network::tfr204_bad_certificate::RULE,
    &network::tfr205_plain_http_on_tls::RULE,
    &network::tfr206_proxy_failed::RULE,
    &network::tfr208_intercepted::RULE,
    &network::tfr209_archive_host_unreachable::RULE,
    &network::tfr210_no_answer_in_time::RULE,
    &network::tfr212_tls_handshake::RULE,
    &discovery::tfr301_no_discovery::RULE,
    &discovery::tfr302_no_modules_service::RULE,
    &discovery::tfr303_discovery_content_type::RULE,
    &discovery::tfr304_discovery_not_json::RULE,
    &discovery::tfr305_discovery_status::RULE,
    &discovery::tfr306_modules_not_a_string::RULE,
    &discovery::tfr307_base_url_refused::RULE,
    &discovery::tfr308_base_url_relative::RULE,
    &discovery::tfr309_discovery_redirects::RULE,
    &versions::tfr401_module_not_found::RULE,
    &versions::tfr404_versions_not_json::RULE,
    &versions::tfr405_versions_shape::RULE,
    &versions::tfr406_versions_empty::RULE,
    &versions::tfr407_version_unparsable::RULE,
    &versions::tfr410_versions_throttled::RULE,
    &versions::tfr411_equal_precedence::RULE,
    &versions::tfr413_versions_unexpected_status::RULE,
    &versions::tfr450_no_matching_version::RULE,
    &versions::tfr451_prerelease_only::RULE,
    &versions::tfr452_invalid_constraint::RULE,
    &versions::tfr453_unpinned::RULE,
    &versions::tfr454_unbounded_pessimistic::RULE,
    &location::tfr501_no_location::RULE,
    &location::tfr502_json_only::RULE,
    &location::tfr503_body_not_json::RULE,
    &location::tfr504_download_redirects::RULE,
    &location::tfr505_download_missing::RULE,
    &location::tfr506_download_refused::RULE,
    &location::tfr508_download_unaccepted_status::RULE,
    &location::tfr531_location_without_scheme::RULE,
    &location::tfr532_location_is_address::RULE,
    &location::tfr533_unsupported_scheme::RULE,
    &location::tfr535_glob_in_location::RULE,
    &location::tfr536_stray_characters::RULE,
    &location::tfr537_scp_in_ssh_url::RULE,
    &location::tfr541_no_archive_suffix::RULE,
    &location::tfr546_location_unparsable::RULE,
    &layout::tfr740_nested_root::RULE,
    &layout::tfr741_no_config_files::RULE,
    &layout::tfr742_opentofu_only::RULE,
    &layout::tfr743_submodule_missing::RULE,
    &layout::tfr745_glob_not_one::RULE,
    &manifest::tfr801_manifest_unreadable::RULE,
    &manifest::tfr802_duplicate_record::RULE,
    &manifest::tfr803_dir_missing::RULE,
    &manifest::tfr804_dir_differs::RULE,
    &manifest::tfr805_dir_changes::RULE,
    &manifest::tfr806_glob_in_dir::RULE,
    &manifest::tfr807_dir_not_portable::RULE,
    &manifest::tfr808_stale_records::RULE,
    &manifest::tfr809_source_not_normalised::RULE,
    &manifest::tfr810_call_changed::RULE,
    &manifest::tfr812_data_dir_elsewhere::RULE,
    &manifest::tfr813_call_without_record::RULE,
    &practice::tfr901_one_client_only::RULE,
    &practice::tfr999_unexplained::RULE,
];

/// Rules whose findings leave a module empty or wrong although the client reports success.
const LEAVES_WRONG: [&str; 13] = [
    "TFR026", "TFR411", "TFR454", "TFR643", "TFR664", "TFR704", "TFR706", "TFR707", "TFR740",
    "TFR741", "TFR742", "TFR804", "TFR850",
];

/// What is wrong, most important first.
pub fn diagnose(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Findings::default();
    for rule in ALL {
        (rule.check)(case, &mut found);
    }
    let spoken = found.into_vec();
    let keep: Vec<bool> = spoken
        .iter()
        .map(|finding| !is_outspoken(finding, &spoken))
        .collect();
    let mut findings: Vec<Finding> = spoken
        .into_iter()
        .zip(keep)
        .filter_map(|(finding, keep)| keep.then_some(finding))
        .collect();
    let unexplained = practice::tfr999_unexplained::unclaimed(case, &findings);
    findings.extend(unexplained);
    findings.sort_by(|left, right| order(left).cmp(&order(right)));
    findings
}

/// The rule with this code or name.
pub fn by_name(name: &str) -> Option<&'static Rule> {
    ALL.iter()
        .find(|rule| rule.code.eq_ignore_ascii_case(name) || rule.name == name)
        .copied()
}

/// Whether a rule that names the same cause better spoke as well.
fn is_outspoken(finding: &Finding, all: &[Finding]) -> bool {
    all.iter()
        .filter(|other| finding.rule.yields_to.contains(&other.rule.code))
        .any(|other| is_same_cause(finding, other))
}

fn is_same_cause(finding: &Finding, other: &Finding) -> bool {
    let same_step = finding.step.is_some() && finding.step == other.step;
    let shares_call = || {
        finding.calls.iter().any(|call| other.calls.contains(call))
            || (finding.calls.is_empty() && other.calls.is_empty())
    };
    same_step
        || finding.about == other.about
        || (finding.explains_stop && other.explains_stop && shares_call())
}

/// What the order of findings goes by.
fn order(finding: &Finding) -> impl Ord {
    (
        finding.severity,
        !finding.explains_stop,
        !LEAVES_WRONG.contains(&finding.rule.code),
        Reverse(finding.calls.len()),
        finding.stage,
        finding.about.clone(),
        finding.rule.code,
    )
}

/// Whether a finding counts as an error of the client or of this tool's question.
pub fn is_failure(finding: &Finding) -> bool {
    finding.severity <= Severity::Inconclusive
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use super::by_name;
    use super::testing::Story;
    use super::testing::call;
    use super::testing::module;
    use crate::trace::Stage;
    use crate::trace::Stop;
    use std::collections::HashSet;

    const HEADINGS: [&str; 5] = [
        "## What it means",
        "## How it shows",
        "## Why it happens",
        "## How to fix it",
        "## Try it",
    ];

    #[test]
    fn codes_are_sorted_and_every_page_has_its_headings() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
        for rule in ALL {
            let mut lines = rule.page.lines();
            assert_eq!(
                lines.next(),
                Some(format!("# {} {}", rule.code, rule.name).as_str())
            );
            let headings: Vec<&str> = lines.filter(|line| line.starts_with('#')).collect();
            assert_eq!(headings, HEADINGS, "{}", rule.code);
            let command = format!(
                "tfreg-doctor demo {}-{}",
                rule.code.to_lowercase(),
                rule.name
            );
            assert!(rule.page.contains(&command), "{}", rule.code);
        }
    }

    #[test]
    fn codes_and_names_are_unique() {
        let names: HashSet<&str> = ALL.iter().flat_map(|rule| [rule.code, rule.name]).collect();
        assert_eq!(names.len(), 2 * ALL.len());
        assert_eq!(by_name("nested-root").map(|rule| rule.code), Some("TFR740"));
        assert_eq!(by_name("tfr740").map(|rule| rule.code), Some("TFR740"));
    }

    #[test]
    fn a_stop_that_no_rule_knows_is_never_silent() {
        let story = Story::registry().stop(
            Stage::ModuleDir,
            call(),
            Stop::Limit {
                name: "levels".to_owned(),
                number: 32,
            },
        );
        assert!(!story.codes().is_empty());
    }

    #[test]
    fn a_healthy_story_has_no_finding() {
        assert!(Story::registry().codes().is_empty());
        assert_eq!(
            Story::registry()
                .stop(Stage::Versions, module(), Stop::ModuleNotFound)
                .codes(),
            ["TFR401"]
        );
    }
}
