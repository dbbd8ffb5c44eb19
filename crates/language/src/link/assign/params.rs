//! Values by name: the path, parameters of every place, and what is left over for the one that has none (rules I5, I6, I7).

use super::super::{
    caller::Kind,
    collect::{Hole, Needs},
    inputs::InputId,
    names::{Location, is_registered_header, is_sensitive_header, is_user_agent, norm},
    need::Need,
    place::Where,
    scope::CalleeScope,
    source::Source,
};
use crate::{
    diagnostic::{Code, Sink},
    template::absent,
};

/// Sources of the path's placeholders, the appended segments and the other parameters, in the order of the needs.
pub(super) struct Named {
    pub(super) path: Vec<Source>,
    pub(super) orphans: Vec<Source>,
    pub(super) params: Vec<Source>,
}

/// What names fill first, then the one leftover placeholder (POSITIONAL), then inputs the callee implies.
pub(super) fn named<'d>(scope: &mut CalleeScope<'_, 'd>, needs: &Needs<'_, 'd>, alone: bool, sink: &mut Sink) -> Named {
    let mut path: Vec<Option<Source>> = needs.path.iter().map(|hole| path_value(scope, hole, sink)).collect();
    let mut orphans: Vec<Option<Source>> = needs.orphans.iter().map(|need| scope.parameter(*need, sink)).collect();
    let params: Vec<Option<Source>> = needs.params.iter().map(|need| scope.parameter(*need, sink)).collect();
    let params = without_twins(scope, needs, &path, &orphans, params);
    positional(scope, needs, &mut path, &mut orphans);
    // An exposure that declares no inputs lists what the operation takes.
    let lists = alone && scope.0.derived.inputs.drafts.iter().all(|draft| draft.declared.is_none());
    let implied = |scope: &mut CalleeScope<'_, 'd>, source: Option<Source>, need| {
        source.unwrap_or_else(|| scope.0.implicit(need))
    };
    Named {
        path: path.into_iter().zip(&needs.path).map(|(source, hole)| implied(scope, source, hole.need)).collect(),
        orphans: orphans.into_iter().zip(&needs.orphans).map(|(source, need)| implied(scope, source, *need)).collect(),
        params: params
            .into_iter()
            .zip(&needs.params)
            .map(|(source, need)| {
                source.unwrap_or_else(|| {
                    let source = unmentioned(scope, *need, lists);
                    kept_apart(scope, needs, *need, &source);
                    source
                })
            })
            .collect(),
    }
}

/// An input that fills a placeholder of the path is not given to a query parameter as well, unless `with` says so or the operation
/// cannot do without: only what a request holds beside its path is.
fn without_twins<'d>(
    scope: &mut CalleeScope<'_, 'd>,
    needs: &Needs<'_, 'd>,
    path: &[Option<Source>],
    orphans: &[Option<Source>],
    params: Vec<Option<Source>>,
) -> Vec<Option<Source>> {
    let holes = || needs.path.iter().map(|hole| hole.need).zip(path).chain(needs.orphans.iter().copied().zip(orphans));
    let mut replaced = Vec::with_capacity(params.len());
    for (need, source) in needs.params.iter().zip(params) {
        let with = &scope.0.with;
        let input = source.as_ref().and_then(|source| source.input(with));
        let twin = |(hole, filled): (Need<'_, '_>, &Option<Source>)| {
            let Some((filled, source)) = filled.as_ref().zip(source.as_ref()) else { return false };
            let by_name = matches!(source, Source::Input(_)) || filled.is(source);
            let same = filled.is(source) || (input.is_some() && filled.input(with) == input);
            by_name && same && (!need.required || norm(hole.name) == norm(need.name))
        };
        if need.place != Where::Query || !holes().any(twin) {
            replaced.push(source);
            continue;
        }
        let in_path = input.and_then(|id| scope.0.derived.inputs.get(id)).is_some_and(|d| d.placeholder.is_some());
        replaced.push(Some(if in_path {
            scope.0.implicit(Need { required: false, narrow: true, listed: false, ..*need })
        } else {
            Source::Own(absent())
        }));
    }
    replaced
}

