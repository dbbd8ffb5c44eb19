//! The first pass: what a callee needs. It looks at the consumed side only; who calls makes no difference to it.

use capstan_plan::Template;

use super::{
    base::BaseTokens, callee::Callee, context::Api, credentials::CredentialPlaces, names::norm, need::Need,
    place::Where,
};
use crate::{model::Param, openapi::TypedParameter, source::Span};

/// Everything one call of an operation needs.
pub(super) struct Needs<'n, 'd> {
    pub(super) callee: &'n Callee<'n, 'd>,
    /// Names its templates read from the environment (`in: environment`).
    pub(super) environment: Vec<&'n Param<'d>>,
    /// The placeholders of the path, in order.
    pub(super) path: Vec<Hole<'n, 'd>>,
    /// Path parameters appended as segments.
    pub(super) orphans: Vec<Need<'n, 'd>>,
    /// Query, header, cookie and body parameters whose place no credential occupies.
    pub(super) params: Vec<Need<'n, 'd>>,
    /// Names the operation fills by itself: its credential does, or the text of its path. Nothing of the caller's goes there.
    pub(super) settled: Vec<Settled<'n>>,
    pub(super) body: BodyNeed<'n, 'd>,
    pub(super) base: &'n BaseTokens,
    /// The placeholders of the base URI, with what the credential gives them.
    pub(super) base_holes: Vec<(String, Option<Template>)>,
}

/// A name the operation fills by itself.
pub(super) struct Settled<'n> {
    pub(super) name: &'n str,
    /// Where its parameter is declared, when it is one.
    pub(super) declared: Option<(Where, Span)>,
}

/// A placeholder of the path.
pub(super) struct Hole<'n, 'd> {
    pub(super) need: Need<'n, 'd>,
    /// What the credential puts there.
    pub(super) credential: Option<Template>,
}

/// What a request needs for its body, beside the body parameters among the others.
#[derive(Clone, Copy)]
pub(super) enum BodyNeed<'n, 'd> {
    /// The declared template; the whole-body parameter joins it where a caller gives one.
    Declared(Option<Need<'n, 'd>>),
    /// One parameter that is the whole body.
    Whole(Need<'n, 'd>),
    /// An object of the body parameters.
    Fields,
    /// Nothing is declared.
    Undeclared,
}

/// Collects what a call of `callee` needs.
pub(super) fn collect<'n, 'd>(callee: &'n Callee<'n, 'd>, api: &'n Api) -> Needs<'n, 'd> {
    let typed = callee.typed.as_ref();
    let orphan = |index: &usize| {
        let (param, _) = callee.params.get(*index)?;
        Some(Need::of(param, Where::Path, param.required.unwrap_or(true)).typed(typed))
    };
    let mut params = params(callee, &api.credential);
    params.extend(documented(callee, &api.credential));
    params.extend(documented_fields(callee, &api.credential));
    Needs {
        callee,
        environment: callee.at(Where::Environment).collect(),
        path: callee.holes().map(|hole| path_hole(callee, hole, &api.credential)).collect(),
        orphans: callee.orphans.iter().filter_map(orphan).collect(),
        body: body(callee, &params),
        params,
        settled: settled(callee, &api.credential),
        base: &api.base,
        base_holes: api.base.holes().into_iter().map(|hole| (hole.clone(), api.credential.path(&hole))).collect(),
    }
}

/// The need of a path placeholder, with the parameter that declares it.
fn path_hole<'n, 'd>(callee: &'n Callee<'n, 'd>, name: &'n str, credential: &CredentialPlaces) -> Hole<'n, 'd> {
    let exact = callee.at(Where::Path).find(|p| p.name.value == name);
    let param = exact.or_else(|| callee.at(Where::Path).find(|p| norm(p.name.value) == norm(name)));
    let span = param.map_or_else(|| callee.hole_span(name), |p| p.name.span);
    let need = Need { param, ..Need::new(name, Where::Path, span) };
    Hole { need: need.typed(callee.typed.as_ref()), credential: credential.path(name) }
}

