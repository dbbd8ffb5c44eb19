//! Consumed APIs and the requests sent to them, as templates. Names are gone: a request knows slots and bindings only.

use http::{HeaderName, Method};

use crate::{ClientId, Credential, Origin, Serialization, Template};

/// A consumed API.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its `consumes` namespace.
    pub namespace: Box<str>,
    /// The base URI as written, for people.
    pub base_text: Box<str>,
    /// The base URI.
    pub base: Base,
    /// What proves us upstream.
    pub credential: Option<Credential>,
    /// How much is asked of it at a time.
    pub limits: Option<Limits>,
    /// Where it is declared.
    pub origin: Origin,
}

/// How much is asked of an API at a time (`limits`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many requests run at a time. A job counts from its submit to its end, and what is asked of it meanwhile does not.
    pub concurrency: Option<u32>,
    /// How many requests are sent in a while. What polls and cancels a job counts too.
    pub rate: Option<Rate>,
    /// How many callers wait for their turn; further ones are refused (429).
    pub queue: u32,
    /// How long one waits, in milliseconds, before it is refused (429).
    pub queue_timeout_ms: u64,
}

/// So many in a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many: at least one.
    pub count: u32,
    /// In how many milliseconds: at least one.
    pub per_ms: u64,
}

/// A base URI whose variables are parts.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Its parts in order; empty when the document gives none (`--base-uri` or `<NS>_BASE_URL` must).
    pub parts: Box<[BasePart]>,
}

/// A part of a base URI.
#[derive(Clone, Debug)]
pub enum BasePart {
    /// Text as written.
    Literal(Box<str>),
    /// A value from bindings or literals, inserted as it is: it may hold scheme, host, port or path.
    Variable(Template),
    /// A value from the caller: one DNS label in front of a literal registrable domain, nothing else.
    Label {
        /// The placeholder's name, for messages.
        name: Box<str>,
        /// Its value.
        value: Template,
    },
}

/// One upstream request, to be filled from a frame.
#[derive(Clone, Debug)]
pub struct Request {
    /// The API it goes to.
    pub client: ClientId,
    /// `namespace.operation`, for people and logs.
    pub name: Box<str>,
    /// The method.
    pub method: Method,
    /// Replaces the client's base when its placeholders need this flow's values.
    pub base: Option<Base>,
    /// The path after the base URI.
    pub path: Box<[PathPart]>,
    /// Query parameters in order.
    pub query: Box<[QueryPart]>,
    /// Headers beside credentials and content negotiation.
    pub headers: Box<[HeaderPart]>,
    /// Cookies.
    pub cookies: Box<[(Box<str>, Template)]>,
    /// The body.
    pub body: Body,
    /// Where the operation is declared.
    pub origin: Origin,
}

/// A part of a request path.
#[derive(Clone, Debug)]
pub enum PathPart {
    /// Text that is valid in a path already.
    Literal(Box<str>),
    /// A value, percent-encoded including `/`; required.
    Value {
        /// The placeholder's name, for messages.
        name: Box<str>,
        /// Its value.
        value: Template,
        /// How it is written, where somebody says so.
        serialization: Option<Serialization>,
    },
    /// `/` and a value when the value is present, nothing otherwise (rule U3 and appended placeholders).
    Segment {
        /// The parameter's name, for messages.
        name: Box<str>,
        /// Its value.
        value: Template,
        /// Whether its absence is a caller's fault.
        required: bool,
    },
}

impl PathPart {
    /// A value as it is ever written.
    #[must_use]
    pub fn value(name: &str, value: Template) -> Self {
        Self::Value { name: name.into(), value, serialization: None }
    }
}

/// One query parameter.
#[derive(Clone, Debug)]
pub struct QueryPart {
    /// Its name, not yet encoded.
    pub name: Box<str>,
    /// Its value: absent omits it, an array repeats it, an object is sent as compact JSON.
    pub value: Template,
    /// How it is written, where somebody says so.
    pub serialization: Option<Serialization>,
}

