//! The second pass: for each need of a callee, where its value comes from. The offers are not changed: the inputs a call
//! derives and the rules it takes are part of the result.

mod base;
mod body;
mod extras;
mod params;

use capstan_plan::Template;

use self::params::Named;
use super::{
    assignment::{Assignment, Offers},
    collect::Needs,
    need::Need,
    place::Where,
    scope::{CalleeScope, Values},
    tokens::Token,
    variables::Variables,
};
use crate::{
    diagnostic::{Code, Sink},
    template::{Style, compile},
};

/// Assigns a source to every need. Later parts see what earlier ones derived: a parameter's input may fill the body too.
pub(super) fn assign<'d>(
    needs: &Needs<'_, 'd>,
    offers: &Offers<'_, 'd>,
    variables: Variables<'_>,
    sink: &mut Sink,
) -> Assignment<'d> {
    let mut derived = offers.derived.fresh();
    let mut scope = CalleeScope(Values::new(offers.around, offers.with.to_vec(), &mut derived, variables));
    scope.0.own = needs.callee.params.iter().map(|(param, _)| param.name.value).collect();
    environment(&mut scope, needs);
    let named = params::named(&mut scope, needs, offers.alone, sink);
    let span = needs.callee.path_span();
    let path_variables = needs.callee.path.iter().filter_map(|token| match token {
        Token::Variable(name) => Some(scope.0.variable(name, span)),
        Token::Expression(text) => Some(compile(text, span, Style::Strict, &mut scope, sink)),
        Token::Literal(_) | Token::Hole(_) => None,
    });
    let path_variables = path_variables.collect();
    let query = needs.callee.query.iter().map(|(_, tokens)| static_value(&mut scope, needs, tokens, sink)).collect();
    let headers =
        needs.callee.headers.iter().map(|(_, tokens)| static_value(&mut scope, needs, tokens, sink)).collect();
    let body = body::body(&mut scope, needs, &named.params, offers.alone, sink);
    let base = base::base(&mut scope, needs);
    let extras = extras::extras(&mut scope, needs, &body, offers.alone, sink);
    let body = body::with_extras(&mut scope, body, &extras);
    repeated(&mut scope, needs);
    let with = scope.0.with;
    let Named { path, orphans, params } = named;
    Assignment { path, path_variables, orphans, params, query, headers, body, base, extras, with, derived }
}

/// Parameters `in: environment` name variables that must exist.
fn environment(scope: &mut CalleeScope<'_, '_>, needs: &Needs<'_, '_>) {
    for param in &needs.environment {
        let id = scope.0.variables.undeclared(param.name.value, param.name.span);
        scope.0.environment.push((param.name.value.to_owned(), id));
    }
}

/// The value of a query pair or header written into the path. A placeholder in it is the parameter that declares it.
fn static_value<'d>(
    scope: &mut CalleeScope<'_, 'd>,
    needs: &Needs<'_, 'd>,
    tokens: &[Token],
    sink: &mut Sink,
) -> Template {
    let span = needs.callee.path_span();
    let mut value = |token: &Token| match token {
        Token::Literal(text) => Template::text(text),
        Token::Variable(name) => scope.0.variable(name, span),
        Token::Expression(text) => compile(text, span, Style::Strict, scope, sink),
        Token::Hole(name) => {
            if let Some(id) = scope.0.variables.bindings.qualified(name) {
                return Template::Binding(id);
            }
            let places = [Where::Query, Where::Path, Where::Header];
            let declared =
                places.iter().find_map(|place| Some((needs.callee.at(*place).find(|p| p.name.value == name)?, *place)));
            let source = match declared {
                Some((param, place)) => {
                    let required = param.required.unwrap_or(place == Where::Path);
                    let need = Need::of(param, place, required).typed(needs.callee.typed.as_ref());
                    scope.parameter(need, sink).unwrap_or_else(|| params::unmentioned(scope, need, required))
                }
                None => {
                    let need = Need::new(name, Where::Query, needs.callee.hole_span(name));
                    scope.0.lookup(need).unwrap_or_else(|| scope.0.implicit(need))
                }
            };
            scope.0.template(&source)
        }
    };
    match tokens {
        [only] => value(only),
        tokens => Template::Text(tokens.iter().map(value).collect()),
    }
}

/// Rule ARRAY-QUERY.
fn repeated(scope: &mut CalleeScope<'_, '_>, needs: &Needs<'_, '_>) {
    for need in needs.params.iter().filter(|need| need.place == Where::Query) {
        if need.param.and_then(|p| p.ty).is_some_and(|ty| ty.eq_ignore_ascii_case("array")) {
            scope.0.rule(Code::ArrayQuery, need.span, format!("`{}` is repeated for each element", need.name));
        }
    }
}
