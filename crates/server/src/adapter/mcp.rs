//! MCP endpoints: one protocol core over streamable HTTP (both generations on one endpoint) and stdio. What is served is looked
//! up per request, so an endpoint and its sessions outlive every reload. Host, Origin and callers' credentials are checked
//! by the listener before a request comes here, which is why rmcp's own (static) lists are off.

mod arguments;
mod call;
mod changes;
mod contents;
mod core;
mod direct;
mod endpoint;
mod endpoints;
mod exposure;
mod fault;
mod handler;
mod http;
mod invoke;
mod job;
mod job_tools;
mod lines;
mod listing;
mod media;
mod page;
mod peers;
mod places;
mod progress;
mod prompts;
mod request;
mod resources;
mod result;
mod sessions;
mod stdio;
mod structured;
mod unreadable;
mod uri;
mod view;

#[cfg(test)]
mod tests;

pub use self::{endpoint::McpEndpoint, exposure::McpAdapter};
pub(crate) use self::{endpoints::Endpoints, exposure::PATHS, stdio::stdio};
