//! A check of the configuration file, or a line of a list, expects something of a module that does not hold.

use crate::finding::Case;
use crate::finding::Findings;
use crate::finding::Owner;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::rules::common::code;
use crate::rules::common::count;
use crate::rules::common::download;
use crate::rules::common::module_dir_of;
use crate::rules::common::package_of;
use crate::rules::common::version_lists;
use crate::trace::Call;
use crate::trace::PublicStage;
use crate::trace::Trace;
use crate::trace::exchange::Body;
use crate::trace::expected::Expected;
use crate::version::Constraints;
use crate::version::Version;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TFR940",
    name: "expectation-failed",
    stage: PublicStage::Layout,
    severity: Severity::Error,
    owner: Owner::Registry,
    yields_to: &[],
    title: "An expectation does not hold",
    page: include_str!("tfr940_expectation_failed.md"),
    check,
};

/// What was expected and what is there.
struct Difference {
    what: &'static str,
    got: String,
    expected: String,
    stage: PublicStage,
}

fn check(case: &Case<'_>, found: &mut Findings) {
    let trace = case.trace;
    let mut top = trace.calls.iter().filter(|call| call.parent().is_empty());
    let (Some(call), None) = (top.next(), top.next()) else {
        return;
    };
    for entry in &trace.expected.entries {
        let differences = differences(trace, call, entry);
        let Some(first) = differences.first() else {
            continue;
        };
        let summary = match differences.as_slice() {
            [one] => format!(
                "{} is {}; expected is {}.",
                title(one.what),
                code(&one.got),
                code(&one.expected)
            ),
            several => format!(
                "{} of this check do not hold.",
                count(several.len(), "expectation")
            ),
        };
        let finding = found.add_about(&RULE, case, &call.subject(), None, summary);
        finding.stage(first.stage).reason(first.what);
        let mut rows = vec![["what", "got", "expected"].map(str::to_owned).to_vec()];
        rows.extend(differences.into_iter().map(|difference| {
            vec![
                difference.what.to_owned(),
                difference.got,
                difference.expected,
            ]
        }));
        finding.evidence_table("expectations", rows);
        finding.tell(
            Owner::Registry,
            "bring back what is expected, where the change was not meant",
        );
        let at = entry.place.as_ref().map_or_else(
            || "the entry".to_owned(),
            |place| format!("the entry at {}:{}", place.file, place.line),
        );
        finding.tell(Owner::Configuration, format!("or bring {at} up to date"));
        if let Some(place) = entry.place.as_ref() {
            finding.places.push(place.clone());
        }
    }
}

fn title(what: &str) -> &'static str {
    match what {
        "version" => "The selected version",
        "min-versions" => "The number of published versions",
        "dir" => "The directory of the module in its package",
        "sha256" => "The digest of the package",
        _ => "What of the files is missing",
    }
}