/// A placeholder of the path: the credential's, a qualified variable, or a parameter like any other.
fn path_value<'d>(scope: &mut CalleeScope<'_, 'd>, hole: &Hole<'_, 'd>, sink: &mut Sink) -> Option<Source> {
    let credential = hole.credential.clone().map(Source::Credential);
    let bound = || scope.0.variables.bindings.qualified(hole.need.name).map(Source::Binding);
    credential.or_else(bound).or_else(|| scope.parameter(hole.need, sink))
}

/// A parameter nobody mentions is an implied input. HTTP's own headers are never taken from the caller's by accident
/// (HEADER-SENSITIVE).
pub(super) fn unmentioned<'d>(scope: &mut CalleeScope<'_, 'd>, need: Need<'_, 'd>, lists: bool) -> Source {
    let name = need.name;
    let protected = need.place == Where::Header && (is_registered_header(name) || is_sensitive_header(name));
    if protected && need.required && !is_user_agent(name) {
        let message = format!("`{name}` is never taken from the caller's own headers");
        scope.0.rule(Code::HeaderSensitive, need.span, message);
    }
    let required = need.required && !protected;
    scope.0.implicit(Need { required, narrow: !need.required, listed: need.required || lists, ..need })
}

/// Parameters of one name in several places are as many inputs, each looked for in its place. Arguments have one place: there the field
/// of the body is called otherwise.
fn kept_apart(scope: &mut CalleeScope<'_, '_>, needs: &Needs<'_, '_>, need: Need<'_, '_>, source: &Source) {
    let has_twin = needs.params.iter().any(|other| other.name == need.name && other.place != need.place);
    let (true, Source::Input(id), Some(place)) = (has_twin, source, location(need.place)) else { return };
    let renamed = scope.0.around.caller.kind == Kind::Mcp && need.place == Where::Body;
    scope.0.derived.inputs.change(*id, |draft| {
        draft.location = Some(place);
        if renamed {
            draft.name = format!("body_{}", need.name);
        }
    });
}

/// Where alone an input of a place is looked for.
const fn location(place: Where) -> Option<Location> {
    match place {
        Where::Path => Some(Location::Path),
        Where::Query => Some(Location::Query),
        Where::Header => Some(Location::Header),
        Where::Cookie => Some(Location::Cookie),
        Where::Body => Some(Location::Body),
        Where::Environment => None,
    }
}

/// Rule I7: the only value left over fills the only placeholder left open.
fn positional<'d>(
    scope: &mut CalleeScope<'_, 'd>,
    needs: &Needs<'_, 'd>,
    path: &mut [Option<Source>],
    orphans: &mut [Option<Source>],
) {
    let holes = needs.path.iter().map(|hole| hole.need).zip(path);
    let mut open = holes.chain(needs.orphans.iter().copied().zip(orphans)).filter(|(_, source)| source.is_none());
    let (Some((need, source)), None) = (open.next(), open.next()) else { return };
    let Some(id) = only_free(scope) else { return };
    let Some(draft) = scope.0.derived.inputs.get(id) else { return };
    let (span, message) = (draft.span, format!("`{}` is the only value left for `{}`", draft.name, need.name));
    scope.0.rule(Code::Positional, span, message);
    let value = Need::new(need.name, Where::Path, needs.callee.op.span);
    scope.0.derived.feed(scope.0.around.caller, id, value);
    *source = Some(Source::Input(id));
}

/// The only input without a use that a caller surely gives.
fn only_free(scope: &CalleeScope<'_, '_>) -> Option<InputId> {
    let kind = scope.0.around.caller.kind;
    let mut free =
        scope.0.derived.inputs.entries().filter(|(_, d)| !d.claimed && !d.whole_body).filter(|(_, d)| match kind {
            Kind::Rest => d.placeholder.is_some(),
            Kind::Mcp => d.declared.as_ref().is_some_and(|p| p.required == Some(true)),
        });
    let (only, _) = free.next()?;
    free.next().is_none().then_some(only)
}
