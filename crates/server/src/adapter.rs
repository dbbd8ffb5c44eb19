//! Adapters: the ways of calling a capability, one closed enum. What an adapter is called, what it offers, where it is reached and
//! how it answers is asked here and nowhere else, so a new one is a variant of this enum, its arms below, and a module. How bytes
//! reach an adapter (listeners, gateways, Host and Origin checks) is not its business.

pub(crate) mod context;
pub mod control;
pub(crate) mod job;
pub mod mcp;
pub mod paths;
pub mod rest;
pub mod skill;

use capstan_plan::{ExposureKind, UnitRef};
use http::{Request, Response};

use self::{
    context::Context, control::ControlAdapter, mcp::McpAdapter, paths::Paths, rest::RestAdapter, skill::SkillAdapter,
};
use crate::{
    capability::exposed::Exposed,
    http::{access::AccessRecord, body::Body, inbound::Inbound},
};

/// The kinds that are reached under a gateway.
pub(crate) const MOUNTABLE: [&str; 3] = ["rest", "mcp", "skill"];

/// One exposure of a capability, as callers reach it.
#[derive(Debug)]
pub enum Adapter {
    /// Operations at paths.
    Rest(RestAdapter),
    /// An MCP server.
    Mcp(McpAdapter),
    /// An Agent Skills catalogue.
    Skill(SkillAdapter),
    /// The control plane.
    Control(ControlAdapter),
}

impl Adapter {
    /// The adapter of an exposure; none when its capability does not run.
    #[must_use]
    pub fn new(exposed: Exposed) -> Option<Self> {
        Some(match exposed.exposure()?.kind {
            ExposureKind::Rest(_) => Self::Rest(RestAdapter::new(exposed)),
            ExposureKind::Mcp(_) => Self::Mcp(McpAdapter::new(exposed)),
            ExposureKind::Skill(_) => Self::Skill(SkillAdapter { exposed }),
            ExposureKind::Control(_) => Self::Control(ControlAdapter { exposed }),
        })
    }

    /// The exposure it is the adapter of.
    #[must_use]
    pub fn exposed(&self) -> &Exposed {
        match self {
            Self::Rest(rest) => rest.exposed(),
            Self::Mcp(mcp) => mcp.exposed(),
            Self::Skill(skill) => &skill.exposed,
            Self::Control(control) => &control.exposed,
        }
    }

    /// What kind it is, as documents and listings name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.exposed().exposure().map_or("", |exposure| exposure.kind.name())
    }

    /// What kind it is, as sentences name it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Rest(_) => "REST",
            Self::Mcp(_) => "MCP",
            Self::Skill(_) => "skill",
            Self::Control(_) => "control",
        }
    }

    /// What callers of it can name.
    #[must_use]
    pub fn units(&self) -> Vec<UnitRef<'_>> {
        self.exposed().exposure().map(|exposure| exposure.kind.units()).unwrap_or_default()
    }

    /// Which paths it claims.
    #[must_use]
    pub fn paths(&self) -> Paths {
        match self {
            Self::Rest(_) => Paths::Routes,
            Self::Mcp(_) => Paths::Fixed(&mcp::PATHS),
            Self::Skill(_) => Paths::Fixed(&skill::PATHS),
            Self::Control(_) => Paths::Fixed(&control::PATHS),
        }
    }

    /// Whether it has a listener outside of a gateway.
    #[must_use]
    pub fn listens(&self) -> bool {
        match self {
            Self::Mcp(mcp) => mcp.listens(),
            Self::Rest(_) | Self::Skill(_) | Self::Control(_) => true,
        }
    }

    /// Whether it is for whoever operates the process: then it is not served to other machines without a check.
    #[must_use]
    pub fn is_for_operators(&self) -> bool {
        matches!(self, Self::Control(_))
    }

    /// Answers a request whose path, as this adapter sees it, is `path`.
    pub(crate) async fn answer(
        &self,
        path: &str,
        request: Request<Inbound>,
        context: &Context,
        record: &mut AccessRecord,
    ) -> Response<Body> {
        record.adapter(&self.exposed().capability.id, self.kind());
        // Boxed, but for the hot one: the future of an answer is copied about.
        match self {
            Self::Rest(rest) => rest.answer(path, request, context, record).await,
            Self::Mcp(mcp) => Box::pin(mcp.answer(request, &context.shared, &context.endpoints, record)).await,
            Self::Skill(skill) => Box::pin(skill.answer(path, request, &context.shared)).await,
            Self::Control(control) => Box::pin(control.answer(request, context)).await,
        }
    }
}
