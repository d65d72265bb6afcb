//! The three doors to the outside: HTTP, processes, files.

pub mod unpack_sink;
