//! The Spec: one model for all dialects, every declaration typed. Leaves carry spans; names are still text and templates still
//! uncompiled, because resolving them is `link`'s work. No key of a document is looked up once this is made.

mod authenticator;
mod body;
mod consume;
mod credential;
mod expose;
mod job;
mod json_type;
mod mcp;
mod mock;
mod output;
mod param;
mod skill;
mod spec;
mod unit;
mod value;

pub(crate) use self::{
    authenticator::{AuthenticatorDecl, AuthenticatorKind},
    body::{BodyDecl, PartDecl},
    consume::{Consume, Operation},
    credential::{
        AwsSigV4Decl, ClientCredentialsDecl, CredentialDecl, CredentialKind, FieldDecl, LoginDecl, SecretDecl,
    },
    expose::{Expose, ExposeKind, ExposedResource, ForwardDecl, PortDecl},
    job::{
        CalledDecl, FailureDecl, HostsDecl, JobDecl, PollSourceDecl, PollingDecl, ProgressDecl, ResultDecl, TotalDecl,
    },
    json_type::json_type,
    mcp::{McpDecl, McpResourceDecl, PromptArgumentDecl, PromptDecl},
    mock::{Condition, MockAnswer, MockCaseDecl},
    output::OutputDecl,
    param::{Param, SchemaDecl},
    skill::{SkillDecl, SkillToolDecl},
    spec::{Bind, Import, SandboxDecl, Scripting, Section, Spec},
    unit::{
        Aggregate, ConditionDecl, FailDecl, ForEachDecl, IfDecl, InputSchemaDecl, LookupDecl, Rule, ScriptDecl,
        SemanticsDecl, StepDecl, StepDeclKind, UnitDecl,
    },
    value::{ValueDecl, ValueKind, WithDecl},
};
