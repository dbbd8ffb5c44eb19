//! `capstan schema`: the JSON Schema of capability files, for editors and for checking elsewhere.

use std::io::{self, Write};

use crate::{args::author::Schema, exit::Exit, print::written};

/// Prints it, with the line breaks of `schemas/capstan.json`.
pub(crate) fn run(args: &Schema) -> Exit {
    let schema = if args.tests { capstan_language::test_schema() } else { capstan_language::json_schema() };
    let schema = format!("{schema:#}\n");
    written(io::stdout().lock().write_all(schema.as_bytes()), Exit::Ok)
}
