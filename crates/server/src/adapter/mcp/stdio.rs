//! The same protocol on standard input and output, until the input ends. Nothing else may write to standard output.

use std::{error::Error, sync::Arc};

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::io::stdio_pipes};
use tokio::sync::watch;

use super::{core::Core, handler::Handler, lines::Lines};
use crate::{
    capability::{catalogue::Catalogue, instance::ExposureRef},
    shared::Shared,
};

/// Serves an exposure on standard input and output until end of input.
///
/// # Errors
/// A client that does not speak MCP.
pub(crate) async fn stdio(
    at: ExposureRef,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    shared: Arc<Shared>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let limit = shared.limits.body;
    let core = Arc::new(Core::new(at, catalogue, shared));
    let (input, output) = stdio_pipes();
    let served = match Handler::new(core.clone()).serve(Lines::new(input, output, limit)).await {
        Ok(running) => running.waiting().await.map(drop).map_err(Into::into),
        // The input ended before anything was asked.
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(error.into()),
    };
    core.closing.cancel();
    served
}
