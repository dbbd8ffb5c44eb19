//! Executes a plan: requests, credentials, formats, steps. The only crate that calls upstreams. Knows no YAML document and
//! reads files only through [`host::Host`].

pub mod answer;
pub mod bindings;
pub mod call;
mod encode;
pub mod engine;
pub mod fault;
pub mod format;
pub mod host;
pub mod lookup;
pub mod mask;
pub mod overrides;
pub mod script;
pub mod shared;
pub mod sign;
pub mod value;

pub use answer::{Answer, AnswerBody, BodyStream, Collected, CollectedBody, UpstreamTrace};
pub use bindings::{Lookup, Missing};
pub use call::{Call, ForwardRequest, InboundBody, Mode, Progress};
pub use engine::Engine;
pub use fault::{CallerFault, CapabilityFault, Fault, FaultKind, Passed, UpstreamFault, Violation};
pub use host::{Host, SystemHost};
pub use mask::Mask;
pub use overrides::{BaseEnvironment, Overrides, Timeouts, UpstreamRule, origin_of};
pub use shared::Shared;
pub use value::{Inputs, Value};
