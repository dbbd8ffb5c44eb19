//! The fixed routes, one axum router over one table: what the process says of itself (health, status, metrics), requests to reload
//! or to say what a reload would do, the index of a gateway, and the metadata of what asks for tokens. Asks of the process only
//! what `operations` lists; that callers are who they must be is checked before they come here.

mod accept;
mod answers;
pub(crate) mod authorization;
mod changes;
mod endpoints;
mod health;
mod hiding;
mod index;
mod metrics;
mod operations;
mod operator;
mod received;
mod status;

pub(crate) use self::{
    endpoints::{ALL, routes},
    operations::{Acceptance, Accepted, ListenerOverview, OperationError, Operations, Overview},
    operator::{Arrival, Operator},
};
