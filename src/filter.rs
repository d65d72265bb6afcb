//! What becomes of findings before they count: ignores, the baseline, and what was not asked for.
//!
//! A finding that is set aside is kept, with the reason; only one that nobody asked for (`--only`, `--skip`) is gone. Nothing here
//! reads a file or a clock: today's date is handed in.

use crate::finding::Finding;
use crate::finding::Severity;
use crate::finding::Status;
use crate::syntax::glob::target_glob;
use crate::trace::Call;
use crate::trace::PublicStage;
use crate::trace::Subject;
use crate::trace::Trace;
use std::collections::BTreeSet;

/// What is set aside, and what is asked for at all.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The ignores of flags and of the configuration file.
    pub ignores: Vec<Ignore>,
    /// Findings that are known.
    pub baseline: Vec<Known>,
    /// Only these count, unless nothing is named.
    pub only: Selection,
    /// These do not.
    pub skip: Selection,
    /// Today, as `YYYY-MM-DD`.
    pub today: String,
}

/// One ignore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The code.
    pub code: String,
    /// A glob of targets; all of them where there is none.
    pub target: Option<String>,
    /// The module call that it stands at, where it is a comment.
    pub call: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub expires: Option<String>,
    /// Where it is written.
    pub origin: String,
}

/// A finding of the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What makes it the same finding.
    pub fingerprint: String,
    /// What it is, for people.
    pub name: String,
}

/// Stages and codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The stages.
    pub stages: Vec<PublicStage>,
    /// The codes.
    pub codes: Vec<&'static str>,
}

impl Selection {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty() && self.codes.is_empty()
    }

    fn names(&self, finding: &Finding) -> bool {
        self.stages.contains(&finding.stage) || self.codes.contains(&finding.rule.code)
    }
}

/// One target with what was found.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The text a person named it by.
    pub title: &'a str,
    /// The record.
    pub trace: &'a Trace,
    /// The ignores written at its module calls.
    pub inline: &'a [Ignore],
    /// What makes a finding the same in another run.
    pub fingerprint: &'a dyn Fn(&Finding) -> String,
}

/// What of a policy was of use, over all targets.
#[derive(Debug, Default)]
pub struct Use {
    ignores: BTreeSet<usize>,
    seen: BTreeSet<usize>,
    known: BTreeSet<usize>,
    remarks: Vec<String>,
}

impl Policy {
    /// Takes from a target's findings those that are set aside, and gives them back; what nobody asked for is gone.
    pub fn apply(
        &self,
        target: Target<'_>,
        findings: &mut Vec<Finding>,
        used: &mut Use,
    ) -> Vec<Finding> {
        for (index, ignore) in self.ignores.iter().enumerate() {
            if ignore
                .target
                .as_deref()
                .is_none_or(|glob| touches(glob, target))
            {
                used.seen.insert(index);
            }
        }
        let mut aside = Vec::new();
        let mut inline_used = BTreeSet::new();
        let before = std::mem::take(findings);
        for mut finding in before.into_iter().filter(|finding| self.asks_for(finding)) {
            finding.status = self.status(target, &mut finding, used, &mut inline_used);
            if finding.status == Status::Open {
                findings.push(finding);
            } else {
                aside.push(finding);
            }
        }
        for (index, ignore) in target.inline.iter().enumerate() {
            if !inline_used.contains(&index) {
                used.remarks.push(unused(ignore));
            }
        }
        aside
    }

    /// What is to be told of ignores and of the baseline after the last target.
    pub fn remarks(&self, used: Use) -> Vec<String> {
        let mut remarks = used.remarks;
        for (index, ignore) in self.ignores.iter().enumerate() {
            if used.seen.contains(&index) && !used.ignores.contains(&index) {
                remarks.push(unused(ignore));
            }
        }
        for (index, known) in self.baseline.iter().enumerate() {
            if !used.known.contains(&index) {
                remarks.push(format!("the baseline's {} no longer occurs", known.name));
            }
        }
        remarks
    }

    /// A stop is told even where something behind it was asked for: otherwise what could not be looked at would pass for fine.
    fn asks_for(&self, finding: &Finding) -> bool {
        if self.skip.names(finding) {
            return false;
        }
        let ends_the_path = finding.explains_stop && finding.severity <= Severity::Inconclusive;
        self.only.is_empty() || self.only.names(finding) || ends_the_path
    }

