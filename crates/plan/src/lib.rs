//! The narrow waist of Capstan: what a capability *means*, once every name is resolved and every template, selector and
//! route is compiled. Plain data: no IO, no async, no YAML and no resolved secret.
//!
//! `capstan-language` builds a [`Plan`] from what an author wrote; `capstan-engine` executes it; `capstan-server` exposes it.

pub mod authenticate;
pub mod binding;
pub mod budget;
pub mod call;
pub mod client;
pub mod credential;
pub mod duration;
pub mod expose;
pub mod file;
pub mod flow;
pub mod header;
pub mod id;
pub mod job;
pub mod mock;
pub mod origin;
pub mod pattern;
pub mod plan;
pub mod prompt;
mod reads;
mod reference;
pub mod resume;
pub mod schema;
pub mod selector;
pub mod serialization;
pub mod shape;
pub mod step;
pub mod suggest;
pub mod template;
pub mod variable;

pub use authenticate::{ApiKeyPlace, Authenticator, OAuth2Resource};
pub use binding::{Binding, BindingSource};
pub use call::{Call, DecodeSchema, JobCall, StepOutput};
pub use client::{
    Base, BasePart, Body, BodyKind, Client, Encoded, FieldEncoding, Format, HeaderPart, Limits, Part, PathPart,
    QueryPart, Rate, Request,
};
pub use credential::{Credential, FieldPlace};
pub use expose::{
    Annotations, ContentSource, Control, Exposure, ExposureKind, FlatBody, Forward, Listen, Mcp, More, Place, Reading,
    Resource, Rest, Route, RouteInput, SiblingKind, Skill, SkillAdapter, SkillTool, SkillToolKind, Structured,
    TakenField, Target, Tool, Transport, Unavailable, Unit, UnitRef,
};
pub use file::{FilePath, FileUse, PlanFile};
pub use flow::{Block, Branch, Flow, ForEach, Input, Lookup, Mapping, Outcome, Refusal, Script, Step, StepKind};
pub use id::{BindingId, ClientId, FileId, FlowId, IdVec, JobId, SlotId};
pub use job::{
    AsyncPolicy, Backoff, Followed, HostPattern, Hosts, Job, JobFailure, JobResult, PollSource, Polling, Progress,
    ProgressTotal, TaskUse, Tolerance,
};
pub use mock::{Mock, MockBody, MockCase, Sandbox};
pub use origin::Origin;
pub use pattern::{Pattern, PatternError, Piece, Segment};
pub use plan::{Info, Plan};
pub use prompt::{Prompt, PromptArgument, PromptContent, PromptMessage, PromptRole, PromptSlip, PromptText};
pub use resume::{Bound, Resumption};
pub use schema::Schema;
pub use selector::{Selector, SelectorError};
pub use serialization::{ParameterStyle, Serialization};
pub use shape::{Outputs, Shape};
pub use step::PathStep;
pub use template::{Escape, Expression, ScalarType, Template};
