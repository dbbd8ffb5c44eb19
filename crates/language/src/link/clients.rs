//! Enters every consumed API with its credential and base URI, and prepares its operations to be called.

use std::rc::Rc;

use capstan_plan::{Client, ClientId};

use super::{
    auth,
    base::base_tokens,
    callee::{Callee, absolute_paths, callee},
    context::{Api, Context},
    credentials::CredentialPlaces,
    documented::Documented,
    names::norm,
    problem::Problem,
};
use crate::{
    diagnostic::{Defect, Sink},
    model::Consume,
    openapi::OpenApiHandle,
    suggest::{Names, slip},
};

/// Enters the consumed APIs of the document. `openapi` holds one document per API, where there is one.
pub(super) fn clients(context: &mut Context<'_, '_>, openapi: &[Option<OpenApiHandle>], sink: &mut Sink) {
    let spec = context.spec;
    for (index, api) in spec.consumes.iter().enumerate() {
        let id = client(context, api, sink);
        let holes = context.apis.get(id).map(|api| api.base.holes()).unwrap_or_default();
        let absolute = absolute_paths(api);
        let mut document = openapi.get(index).and_then(Option::as_ref).map(Documented::new);
        for op in &api.operations {
            let mut prepared = callee(id, api, op, absolute, &holes, (&context.origins, sink));
            prepared.typed = document.as_mut().and_then(|document| document.operation(api, op, &prepared, sink));
            prepared.defect = prepared.defect.take().or_else(|| misspelt(&prepared, sink));
            context.callees.push(Rc::new(prepared));
        }
    }
}

fn client(context: &mut Context<'_, '_>, api: &Consume<'_>, sink: &mut Sink) -> ClientId {
    let linked = auth::credential(api, &mut context.bindings, &context.origins, sink);
    let (credential, places) = CredentialPlaces::split(linked.credential, linked.rules);
    let tokens = base_tokens(api, sink);
    // The rules of the base are told by the calls, which know what fills it.
    let path = |name: &str| places.path(name);
    let (base, _) = tokens.base(&mut context.bindings, &context.origins, &mut Vec::new(), path, |_| None);
    context.apis.push(Rc::new(Api { base: tokens, credential: places }));
    context.clients.push(Client {
        namespace: api.namespace.value.as_str().into(),
        base_text: api.base.map_or("", |b| b.value.trim()).into(),
        base,
        credential,
        limits: api.limits,
        origin: context.origins.at(api.span),
    })
}

/// A parameter that the OpenAPI document does not know, but nearly: one that it has and the file does not.
fn misspelt(callee: &Callee<'_, '_>, sink: &mut Sink) -> Option<Defect> {
    let documented = &callee.typed.as_ref()?.parameters;
    let declared = |name: &str| callee.params.iter().any(|(param, _)| norm(param.name.value) == norm(name));
    let open: Vec<&str> = documented.iter().map(|p| p.name.as_str()).filter(|name| !declared(name)).collect();
    let unknown = |name: &str| documented.iter().all(|parameter| norm(&parameter.name) != norm(name));
    callee.params.iter().filter(|(param, _)| unknown(param.name.value)).find_map(|(param, _)| {
        let near = slip(param.name.value, open.iter().copied(), Names::Unused)?;
        let message = format!("the OpenAPI document has no parameter `{}` here", param.name.value);
        let problem = Problem::slip(param.name, message, near);
        let defect = problem.defect();
        problem.report(sink);
        defect
    })
}