fn params<'n, 'd>(callee: &'n Callee<'n, 'd>, credential: &CredentialPlaces) -> Vec<Need<'n, 'd>> {
    callee
        .params
        .iter()
        .enumerate()
        .filter(|(index, _)| Some(*index) != callee.whole_body)
        .filter(|(_, (_, place))| !matches!(place, Where::Path | Where::Environment))
        .filter(|(_, (param, place))| !is_settled(callee, credential, *place, param.name.value))
        .map(|(_, (param, place))| Need::of(param, *place, param.required == Some(true)).typed(callee.typed.as_ref()))
        .collect()
}

/// Whether a parameter's place is taken by the credential or by what the path itself carries.
fn is_settled(callee: &Callee<'_, '_>, credential: &CredentialPlaces, place: Where, name: &str) -> bool {
    credential.overrides(place, name) || callee.carries(place, name)
}

fn settled<'n>(callee: &'n Callee<'_, '_>, credential: &'n CredentialPlaces) -> Vec<Settled<'n>> {
    let declared =
        callee.params.iter().filter(|(param, place)| is_settled(callee, credential, *place, param.name.value));
    let declared =
        declared.map(|(param, place)| Settled { name: param.name.value, declared: Some((*place, param.name.span)) });
    declared.chain(credential.headers().map(|name| Settled { name, declared: None })).collect()
}

/// Parameters that only an OpenAPI document declares: nothing in the file takes their name or their place.
fn documented<'n, 'd>(
    callee: &'n Callee<'n, 'd>,
    credential: &'n CredentialPlaces,
) -> impl Iterator<Item = Need<'n, 'd>> {
    let parameters = callee.typed.as_ref().map(|typed| typed.parameters.as_slice()).unwrap_or_default();
    parameters.iter().filter_map(|parameter| {
        let name = parameter.name.as_str();
        let same = |other: &str| other == name || norm(other) == norm(name);
        let (place, written) = match parameter.place {
            "query" => (Where::Query, callee.query.iter().any(|(other, _)| same(other))),
            "header" => (Where::Header, callee.headers.iter().any(|(other, _)| same(other))),
            "cookie" => (Where::Cookie, false),
            _ => return None,
        };
        let named = callee.params.iter().any(|(param, _)| same(param.name.value)) || callee.holes().any(same);
        if written || named || credential.overrides(place, name) {
            return None;
        }
        let need = Need::new(name, place, callee.op.span);
        // What has a default need not be given.
        let required = parameter.required && parameter.schema.get("default").is_none();
        Some(Need { required, documented: Some(parameter), ..need })
    })
}

/// Fields of the body that only an OpenAPI document declares, where the file declares others.
fn documented_fields<'n, 'd>(callee: &'n Callee<'n, 'd>, credential: &'n CredentialPlaces) -> Vec<Need<'n, 'd>> {
    let listed = callee.whole_body.is_none() && callee.at(Where::Body).next().is_some();
    let Some((body, _)) = callee.documented_body().filter(|_| listed) else { return Vec::new() };
    let named = |name: &str| {
        let same = |param: &Param<'_>| param.name.value == name || norm(param.name.value) == norm(name);
        callee.at(Where::Body).any(same) || credential.overrides(Where::Body, name)
    };
    let fields = body.fields.iter().filter(|field| !named(&field.name));
    let need = |field: &'n TypedParameter| {
        let required = field.required && field.schema.get("default").is_none();
        Need { required, documented: Some(field), ..Need::new(&field.name, Where::Body, callee.op.span) }
    };
    fields.map(need).collect()
}

fn body<'n, 'd>(callee: &'n Callee<'n, 'd>, params: &[Need<'n, 'd>]) -> BodyNeed<'n, 'd> {
    let whole = callee.whole_body();
    match (callee.body, whole) {
        (Some(_), _) => BodyNeed::Declared(whole.map(|param| Need::of(param, Where::Body, false))),
        // A body on a GET-ish request is the caller's choice (rule U10).
        (None, Some(param)) => {
            BodyNeed::Whole(Need::of(param, Where::Body, param.required == Some(true) && !callee.bodiless()))
        }
        (None, None) if params.iter().any(|need| need.place == Where::Body) => BodyNeed::Fields,
        (None, None) => BodyNeed::Undeclared,
    }
}
