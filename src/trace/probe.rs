//! What a question found that the client does not ask.

use crate::foreign::Foreign;

/// A question that the client does not ask, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeFact {
    /// What was asked.
    pub question: ProbeQuestion,
    /// What came, as a word or value.
    pub answer: Foreign,
    /// Whether it speaks for the suspicion behind it.
    pub confirms: bool,
}

/// Questions that the client does not ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProbeQuestion {
    /// Is a hidden credential accepted? The text names it.
    HiddenCredential(String),
    /// Is the answer another without a credential?
    Anonymous,
    /// Does another address answer? The text is that address.
    OtherAddress(String),
    /// Does the peer speak plain http?
    PlainHttp,
    /// What does a page say?
    Page,
}
