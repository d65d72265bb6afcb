//! Test cases for pipelines: a suite for each host, a case for each target.
//!
//! It keeps to what both common schemas allow: at most one failure, error or skip in a case, the times of stages as
//! properties of the suite, and times without a zone, in UTC.

use crate::foreign::visible;
use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::document::TargetInfo;
use quick_xml::Writer;
use quick_xml::events::BytesDecl;
use quick_xml::events::BytesEnd;
use quick_xml::events::BytesStart;
use quick_xml::events::BytesText;
use quick_xml::events::Event;
use std::fmt::Write as _;
use std::io;
use std::io::Write;

type Out<'a> = Writer<&'a mut dyn Write>;

/// Writes all suites.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::Start(BytesStart::new("testsuites")))?;
    let mut hosts: Vec<&str> = Vec::new();
    for target in &document.targets {
        let host = suite_of(target);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    for (id, host) in hosts.iter().enumerate() {
        suite(document, id, host, &mut xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(xml.into_inner())
}

fn suite_of(target: &TargetInfo) -> &str {
    target.host.as_deref().unwrap_or("packages")
}

/// What a case comes to.
enum Outcome<'a> {
    Fine,
    Failure(Vec<&'a FindingInfo>),
    Unsure(Vec<&'a FindingInfo>),
    Skipped,
}

fn outcome<'a>(document: &'a Document, target: &'a TargetInfo) -> Outcome<'a> {
    let with = |severity: &'static str| -> Vec<&'a FindingInfo> {
        document
            .findings_of(&target.id)
            .filter(|finding| common::is_open(finding) && finding.severity == severity)
            .collect()
    };
    let errors = with("error");
    if !errors.is_empty() {
        return Outcome::Failure(errors);
    }
    let unsure = with("inconclusive");
    if !unsure.is_empty() {
        return Outcome::Unsure(unsure);
    }
    match target.status.as_str() {
        "not-reached" | "skipped" => Outcome::Skipped,
        // Cut off: nobody found anything yet.
        "inconclusive" => Outcome::Unsure(Vec::new()),
        _ => Outcome::Fine,
    }
}

fn suite(document: &Document, id: usize, host: &str, xml: &mut Out<'_>) -> io::Result<()> {
    let cases: Vec<(&TargetInfo, Outcome<'_>)> = document
        .targets
        .iter()
        .filter(|target| suite_of(target) == host)
        .map(|target| (target, outcome(document, target)))
        .collect();
    let count = |wanted: fn(&Outcome<'_>) -> bool| {
        cases
            .iter()
            .filter(|(_, outcome)| wanted(outcome))
            .count()
            .to_string()
    };
    let time: f64 = cases
        .iter()
        .map(|(target, _)| seconds(target))
        .fold(0.0, |sum, it| sum + it);
    let mut start = BytesStart::new("testsuite");
    attribute(&mut start, "name", host);
    attribute(&mut start, "package", "tfreg-doctor");
    attribute(&mut start, "id", &id.to_string());
    attribute(
        &mut start,
        "timestamp",
        document.run.started_at.trim_end_matches('Z'),
    );
    attribute(&mut start, "hostname", host);
    attribute(&mut start, "tests", &cases.len().to_string());
    attribute(
        &mut start,
        "failures",
        &count(|it| matches!(it, Outcome::Failure(_))),
    );
    attribute(
        &mut start,
        "errors",
        &count(|it| matches!(it, Outcome::Unsure(_))),
    );
    attribute(
        &mut start,
        "skipped",
        &count(|it| matches!(it, Outcome::Skipped)),
    );
    attribute(&mut start, "time", &format!("{time:.3}"));
    xml.write_event(Event::Start(start))?;
    properties(document, &cases, xml)?;
    for (target, outcome) in &cases {
        case(target, outcome, xml)?;
    }
    text_element(xml, "system-out", &remarks(document, &cases))?;
    text_element(xml, "system-err", "")?;
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn properties(
    document: &Document,
    cases: &[(&TargetInfo, Outcome<'_>)],
    xml: &mut Out<'_>,
) -> io::Result<()> {
    let property = |xml: &mut Out<'_>, name: &str, value: &str| {
        let mut start = BytesStart::new("property");
        attribute(&mut start, "name", name);
        attribute(&mut start, "value", value);
        xml.write_event(Event::Empty(start))
    };
    xml.write_event(Event::Start(BytesStart::new("properties")))?;
    property(
        xml,
        "tool",
        &format!("tfreg-doctor {}", document.tool.version),
    )?;
    property(xml, "clients", &common::clients_of(document))?;
    property(xml, "complete", &document.run.complete.to_string())?;
    for (target, _) in cases {
        for stage in &target.stages {
            if let Some(took) = stage.duration_ms {
                let name = format!("{} {} ms", common::name_of(target), stage.name);
                property(xml, &name, &took.to_string())?;
            }
        }
    }
    xml.write_event(Event::End(BytesEnd::new("properties")))
}

fn case(target: &TargetInfo, outcome: &Outcome<'_>, xml: &mut Out<'_>) -> io::Result<()> {
    let mut start = BytesStart::new("testcase");
    attribute(&mut start, "name", &common::name_of(target));
    attribute(
        &mut start,
        "classname",
        &format!("tfreg-doctor.{}", suite_of(target).replace('.', "_")),
    );
    attribute(&mut start, "time", &format!("{:.3}", seconds(target)));
    let (name, findings) = match outcome {
        Outcome::Fine => return xml.write_event(Event::Empty(start)),
        Outcome::Failure(findings) => ("failure", findings.as_slice()),
        Outcome::Unsure(findings) => ("error", findings.as_slice()),
        Outcome::Skipped => ("skipped", &[][..]),
    };
    xml.write_event(Event::Start(start))?;
    if let Some(first) = findings.first() {
        let mut start = BytesStart::new(name);
        attribute(&mut start, "type", &first.code);
        attribute(
            &mut start,
            "message",
            &format!(
                "{}: {}",
                common::head_of(first),
                common::one_line(&first.title)
            ),
        );
        xml.write_event(Event::Start(start))?;
        let body: Vec<String> = findings.iter().map(|finding| words(finding)).collect();
        xml.write_event(Event::Text(BytesText::new(&valid(&body.join("\n")))))?;
        xml.write_event(Event::End(BytesEnd::new(name)))?;
    } else {
        let mut start = BytesStart::new(name);
        if name == "error" {
            attribute(&mut start, "type", "interrupted");
            attribute(&mut start, "message", "the run ended before this was done");
        }
        xml.write_event(Event::Empty(start))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn words(finding: &FindingInfo) -> String {
    let mut text = format!(
        "{} {}: {}\n{}\n",
        common::one_line(&finding.severity),
        common::head_of(finding),
        common::one_line(&finding.message),
        common::owner_of(finding)
    );
    for place in &finding.locations {
        let _ = writeln!(
            text,
            "at {}:{}:{}",
            visible(&place.file),
            place.line,
            place.column
        );
    }
    for fix in &finding.fixes {
        let _ = writeln!(
            text,
            "{}: {}",
            common::one_line(&fix.verified),
            common::one_line(&fix.text)
        );
        if let Some(value) = &fix.value {
            let _ = writeln!(text, "    {}", common::one_line(value));
        }
        for command in &fix.commands {
            let _ = writeln!(text, "    {}", common::one_line(command));
        }
    }
    text
}

/// Warnings and notes fail no case; they are told here.
fn remarks(document: &Document, cases: &[(&TargetInfo, Outcome<'_>)]) -> String {
    let mut text = String::new();
    for (target, _) in cases {
        for finding in document.findings_of(&target.id) {
            let counted = matches!(finding.severity.as_str(), "error" | "inconclusive");
            if counted && common::is_open(finding) {
                continue;
            }
            let _ = writeln!(
                text,
                "{}: {} {} ({}): {}",
                common::name_of(target),
                common::one_line(&finding.severity),
                common::head_of(finding),
                common::one_line(&finding.status),
                common::one_line(&finding.message)
            );
        }
    }
    text
}

fn seconds(target: &TargetInfo) -> f64 {
    let stages = target.stages.iter();
    // The sum of nothing is a negative zero.
    stages.filter_map(|stage| stage.duration_ms).sum::<f64>() / 1000.0 + 0.0
}

fn attribute(start: &mut BytesStart<'_>, name: &str, value: &str) {
    start.push_attribute((name, valid(&visible(value)).as_str()));
}

fn text_element(xml: &mut Out<'_>, name: &str, text: &str) -> io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new(name)))?;
    xml.write_event(Event::Text(BytesText::new(&valid(text))))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

/// XML 1.0 has no way to say these two; everything else that it lacks was made visible before.
fn valid(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
