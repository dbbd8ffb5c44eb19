//! Executes a plan: requests, credentials, formats, steps. The only crate that calls upstreams. Knows no YAML document and
//! reads files only through [`Host`].
//!
//! The crate is a house of rooms. A file imports only its own room and rooms that stand before it in this order: base, files,
//! template, contract, wire, target, credential, request, response, exchange, job, flow, engine. Each room's first page says what it owns.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests own their files"))]

mod base;
mod contract;
mod credential;
mod engine;
mod exchange;
mod files;
mod flow;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod job;
mod request;
mod response;
mod target;
mod template;
mod wire;

pub use base::{
    bindings::{BindingResolver, MissingBinding},
    digest::{Digest, digest},
    door,
    exchange_log::{ExchangeLog, UpstreamExchange},
    fault::{CallerFault, CapabilityFault, Fault, FaultKind, Overload, UpstreamError, UpstreamFault, Violation},
    host::{Host, SystemHost},
    ids::random as random_uuid,
    invocation::{InputMode, Invocation, Progress, Report},
    mask::{Mask, is_secret},
    secrets::Secrets,
    time::rfc3339,
    value::{Inputs, Value, size},
    walk::{Tree, TreeFile, walk},
    workers,
};
pub use contract::{example::example, promise::Promise};
pub use credential::sign;
pub use engine::{Engine, begun::Job, shared::Shared};
pub use files::{
    content::{Content, ContentError},
    folder::{Folder, FolderFile, Found},
    prompts::{PromptFinding, PromptWeight, prompt_findings},
    reader::ReadFile,
    table::{Files, Unusable, unusable_files},
};
pub use flow::forward::ForwardRequest;
pub use job::{
    registry::Jobs,
    view::{JobBinding, JobOptions, JobState, JobView, NoJob, RunningJob, SameCall},
};
pub use response::{
    answer::{Answer, AnswerBody, BodyStream, Collected, CollectedBody},
    format::charset::{is_foreign, text as decoded_text},
};
pub use target::overrides::{BaseEnvironment, Overrides, Timeouts, UpstreamRule, origin_of};
pub use wire::{
    body::BoxError,
    buffers::{Buffers, Held, NoRoom, Uncollected},
    encodings::{ACCEPTED as ACCEPTED_ENCODINGS, EncodingError, undo as undo_encoding},
    network::Network,
    transport::{Transport, TransportBody},
    upload::InboundBody,
};
