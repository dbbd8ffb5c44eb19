//! Capabilities that run inside one process without a listener: for tests of capabilities, for one call from a command line, for
//! sandboxes that need no port. Requests are handed to the same adapters that listeners hand them to, and upstreams are reached
//! through the engine's [`Transport`](capstan_engine::Transport) when there is to be no network. Knows no sockets, no reloads and no
//! file but what a document names.

mod document;
mod running;
mod sandboxes;

pub use self::{
    document::{Document, Unreadable},
    running::{Access, Answered, Running, Setting, ToolCall},
    sandboxes::Sandboxes,
};
