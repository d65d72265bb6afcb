//! The report document as JSON.

use crate::report::common;
use crate::report::document::Document;
use std::io;
use std::io::Write;

/// Writes the document.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    common::write_json(document, out)
}
