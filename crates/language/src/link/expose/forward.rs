//! Routes that pass requests on to a consumed API unchanged. The client's own constant and environment parameters apply; a
//! caller's values fill nothing.

use capstan_plan::{
    Body, ClientId, Forward, HeaderPart, QueryPart, Reading, Request, Route, Segment, Target, Unavailable, Unit,
};
use http::Method;

use super::{
    super::{
        caller::{Caller, Kind},
        context::Context,
        finish::forward_bindings,
        linking::Linking,
        need::Need,
        place::Where,
        scope::CalleeScope,
    },
    route_path::pattern,
};
use crate::{
    diagnostic::{Code, Sink},
    header::header_name,
    model::{Consume, ExposedResource, ForwardDecl},
    suggest::nearest,
};

/// Links the route of a resource with `forward`.
pub(super) fn forward<'d>(
    context: &mut Context<'_, 'd>,
    namespace: &str,
    resource: &ExposedResource<'d>,
    decl: &ForwardDecl<'d>,
    sink: &mut Sink,
) -> Option<Route> {
    // The last placeholder takes the rest of the path, whatever its name.
    let last = resource.path.value.trim().rsplit('/').next().unwrap_or_default();
    let rest = last.trim_start_matches('{').trim_end_matches('}').trim();
    let (pattern, query) = pattern(resource.path, None, Some(rest), &mut Vec::new(), sink)?;
    let rest = pattern.segments.iter().find_map(|segment| match segment {
        Segment::Rest(name) => Some(name.clone()),
        _ => None,
    });
    let apis = &context.spec.consumes;
    let target = match apis.iter().enumerate().find(|(_, api)| api.namespace.value == decl.target.value) {
        Some((client, api)) => {
            let (request, slots) = request(context, namespace, ClientId::from(client), api, decl, sink);
            Target::Forward(Forward {
                client: request.client,
                rest,
                trusted_headers: trusted(decl, sink),
                bindings: forward_bindings(context, &request),
                request: Box::new(request),
                slots,
            })
        }
        None => unknown(context, decl, sink),
    };
    let unit = unit(context, resource, decl, target);
    Some(Route { method: None, pattern, query, unit, inputs: Box::default(), answer: None, fixed: Box::default() })
}

/// The headers of the caller's that are passed on.
fn trusted(decl: &ForwardDecl<'_>, sink: &mut Sink) -> Box<[http::HeaderName]> {
    decl.trusted.iter().filter_map(|name| header_name(name.value, name.span, sink).ok()?).collect()
}

/// The request without what the caller's brings, and how many slots it has.
fn request<'d>(
    context: &mut Context<'_, 'd>,
    namespace: &str,
    client: ClientId,
    api: &Consume<'d>,
    decl: &ForwardDecl<'d>,
    sink: &mut Sink,
) -> (Request, u32) {
    let origin = context.origins.at(decl.span);
    let mut linking = Linking::new(Caller::new(Kind::Rest, namespace));
    let mut scope = CalleeScope(linking.scope(context).0);
    let (mut headers, mut query) = (Vec::new(), Vec::new());
    for param in &api.params {
        let place = param.place.map(|p| p.value.to_ascii_lowercase());
        let Some(source) = scope.parameter(Need::of(param, Where::Query, false), sink) else { continue };
        let value = scope.0.template(&source);
        match place.as_deref() {
            Some("header") => {
                if let Ok(Some(name)) = header_name(param.name.value, param.name.span, sink) {
                    headers.push(HeaderPart::new(name, value));
                }
            }
            Some("query") => query.push(QueryPart::new(param.name.value, value)),
            _ => {}
        }
    }
    let request = Request {
        client,
        name: format!("{}.forward", decl.target.value).into(),
        method: Method::GET,
        base: None,
        path: Box::default(),
        query: query.into_boxed_slice(),
        headers: headers.into_boxed_slice(),
        cookies: Box::default(),
        body: Body::None,
        origin,
    };
    (request, linking.derived.inputs.slots)
}

/// The target of a forward to an API that is not there.
fn unknown(context: &Context<'_, '_>, decl: &ForwardDecl<'_>, sink: &mut Sink) -> Target {
    let message = format!("consumed API `{}` is not declared", decl.target.value);
    let unavailable = Target::Unavailable(Unavailable {
        code: Code::UnresolvedCall.name().into(),
        message: message.as_str().into(),
        origin: context.origins.at(decl.target.span),
    });
    // An import was to bring it: what is wrong is said there.
    if context.imported().contains(&decl.target.value) {
        return unavailable;
    }
    let names = context.spec.consumes.iter().map(|c| c.namespace.value.as_str());
    let draft = sink.error(Code::UnresolvedCall, decl.target.span, message);
    match nearest(decl.target.value, names) {
        Some(near) => drop(draft.meant(decl.target.span, decl.target.value, near)),
        None => drop(draft.help("declare it under `consumes`")),
    }
    unavailable
}

fn unit(context: &Context<'_, '_>, resource: &ExposedResource<'_>, decl: &ForwardDecl<'_>, target: Target) -> Unit {
    Unit {
        name: format!("forward {}", resource.path.value).into(),
        title: None,
        description: None,
        target,
        reading: Reading::Declared,
        policy: None,
        upstream: Some(format!("* {}", decl.target.value).into()),
        origin: context.origins.at(decl.span),
    }
}
