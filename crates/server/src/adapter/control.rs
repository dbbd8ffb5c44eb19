//! A control adapter: the fixed routes of the control plane, as far as the author switched them on, behind the author's check. What
//! they answer is not decided here.

use bytes::Bytes;
use capstan_plan::{Control, Exposure, ExposureKind};
use http::{Request, Response};

use super::{
    context::Context,
    paths::{Beside, FixedPaths},
};
use crate::{
    capability::exposed::Exposed,
    http::body::{Body, BodyError},
};

/// Where the control plane is.
pub(super) const PATHS: FixedPaths = FixedPaths {
    exact: &["/status", "/metrics"],
    prefixes: &["/health/", "/config/"],
    beside: Beside::Route,
    below_an_id: None,
    entry: "/status",
};

/// The control plane, exposed by a document.
#[derive(Debug)]
pub struct ControlAdapter {
    pub(super) exposed: Exposed,
}

impl ControlAdapter {
    /// Answers a request.
    pub(super) async fn answer<B>(&self, request: Request<B>, context: &Context) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let (mut parts, body) = request.into_parts();
        if let Err(refused) = self.exposed.admit(&context.shared, &parts).await {
            return refused;
        }
        parts.extensions.insert(self.switched_on());
        context.fixed.answer(Request::from_parts(parts, body)).await
    }

    fn switched_on(&self) -> Control {
        match self.exposed.exposure() {
            Some(Exposure { kind: ExposureKind::Control(control), .. }) => control.clone(),
            _ => Control::default(),
        }
    }
}
