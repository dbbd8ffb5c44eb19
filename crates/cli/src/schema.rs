//! `capstan schema`: the JSON Schema of capability files, for editors and for checking elsewhere.

use std::io::{self, Write};

use crate::{exit::Exit, print::written};

/// Prints it, with the line breaks of `schemas/capstan.json`.
pub(crate) fn run() -> Exit {
    let schema = format!("{:#}\n", capstan_language::json_schema());
    written(io::stdout().lock().write_all(schema.as_bytes()), Exit::Ok)
}
