//! Pure rules over the finished trace: one file and one page each, numbered by stage.
//!
//! [`diagnose`] runs them all, keeps of several that fit one cause the one that names it best, and puts the most important
//! first. Nothing here asks anything or reads a clock; no rule sees another.

pub mod addresses;
pub mod common;
pub mod config;
pub mod credentials;
pub mod discovery;
pub mod fetch;
pub mod fetched;
pub mod layout;
pub mod location;
pub mod manifest;
pub mod messages;
pub mod network;
pub mod practice;
pub mod sources;
#[cfg(test)]
mod testing;
pub mod versions;
pub mod wording;
pub mod words;

use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Rule;
use crate::finding::Severity;
use std::cmp::Reverse;

/// Every rule, by code.
pub static ALL: &[&Rule] = &[
    &config::tfr001_address_grammar::RULE,
    &config::tfr002_single_slash::RULE,
    &config::tfr003_version_without_registry::RULE,
    &config::tfr004_web_url_as_source::RULE,
    &config::tfr005_missing_dot_slash::RULE,
    &config::tfr006_host_without_dot::RULE,
    &config::tfr007_source_expression::RULE,
    &config::tfr009_source_not_an_address::RULE,
    &config::tfr010_cli_config_missing::RULE,
    &config::tfr011_cli_config_syntax::RULE,
    &config::tfr012_cli_config_unknown_key::RULE,
    &config::tfr013_cli_config_unread::RULE,
    &config::tfr014_host_block_unusable::RULE,
    &config::tfr016_cli_config_bad_host::RULE,
    &config::tfr017_cli_config_duplicate_block::RULE,
    &config::tfr018_cli_config_unreadable::RULE,
    &config::tfr019_environment_value_ignored::RULE,
    &config::tfr020_module_source_missing::RULE,
    &config::tfr021_module_call_invalid::RULE,
    &config::tfr022_config_syntax::RULE,
    &config::tfr023_config_file_unreadable::RULE,
    &config::tfr024_root_settings_rejected::RULE,
    &config::tfr025_unintended_double_slash::RULE,
    &config::tfr026_subdir_leaves_package::RULE,
    &config::tfr027_git_shorthand_incomplete::RULE,
    &config::tfr028_git_url_without_prefix::RULE,
    &config::tfr029_git_path_misread::RULE,
    &config::tfr030_idn_host_unsupported::RULE,
    &credentials::tfr101_token_missing::RULE,
    &credentials::tfr102_token_refused::RULE,
    &credentials::tfr103_token_forbidden::RULE,
    &credentials::tfr104_token_near_miss::RULE,
    &credentials::tfr105_credentials_in_tf::RULE,
    &credentials::tfr106_token_placeholder::RULE,
    &credentials::tfr107_token_shadowed::RULE,
    &credentials::tfr108_token_variable_name::RULE,
    &credentials::tfr109_token_shape::RULE,
    &credentials::tfr110_credentials_helper::RULE,
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
    &discovery::tfr311_base_url_query_dropped::RULE,
    &versions::tfr401_module_not_found::RULE,
    &versions::tfr404_versions_not_json::RULE,
    &versions::tfr405_versions_shape::RULE,
    &versions::tfr406_versions_empty::RULE,
    &versions::tfr407_version_unparsable::RULE,
    &versions::tfr408_version_respelled::RULE,
    &versions::tfr410_versions_throttled::RULE,
    &versions::tfr411_equal_precedence::RULE,
    &versions::tfr412_versions_paged::RULE,
    &versions::tfr413_versions_unexpected_status::RULE,
    &versions::tfr450_no_matching_version::RULE,
    &versions::tfr451_prerelease_only::RULE,
    &versions::tfr452_invalid_constraint::RULE,
    &versions::tfr453_unpinned::RULE,
    &versions::tfr454_unbounded_pessimistic::RULE,
    &versions::tfr455_client_excluded::RULE,
    &location::tfr501_no_location::RULE,
    &location::tfr502_json_only::RULE,
    &location::tfr503_body_not_json::RULE,
    &location::tfr504_download_redirects::RULE,
    &location::tfr505_download_missing::RULE,
    &location::tfr506_download_refused::RULE,
    &location::tfr507_use_registry_credentials::RULE,
    &location::tfr508_download_unaccepted_status::RULE,
    &location::tfr531_location_without_scheme::RULE,
    &location::tfr532_location_is_address::RULE,
    &location::tfr533_unsupported_scheme::RULE,
    &location::tfr534_query_before_subdir::RULE,
    &location::tfr535_glob_in_location::RULE,
    &location::tfr536_stray_characters::RULE,
    &location::tfr537_scp_in_ssh_url::RULE,
    &location::tfr538_file_location::RULE,
    &location::tfr539_location_loop::RULE,
    &location::tfr540_parameter_mismatch::RULE,
    &location::tfr541_no_archive_suffix::RULE,
    &location::tfr542_second_hop_not_absolute::RULE,
    &location::tfr543_terraform_get_meta_unreadable::RULE,
    &location::tfr544_checksum_unusable::RULE,
    &location::tfr545_checksum_list_unusable::RULE,
    &location::tfr546_location_unparsable::RULE,
    &fetch::tfr601_archive_needs_credentials::RULE,
    &fetch::tfr602_netrc_no_match::RULE,
    &fetch::tfr603_netrc_breaks_download::RULE,
    &fetch::tfr604_netrc_syntax::RULE,
    &fetch::tfr605_archive_not_found::RULE,
    &fetch::tfr606_signed_link_expired::RULE,
    &fetch::tfr607_rate_limited::RULE,
    &fetch::tfr608_page_instead_of_archive::RULE,
    &fetch::tfr609_archive_stalls::RULE,
    &fetch::tfr610_short_body::RULE,
    &fetch::tfr611_checksum_mismatch::RULE,
    &fetch::tfr612_archive_redirect_broken::RULE,
    &fetch::tfr613_archive_redirect_limit::RULE,
    &fetch::tfr614_archive_server_error::RULE,
    &fetch::tfr615_archive_unaccepted_status::RULE,
    &fetch::tfr616_content_encoding_gzip::RULE,
    &fetch::tfr617_head_length_zero::RULE,
    &fetch::tfr618_single_file_source::RULE,
    &fetch::tfr630_git_anonymous_limit::RULE,
    &fetch::tfr631_git_no_credential::RULE,
    &fetch::tfr632_ssh_host_key::RULE,
    &fetch::tfr633_ssh_key_refused::RULE,
    &fetch::tfr634_ref_not_found::RULE,
    &fetch::tfr635_depth_needs_a_name::RULE,
    &fetch::tfr636_git_missing::RULE,
    &fetch::tfr637_submodules_fail::RULE,
    &fetch::tfr638_git_repository_not_found::RULE,
    &fetch::tfr640_git_unknown_parameter::RULE,
    &fetch::tfr641_git_in_archive_mode::RULE,
    &fetch::tfr642_git_failed::RULE,
    &fetch::tfr643_git_option_as_ref::RULE,
    &fetch::tfr660_no_aws_credential::RULE,
    &fetch::tfr661_s3_url_shape::RULE,
    &fetch::tfr662_s3_region_or_permission::RULE,
    &fetch::tfr663_s3_credential_refused::RULE,
    &fetch::tfr664_s3_host_ignored::RULE,
    &fetch::tfr665_s3_prefix_empty::RULE,
    &fetch::tfr666_s3_prefix_neighbour::RULE,
    &fetch::tfr670_gcs_credential::RULE,
    &fetch::tfr680_file_source_missing::RULE,
    &layout::tfr701_suffix_mismatch::RULE,
    &layout::tfr702_unsupported_format::RULE,
    &layout::tfr703_corrupt_archive::RULE,
    &layout::tfr704_empty_archive::RULE,
    &layout::tfr705_entry_name_conflict::RULE,
    &layout::tfr706_links_lost::RULE,
    &layout::tfr707_backslash_names::RULE,
    &layout::tfr708_unreadable_modes::RULE,
    &layout::tfr709_name_too_long::RULE,
    &layout::tfr710_colliding_names::RULE,
    &layout::tfr711_path_too_long::RULE,
    &layout::tfr740_nested_root::RULE,
    &layout::tfr741_no_config_files::RULE,
    &layout::tfr742_opentofu_only::RULE,
    &layout::tfr743_submodule_missing::RULE,
    &layout::tfr745_glob_not_one::RULE,
    &layout::tfr746_extra_top_entries::RULE,
    &layout::tfr747_module_config_error::RULE,
    &layout::tfr749_module_unusable_as_child::RULE,
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
    &layout::tfr850_escapes_package::RULE,
    &layout::tfr851_nested_needs_access::RULE,
    &layout::tfr853_module_cycle::RULE,
    &layout::tfr854_local_dir_missing::RULE,
    &layout::tfr855_nested_unpinned::RULE,
    &layout::tfr856_local_source_is_a_file::RULE,
    &practice::tfr901_one_client_only::RULE,
    &practice::tfr902_base_url_no_slash::RULE,
    &practice::tfr903_modules_not_one::RULE,
    &practice::tfr905_not_semver::RULE,
    &practice::tfr906_versions_content_type::RULE,
    &practice::tfr911_head_refused::RULE,
    &practice::tfr935_redirect_chain::RULE,
    &practice::tfr936_flaky::RULE,
    &practice::tfr938_slow_stage::RULE,
    &practice::tfr940_expectation_failed::RULE,
    &practice::tfr960_token_in_clear::RULE,
    &practice::tfr961_redirect_to_http::RULE,
    &practice::tfr962_discovery_moves_host::RULE,
    &practice::tfr963_http_without_checksum::RULE,
    &practice::tfr964_netrc_default::RULE,
    &practice::tfr965_movable_version::RULE,
    &practice::tfr967_secret_in_address::RULE,
    &practice::tfr968_hostile_entry::RULE,
    &practice::tfr969_world_writable::RULE,
    &practice::tfr971_location_on_disk::RULE,
    &practice::tfr972_foreign_domain::RULE,
    &practice::tfr973_oversized::RULE,
    &practice::tfr980_client_defect::RULE,
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
    words::tell(case, &mut findings);
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
