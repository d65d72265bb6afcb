//! No client named: the one on PATH, asked once and only then.

use crate::cli::args::ClientArgs;
use crate::cli::args::Global;
use crate::cli::clients::Named;
use crate::cli::failure::Failure;
use crate::cli::settings;
use crate::client::Client;
use crate::client::Product;
use crate::client::releases::Span;
use crate::io::Io;
use crate::io::process;
use crate::io::process::Program;
use crate::io::scratch::Scratch;
use crate::trace::Stage;
use crate::trace::StepKey;
use crate::trace::Subject;
use crate::trace::Tracer;
use std::time::Duration;

/// The clients of a run, how each was chosen, and a note for people.
pub struct Chosen {
    /// The clients.
    pub clients: Vec<(Client, String)>,
    /// The spans that some of them stand for.
    pub spans: Vec<Span>,
    /// A note on the choice.
    pub note: Option<String>,
}

/// Chooses the clients.
pub async fn run(
    io: &Io,
    global: &Global,
    arguments: &ClientArgs,
    scratch: &Scratch,
) -> Result<Chosen, Failure> {
    let named = settings::clients(global, arguments)?;
    if !named.clients.is_empty() {
        return Ok(Chosen::from(named));
    }
    for (program, product) in [
        ("terraform", Product::Terraform),
        ("tofu", Product::OpenTofu),
    ] {
        if let Some(client) = on_path(io, program, product, scratch).await {
            return Ok(Chosen::one(client, "PATH"));
        }
    }
    Ok(Chosen::one(
        Client::newest(Product::Terraform),
        "newest known",
    ))
}

impl Chosen {
    fn one(client: Client, chosen_by: &str) -> Self {
        Self::from(Named {
            clients: vec![(client, chosen_by.to_owned())],
            spans: Vec::new(),
        })
    }
}

impl From<Named> for Chosen {
    fn from(named: Named) -> Self {
        Self {
            note: named.clients.iter().find_map(|(client, _)| client.note()),
            clients: named.clients,
            spans: named.spans,
        }
    }
}

async fn on_path(io: &Io, name: &str, product: Product, scratch: &Scratch) -> Option<Client> {
    let path = process::find(&io.env, name)?;
    let empty = scratch.directory(&format!("which-{name}")).ok()?;
    let keep = |variable: &str| ["PATH", "HOME", "TMPDIR", "LANG"].contains(&variable);
    let mut environment: Vec<(String, String)> = io
        .env
        .iter()
        .filter(|(variable, _)| keep(variable))
        .map(|(variable, value)| (variable.to_owned(), value.to_owned()))
        .collect();
    environment.push(("CHECKPOINT_DISABLE".to_owned(), "1".to_owned()));
    let program = Program {
        path,
        arguments: vec!["version".to_owned(), "-json".to_owned()],
        environment,
        directory: empty,
        limit: Duration::from_secs(5),
        kept: 64 << 10,
        growth: None,
    };
    let mut step = Tracer::default().open(StepKey {
        stage: Stage::CliConfig,
        subject: Subject::Run,
        round: 1,
    });
    let ran = process::run(&mut step, &io.redactor, &program).await;
    let value: serde_json::Value = serde_json::from_slice(&ran.output).ok()?;
    let version = value.get("terraform_version")?.as_str()?;
    Client::parse(&format!("{}@{version}", product.word())).ok()
}
