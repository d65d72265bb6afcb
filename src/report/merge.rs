//! The documents of several shares of one list become one, as if a single run had made it.

use crate::report::document::Document;
use crate::report::document::Exit;
use crate::report::document::HostInfo;
use crate::report::document::RequestInfo;
use crate::report::document::Summary;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

/// Why documents are not proved to be the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotWhole {
    /// A document is not of a partition.
    NoPartition(usize),
    /// A document is of another number of shares.
    Total(usize, u32),
    /// A document is of another way of dividing, or of another list.
    OtherList(usize),
    /// A share is there twice.
    Twice(u32),
    /// A share is missing.
    Missing(u32),
    /// A share did not come to its end.
    Incomplete(u32),
}

/// Proves that the documents are all shares of one list, each once.
pub fn prove(documents: &[Document], expected: u32) -> Result<(), NotWhole> {
    let mut seen = HashSet::new();
    let mut first = None;
    for (at, document) in documents.iter().enumerate() {
        let Some(share) = &document.run.partition else {
            return Err(NotWhole::NoPartition(at));
        };
        if share.total != expected {
            return Err(NotWhole::Total(at, share.total));
        }
        let list = (&share.kind, &share.list_digest, share.list_size);
        if *first.get_or_insert(list) != list {
            return Err(NotWhole::OtherList(at));
        }
        if !seen.insert(share.index) {
            return Err(NotWhole::Twice(share.index));
        }
        if !document.run.complete {
            return Err(NotWhole::Incomplete(share.index));
        }
    }
    match (1..=expected).find(|index| !seen.contains(index)) {
        Some(index) => Err(NotWhole::Missing(index)),
        None => Ok(()),
    }
}

/// One document of several: targets in the order of their names, everything numbered anew, shared requests once.
pub fn merge(documents: Vec<Document>) -> Document {
    let mut merged = head(&documents);
    let mut pieces: Vec<(String, usize, Document)> = Vec::new();
    for (at, document) in documents.into_iter().enumerate() {
        for (asked, piece) in split(document) {
            pieces.push((asked, at, piece));
        }
    }
    pieces.sort_by(|(left, left_at, _), (right, right_at, _)| {
        (left, left_at).cmp(&(right, right_at))
    });
    let mut known: HashMap<RequestKey, String> = HashMap::new();
    let mut names: HashMap<(usize, String), String> = HashMap::new();
    for (_, at, piece) in pieces {
        append(&mut merged, at, piece, &mut known, &mut names);
    }
    point(&mut merged, &names);
    merged.summary = summary(&merged, &merged.summary);
    merged
}

/// What makes two requests of two shares the same question with the same answer.
type RequestKey = (String, String, String, String, u32, u32, Option<u16>);

fn key(request: &RequestInfo) -> RequestKey {
    (
        request.stage.clone(),
        request.subject.clone(),
        request.method.clone(),
        request.url.clone(),
        request.attempt,
        request.hop,
        request.status,
    )
}

/// A document for each target that was named, with its findings and requests.
fn split(document: Document) -> BTreeMap<String, Document> {
    let mut pieces: BTreeMap<String, Document> = BTreeMap::new();
    let mut asked_of: HashMap<String, String> = HashMap::new();
    let mut owner: HashMap<String, String> = HashMap::new();
    for target in document.targets {
        for id in target.stages.iter().flat_map(|stage| &stage.requests) {
            owner
                .entry(id.clone())
                .or_insert_with(|| target.asked.clone());
        }
        asked_of.insert(target.id.clone(), target.asked.clone());
        let piece = pieces.entry(target.asked.clone()).or_default();
        piece.targets.push(target);
    }
    let first = pieces.keys().next().cloned().unwrap_or_default();
    for finding in document.findings {
        let asked = finding.targets.first().and_then(|id| asked_of.get(id));
        let piece = pieces.entry(asked.unwrap_or(&first).clone()).or_default();
        piece.findings.push(finding);
    }
    let mut last = first;
    for request in document.requests {
        if let Some(asked) = owner.get(&request.id) {
            last.clone_from(asked);
        }
        pieces
            .entry(last.clone())
            .or_default()
            .requests
            .push(request);
    }
    pieces
}

fn append(
    merged: &mut Document,
    at: usize,
    piece: Document,
    known: &mut HashMap<RequestKey, String>,
    names: &mut HashMap<(usize, String), String>,
) {
    let mark = |id: &str| format!("{at}:{id}");
    for mut request in piece.requests {
        let next = format!("r{}", merged.requests.len() + 1);
        let own = known
            .entry(key(&request))
            .or_insert_with(|| next.clone())
            .clone();
        names.insert((at, request.id.clone()), own.clone());
        if own == next {
            request.id = next;
            merged.requests.push(request);
        }
    }
    for mut target in piece.targets {
        let next = format!("t{}", merged.targets.len() + 1);
        names.insert((at, target.id.clone()), next.clone());
        target.id = next;
        for stage in &mut target.stages {
            for id in stage.requests.iter_mut().chain(&mut stage.findings) {
                *id = mark(id);
            }
        }
        merged.targets.push(target);
    }
    for mut finding in piece.findings {
        let next = format!("f{}", merged.findings.len() + 1);
        names.insert((at, finding.id.clone()), next.clone());
        finding.id = next;
        finding.targets.iter_mut().for_each(|id| *id = mark(id));
        for evidence in &mut finding.evidence {
            evidence.request = evidence.request.as_deref().map(mark);
        }
        merged.findings.push(finding);
    }
}