impl QueryPart {
    /// A parameter as it is ever written.
    #[must_use]
    pub fn new(name: &str, value: Template) -> Self {
        Self { name: name.into(), value, serialization: None }
    }
}

/// One request header.
#[derive(Clone, Debug)]
pub struct HeaderPart {
    /// Its name.
    pub name: HeaderName,
    /// Its value.
    pub value: Template,
    /// How it is written, where somebody says so.
    pub serialization: Option<Serialization>,
}

impl HeaderPart {
    /// A header as it is ever written.
    #[must_use]
    pub fn new(name: HeaderName, value: Template) -> Self {
        Self { name, value, serialization: None }
    }
}

/// A request body.
#[derive(Clone, Debug)]
pub enum Body {
    /// No body.
    None,
    /// The value as `application/json`; bytes from the caller that are JSON already go out unchanged. No value, no body.
    Json(Template),
    /// An object as `application/x-www-form-urlencoded`; text is sent as it is.
    Form(Template),
    /// The parts as `multipart/form-data`.
    Multipart(Box<[Part]>),
    /// An object's members as the parts of `multipart/form-data`.
    MultipartObject(Template),
    /// The value's text (or bytes) with the given media type.
    Text {
        /// The `Content-Type`.
        media_type: Box<str>,
        /// The content.
        content: Template,
    },
    /// The caller's body and content type as they came; a JSON value when it came as arguments (rule U8).
    Inbound(Template),
    /// A value in the media type that the API documents.
    Encoded(Box<Encoded>),
}

/// A body in a documented media type.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// How it is made.
    pub kind: BodyKind,
    /// The media type that is sent.
    pub media_type: Box<str>,
    /// Every media type the API takes: what a caller sends in one of them goes out as it came.
    pub taken: Box<[Box<str>]>,
    /// How members are written, where that is said.
    pub fields: Box<[FieldEncoding]>,
    /// The value.
    pub content: Template,
}

/// How a body is made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// JSON.
    Json,
    /// The members of an object as a form.
    Form,
    /// The members of an object as parts.
    Multipart,
    /// The value's text.
    Text,
    /// Bytes: what has none gives them in base64 or as a `data:` address.
    Binary,
}

/// How one member of a form is written.
#[derive(Clone, Debug)]
pub struct FieldEncoding {
    /// The member.
    pub name: Box<str>,
    /// The media type of its part.
    pub media_type: Option<Box<str>>,
    /// How a list or an object is written.
    pub serialization: Option<Serialization>,
    /// Whether it is bytes.
    pub is_bytes: bool,
}

/// One part of a multipart body.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field's name.
    pub name: Template,
    /// Its value: text, or bytes.
    pub value: Template,
    /// A file name, for file parts.
    pub file_name: Option<Template>,
    /// Its media type, when stated.
    pub content_type: Option<Template>,
}

impl FieldEncoding {
    /// Whether it differs from a member of which nothing is said.
    #[must_use]
    pub fn says_something(&self) -> bool {
        self.media_type.is_some() || self.serialization.is_some() || self.is_bytes
    }
}

/// What an upstream's bytes are (`outputRawFormat`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// XML: attributes and children become sibling fields, repeated names a list.
    Xml,
    /// YAML, first document.
    Yaml,
    /// Comma-separated values with a header line.
    Csv,
    /// Tab-separated values with a header line.
    Tsv,
    /// Pipe-separated values with a header line.
    Psv,
    /// Tables of an HTML page.
    Html,
    /// Front matter, tables and sections of a Markdown text.
    Markdown,
    /// One bare Avro record; needs a schema.
    Avro,
    /// One Protocol Buffers message; needs a schema.
    Protobuf,
    /// Plain text: one JSON string.
    Text,
    /// Bytes, never decoded.
    Binary,
}

impl Format {
    /// Its name as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Yaml => "YAML",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Psv => "PSV",
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::Avro => "Avro",
            Self::Protobuf => "Protocol Buffers",
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}