fn differences(trace: &Trace, call: &Call, entry: &Expected) -> Vec<Difference> {
    [
        version(call, entry),
        min_versions(trace, call, entry),
        dir(trace, call, entry),
        files(entry),
        sha256(trace, call, entry),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn version(call: &Call, entry: &Expected) -> Option<Difference> {
    let expected = entry.version.as_ref()?;
    let got = call.version.as_ref()?;
    let constraint = Constraints::parse(expected).ok()?;
    let holds = Version::parse(got).is_ok_and(|version| constraint.allows(&version));
    (!holds).then(|| Difference {
        what: "version",
        got: got.clone(),
        expected: expected.clone(),
        stage: PublicStage::Selection,
    })
}

fn min_versions(trace: &Trace, call: &Call, entry: &Expected) -> Option<Difference> {
    let expected = entry.min_versions?;
    let (_, list) = version_lists(trace).find(|(step, _)| call.used.contains(&step.key.subject))?;
    let got = u64::try_from(list.listed.len()).unwrap_or(u64::MAX);
    (got < expected).then(|| Difference {
        what: "min-versions",
        got: got.to_string(),
        expected: format!("{expected} or more"),
        stage: PublicStage::Versions,
    })
}

fn dir(trace: &Trace, call: &Call, entry: &Expected) -> Option<Difference> {
    let expected = entry.dir.as_ref()?;
    let fact = module_dir_of(trace, call)?;
    let installed = format!("modules/{}", call.key);
    let below = fact
        .dir
        .split_once(&installed)
        .map_or(fact.dir.as_str(), |(_, below)| below);
    let nested = fact
        .nested
        .as_ref()
        .filter(|_| fact.config_files.is_empty())
        .map_or("", |(nested, _)| nested.raw());
    let got = format!("{}/{nested}", below.trim_matches('/'));
    let got = got.trim_matches('/');
    (got != expected).then(|| Difference {
        what: "dir",
        got: or_root(got),
        expected: or_root(expected),
        stage: PublicStage::Layout,
    })
}

fn or_root(dir: &str) -> String {
    if dir.is_empty() {
        "the package root".to_owned()
    } else {
        dir.to_owned()
    }
}

fn files(entry: &Expected) -> Option<Difference> {
    let missing = entry
        .missing
        .as_ref()
        .filter(|missing| !missing.is_empty())?;
    Some(Difference {
        what: "files",
        got: format!("no {}", missing.join(", no ")),
        expected: entry.files.join(", "),
        stage: PublicStage::Layout,
    })
}

fn sha256(trace: &Trace, call: &Call, entry: &Expected) -> Option<Difference> {
    let expected = entry.sha256.as_ref()?;
    let (_, exchange) = download(trace, package_of(call)?)?;
    let Body::Stored { sha256, .. } = &exchange.reply()?.body else {
        return None;
    };
    (sha256 != expected).then(|| Difference {
        what: "sha256",
        got: sha256.clone(),
        expected: expected.clone(),
        stage: PublicStage::Package,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::foreign::Foreign;
    use crate::rules::testing::Story;
    use crate::rules::testing::call;
    use crate::rules::testing::module;
    use crate::rules::testing::package;
    use crate::rules::testing::stored;
    use crate::trace::Fact;
    use crate::trace::PublicStage;
    use crate::trace::Stage;
    use crate::trace::call::Place;
    use crate::trace::expected::Expected;
    use crate::trace::fact::ModuleDirFact;
    use crate::trace::fact::VersionsFact;

    fn foreign(text: &str) -> Foreign {
        Foreign::new(text)
    }

    fn story(entry: Expected) -> Story {
        Story::registry()
            .with_call(|call| call.version = Some("2.0.0".to_owned()))
            .fact(
                Stage::Versions,
                module(),
                Fact::Versions(VersionsFact {
                    listed: vec![foreign("1.0.0"), foreign("2.0.0")],
                    modules: 1,
                    duplicate_keys: false,
                    trailing: false,
                    paged: false,
                }),
            )
            .asked(Stage::Fetch, package(), stored(&[], b"bytes"))
            .fact(
                Stage::ModuleDir,
                call(),
                Fact::ModuleDir(ModuleDirFact {
                    dir: ".terraform/modules/m/sub".to_owned(),
                    location_subdir: Some(foreign("sub")),
                    caller_subdir: None,
                    config_files: vec![foreign("main.tf")],
                    other_client_files: Vec::new(),
                    nested: None,
                    exists: true,
                }),
            )
            .expecting(entry)
    }

    fn reason(entry: Expected) -> Option<&'static str> {
        let findings = story(entry).findings(&RULE);
        findings.first().and_then(|finding| finding.reason)
    }

    #[test]
    fn each_expectation_that_does_not_hold_fires_by_its_name() {
        let entry = |change: fn(&mut Expected)| {
            let mut entry = Expected::default();
            change(&mut entry);
            reason(entry)
        };
        assert_eq!(
            entry(|entry| entry.version = Some("~> 1.0".to_owned())),
            Some("version")
        );
        assert_eq!(
            entry(|entry| entry.min_versions = Some(3)),
            Some("min-versions")
        );
        assert_eq!(entry(|entry| entry.dir = Some(String::new())), Some("dir"));
        assert_eq!(
            entry(|entry| entry.missing = Some(vec!["main.tf".to_owned()])),
            Some("files")
        );
        assert_eq!(
            entry(|entry| entry.sha256 = Some("0".repeat(64))),
            Some("sha256")
        );
    }

    #[test]
    fn what_holds_is_quiet() {
        let entry = Expected {
            version: Some(">= 2.0".to_owned()),
            min_versions: Some(2),
            dir: Some("sub".to_owned()),
            missing: Some(Vec::new()),
            ..Expected::default()
        };
        assert_eq!(reason(entry), None);
        assert!(!Story::registry().fires(&RULE));
    }

    #[test]
    fn several_are_one_finding_at_the_place_of_the_entry() {
        let findings = story(Expected {
            version: Some("1.0.0".to_owned()),
            min_versions: Some(5),
            place: Some(Place {
                file: "tfreg-doctor.toml".to_owned(),
                line: 7,
                column: 10,
            }),
            ..Expected::default()
        })
        .findings(&RULE);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].stage, PublicStage::Selection);
        assert!(findings[0].places.iter().any(|place| place.line == 7));
    }
}