/// Lets references point to the new identifiers; one to nothing goes.
fn point(merged: &mut Document, names: &HashMap<(usize, String), String>) {
    let new = |id: &str| -> Option<String> {
        let (at, id) = id.split_once(':')?;
        names.get(&(at.parse().ok()?, id.to_owned())).cloned()
    };
    let renew = |ids: &mut Vec<String>| {
        *ids = ids.iter().filter_map(|id| new(id)).collect();
    };
    for stage in merged
        .targets
        .iter_mut()
        .flat_map(|target| &mut target.stages)
    {
        renew(&mut stage.requests);
        renew(&mut stage.findings);
    }
    for finding in &mut merged.findings {
        renew(&mut finding.targets);
        for evidence in &mut finding.evidence {
            evidence.request = evidence.request.as_deref().and_then(new);
        }
    }
}

/// What is said once: the run, the hosts, the settings, and sums that cannot be counted from the rest.
fn head(documents: &[Document]) -> Document {
    let mut merged = Document::default();
    let Some(first) = documents.first() else {
        return merged;
    };
    merged.tool = first.tool.clone();
    merged.run = first.run.clone();
    merged.run.partition = None;
    merged.settings.clone_from(&first.settings);
    merged.run.command = without_partition(&first.run.command);
    let runs = || documents.iter().map(|document| &document.run);
    merged.run.complete = runs().all(|run| run.complete);
    merged.run.duration_ms = runs().map(|run| run.duration_ms).fold(0.0, f64::max);
    merged.run.exit = exit(documents);
    let begun = runs().map(|run| &run.started_at).min();
    merged.run.started_at = begun.cloned().unwrap_or_default();
    for document in documents {
        document
            .hosts
            .iter()
            .for_each(|host| add_host(&mut merged.hosts, host));
        merged
            .other_clients
            .extend(document.other_clients.iter().cloned());
        merged.summary.throttled_ms += document.summary.throttled_ms;
        merged.summary.fine += document.summary.fine;
    }
    merged
        .hosts
        .sort_by(|left, right| left.host.cmp(&right.host));
    merged
}

fn add_host(hosts: &mut Vec<HostInfo>, host: &HostInfo) {
    let Some(known) = hosts.iter_mut().find(|known| known.host == host.host) else {
        hosts.push(host.clone());
        return;
    };
    if let Some(limits) = &host.limits {
        let own = known.limits.get_or_insert_default();
        own.seen_429 += limits.seen_429;
        own.limit = own.limit.or(limits.limit);
        own.remaining = match (own.remaining, limits.remaining) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
    }
}

fn without_partition(words: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--partition" => {
                words.next();
            }
            word if word.starts_with("--partition=") => {}
            word => kept.push(word.to_owned()),
        }
    }
    kept
}

/// Findings come before what could not be told; anything unusual before both.
fn exit(documents: &[Document]) -> Exit {
    let rank = |code: i32| match code {
        0 => 0,
        4 => 1,
        3 => 2,
        1 => 3,
        _ => 4,
    };
    let exits = documents.iter().map(|document| &document.run.exit);
    let mut worst = exits
        .clone()
        .max_by_key(|exit| rank(exit.code))
        .cloned()
        .unwrap_or_default();
    if worst.code == 4
        && documents
            .iter()
            .any(|document| !document.targets.is_empty())
    {
        worst = exits
            .clone()
            .find(|exit| exit.code == 0)
            .cloned()
            .unwrap_or_default();
    }
    let counted = |exit: &Exit| -> Option<(u64, String)> {
        let (number, rest) = exit.reason.split_once(' ')?;
        Some((number.parse().ok()?, rest.to_owned()))
    };
    if let Some((_, rest)) = counted(&worst) {
        let same = exits.filter(|exit| exit.code == worst.code);
        let sum: u64 = same.filter_map(counted).map(|(number, _)| number).sum();
        let rest = match rest.strip_prefix("finding ") {
            Some(rest) if sum != 1 => format!("findings {rest}"),
            Some(_) | None => rest,
        };
        worst.reason = format!("{sum} {rest}");
    }
    worst
}

