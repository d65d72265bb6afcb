//! Readers of text formats where no crate reads as the client does: pure, no I/O.

pub mod der;
