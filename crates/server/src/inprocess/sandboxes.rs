//! Sandboxes in this process: each answers for its origins as if it were there, and nothing else is reached.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use capstan_engine::{Fault, Host, Overrides, Secrets, Shared, Transport, TransportBody, UpstreamFault, origin_of};
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};

use super::{
    document::Document,
    running::{Access, Running, Setting},
};
use crate::bundle::environment::{Environment, Variables};

/// Sandboxes by the origins they stand in for.
#[derive(Debug, Default)]
pub struct Sandboxes {
    by_origin: HashMap<Box<str>, Arc<Running>>,
    values: Variables,
}

impl Sandboxes {
    /// Starts these sandboxes. Of two for one origin the first answers.
    #[must_use]
    pub fn start(documents: &[Document], host: &Arc<dyn Host>) -> Self {
        let mut all = Self::default();
        for document in documents {
            let Some(sandbox) = &document.plan.sandbox else { continue };
            let Some(url) = sandbox.origins.first() else { continue };
            let environment = Environment::only(Variables::default());
            let values = environment.of(&document.id, document.folder()).at(url);
            // Whatever it consumes itself stays in this process too.
            let engine = Shared::over(host.clone(), Arc::new(Self::default()), Secrets::default());
            let setting =
                Setting { values: &values, overrides: &Overrides::default(), engine, access: Access::Operator };
            let running = Arc::new(Running::start(document, setting));
            for origin in sandbox.origins.iter().filter_map(|origin| origin_of(origin).ok()) {
                all.by_origin.entry(origin).or_insert_with(|| running.clone());
            }
            for (name, value) in &sandbox.values {
                all.values.entry(name.to_string()).or_insert_with(|| value.to_string());
            }
        }
        all
    }

    /// The values that replace bindings.
    #[must_use]
    pub fn values(&self) -> &Variables {
        &self.values
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_origin.is_empty()
    }

    async fn reply(&self, request: Request<Bytes>) -> Result<Response<TransportBody>, Fault> {
        let uri = request.uri();
        let origin = origin_of(&format!(
            "{}://{}",
            uri.scheme_str().unwrap_or("https"),
            uri.authority().map_or("", |a| a.as_str())
        ));
        let origin = origin.map_err(|why| Fault::upstream(UpstreamFault::Connect, why))?;
        let Some(sandbox) = self.by_origin.get(&origin) else {
            let why = format!("sandbox mode: no sandbox stands in for {origin}, and nothing leaves this process");
            return Err(Fault::upstream(UpstreamFault::NotCovered, why));
        };
        let answered = sandbox.http(None, request).await;
        let answered =
            answered.ok_or_else(|| Fault::upstream(UpstreamFault::NotCovered, "the sandbox has no routes"))?;
        Ok(answered.response.map(|bytes| Full::new(bytes).map_err(|never| match never {}).boxed()))
    }
}

impl Transport for Sandboxes {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<TransportBody>, Fault>> {
        Box::pin(self.reply(request))
    }
}