    fn status(
        &self,
        target: Target<'_>,
        finding: &mut Finding,
        used: &mut Use,
        inline_used: &mut BTreeSet<usize>,
    ) -> Status {
        if let Some(status) = inline(target, finding, inline_used) {
            return status;
        }
        for (index, ignore) in self.ignores.iter().enumerate() {
            let fits = ignore.code == finding.rule.code
                && ignore
                    .target
                    .as_deref()
                    .is_none_or(|glob| hits(glob, target, finding));
            if !fits {
                continue;
            }
            used.ignores.insert(index);
            match &ignore.expires {
                Some(day) if *day < self.today => {
                    let sentence = format!(
                        "An ignore for this expired on {day} ({}): {}.",
                        ignore.origin, ignore.reason
                    );
                    finding.explain(sentence);
                }
                Some(_) | None => return set_aside(ignore),
            }
        }
        let print = (target.fingerprint)(finding);
        let known = self
            .baseline
            .iter()
            .position(|known| known.fingerprint == print);
        match known {
            Some(index) => {
                used.known.insert(index);
                Status::Known
            }
            None => Status::Open,
        }
    }
}

fn set_aside(ignore: &Ignore) -> Status {
    Status::Suppressed(format!("{} ({})", ignore.reason, ignore.origin))
}

fn unused(ignore: &Ignore) -> String {
    let target = ignore
        .target
        .as_ref()
        .map(|glob| format!(" for {glob}"))
        .unwrap_or_default();
    format!(
        "{}: the ignore of {}{target} sets nothing aside",
        ignore.origin, ignore.code
    )
}

/// A comment counts for its module call and what lies below; a finding about several calls needs one at each.
fn inline(target: Target<'_>, finding: &Finding, used: &mut BTreeSet<usize>) -> Option<Status> {
    let at = |key: &str| {
        target.inline.iter().position(|ignore| {
            ignore.code == finding.rule.code
                && ignore
                    .call
                    .as_deref()
                    .is_some_and(|call| is_at_or_below(key, call))
        })
    };
    let found: Vec<usize> = finding
        .calls
        .iter()
        .map(|key| at(key))
        .collect::<Option<_>>()?;
    let first = target.inline.get(*found.first()?)?;
    used.extend(found);
    Some(set_aside(first))
}

