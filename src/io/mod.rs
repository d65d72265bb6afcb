//! The three doors to the outside: HTTP, processes, files.
