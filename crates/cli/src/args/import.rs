//! What can be typed after `import`.

use std::path::PathBuf;

use clap::ValueEnum;

const IMPORT: &str = "\
Examples:
  capstan import openapi petstore.json -o petstore
      Writes petstore/petstore.yaml, which exposes every operation as REST and as tools, and a copy of the document beside it; then:
        capstan check --strict petstore     capstan serve petstore
  capstan import openapi github.json -o github --tag issues --only GET:/user --name github
      Only the operations with the tag, and one more.
  capstan import postman shop.postman_collection.json -o shop

Nothing that exists is overwritten. What cannot be used is listed, and the rest works.";

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT)]
pub(crate) struct Import {
    /// What the file is
    #[arg(value_enum, value_name = "FORMAT")]
    pub(crate) format: Importable,
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Only operations with this tag; of a collection, those of this folder (repeatable)
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Only this operation, such as GET:/pets/{id}, beside those with a tag that is named (repeatable)
    #[arg(long, value_name = "METHOD:PATH")]
    pub(crate) only: Vec<String>,
    /// What the capability is called; made from the title when absent
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Importable {
    /// An OpenAPI document, 2.0 to 3.2, in JSON or YAML
    Openapi,
    /// A Postman collection, v2.0 or v2.1
    Postman,
}
