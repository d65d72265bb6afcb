//! No client named: the one on PATH, asked once and only then.

use crate::cli::args::ClientArgs;
use crate::cli::failure::Failure;
use crate::cli::settings;
use crate::client::Client;
use crate::client::Product;
use crate::io::Io;
use crate::io::process;
use crate::io::process::Program;
use crate::io::trees::Scratch;
use crate::trace::Stage;
use crate::trace::StepKey;
use crate::trace::Subject;
use crate::trace::Tracer;
use std::time::Duration;

/// The clients of a run, how each was chosen, and a note for people.
pub struct Chosen {
    /// The clients.
    pub clients: Vec<(Client, String)>,
    /// A note on the choice.
    pub note: Option<String>,
}

/// Chooses the clients.
pub async fn run(io: &Io, arguments: &ClientArgs, scratch: &Scratch) -> Result<Chosen, Failure> {
    let named = settings::clients(arguments, &io.env)?;
    if !named.is_empty() {
        let note = named
            .iter()
            .find(|(client, _)| client.is_unknown())
            .map(|(client, _)| newer(client));
        return Ok(Chosen {
            clients: named,
            note,
        });
    }
    for (program, product) in [
        ("terraform", Product::Terraform),
        ("tofu", Product::OpenTofu),
    ] {
        if let Some(client) = on_path(io, program, product, scratch).await {
            let note = client.is_unknown().then(|| newer(&client));
            return Ok(Chosen {
                clients: vec![(client, "PATH".to_owned())],
                note,
            });
        }
    }
    Ok(Chosen {
        clients: vec![(
            Client::newest(Product::Terraform),
            "newest known".to_owned(),
        )],
        note: None,
    })
}

fn newer(client: &Client) -> String {
    format!(
        "{client} is newer than what is known; judged as {}",
        Client::newest(client.product)
    )
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