fn is_at_or_below(key: &str, call: &str) -> bool {
    key.strip_prefix(call)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a glob speaks of anything in a target.
fn touches(glob: &str, target: Target<'_>) -> bool {
    is_titled(glob, target.title)
        || target.trace.calls.iter().any(|call| names(glob, call))
        || target
            .trace
            .steps
            .iter()
            .any(|step| target_glob(glob, step.key.subject.name(), '/'))
}

/// Whether a glob names the target of a finding, or each of the calls that it is about.
fn hits(glob: &str, target: Target<'_>, finding: &Finding) -> bool {
    let about = match &finding.about {
        Subject::Run | Subject::Trial(_) => "",
        Subject::Host(name)
        | Subject::Module(name)
        | Subject::Release(name)
        | Subject::Package(name)
        | Subject::Call(name) => name.as_str(),
    };
    let about = about.split(' ').next().unwrap_or_default();
    is_titled(glob, target.title)
        || (!about.is_empty() && target_glob(glob, about, '/'))
        || (!finding.calls.is_empty()
            && finding
                .calls
                .iter()
                .all(|key| target.trace.call(key).is_some_and(|call| names(glob, call))))
}

fn is_titled(glob: &str, title: &str) -> bool {
    let bare = title.split('@').next().unwrap_or(title);
    target_glob(glob, title, '/') || target_glob(glob, bare, '/')
}

fn names(glob: &str, call: &Call) -> bool {
    let of_subject = |subject: &Subject| match subject {
        Subject::Module(name) | Subject::Package(name) => target_glob(glob, name, '/'),
        Subject::Run
        | Subject::Host(_)
        | Subject::Release(_)
        | Subject::Call(_)
        | Subject::Trial(_) => false,
    };
    target_glob(glob, &call.key, '.')
        || target_glob(glob, &call.recorded_source, '/')
        || call.used.iter().any(of_subject)
}

/// The ignores that stand as comments on a line or right above it: `# tfreg-doctor: ignore[nested-root] why`. What is given back is
/// the codes or names as written, and the reason.
pub fn comments(text: &str, line: usize) -> Vec<(String, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(at) = line.checked_sub(1).filter(|at| *at < lines.len()) else {
        return Vec::new();
    };
    let above = lines
        .iter()
        .enumerate()
        .take(at)
        .rev()
        .take_while(|(_, line)| is_comment(line));
    let own = lines.iter().enumerate().skip(at).take(1);
    above
        .chain(own)
        .flat_map(|(number, line)| comment(line, number + 1))
        .collect()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') || line.starts_with("//") || line.starts_with("/*")
}

fn comment(line: &str, number: usize) -> Vec<(String, String, usize)> {
    let Some((before, after)) = line.split_once("tfreg-doctor:") else {
        return Vec::new();
    };
    if !["#", "//", "/*"]
        .iter()
        .any(|mark| before.trim_end().ends_with(mark))
    {
        return Vec::new();
    }
    let Some((codes, reason)) = after
        .trim_start()
        .strip_prefix("ignore[")
        .and_then(|rest| rest.split_once(']'))
    else {
        return Vec::new();
    };
    let reason = reason.trim().trim_end_matches("*/").trim();
    let reason = if reason.is_empty() {
        "no reason given"
    } else {
        reason
    };
    codes
        .split(',')
        .map(|code| (code.trim().to_owned(), reason.to_owned(), number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Ignore;
    use super::Known;
    use super::Policy;
    use super::Selection;
    use super::Target;
    use super::Use;
    use super::comments;
    use crate::finding::Case;
    use crate::finding::Finding;
    use crate::finding::Findings;
    use crate::finding::Owner;
    use crate::finding::Rule;
    use crate::finding::Severity;
    use crate::finding::Status;
    use crate::finding::View;
    use crate::trace::PublicStage;
    use crate::trace::Subject;
    use crate::trace::Trace;

    static RULE: Rule = Rule {
        code: "TFR740",
        name: "nested-root",
        stage: PublicStage::Layout,
        severity: Severity::Error,
        owner: Owner::Registry,
        yields_to: &[],
        title: "a title",
        page: "",
        check: |_, _| {},
    };

    fn finding(calls: &[&str]) -> Finding {
        let client = crate::client::Client::parse("terraform@1.11.4").expect("a known client");
        let mut found = Findings::default();
        let case = Case {
            trace: &Trace::default(),
            client: &client,
            view: View::Install,
        };
        let about = Subject::Module("tf.example.com/net/sg/aws".to_owned());
        found.add_about(&RULE, &case, &about, None, "wrong".to_owned());
        let mut finding = found.into_vec().remove(0);
        finding.calls = calls.iter().map(|key| (*key).to_owned()).collect();
        finding
    }

    fn ignore(target: Option<&str>) -> Ignore {
        Ignore {
            code: "TFR740".to_owned(),
            target: target.map(str::to_owned),
            call: None,
            reason: "waiting".to_owned(),
            expires: None,
            origin: "tfreg-doctor.toml:3".to_owned(),
        }
    }

    fn policy(ignores: Vec<Ignore>) -> Policy {
        Policy {
            ignores,
            today: "2026-05-01".to_owned(),
            ..Policy::default()
        }
    }

    fn run(
        policy: &Policy,
        inline: &[Ignore],
        finding: Finding,
    ) -> (Vec<Finding>, Vec<Finding>, Vec<String>) {
        let mut findings = vec![finding];
        let mut used = Use::default();
        let target = Target {
            title: ".",
            trace: &Trace::default(),
            inline,
            fingerprint: &|_| "print".to_owned(),
        };
        let aside = policy.apply(target, &mut findings, &mut used);
        (findings, aside, policy.remarks(used))
    }

    #[test]
    fn an_ignore_sets_aside_with_its_reason_and_place() {
        for glob in [
            None,
            Some("tf.example.com/net/**"),
            Some("."),
            Some("tf.example.com/*/sg/aws"),
        ] {
            let (open, aside, remarks) = run(&policy(vec![ignore(glob)]), &[], finding(&["jerry"]));
            assert!(
                open.is_empty() && remarks.is_empty(),
                "{glob:?} {remarks:?}"
            );
            assert_eq!(
                aside[0].status,
                Status::Suppressed("waiting (tfreg-doctor.toml:3)".to_owned())
            );
        }
    }

    #[test]
    fn an_ignore_of_something_else_is_not_used() {
        let mut other = ignore(None);
        other.code = "TFR741".to_owned();
        let (open, aside, remarks) = run(&policy(vec![other]), &[], finding(&[]));
        assert_eq!((open.len(), aside.len(), remarks.len()), (1, 0, 1));
        let elsewhere = ignore(Some("other.example.com/**"));
        let (open, _, remarks) = run(&policy(vec![elsewhere]), &[], finding(&[]));
        assert_eq!(
            (open.len(), remarks.len()),
            (1, 0),
            "that target was not part of the run"
        );
    }

    #[test]
    fn an_expired_ignore_lets_the_finding_return_with_a_remark() {
        let mut expired = ignore(None);
        expired.expires = Some("2026-04-30".to_owned());
        let (open, _, _) = run(&policy(vec![expired.clone()]), &[], finding(&[]));
        assert!(open[0].explanation[0].contains("expired on 2026-04-30"));
        expired.expires = Some("2026-05-01".to_owned());
        let (open, aside, _) = run(&policy(vec![expired]), &[], finding(&[]));
        assert_eq!(
            (open.len(), aside.len()),
            (0, 1),
            "the last day still counts"
        );
    }

    #[test]
    fn a_comment_counts_for_its_call_and_below_and_each_call_needs_one() {
        let mut at = ignore(None);
        at.call = Some("jerry".to_owned());
        let inline = [at];
        for (calls, aside) in [
            (&["jerry"][..], 1),
            (&["jerry.sub"], 1),
            (&["jerry2"], 0),
            (&["jerry", "tom"], 0),
        ] {
            let (_, kept, _) = run(&policy(Vec::new()), &inline, finding(calls));
            assert_eq!(kept.len(), aside, "{calls:?}");
        }
    }

    #[test]
    fn the_baseline_makes_findings_known_and_names_what_is_gone() {
        let known = |fingerprint: &str| Known {
            fingerprint: fingerprint.to_owned(),
            name: "TFR740 of jerry".to_owned(),
        };
        let mut policy = policy(Vec::new());
        policy.baseline = vec![known("print"), known("other")];
        let (open, aside, remarks) = run(&policy, &[], finding(&[]));
        assert!(open.is_empty());
        assert_eq!(aside[0].status, Status::Known);
        assert_eq!(remarks, ["the baseline's TFR740 of jerry no longer occurs"]);
    }

    #[test]
    fn only_and_skip_leave_what_was_asked_for_and_stops() {
        let mut policy = policy(Vec::new());
        policy.only = Selection {
            stages: vec![PublicStage::Versions],
            codes: Vec::new(),
        };
        let (open, _, _) = run(&policy, &[], finding(&[]));
        assert!(open.is_empty());
        let mut stop = finding(&[]);
        stop.explains_stop = true;
        let (open, _, _) = run(&policy, &[], stop.clone());
        assert_eq!(open.len(), 1);
        policy.skip.codes = vec!["TFR740"];
        let (open, _, _) = run(&policy, &[], stop);
        assert!(open.is_empty());
    }

    #[test]
    fn comments_are_read_on_the_line_and_right_above_it() {
        let text = "# tfreg-doctor: ignore[TFR453] too far\n\n// tfreg-doctor: ignore[nested-root, TFR741] waiting for 1.3\n# more\nmodule \"a\" { # tfreg-doctor: ignore[TFR007]\n}\n";
        let found = comments(text, 5);
        let codes: Vec<&str> = found.iter().map(|(code, _, _)| code.as_str()).collect();
        assert_eq!(codes, ["nested-root", "TFR741", "TFR007"]);
        assert_eq!(found[0].1, "waiting for 1.3");
        assert_eq!(found[0].2, 3);
        assert_eq!(found[2].1, "no reason given");
        assert!(comments(text, 99).is_empty());
        assert!(comments("x = \"tfreg-doctor: ignore[TFR453]\"", 1).is_empty());
    }
}
