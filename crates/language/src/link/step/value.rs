//! Values a step computes: of a `set` step, the list of a `for-each`, the condition of an `if`.

use capstan_plan::Template;

use super::super::{context::Context, linking::Linking, mock::expression, outputs::tree, problem::Problem};
use crate::{
    diagnostic::Sink,
    model::{ConditionDecl, ValueDecl, ValueKind},
    source::Spanned,
    suggest::nearest,
    template::{Style, absent, compile, has_template},
};

/// A value whose texts are templates; one that is a path from a step on (`$.step.field`) is what that leads to.
pub(in crate::link) fn computed(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    value: ValueDecl<'_>,
    sink: &mut Sink,
) -> Template {
    match path(value) {
        Some(text) => linking.scope(context).path(text).unwrap_or_else(absent),
        None => tree(value, &mut linking.scope(context), sink),
    }
}

/// The text of a path from a step on.
fn path(value: ValueDecl<'_>) -> Option<Spanned<&str>> {
    let text = value.text()?;
    text.trim().starts_with("$.").then(|| Spanned::new(text.trim(), value.span()))
}

/// The list a `for-each` goes through. A text is no list: it is the name of a step that was meant.
pub(in crate::link) fn list(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    value: ValueDecl<'_>,
    sink: &mut Sink,
) -> Template {
    let list = match value.kind() {
        ValueKind::Text(text) => has_template(text) || path(value).is_some(),
        ValueKind::List(_) => true,
        ValueKind::Plain | ValueKind::Object(_) => false,
    };
    if list {
        return computed(context, linking, value, sink);
    }
    let written = value.scalar_text().unwrap_or("this");
    let near = nearest(written, linking.surroundings().names()).map(str::to_owned);
    let help = match near {
        Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
        None => "write a list, or what gives one: `{{step.field}}`, `{{range(3)}}`".to_owned(),
    };
    let problem = Problem::unknown(value.span(), format!("`{written}` is not a list"), help);
    linking.derived.problem(problem);
    absent()
}

/// What an `if` asks: an expression, in braces or without.
pub(in crate::link) fn condition(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    decl: ConditionDecl<'_>,
    sink: &mut Sink,
) -> Template {
    match decl {
        ConditionDecl::Constant(constant) => Template::literal(constant.into()),
        ConditionDecl::Text(text) if has_template(text.value) => {
            compile(text.value, text.span, Style::Value, &mut linking.scope(context), sink)
        }
        ConditionDecl::Text(text) => expression(&mut linking.scope(context), text, sink),
    }
}
