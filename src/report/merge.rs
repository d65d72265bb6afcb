//! The documents of several shares of one list become one, as if a single run had made it.

mod pieces;

use crate::report::document::Document;
use crate::report::document::Exit;
use crate::report::document::FindingInfo;
use crate::report::document::HostInfo;
use crate::report::document::RequestInfo;
use crate::report::document::Summary;
use crate::report::merge::pieces::Piece;
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

/// One document of several: targets in the order of the whole list, or else of their names; everything numbered anew, shared
/// requests once.
pub fn merge(documents: Vec<Document>) -> Document {
    let mut merged = head(&documents);
    let mut hosts: Vec<(usize, HostInfo)> = Vec::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, mut document) in documents.into_iter().enumerate() {
        let own = std::mem::take(&mut document.hosts);
        hosts.extend(own.into_iter().map(|host| (at, host)));
        pieces.extend(pieces::split(at, document));
    }
    pieces.sort_by(|left, right| left.rank().cmp(&right.rank()));
    add_hosts(&mut merged.hosts, hosts, &pieces);
    let mut known: HashMap<(RequestKey, usize), String> = HashMap::new();
    let mut names: HashMap<(usize, String), String> = HashMap::new();
    let mut aside = Vec::new();
    for piece in pieces {
        let at = piece.at;
        let set_aside = append(&mut merged, piece, &mut known, &mut names);
        aside.extend(set_aside.into_iter().map(|finding| (at, finding)));
    }
    for (at, finding) in aside {
        add_finding(&mut merged, at, finding, &mut names);
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

fn mark(at: usize, id: &str) -> String {
    format!("{at}:{id}")
}

/// Appends a target with everything about it; what is left are the findings that do not count, which come last.
fn append(
    merged: &mut Document,
    piece: Piece,
    known: &mut HashMap<(RequestKey, usize), String>,
    names: &mut HashMap<(usize, String), String>,
) -> Vec<FindingInfo> {
    let at = piece.at;
    // What is asked twice for one target is told twice.
    let mut times: HashMap<RequestKey, usize> = HashMap::new();
    for mut request in piece.requests {
        let key = key(&request);
        let time = times.entry(key.clone()).or_default();
        *time += 1;
        let next = format!("r{}", merged.requests.len() + 1);
        let own = known
            .entry((key, *time))
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
        target.place = None;
        for stage in &mut target.stages {
            for id in stage.requests.iter_mut().chain(&mut stage.findings) {
                *id = mark(at, id);
            }
        }
        merged.targets.push(target);
    }
    merged.other_clients.extend(piece.other_clients);
    merged.matrix.extend(piece.matrix);
    let (open, aside): (Vec<_>, Vec<_>) = piece
        .findings
        .into_iter()
        .partition(|finding| finding.status == "open");
    for finding in open {
        add_finding(merged, at, finding, names);
    }
    aside
}

fn add_finding(
    merged: &mut Document,
    at: usize,
    mut finding: FindingInfo,
    names: &mut HashMap<(usize, String), String>,
) {
    let next = format!("f{}", merged.findings.len() + 1);
    names.insert((at, finding.id.clone()), next.clone());
    finding.id = next;
    finding.targets.iter_mut().for_each(|id| *id = mark(at, id));
    for evidence in &mut finding.evidence {
        evidence.request = evidence.request.as_deref().map(|id| mark(at, id));
    }
    merged.findings.push(finding);
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
    let settings = first.settings.iter();
    merged.settings = settings
        .filter(|setting| setting.name != "partition")
        .cloned()
        .collect();
    merged.run.command = without_partition(&first.run.command);
    let runs = || documents.iter().map(|document| &document.run);
    merged.run.complete = runs().all(|run| run.complete);
    merged.run.duration_ms = runs().map(|run| run.duration_ms).fold(0.0, f64::max);
    merged.run.exit = exit(documents);
    let begun = runs().map(|run| &run.started_at).min();
    merged.run.started_at = begun.cloned().unwrap_or_default();
    for document in documents {
        merged.summary.throttled_ms += document.summary.throttled_ms;
        merged.summary.fine += document.summary.fine;
    }
    merged
}

/// The hosts in the order in which the targets need them, each as the first of these saw it.
fn add_hosts(merged: &mut Vec<HostInfo>, mut hosts: Vec<(usize, HostInfo)>, pieces: &[Piece]) {
    let mut first: HashMap<(usize, &str), usize> = HashMap::new();
    for (place, piece) in pieces.iter().enumerate() {
        for host in piece
            .targets
            .iter()
            .filter_map(|target| target.host.as_deref())
        {
            first.entry((piece.at, host)).or_insert(place);
        }
    }
    hosts.sort_by_key(|(at, host)| {
        let place = first.get(&(*at, host.host.as_str()));
        (place.copied().unwrap_or(usize::MAX), *at)
    });
    for (_, host) in hosts {
        add_host(merged, host);
    }
}

fn add_host(hosts: &mut Vec<HostInfo>, host: HostInfo) {
    let Some(known) = hosts.iter_mut().find(|known| known.host == host.host) else {
        hosts.push(host);
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
    let counts = |exit: &Exit| {
        exit.reason
            .starts_with(|letter: char| letter.is_ascii_digit())
    };
    let mut worst = exits
        .clone()
        .max_by_key(|exit| (rank(exit.code), counts(exit)))
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
