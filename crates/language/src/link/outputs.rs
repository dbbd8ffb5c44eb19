//! Output declarations to [`Outputs`] and [`Shape`]s (rules O1-O3; semantics: recurse fully, nested mappings re-root).

use capstan_plan::{Outputs, Selector, Shape, Template};
use serde_json::Value;

use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{OutputDecl, ValueDecl, ValueKind},
    source::Span,
    template::{Names, Style, compile, has_template, list, object},
};

/// Compiles the outputs of a unit; `names` gives templates in constant values their meaning.
pub(super) fn outputs(outputs: &[OutputDecl<'_>], names: &mut dyn Names, sink: &mut Sink) -> Outputs {
    let mut shapes: Vec<(Option<&str>, Shape)> = Vec::new();
    for output in outputs {
        if let Some(shape) = shape(output, names, sink) {
            shapes.push((output.name.map(|n| n.value), shape));
        }
    }
    if shapes.iter().any(|(name, _)| name.is_some()) {
        let named = shapes.into_iter().enumerate();
        return Outputs::Named(
            named
                .map(|(at, (name, shape))| (name.map_or_else(|| format!("value{at}").into(), Into::into), shape))
                .collect(),
        );
    }
    match shapes.first() {
        None => Outputs::Identity,
        Some((_, Shape::Select(selector))) if selector.is_root() => Outputs::Identity,
        Some(_) => Outputs::First(shapes.into_iter().map(|(_, shape)| shape).collect()),
    }
}

fn shape(output: &OutputDecl<'_>, names: &mut dyn Names, sink: &mut Sink) -> Option<Shape> {
    let root = match output.mapping {
        Some(mapping) => Some(selected(mapping.value, mapping.span, names, sink)?),
        None => None,
    };
    let shape = match (output.fixed(), root) {
        (Some(value), None) => fixed(value, names, sink)?,
        (_, root) => structure(output, root, names, sink),
    };
    Some(match output.max_length {
        Some(length) => Shape::MaxLength(Box::new(shape), length),
        None => shape,
    })
}

/// A constant, or a JSONPath written as one.
fn fixed(value: ValueDecl<'_>, names: &mut dyn Names, sink: &mut Sink) -> Option<Shape> {
    Some(match value.text() {
        Some(text) if text.starts_with('$') && !text.starts_with("${") => {
            Shape::Select(selected(text, value.span(), names, sink)?)
        }
        _ => Shape::Constant(tree(value, names, sink)),
    })
}

/// The parts of an output, or what it selects when it has none.
fn structure(output: &OutputDecl<'_>, root: Option<Selector>, names: &mut dyn Names, sink: &mut Sink) -> Shape {
    // A root that re-selects the whole response is no re-root (rule O1's `$.`).
    let inner = root.clone().filter(|s| !s.is_root());
    if !output.properties.is_empty() {
        let members = output.properties.iter();
        let fields = members.filter_map(|part| Some((part.name?.value.into(), member(part, names, sink)?))).collect();
        return Shape::Object { root: inner, fields };
    }
    if let Some(items) = &output.items {
        let item = shape(items, names, sink).filter(|s| !matches!(s, Shape::Select(s) if s.is_root()));
        return Shape::Array { root: inner, item: item.map(Box::new) };
    }
    if let Some(values) = &output.values {
        let value = shape(values, names, sink).unwrap_or(Shape::Select(Selector::root()));
        return Shape::Map { root: inner, value: Box::new(value) };
    }
    Shape::Select(root.unwrap_or_else(Selector::root))
}

/// A member of an object; one that says nothing but its type is the member of that name.
fn member(part: &OutputDecl<'_>, names: &mut dyn Names, sink: &mut Sink) -> Option<Shape> {
    if part.mapping.is_none() && part.fixed().is_none() && !part.nested {
        let path = format!("$[{}]", Value::from(part.name?.value));
        return Selector::parse(&path).ok().map(Shape::Select);
    }
    shape(part, names, sink)
}

/// A selector of a unit; one that does not parse leaves the unit nothing to answer.
fn selected(text: &str, span: Span, names: &mut dyn Names, sink: &mut Sink) -> Option<Selector> {
    selector(text, span, sink).map_err(|defect| names.broken(defect)).ok()
}

/// Compiles a selector, reporting what does not parse.
pub(super) fn selector(text: &str, span: Span, sink: &mut Sink) -> Result<Selector, Defect> {
    match Selector::parse(text) {
        Ok(selector) => {
            if selector.is_length() {
                sink.report(Code::OutLength, span, format!("`{}` counts", text.trim())).help(Code::OutLength.help());
            }
            Ok(selector)
        }
        Err(error) => {
            let draft = sink.error(Code::BadSelector, span, format!("`{}` is not a JSONPath: {error}", text.trim()));
            Err(draft.help("write a path such as $.data.items[0].name").defect())
        }
    }
}

/// A value whose texts are templates, as one template (rule U6: exact slots keep their JSON type).
pub(super) fn tree(value: ValueDecl<'_>, names: &mut dyn Names, sink: &mut Sink) -> Template {
    match value.kind() {
        ValueKind::Text(text) if has_template(text) => compile(text, value.span(), Style::Value, names, sink),
        ValueKind::List(items) => list(items.into_iter().map(|item| tree(item, names, sink)).collect()),
        ValueKind::Object(members) => {
            object(members.into_iter().map(|(key, member)| (key.value.into(), tree(member, names, sink))).collect())
        }
        ValueKind::Plain | ValueKind::Text(_) => Template::literal(value.to_json()),
    }
}
