//! Answers of one run, shared by all its clients: what one of them asked is not asked again for the next.
//!
//! Two requests are the same where method, address, credential, headers and what is wanted of the body are. How a client
//! names itself (`X-Terraform-Version`, `User-Agent`) does not count, unless the reply says with `Vary` that it does: then
//! the request is sent for each. Asking the same again (a repetition after a failure, a probe) is a question of its own:
//! the second asking of one client gets the second answer.

use super::ask::Answer;
use super::ask::Ask;
use super::ask::Coding;
use super::ask::Got;
use super::ask::GotBody;
use super::ask::GotFile;
use super::ask::Method;
use super::ask::NamedBy;
use super::ask::Scheme;
use super::ask::Take;
use super::http::Http;
use super::trees::link_file;
use crate::secret::Secret;
use crate::trace::exchange::Exchange;
use crate::trace::exchange::Failure;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tokio::sync::OnceCell;

/// The headers by which a client names itself.
const NAMES: [&str; 2] = ["x-terraform-version", "user-agent"];

/// One answer: made by the first who asks, awaited by the others.
type Cell = Arc<OnceCell<Kept>>;

/// The answers of one run.
pub struct Memory {
    kept: Mutex<HashMap<(Question, u32), Cell>>,
    /// Where bodies are kept that went into files.
    directory: PathBuf,
    files: AtomicU64,
}

impl Memory {
    /// No answers yet; files are kept in a directory that exists.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            kept: Mutex::default(),
            directory,
            files: AtomicU64::new(0),
        }
    }

    fn cell(&self, question: &Question, number: u32) -> Cell {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry((question.clone(), number)).or_default())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses and bodies may hold secrets.
        formatter.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// The answers as one client gets them.
#[derive(Clone)]
pub(super) struct View {
    memory: Arc<Memory>,
    /// How often this client asked each question.
    asked: Arc<Mutex<HashMap<Question, u32>>>,
}

impl fmt::Debug for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.memory.fmt(formatter)
    }
}

impl Http {
    /// The same door for a client that shares the answers of others.
    #[must_use]
    pub fn sharing(&self, memory: Arc<Memory>) -> Self {
        let mut door = self.clone();
        door.view = Some(View {
            memory,
            asked: Arc::default(),
        });
        door
    }

    /// Whether the next asking of a question is answered from what another client was told.
    pub fn remembers(&self, ask: &Ask) -> bool {
        self.view.as_ref().is_some_and(|view| view.remembers(ask))
    }
}

impl View {
    fn remembers(&self, ask: &Ask) -> bool {
        let question = Question::of(ask);
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let number = asked.get(&question).copied().unwrap_or(0) + 1;
        self.memory.cell(&question, number).initialized()
    }

    /// What was answered before, or what comes of asking now; clients under way at once wait for each other.
    pub(super) async fn ask(
        &self,
        ask: &Ask,
        send: impl Future<Output = (Answer, Exchange)> + Send,
    ) -> (Answer, Exchange) {
        let mut question = Question::of(ask);
        let number = self.count(&question);
        let names = names_of(ask);
        let mut cell = self.memory.cell(&question, number);
        if cell.get().is_some_and(|kept| kept.is_for_others(&names)) {
            question.names = Some(names.clone());
            cell = self.memory.cell(&question, number);
        }
        let mut fresh = None;
        let place = &mut fresh;
        let kept = cell
            .get_or_init(|| async move {
                let (answer, exchange) = send.await;
                *place = Some((answer.clone(), exchange.clone()));
                self.keep(names, answer, exchange)
            })
            .await;
        fresh.unwrap_or_else(|| kept.again(ask))
    }

    fn keep(&self, names: Vec<String>, mut answer: Answer, exchange: Exchange) -> Kept {
        let varies = answer.got().map(varies).unwrap_or_default();
        if let Ok(Got {
            body: GotBody::File(file),
            ..
        }) = &mut answer.came
        {
            // The stage removes its own file.
            let number = self.memory.files.fetch_add(1, Ordering::Relaxed);
            let own = self.memory.directory.join(number.to_string());
            let _ = link_file(&file.path, &own);
            file.path = own;
        }
        Kept {
            names,
            varies,
            answer,
            exchange,
        }
    }

