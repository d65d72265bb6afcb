//! The one integration binary.
//!
//! ```text
//! behaviours  every behaviour of the client table is asked for somewhere and shown by a recording or a test
//! support     runs the binary against a registry that is played in this process
//! cases       every folder of fixtures/: play, compare, and nothing is left behind
//! conformance every recording of a real client: play, and do what that client did
//! catalogue   rule, file, page and cases belong together; codes and names are unique and sorted
//! layers      who may import whom, which folder may call what, and how long things may be
//! secrets     planted tokens appear in no output, raw or encoded
//! reports     each format over a document that is hostile in every field
//! sources     repositories and object stores: programs, credential chains, lists of checksums
//! formats     the JSON document has its members, and the human report no control bytes
//! get_into    one module into a directory
//! mixed       a tree of twelve modules over two registries, one thing broken
//! concurrency everything is asked once, and the order of answers changes nothing
//! scale       a large root module, and what a process needs for it
//! interrupt   `get` cut off wherever it can be: the old state stands
//! shares      shares of a list, merged, are the document of the whole list
//! endings     reports of runs that end badly
//! policy      ignores and the baseline beyond `check`, settings of hosts, what is not asked
//! trouble     many targets while a host, a proxy or a limit is in the way
//! explain     pasted output, and pages with the words of the clients
//! cli         flags, exit statuses, closed pipe, interrupt
//! judge       ignores, comments, the baseline, expectations, and what they make of the exit status
//! ci          build servers, the action's script, the published schemas
//! config      the configuration file: where it is found, what it may say, what wins over it
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may end with a panic"
)]

mod behaviours;
mod cases;
mod catalogue;
mod ci;
mod cli;
mod compat;
mod concurrency;
mod config;
mod conformance;
mod endings;
mod explain;
mod formats;
mod get_into;
mod interrupt;
mod judge;
mod layers;
mod mixed;
mod policy;
mod reports;
mod scale;
mod secrets;
mod shares;
mod sources;
mod support;
mod sweep;
mod trouble;
