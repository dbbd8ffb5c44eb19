//! Doors for the fuzz targets, behind the feature `fuzzing`: parts of the engine that read what others wrote, without a network
//! around them. Nothing here is used by the runtime.

use std::sync::Arc;

use capstan_plan::{Flow, Format, Request};

use crate::{
    base::{bindings::Bindings, fault::Fault, host::SystemHost, invocation::InputMode, value::Inputs},
    contract::check::Contract,
    request::url,
    response::format,
    target::address::Target,
    template::{functions::Functions, scope::Scope},
};

/// The formats that need no schema.
const FORMATS: [Format; 9] = [
    Format::Json,
    Format::Xml,
    Format::Yaml,
    Format::Csv,
    Format::Tsv,
    Format::Psv,
    Format::Html,
    Format::Markdown,
    Format::Text,
];

/// Decodes an upstream's answer in the format of that number.
pub fn decode(format: usize, body: &[u8]) {
    if let Some(format) = FORMATS.get(format % FORMATS.len()) {
        let _ = format::decode(*format, body, None, None);
    }
}

/// The path and query of a flow's request at `https://up.example/base`.
///
/// # Errors
/// What the caller did wrong.
pub fn path_and_query(request: &Request, inputs: &Inputs) -> Result<String, Fault> {
    let target = Target {
        scheme: http::uri::Scheme::HTTPS,
        authority: http::uri::Authority::from_static("up.example"),
        host: None,
        origin: "https://up.example:443".into(),
        path: "/base".into(),
        query: Box::default(),
    };
    let (bindings, functions) = (Bindings::default(), Functions::new(Arc::new(SystemHost), "".into(), Arc::default()));
    url::path_and_query(&target, &request.path, &request.query, Scope::new(inputs, &bindings, &functions), &[], &[])
}

/// Coerces and checks the arguments of a tool.
///
/// # Errors
/// Everything that is missing or wrong.
pub fn check(flow: &Flow, inputs: &mut Inputs) -> Result<(), Fault> {
    Contract::new(flow).check(flow, inputs, InputMode::Typed)
}
