//! Addresses: pure parsing, no I/O.
