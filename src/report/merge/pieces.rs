//! A document taken apart into what each of its targets was named by, so that those of several can be put in order.

use crate::report::document::Document;
use crate::report::document::FindingInfo;
use crate::report::document::MatrixInfo;
use crate::report::document::OtherClientInfo;
use crate::report::document::RequestInfo;
use crate::report::document::TargetInfo;
use std::collections::HashMap;
use std::collections::VecDeque;

/// One thing that was named, with all that was learned about it.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// The number of its document.
    pub(super) at: usize,
    /// Its place in the whole list, where the document is of a share.
    place: Option<usize>,
    /// How it was named.
    asked: String,
    /// What was checked for it.
    pub(super) targets: Vec<TargetInfo>,
    /// What is wrong with it.
    pub(super) findings: Vec<FindingInfo>,
    /// The requests that no earlier piece of its document needed.
    pub(super) requests: Vec<RequestInfo>,
    /// What further clients make of it.
    pub(super) other_clients: Vec<OtherClientInfo>,
    /// What works for whom.
    pub(super) matrix: Vec<MatrixInfo>,
}

impl Piece {
    /// Where it belongs: by its place in the list; without one by its name, then by its document.
    pub(super) fn rank(&self) -> (usize, &str, usize) {
        let place = self.place.unwrap_or(usize::MAX);
        (place, &self.asked, self.at)
    }
}

/// The pieces of a document, in its order.
pub(super) fn split(at: usize, document: Document) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut known: HashMap<(Option<usize>, String), usize> = HashMap::new();
    let mut of_target: HashMap<String, usize> = HashMap::new();
    let mut of_request: HashMap<String, usize> = HashMap::new();
    let each = document.run.clients.len().saturating_sub(1);
    for target in document.targets {
        let own = *known
            .entry((target.place, target.asked.clone()))
            .or_insert_with(|| {
                pieces.push(Piece {
                    at,
                    place: target.place,
                    asked: target.asked.clone(),
                    ..Piece::default()
                });
                pieces.len() - 1
            });
        for id in target.stages.iter().flat_map(|stage| &stage.requests) {
            of_request.entry(id.clone()).or_insert(own);
        }
        of_target.insert(target.id.clone(), own);
        if let Some(piece) = pieces.get_mut(own) {
            piece.targets.push(target);
        }
    }
    if pieces.is_empty() {
        pieces.push(Piece {
            at,
            ..Piece::default()
        });
    }
    for finding in document.findings {
        let own = finding.targets.first().and_then(|id| of_target.get(id));
        if let Some(piece) = pieces.get_mut(own.copied().unwrap_or(0)) {
            piece.findings.push(finding);
        }
    }
    // Requests of no stage stand behind those of the target that they were made for.
    let mut last = 0;
    for request in document.requests {
        last = of_request.get(&request.id).copied().unwrap_or(last);
        if let Some(piece) = pieces.get_mut(last) {
            piece.requests.push(request);
        }
    }
    share_out(&mut pieces, document.other_clients, each);
    let mut named: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (own, piece) in pieces.iter().enumerate() {
        named.entry(piece.asked.clone()).or_default().push_back(own);
    }
    for matrix in document.matrix {
        let own = named
            .get_mut(&matrix.target)
            .and_then(VecDeque::pop_front)
            .unwrap_or(0);
        if let Some(piece) = pieces.get_mut(own) {
            piece.matrix.push(matrix);
        }
    }
    pieces
}

/// Gives each piece the entries of the further clients, which stand in the order of the targets.
fn share_out(pieces: &mut [Piece], others: Vec<OtherClientInfo>, each: usize) {
    let mut place = 0;
    for other in others {
        let is_full = |piece: &Piece| piece.other_clients.len() >= each;
        while place + 1 < pieces.len() && pieces.get(place).is_some_and(is_full) {
            place += 1;
        }
        if let Some(piece) = pieces.get_mut(place) {
            piece.other_clients.push(other);
        }
    }
}
