//! What was checked: a target without calls, or each call of a module tree.

use crate::finding::Severity;
use crate::foreign::Foreign;
use crate::report::Asked;
use crate::report::Section;
use crate::report::document::CallInfo;
use crate::report::document::ManifestInfo;
use crate::report::document::PackageInfo;
use crate::report::document::StageInfo;
use crate::report::document::TargetInfo;
use crate::report::document::build::Maker;
use crate::report::document::build::asked_host;
use crate::report::document::build::clean;
use crate::report::lines::State;
use crate::report::lines::stage_lines;
use crate::report::shared::file_of;
use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::PublicStage;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::Subject;
use crate::trace::call::CallState;

/// The targets of a section.
pub(super) fn targets(maker: &Maker<'_>, index: usize, section: &Section) -> Vec<TargetInfo> {
    if section.trace.calls.is_empty() {
        return vec![TargetInfo {
            id: maker.ids.target(index, "").unwrap_or_default(),
            host: asked_host(section),
            address: clean(section.target.title()),
            asked: clean(section.target.title()),
            place: place(maker, index),
            status: status(section, None).to_owned(),
            stages: stages(maker, index, section, None),
            ..TargetInfo::default()
        }];
    }
    let calls = section.trace.calls.iter();
    calls
        .map(|call| target(maker, index, section, call))
        .collect()
}

fn target(maker: &Maker<'_>, index: usize, section: &Section, call: &Call) -> TargetInfo {
    let host = call.used.iter().find_map(|subject| match subject {
        Subject::Host(name) => Some(name.clone()),
        _ => None,
    });
    let calls = call.place.iter().map(|place| CallInfo {
        file: file_of(section, &place.file),
        line: place.line,
        column: place.column,
        key: call.key.clone(),
    });
    TargetInfo {
        id: maker.ids.target(index, &call.key).unwrap_or_default(),
        key: call.key.clone(),
        address: address(call, host.as_deref()),
        host,
        subdir: subdir(call),
        constraint: call
            .constraint
            .as_ref()
            .map(Foreign::raw)
            .map(str::to_owned),
        selected: call.version.clone(),
        status: status(section, Some(call)).to_owned(),
        asked: clean(section.target.title()),
        place: place(maker, index),
        calls: calls.collect(),
        package: package(section, call),
        manifest: Some(ManifestInfo {
            expected_dir: expected_dir(section, call),
            recorded_dir: call.dir.clone(),
        }),
        stages: stages(maker, index, section, Some(call)),
    }
}

/// The place in the whole list, where this is a share of it.
fn place(maker: &Maker<'_>, index: usize) -> Option<usize> {
    let share = maker.run.about.partition.as_ref()?;
    share.places.get(index).copied()
}

fn address(call: &Call, host: Option<&str>) -> String {
    let module = call.used.iter().find_map(|subject| match subject {
        Subject::Module(name) => Some(name.as_str()),
        _ => None,
    });
    match (module, host) {
        (Some(module), Some(host)) => module
            .strip_prefix(host)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(module)
            .to_owned(),
        _ => clean(call.source.raw()),
    }
}

fn subdir(call: &Call) -> String {
    let recorded = call.recorded_source.as_str();
    let path = recorded
        .rsplit_once("://")
        .map_or(recorded, |(_, rest)| rest);
    path.split_once("//")
        .and_then(|(_, subdir)| subdir.split('?').next())
        .unwrap_or_default()
        .to_owned()
}

fn package(section: &Section, call: &Call) -> Option<PackageInfo> {
    let step = section
        .trace
        .steps
        .iter()
        .find(|step| step.key.stage == Stage::Fetch && call.used.contains(&step.key.subject))?;
    let (bytes, sha256) = step.stored().unzip();
    Some(PackageInfo {
        url: clean(step.key.subject.name()),
        kind: step.package_kind().map(str::to_owned),
        bytes,
        sha256: sha256.map(str::to_owned),
        content_sha256: None,
        root: package_root(step),
    })
}

fn package_root(step: &Step) -> Option<Vec<String>> {
    step.facts.iter().find_map(|fact| match fact {
        Fact::Tree(tree) => Some(tree.top.iter().map(|name| name.raw().to_owned()).collect()),
        _ => None,
    })
}

fn status(section: &Section, call: Option<&Call>) -> &'static str {
    if section.trace.steps.is_empty() {
        return State::NotReached.word();
    }
    let worst = section
        .findings
        .iter()
        .filter(|finding| call.is_none_or(|call| finding.calls.contains(&call.key)))
        .map(|finding| finding.severity)
        .min();
    match (worst, call.map(|call| call.state)) {
        (Some(Severity::Inconclusive), _) => State::Inconclusive.word(),
        (Some(Severity::Error), _) | (_, Some(CallState::Failed)) => State::Fail.word(),
        (_, Some(CallState::NotReached)) if call.is_some_and(|call| is_begun(section, call)) => {
            State::Inconclusive.word()
        }
        // What was asked for was reached, unless something else ended it.
        (_, Some(CallState::NotReached)) if asked_short(section) => State::Pass.word(),
        (_, Some(CallState::NotReached)) => State::NotReached.word(),
        (_, None) if section.is_cut_off() => State::Inconclusive.word(),
        _ => State::Pass.word(),
    }
}

fn asked_short(section: &Section) -> bool {
    !section.cut && !matches!(section.target, Asked::Records(_))
}

/// Whether something was asked for a call when its walk was cut off.
fn is_begun(section: &Section, call: &Call) -> bool {
    let steps = &section.trace.steps;
    section.cut
        && steps
            .iter()
            .any(|step| call.used.contains(&step.key.subject))
}

fn stages(
    maker: &Maker<'_>,
    index: usize,
    section: &Section,
    call: Option<&Call>,
) -> Vec<StageInfo> {
    let lines = stage_lines(section, call).into_iter();
    lines
        .filter(|line| !line.name.is_empty())
        .map(|line| {
            let hit = section.findings.iter().enumerate().filter(|(_, finding)| {
                finding.stage == line.stage
                    && call.is_none_or(|call| finding.calls.contains(&call.key))
            });
            StageInfo {
                name: line.stage.word().to_owned(),
                status: line.state.word().to_owned(),
                text: clean(line.text),
                duration_ms: line.took.map(|took| maker.ms(took)),
                requests: requests(maker, index, section, call, line.stage),
                findings: hit
                    .map(|(number, _)| maker.ids.finding(index, number))
                    .collect(),
            }
        })
        .collect()
}

fn requests(
    maker: &Maker<'_>,
    index: usize,
    section: &Section,
    call: Option<&Call>,
    stage: PublicStage,
) -> Vec<String> {
    let of_call = |step: &Step| {
        call.is_none_or(|call| {
            step.key.subject == call.subject() || call.used.contains(&step.key.subject)
        })
    };
    let steps = section.trace.steps.iter();
    steps
        .filter(|step| step.key.stage.public() == stage && of_call(step))
        .flat_map(|step| {
            (0..step.exchanges().count())
                .filter_map(|number| maker.ids.request(index, &step.key, number))
        })
        .collect()
}

fn expected_dir(section: &Section, call: &Call) -> Option<String> {
    let step = section.trace.step(&call.subject(), Stage::ModuleDir)?;
    step.facts.iter().find_map(|fact| match fact {
        Fact::ModuleDir(fact) => match &fact.nested {
            Some((nested, _)) if fact.config_files.is_empty() => {
                Some(format!("{}/{}", fact.dir, nested.raw()))
            }
            _ => Some(fact.dir.clone()),
        },
        _ => None,
    })
}
