//! REST exposures: paths, methods, and where each input is looked up.

use std::collections::HashMap;

use capstan_plan::{Pattern, Place, Rest, Route, RouteInput, Target, Unit};
use http::Method;

use super::{
    super::{
        call::Ordinal,
        caller::{Caller, Kind},
        context::Context,
        linking::Linking,
        outputs::selector,
        unit::{self, LinkedUnit},
    },
    forward::forward,
    ordinals::Ordinals,
    promise::promised,
    route_path::pattern,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Expose, ExposedResource, Param, UnitDecl},
    source::Span,
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
                    sink.report(
                        Code::DupRoute,
                        decl.span,
                        format!("another operation answers `{}` too", route.pattern),
                    )
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
    let method = method(decl, sink)?;
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
    linking.derived.inputs.placeholders(&names, resource.path);
    linking.derived.inputs.declare(&decl.params);
    linking.derived.inputs.declare(&resource.params);
    linking.derived.inputs.declare(params);
    let linked = unit::unit(context, linking, decl, &name, decl.description, ordinal, sink);
    let inputs = route_inputs(context, &linked, sink);
    let answer = promised(context, &linked, decl).map(Into::into);
    Some(Route { method: Some(method), pattern, query, unit: linked.unit, inputs, answer, fixed: linked.fixed })
}

/// The method of an exposed operation; GET when it names none.
fn method(decl: &UnitDecl<'_>, sink: &mut Sink) -> Option<Method> {
    match &decl.method {
        Some(method) => match Method::from_bytes(method.value.as_bytes()) {
            Ok(method) => Some(method),
            Err(_) => {
                sink.error(Code::BadValue, method.span, format!("`{}` is not an HTTP method", method.value))
                    .help("use GET, POST, PUT, PATCH or DELETE")
                    .path(decl.key_path.key("method"));
                None
            }
        },
        // That it needs one has been said.
        None => Some(Method::GET),
    }
}

/// Where the request holds the inputs of a unit.
fn route_inputs(context: &mut Context<'_, '_>, linked: &LinkedUnit<'_>, sink: &mut Sink) -> Box<[RouteInput]> {
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
    inputs.into_boxed_slice()
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
