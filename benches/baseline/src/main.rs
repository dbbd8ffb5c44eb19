//! What Capstan is compared with: the same work as a competent person writes it with axum, reqwest and rmcp. Not meant to be used.
#![allow(clippy::disallowed_methods, reason = "three arguments need no parser")]

mod mcp;
mod rest;

use std::error::Error;

/// `baseline (rest | mapped | mcp | mcp-sessions) ADDRESS UPSTREAM`
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(kind), Some(address), Some(upstream)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: baseline (rest | mapped | mcp | mcp-sessions) ADDRESS UPSTREAM".into());
    };
    let router = match kind.as_str() {
        "rest" => rest::pass_through(upstream),
        "mapped" => rest::mapped(upstream),
        "mcp" => mcp::router(upstream, false),
        "mcp-sessions" => mcp::router(upstream, true),
        other => return Err(format!("there is no baseline `{other}`").into()),
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // A stream that dies at once is noticed by whoever reads it.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}
