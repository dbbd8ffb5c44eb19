//! A step that ends the flow: what the caller is told.

use capstan_plan::{Refusal, Template};

use super::super::{context::Context, linking::Linking};
use crate::{
    diagnostic::Sink,
    model::FailDecl,
    source::Spanned,
    template::{Style, compile},
};

/// Links a `fail` step.
pub(in crate::link) fn step(
    context: &mut Context<'_, '_>,
    linking: &mut Linking<'_>,
    decl: &FailDecl<'_>,
    sink: &mut Sink,
) -> Refusal {
    let mut text = |text: Option<Spanned<&str>>| -> Option<Template> {
        let text = text?;
        Some(compile(text.value, text.span, Style::Value, &mut linking.scope(context), sink))
    };
    Refusal { status: decl.status, title: text(decl.title), detail: text(decl.detail) }
}
