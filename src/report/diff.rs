//! What differs between two runs: only facts that can explain "works here, fails there".

use crate::report::common;
use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::document::HostInfo;
use crate::report::document::TargetInfo;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about: a host, a target, the run.
    pub about: String,
    /// Which fact.
    pub fact: &'static str,
    /// In the first document.
    pub left: Option<String>,
    /// In the second document.
    pub right: Option<String>,
}

/// The differences, the run's first, then hosts, targets and findings.
pub fn differences(left: &Document, right: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut run = Facts {
        about: "run".to_owned(),
        found: &mut found,
    };
    run.compare(
        "client",
        Some(common::clients_of(left)),
        Some(common::clients_of(right)),
    );
    run.compare(
        "exit",
        Some(left.run.exit.code.to_string()),
        Some(right.run.exit.code.to_string()),
    );
    hosts(left, right, &mut found);
    targets(left, right, &mut found);
    findings(left, right, &mut found);
    found
}

/// The differences as lines.
pub fn text(differences: &[Difference]) -> String {
    let mut text = String::new();
    let mut about = "";
    for difference in differences {
        if difference.about != about {
            about = &difference.about;
            let _ = writeln!(text, "{}", common::one_line(about));
        }
        let side = |side: &Option<String>| {
            side.as_deref()
                .map_or_else(|| "-".to_owned(), common::one_line)
        };
        let _ = writeln!(
            text,
            "  {:<18} {}\n  {:<18} {}",
            difference.fact,
            side(&difference.left),
            "",
            side(&difference.right)
        );
    }
    text
}

struct Facts<'a> {
    about: String,
    found: &'a mut Vec<Difference>,
}

impl Facts<'_> {
    fn compare(&mut self, fact: &'static str, left: Option<String>, right: Option<String>) {
        if left != right {
            self.found.push(Difference {
                about: self.about.clone(),
                fact,
                left,
                right,
            });
        }
    }
}

fn hosts(left: &Document, right: &Document, found: &mut Vec<Difference>) {
    let all = pair(&left.hosts, &right.hosts, |host| host.host.clone());
    for (name, (left, right)) in all {
        let mut facts = Facts {
            about: format!("host {name}"),
            found,
        };
        let mut fact = |name, of: fn(&HostInfo) -> Option<String>| {
            facts.compare(name, left.and_then(of), right.and_then(of));
        };
        fact("asked", |_| Some("yes".to_owned()));
        fact("address", |host| host.address.clone());
        fact("proxy", |host| host.proxy.clone());
        fact("TLS version", |host| {
            Some(host.tls.as_ref()?.version.clone())
        });
        fact("certificate by", |host| host.tls.as_ref()?.issuer.clone());
        fact("trusted by", |host| Some(host.tls.as_ref()?.store.clone()));
        fact("services", |host| {
            let services = host
                .services
                .iter()
                .map(|service| format!("{} {}", service.id, service.url));
            Some(services.collect::<Vec<_>>().join(", "))
        });
        fact("credential", |host| {
            let used = host.credentials.iter().find(|rung| rung.state == "used")?;
            Some(format!(
                "{} {} #{}",
                used.source,
                used.name,
                used.fingerprint.as_deref().unwrap_or("?")
            ))
        });
    }
}

fn targets(left: &Document, right: &Document, found: &mut Vec<Difference>) {
    let all = pair(&left.targets, &right.targets, |target| {
        (
            target.asked.clone(),
            target.key.clone(),
            common::name_of(target),
        )
    });
    for ((_, _, name), (left, right)) in all {
        let mut facts = Facts {
            about: format!("target {name}"),
            found,
        };
        let mut fact = |name, of: fn(&TargetInfo) -> Option<String>| {
            facts.compare(name, left.and_then(of), right.and_then(of));
        };
        fact("status", |target| Some(target.status.clone()));
        fact("address", |target| Some(target.address.clone()));
        fact("constraint", |target| target.constraint.clone());
        fact("version", |target| target.selected.clone());
        fact("versions", |target| {
            let line = target
                .stages
                .iter()
                .find(|stage| stage.name == "versions")?;
            Some(line.text.clone())
        });
        fact("package", |target| {
            Some(target.package.as_ref()?.url.clone())
        });
        fact("sha256", |target| target.package.as_ref()?.sha256.clone());
        fact("package root", |target| {
            Some(target.package.as_ref()?.root.as_ref()?.join(", "))
        });
        fact("directory", |target| {
            target.manifest.as_ref()?.recorded_dir.clone()
        });
    }
}

fn findings(left: &Document, right: &Document, found: &mut Vec<Difference>) {
    let all = pair(&left.findings, &right.findings, |finding| {
        finding.fingerprint.clone()
    });
    for (_, (left_finding, right_finding)) in all {
        let Some((document, any)) = left_finding
            .map(|finding| (left, finding))
            .or(right_finding.map(|finding| (right, finding)))
        else {
            continue;
        };
        let about = format!(
            "finding {} {}",
            common::head_of(any),
            common::affected(document, any)
        );
        let mut facts = Facts { about, found };
        let told = |finding: &FindingInfo| format!("{}, {}", finding.severity, finding.status);
        facts.compare("severity", left_finding.map(told), right_finding.map(told));
    }
}

type Pairs<'a, K, T> = BTreeMap<K, (Option<&'a T>, Option<&'a T>)>;

/// What the two sides say of the same thing.
fn pair<'a, K: Ord, T>(left: &'a [T], right: &'a [T], key: impl Fn(&T) -> K) -> Pairs<'a, K, T> {
    let mut pairs: Pairs<'a, K, T> = BTreeMap::new();
    for item in left {
        pairs.entry(key(item)).or_default().0 = Some(item);
    }
    for item in right {
        pairs.entry(key(item)).or_default().1 = Some(item);
    }
    pairs
}
