//! REST exposures: paths, methods, and where each input is looked up.

use std::collections::HashMap;

use capstan_plan::{ClientId, Forward, Pattern, Place, Reading, Rest, Route, RouteInput, Target, Unit};
use http::Method;

use super::{
    super::{
        call::Ordinal,
        caller::{Caller, Kind},
        context::Context,
        finish::forward_bindings,
        linking::Linking,
        need::Need,
        outputs::selector,
        place::Where,
        rule::Rule,
        scope::CalleeScope,
        unit,
    },
    Ordinals,
};
use crate::{
    diagnostic::{Code, Sink},
    header::header_name,
    model::{Expose, ExposedResource, ForwardDecl, Param, UnitDecl},
    source::{Span, Spanned},
};

/// Links a REST exposure.
pub(super) fn rest<'d>(
    context: &mut Context<'_, 'd>,
    expose: &Expose<'d>,
    namespace: &str,
    params: &[Param<'d>],
    resources: &[ExposedResource<'d>],
    sink: &mut Sink,
) -> Rest {
    let mut ordinals = Ordinals::count(resources.iter().flat_map(|r| &r.units));
    let total: usize = resources.iter().map(|r| r.units.len()).sum();
    let mut routes: Vec<Route> = Vec::new();
    let mut keys: HashMap<String, Span> = HashMap::new();
    let mut seen = 0usize;
    let max_binary = expose.max_binary;
    for resource in resources {
        for decl in &resource.units {
            seen += 1;
            let ordinal = ordinals.next(decl);
            if let Some(route) = route(context, (namespace, max_binary), params, resource, decl, ordinal, sink) {
                if context.spec.truncated && seen == total && is_cut(context, &route.unit, expose) {
                    continue;
                }
                let key = format!("{:?} {} {:?}", route.method, route.pattern.key(), route.query);
                if let Some(first) = keys.get(&key) {
                    sink.report(Code::DupRoute, decl.span, format!("another operation answers {} too", route.pattern))
                        .label(*first, "the first one")
                        .help(format!(
                            "the request decides which one fits best; `{}:{}` calls this one",
                            route.pattern, route.unit.name
                        ))
                        .unit(route.unit.name.to_string());
                } else {
                    keys.insert(key, decl.span);
                }
                routes.push(route);
            }
        }
        if let Some(decl) = &resource.forward {
            routes.extend(forward(context, namespace, resource, decl, sink));
        }
    }
    Rest { routes: routes.into_boxed_slice() }
}

/// Rule D2: the last unit of a cut document is dropped unless its call resolved as written.
fn is_cut(context: &Context<'_, '_>, unit: &Unit, expose: &Expose<'_>) -> bool {
    let last = context.spec.exposes.last().is_some_and(|e| std::ptr::eq(e, expose));
    last && matches!(unit.target, Target::Unavailable(_))
}

fn route<'d>(
    context: &mut Context<'_, 'd>,
    (namespace, max_binary): (&str, Option<u64>),
    params: &[Param<'d>],
    resource: &ExposedResource<'d>,
    decl: &UnitDecl<'d>,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> Option<Route> {
    let method = match &decl.method {
        Some(method) => match Method::from_bytes(method.value.as_bytes()) {
            Ok(method) => method,
            Err(_) => {
                sink.error(Code::BadValue, method.span, format!("`{}` is not an HTTP method", method.value))
                    .help("use GET, POST, PUT, PATCH or DELETE")
                    .path(decl.key_path.key("method"));
                return None;
            }
        },
        None => {
            sink.warning(Code::MissingKey, decl.span, "an exposed operation without `method` answers GET")
                .path(&decl.key_path);
            Method::GET
        }
    };
    let mut rules = Vec::new();
    let (pattern, query) = pattern(resource.path, decl.path, None, &mut rules, sink)?;
    if resource.from_map {
        rules.push((Code::PathsMap, resource.path.span, "`paths` is read as resources".to_owned()));
    }
    let names: Vec<&str> = pattern.params().collect();
    let name = decl.name.map_or_else(|| derived_name(&method, &pattern, decl), |n| n.value.to_owned());
    let postish = matches!(method, Method::POST | Method::PUT | Method::PATCH);
    let mut linking = Linking::new(Caller::new(Kind::Rest, namespace).limited(max_binary).posting(postish));
    linking.derived.rules = rules;
    linking.derived.inputs.placeholders(&names, resource.path.span);
    linking.derived.inputs.declare(&decl.params);
    linking.derived.inputs.declare(&resource.params);
    linking.derived.inputs.declare(params);
    let linked = unit::unit(context, linking, decl, &name, decl.description, ordinal, sink);
    let mut inputs = linked.inputs.route_inputs().into_vec();
    if let Some(slot) = linked.request {
        inputs.push(RouteInput { slot, places: Box::new([Place::Request]) });
    }
    // `in: environment` and JSONPath values of declared inputs.
    for draft in &linked.inputs.drafts {
        let Some(param) = &draft.declared else { continue };
        let Some(input) = inputs.iter_mut().find(|i| i.slot == draft.slot) else { continue };
        if param.place.is_some_and(|p| p.value.eq_ignore_ascii_case("environment")) {
            let id = context.bindings.optional(param.name.value, param.name.span, &context.origins);
            input.places = Box::new([Place::Environment(id)]);
        } else if let Some(value) = param
            .value
            .and_then(|v| Some((v.text()?, v.span())))
            .filter(|(v, _)| v.starts_with('$') && !v.starts_with("${"))
            && let Ok(selector) = selector(value.0, value.1, sink)
        {
            input.places = Box::new([Place::BodyPath(Box::new(selector))]);
        }
    }
    Some(Route { method: Some(method), pattern, query, unit: linked.unit, inputs: inputs.into_boxed_slice() })
}

/// The name of an operation that has none.
fn derived_name(method: &Method, pattern: &Pattern, decl: &UnitDecl<'_>) -> String {
    if let Some(flow) = decl.reference.and_then(|r| r.value.rsplit('.').next()) {
        return flow.to_owned();
    }
    let path: String = pattern.to_string().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let path = path.split('-').filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-");
    let path = if path.is_empty() { "root" } else { &path };
    format!("{}-{path}", method.as_str().to_ascii_lowercase())
}

/// Query pairs a route demands.
type RequiredQuery = Box<[(Box<str>, Box<str>)]>;

/// Resource path, own path (E5), required query (E3) and the leading slash.
fn pattern(
    resource: Spanned<&str>,
    own: Option<Spanned<&str>>,
    rest: Option<&str>,
    rules: &mut Vec<Rule>,
    sink: &mut Sink,
) -> Option<(Pattern, RequiredQuery)> {
    let mut text = resource.value.trim().to_owned();
    if let Some(own) = own.filter(|o| !matches!(o.value.trim(), "" | "/")) {
        let own = own.value.trim();
        let slash = if own.starts_with('/') || own.starts_with('?') { "" } else { "/" };
        text = format!("{}{slash}{own}", text.trim_end_matches('/'));
    }
    if !text.starts_with('/') {
        if !text.is_empty() {
            rules.push((Code::PathSlash, resource.span, "a leading `/` is added to the path".to_owned()));
        }
        text.insert(0, '/');
    }
    let (path, query) = text.split_once('?').map_or((text.as_str(), None), |(p, q)| (p, Some(q)));
    if path.contains('#') {
        rules.push((Code::FragRoute, resource.span, "`#` in an exposed path is matched as `%23`".to_owned()));
    }
    let query: RequiredQuery = query
        .map(|q| {
            rules.push((
                Code::QueryRoute,
                resource.span,
                "the query in an exposed path must be in the request".to_owned(),
            ));
            q.split('&')
                .filter(|p| !p.is_empty())
                .map(|p| p.split_once('=').unwrap_or((p, "")))
                .map(|(k, v)| (k.into(), v.into()))
                .collect()
        })
        .unwrap_or_default();
    match Pattern::parse(path, rest) {
        Ok(pattern) => Some((pattern, query)),
        Err(error) => {
            sink.error(Code::BadUrl, resource.span, format!("the path does not parse: {error}"))
                .help("write placeholders as {name}");
            None
        }
    }
}

fn forward<'d>(
    context: &mut Context<'_, 'd>,
    namespace: &str,
    resource: &ExposedResource<'d>,
    decl: &ForwardDecl<'d>,
    sink: &mut Sink,
) -> Option<Route> {
    let mut rules = Vec::new();
    // The last placeholder takes the rest of the path, whatever its name.
    let last = resource.path.value.trim().rsplit('/').next().unwrap_or_default();
    let rest = last.trim_start_matches('{').trim_end_matches('}').trim();
    let (pattern, query) = pattern(resource.path, None, Some(rest), &mut rules, sink)?;
    let Some(client) = context.spec.consumes.iter().position(|c| c.namespace.value == decl.target.value) else {
        let message = format!("consumed API `{}` is not declared", decl.target.value);
        let names = context.spec.consumes.iter().map(|c| c.namespace.value.as_str());
        let draft = sink.error(Code::UnresolvedCall, decl.target.span, message.clone());
        match crate::suggest::nearest(decl.target.value, names) {
            Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(decl.target.span, near)),
            None => drop(draft.help("declare it under `consumes`")),
        }
        let reason = capstan_plan::Unavailable {
            code: Code::UnresolvedCall.name().into(),
            message: message.into(),
            origin: context.origins.at(decl.target.span),
        };
        let unit = forward_unit(context, resource, decl, Target::Unavailable(reason));
        return Some(Route { method: None, pattern, query, unit, inputs: Box::default() });
    };
    let rest = pattern.segments.iter().find_map(|s| match s {
        capstan_plan::Segment::Rest(name) => Some(name.clone()),
        _ => None,
    });
    let trusted = decl.trusted.iter().filter_map(|name| header_name(name.value, name.span, sink).ok()?).collect();
    // The client's own constant and environment parameters apply; a caller's values do not.
    let api = context.spec.consumes.get(client)?;
    let mut linking = Linking::new(Caller::new(Kind::Rest, namespace));
    let mut scope = CalleeScope(linking.scope(context).0);
    let (mut headers, mut query_parts) = (Vec::new(), Vec::new());
    for param in &api.params {
        let place = param.place.map(|p| p.value.to_ascii_lowercase());
        let Some(source) = scope.parameter(Need::of(param, Where::Query, false), sink) else { continue };
        let value = scope.0.template(&source);
        match place.as_deref() {
            Some("header") => {
                if let Ok(Some(name)) = header_name(param.name.value, param.name.span, sink) {
                    headers.push(capstan_plan::HeaderPart { name, value });
                }
            }
            Some("query") => query_parts.push(capstan_plan::QueryPart { name: param.name.value.into(), value }),
            _ => {}
        }
    }
    let request = capstan_plan::Request {
        client: ClientId::from(client),
        name: format!("{}.forward", decl.target.value).into(),
        method: Method::GET,
        base: None,
        path: Box::default(),
        query: query_parts.into_boxed_slice(),
        headers: headers.into_boxed_slice(),
        cookies: Box::default(),
        body: capstan_plan::Body::None,
        origin: context.origins.at(decl.span),
    };
    let slots = linking.derived.inputs.slots;
    let bindings = forward_bindings(context, &request);
    let target = Target::Forward(Forward {
        client: request.client,
        rest,
        trusted_headers: trusted,
        request: Box::new(request),
        slots,
        bindings,
    });
    let unit = forward_unit(context, resource, decl, target);
    Some(Route { method: None, pattern, query, unit, inputs: Box::default() })
}

fn forward_unit(
    context: &Context<'_, '_>,
    resource: &ExposedResource<'_>,
    decl: &ForwardDecl<'_>,
    target: Target,
) -> Unit {
    Unit {
        name: format!("forward {}", resource.path.value).into(),
        title: None,
        description: None,
        target,
        reading: Reading::Declared,
        upstream: Some(format!("* {}", decl.target.value).into()),
        origin: context.origins.at(decl.span),
    }
}
