//! Doors for the fuzz targets, behind the feature `fuzzing`: parts of the engine that read what others wrote, without a network
//! around them. Nothing here is used by the runtime.

use std::sync::Arc;

use apache_avro::Schema as AvroSchema;
use bytes::Bytes;
use capstan_plan::{Flow, Format, Request};
use futures_util::{FutureExt as _, stream};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use prost_reflect::MessageDescriptor;

use crate::{
    base::{
        bindings::Bindings, fault::Fault, host::SystemHost, invocation::InputMode, secrets::Secrets, value::Inputs,
    },
    contract::check::Contract,
    credential::fields::Fields,
    files::schema,
    request::{build, headers::Accept, url},
    response::{
        error::Hiding,
        format::{self, schema::Schema},
    },
    target::address::Target,
    template::{functions::Functions, scope::Scope},
    wire::encodings,
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

/// The content encodings that are undone.
const ENCODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

/// The most bytes an encoded body may stand for.
const DECODED: usize = 1 << 20;

/// Schemas for the formats that need one.
#[derive(Debug)]
pub struct Schemas {
    avro: AvroSchema,
    protobuf: MessageDescriptor,
}

impl Schemas {
    /// Compiles them.
    ///
    /// # Errors
    /// What is wrong with one.
    pub fn new(avro: &str, protobuf: &str) -> Result<Self, String> {
        Ok(Self { avro: schema::avro(avro)?, protobuf: schema::protobuf(protobuf, None)? })
    }
}

/// Decodes an upstream's answer in the format of that number, those with a schema among them; or undoes its encoding.
pub fn decode(format: usize, body: &[u8], schemas: &Schemas) {
    let with = FORMATS.len();
    match format % (with + 2 + ENCODINGS.len()) {
        at if at < with => {
            if let Some(format) = FORMATS.get(at) {
                let _ = format::decode(*format, body, None, None);
            }
        }
        at if at == with => drop(format::decode(Format::Avro, body, None, Some(Schema::Avro(&schemas.avro)))),
        at if at == with + 1 => {
            drop(format::decode(Format::Protobuf, body, None, Some(Schema::Protobuf(&schemas.protobuf))));
        }
        at => {
            let coding = ENCODINGS.get(at - with - 2).map(|coding| (*coding).to_owned());
            drop(encodings::undone(Bytes::copy_from_slice(body), coding.as_slice(), DECODED));
        }
    }
}

/// An upstream's error that comes in pieces of so many bytes, as it is passed on.
#[must_use]
pub fn passed_on(bytes: &[u8], piece: usize, secrets: &Secrets) -> Vec<u8> {
    let pieces: Vec<Result<_, Fault>> =
        bytes.chunks(piece.max(1)).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
    let body = Hiding::new(StreamBody::new(stream::iter(pieces)), secrets.found());
    // Every piece is there already.
    let whole = body.collect().now_or_never();
    whole.and_then(Result::ok).map(|whole| whole.to_bytes().to_vec()).unwrap_or_default()
}

/// The path and query of a flow's request at `https://up.example/base`.
///
/// # Errors
/// What the caller did wrong.
pub fn path_and_query(request: &Request, inputs: &Inputs) -> Result<String, Fault> {
    let (bindings, functions) = (Bindings::default(), functions());
    let scope = Scope::new(inputs, &bindings, &functions);
    url::path_and_query(&target(), &request.path, &request.query, scope, &[], &[])
}

/// A flow's request as it would be sent to `https://up.example/base`: its headers, and its body when that has bytes.
///
/// # Errors
/// What the caller did wrong.
pub fn request(request: &Request, inputs: &Inputs) -> Result<(http::HeaderMap, Vec<u8>), Fault> {
    let (bindings, functions) = (Bindings::default(), functions());
    let scope = Scope::new(inputs, &bindings, &functions);
    let accept = Accept { media_types: "*/*", encodings: None };
    let random = |bytes: &mut [u8]| bytes.fill(7);
    let prepared = build::build(request, target().into(), scope, &Fields::default(), accept, random)?;
    Ok((prepared.headers, prepared.body.bytes().to_vec()))
}

fn functions() -> Functions {
    Functions::new(Arc::new(SystemHost), "".into(), Arc::default())
}

fn target() -> Target {
    Target {
        scheme: http::uri::Scheme::HTTPS,
        authority: http::uri::Authority::from_static("up.example"),
        host: None,
        origin: "https://up.example:443".into(),
        path: "/base".into(),
        query: Box::default(),
    }
}

/// Coerces and checks the arguments of a tool.
///
/// # Errors
/// Everything that is missing or wrong.
pub fn check(flow: &Flow, inputs: &mut Inputs) -> Result<(), Fault> {
    Contract::new(flow).check(flow, inputs, InputMode::Typed)
}
