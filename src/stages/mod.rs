//! The pipeline: one file a stage.
//!
//! A stage does what the real client does and nothing more: it asks, takes facts, and ends. It never prints, never judges
//! and does not know its neighbours; `walk` wires them. In their order:
//!
//! `cli_config` → `credentials` → `discovery` → `versions` → `location` → `fetch` → `unpack` → `place` → `module_dir` →
//! `calls`. `records` reads `modules.json`, before the others or alone.

mod asking;
pub mod bitbucket;
pub mod calls;
pub mod checksum;
pub mod checksum_list;
pub mod cli_config;
pub mod credentials;
pub mod discovery;
pub mod fetch;
pub mod fetch_file;
pub mod fetch_gcs;
pub mod fetch_git;
mod fetch_git_modules;
mod fetch_git_run;
pub mod fetch_hg;
pub mod fetch_http;
pub mod fetch_one;
mod fetch_repository;
pub mod fetch_s3;
pub mod fetch_store;
pub mod fetch_store_address;
pub mod fetch_sum;
pub mod location;
pub mod module_dir;
pub mod place;
pub mod probe;
pub mod records;
pub mod records_file;
pub mod unpack;
mod unpack_fold;
mod unpack_names;
mod unpack_stream;
mod unpack_tar;
mod unpack_tar_header;
mod unpack_tar_pax;
mod unpack_tar_reader;
#[cfg(test)]
mod unpack_testing;
#[cfg(test)]
mod unpack_testing_tar;
#[cfg(test)]
mod unpack_testing_zip;
mod unpack_xz;
mod unpack_zip;
mod unpack_zip_directory;
mod unpack_zip_end;
pub mod versions;

use crate::addr::AddrRules;
use crate::addr::Host;
use crate::client::Client;
use crate::client::Product;
use crate::foreign::Foreign;
use crate::io::Io;
use crate::io::hops::Followed;
use crate::io::hops::HopEnd;
use crate::secret::Secret;
use crate::syntax::go_json::JsonError;
use crate::syntax::go_shape::WrongType;
use crate::trace::Stage;
use crate::trace::StepKey;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Tracer;
use crate::trace::tracer::OpenStep;
use std::time::Duration;

/// What every stage gets: the doors, the client, and the trace to write into.
#[derive(Clone)]
pub struct Cx {
    /// The doors.
    pub io: Io,
    /// The client.
    pub client: Client,
    /// How it reads addresses.
    pub rules: AddrRules,
    /// The trace.
    pub tracer: Tracer,
    /// For which command.
    pub manner: Manner,
}

/// For which command a stage works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// `check`: into a directory of its own, with limits and modes of its own.
    Check,
    /// `get`: the client's requests, limits and modes.
    Get,
}

/// A token of one host, with its origin.
#[derive(Debug, Clone)]
pub struct Token {
    /// The value.
    pub secret: Secret,
    /// The variable, file or helper.
    pub origin: String,
    /// The host it was configured for.
    pub host: Host,
}

impl Cx {
    /// Everything a stage needs for one client.
    pub fn new(io: Io, client: Client, tracer: Tracer, manner: Manner) -> Self {
        let rules = match client.product {
            Product::Terraform => AddrRules::terraform(client.release),
            Product::OpenTofu => AddrRules::opentofu(client.release),
        };
        Self {
            io,
            client,
            rules,
            tracer,
            manner,
        }
    }

    /// Begins a step.
    pub fn open(&self, subject: Subject, stage: Stage, round: u32) -> OpenStep {
        self.tracer.open(StepKey {
            stage,
            subject,
            round,
        })
    }

    /// The time that the client grants a registry request.
    pub fn registry_timeout(&self) -> Duration {
        let wanted = self
            .io
            .env
            .var("TF_REGISTRY_CLIENT_TIMEOUT")
            .and_then(|text| text.parse::<u64>().ok())
            .filter(|seconds| *seconds > 0);
        Duration::from_secs(wanted.unwrap_or(10).min(3_600))
    }

    /// The header by which every client names its version.
    pub fn client_version_header(&self) -> (String, String) {
        ("X-Terraform-Version".to_owned(), self.client.version())
    }
}

/// The stop that a chain of redirects means, where it means one.
pub fn redirect_stop(followed: &Followed) -> Option<Stop> {
    match &followed.end {
        HopEnd::Final => None,
        HopEnd::TooMany { limit } => Some(Stop::Redirects { limit: *limit }),
        HopEnd::NoLocation => Some(Stop::BadRedirect(Foreign::new(""))),
        HopEnd::BadLocation(to) | HopEnd::ForbiddenScheme(to) => {
            Some(Stop::BadRedirect(to.clone()))
        }
    }
}

/// The stop that unreadable JSON means.
pub fn json_stop(error: &JsonError, body: &[u8]) -> Stop {
    json_limit(error).unwrap_or_else(|| Stop::Undecodable {
        pointer: String::new(),
        words: error.go_message().unwrap_or_default(),
        head: head_of(body),
    })
}

/// The stop that a member of the wrong type means.
pub fn wrong_type_stop(wrong: WrongType, body: &[u8]) -> Stop {
    Stop::Undecodable {
        words: wrong.go_message(),
        pointer: wrong.pointer,
        head: head_of(body),
    }
}

/// The limit that ended the reading of JSON, where the client would read on.
pub fn json_limit(error: &JsonError) -> Option<Stop> {
    let (name, number) = match error {
        JsonError::TooDeep { expected, .. } => ("levels of JSON", *expected),
        JsonError::TooMany { expected, .. } => ("values of JSON", *expected),
        JsonError::Unexpected { .. } | JsonError::Ended { .. } => return None,
    };
    Some(Stop::Limit {
        name: name.to_owned(),
        number: number as u64,
    })
}

/// The first characters of a body, for records.
pub fn head_of(body: &[u8]) -> Foreign {
    Foreign::from_bytes(body.get(..body.len().min(512)).unwrap_or_default())
}