    fn count(&self, question: &Question) -> u32 {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.entry(question.clone()).or_insert(0);
        *count += 1;
        *count
    }
}

/// An answer that is kept, and for whom it is.
struct Kept {
    names: Vec<String>,
    varies: Vec<bool>,
    answer: Answer,
    exchange: Exchange,
}

impl Kept {
    fn is_for_others(&self, names: &[String]) -> bool {
        let pairs = self.names.iter().zip(names);
        self.varies
            .iter()
            .zip(pairs)
            .any(|(varies, (own, other))| *varies && own != other)
    }

    /// The answer for another client.
    fn again(&self, ask: &Ask) -> (Answer, Exchange) {
        let mut answer = self.answer.clone();
        if let Ok(Got {
            body: GotBody::File(file),
            ..
        }) = &mut answer.came
        {
            match placed(file, &ask.take) {
                Ok(own) => *file = own,
                Err(word) => answer.came = Err(Failure::Disk(word)),
            }
        }
        let exchange = Exchange {
            shared: true,
            attempt: ask.attempt,
            hop: ask.hop,
            ..self.exchange.clone()
        };
        (answer, exchange)
    }
}

fn placed(file: &GotFile, take: &Take) -> Result<GotFile, String> {
    let Take::File {
        directory, name, ..
    } = take
    else {
        return Ok(file.clone());
    };
    let path = directory.join(name);
    link_file(&file.path, &path).map_err(|error| error.kind().to_string())?;
    Ok(GotFile {
        path,
        ..file.clone()
    })
}

/// For each name of a client, whether a reply depends on it by its own words.
fn varies(got: &Got) -> Vec<bool> {
    let words: Vec<String> = got
        .headers
        .iter()
        .filter(|(name, _)| name == "vary")
        .flat_map(|(_, value)| {
            let value = String::from_utf8_lossy(value).to_ascii_lowercase();
            let words = value.split(',').map(|word| word.trim().to_owned());
            words.collect::<Vec<_>>()
        })
        .collect();
    NAMES
        .iter()
        .map(|name| words.iter().any(|word| word == "*" || word == name))
        .collect()
}

fn names_of(ask: &Ask) -> Vec<String> {
    NAMES
        .iter()
        .map(|name| {
            let own = ask
                .headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            own.map(|(_, value)| value.clone()).unwrap_or_default()
        })
        .collect()
}

/// What makes two requests the same.
#[derive(Clone, PartialEq, Eq)]
struct Question {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    credential: Option<(Scheme, Secret, bool)>,
    named_by: NamedBy,
    coding: Coding,
    wanted: Wanted,
    /// Who asks, where the reply depends on it.
    names: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Body(u64),
    File(u64),
}

impl Question {
    fn of(ask: &Ask) -> Self {
        let credential = ask.credential.as_ref();
        Self {
            method: ask.method,
            url: ask.url.clone(),
            headers: ask.headers.iter().filter_map(counting).collect(),
            credential: credential.map(|credential| {
                (
                    credential.scheme,
                    credential.secret.clone(),
                    credential.withheld.is_some(),
                )
            }),
            named_by: ask.named_by,
            coding: ask.coding,
            wanted: match &ask.take {
                Take::Nothing => Wanted::Nothing,
                Take::Body { limit, .. } => Wanted::Body(*limit),
                Take::File { limit, .. } => Wanted::File(*limit),
            },
            names: None,
        }
    }
}

/// A header that tells two requests apart; the time of a signature and the signature over it do not.
fn counting((name, value): &(String, String)) -> Option<(String, String)> {
    let name = name.to_ascii_lowercase();
    if NAMES.contains(&name.as_str()) || name == "x-amz-date" {
        return None;
    }
    let value = match value.split_once("Signature=") {
        Some((before, _)) if name == "authorization" => before.to_owned(),
        Some(_) | None => value.clone(),
    };
    Some((name, value))
}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The secret stays out of it; equality looks at everything.
        self.method.hash(state);
        self.url.hash(state);
        self.headers.hash(state);
    }
}