fn summary(merged: &Document, before: &Summary) -> Summary {
    let count = |severity: &str| {
        let open = merged
            .findings
            .iter()
            .filter(|finding| finding.severity == severity);
        open.filter(|finding| finding.status == "open").count()
    };
    let with = |status: &str| {
        merged
            .findings
            .iter()
            .filter(|finding| finding.status == status)
            .count()
    };
    Summary {
        targets: merged.targets.len(),
        fine: before.fine,
        error: count("error"),
        warning: count("warning"),
        note: count("note"),
        inconclusive: count("inconclusive"),
        suppressed: with("suppressed"),
        known: with("known"),
        requests: merged.requests.len(),
        bytes: merged.requests.iter().map(|request| request.bytes).sum(),
        throttled_ms: before.throttled_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::NotWhole;
    use super::merge;
    use super::prove;
    use crate::report::document::Document;
    use crate::report::document::FindingInfo;
    use crate::report::document::Partition;
    use crate::report::document::RequestInfo;
    use crate::report::document::StageInfo;
    use crate::report::document::TargetInfo;

    fn request(id: &str, stage: &str, subject: &str) -> RequestInfo {
        RequestInfo {
            id: id.to_owned(),
            stage: stage.to_owned(),
            subject: subject.to_owned(),
            status: Some(200),
            ..RequestInfo::default()
        }
    }

    fn target(id: &str, asked: &str, requests: &[&str], findings: &[&str]) -> TargetInfo {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        TargetInfo {
            id: id.to_owned(),
            asked: asked.to_owned(),
            stages: vec![StageInfo {
                requests: words(requests),
                findings: words(findings),
                ..StageInfo::default()
            }],
            ..TargetInfo::default()
        }
    }

    fn share(index: u32, targets: Vec<TargetInfo>, requests: Vec<RequestInfo>) -> Document {
        let mut document = Document {
            targets,
            requests,
            ..Document::default()
        };
        document.run.complete = true;
        document.run.partition = Some(Partition {
            kind: "slice".to_owned(),
            index,
            total: 2,
            list_digest: "sha256:1".to_owned(),
            list_size: 3,
        });
        document
    }

    fn shares() -> Vec<Document> {
        let mut first = share(
            1,
            vec![
                target("t1", "h/a", &["r1", "r2"], &[]),
                target("t2", "h/c", &["r1", "r3"], &["f1"]),
            ],
            vec![
                request("r1", "discovery", "h"),
                request("r2", "versions", "a"),
                request("r3", "versions", "c"),
            ],
        );
        first.findings = vec![FindingInfo {
            id: "f1".to_owned(),
            severity: "error".to_owned(),
            status: "open".to_owned(),
            targets: vec!["t2".to_owned()],
            ..FindingInfo::default()
        }];
        first.run.exit.code = 1;
        let second = share(
            2,
            vec![target("t1", "h/b", &["r1", "r2"], &[])],
            vec![
                request("r1", "discovery", "h"),
                request("r2", "versions", "b"),
            ],
        );
        vec![second, first]
    }

    #[test]
    fn shares_become_one_list_with_shared_requests_once() {
        let merged = merge(shares());
        let asked: Vec<&str> = merged
            .targets
            .iter()
            .map(|target| target.asked.as_str())
            .collect();
        assert_eq!(asked, ["h/a", "h/b", "h/c"]);
        let subjects: Vec<&str> = merged
            .requests
            .iter()
            .map(|request| request.subject.as_str())
            .collect();
        assert_eq!(subjects, ["h", "a", "b", "c"]);
        let last = merged.targets.last().expect("three targets");
        assert_eq!(
            last.stages.first().map(|stage| &stage.requests),
            Some(&vec!["r1".to_owned(), "r4".to_owned()])
        );
        assert_eq!(
            merged.findings.first().map(|finding| &finding.targets),
            Some(&vec!["t3".to_owned()])
        );
        assert_eq!((merged.run.exit.code, merged.summary.error), (1, 1));
        assert_eq!(merged.run.partition, None);
    }

    #[test]
    fn a_missing_doubled_or_foreign_share_is_seen() {
        let both = shares();
        assert_eq!(prove(&both, 2), Ok(()));
        assert_eq!(prove(&both, 3), Err(NotWhole::Total(0, 2)));
        let one: Vec<Document> = both.iter().take(1).cloned().collect();
        assert_eq!(prove(&one, 2), Err(NotWhole::Missing(1)));
        let twice: Vec<Document> = one.iter().chain(&one).cloned().collect();
        assert_eq!(prove(&twice, 2), Err(NotWhole::Twice(2)));
        let mut other = both.clone();
        if let Some(share) = other
            .last_mut()
            .and_then(|document| document.run.partition.as_mut())
        {
            share.list_digest = "sha256:2".to_owned();
        }
        assert_eq!(prove(&other, 2), Err(NotWhole::OtherList(1)));
        let mut cut = both;
        if let Some(document) = cut.first_mut() {
            document.run.complete = false;
        }
        assert_eq!(prove(&cut, 2), Err(NotWhole::Incomplete(2)));
    }
}
