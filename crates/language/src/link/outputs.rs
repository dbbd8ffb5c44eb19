//! Output declarations to [`Outputs`] and [`Shape`]s (rules O1-O3; semantics: recurse fully, nested mappings re-root).

use capstan_plan::{Outputs, Selector, Shape, Template};
use serde_json::Value;

use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    model::Output,
    read::output_fields,
    source::Span,
    template::{Names, Style, compile, has_template},
};

/// Compiles the outputs of a unit; `names` gives templates in constant values their meaning.
pub(super) fn outputs(outputs: &[Output<'_>], named: bool, names: &mut dyn Names, sink: &mut Sink) -> Outputs {
    let mut shapes: Vec<(Option<&str>, Shape)> = Vec::new();
    for output in outputs {
        if output_fields(output, sink).is_some()
            && let Some(shape) = shape(output.node, true, names, sink)
        {
            shapes.push((output.name.map(|n| n.value), shape));
        }
    }
    let identity = |shape: &Shape| matches!(shape, Shape::Select(s) if s.is_root());
    let keyed = named
        && (shapes.len() > 1 && shapes.iter().any(|(name, _)| name.is_some())
            || shapes.iter().any(|(name, _)| name.is_some()));
    if keyed {
        return Outputs::Named(
            shapes
                .into_iter()
                .enumerate()
                .map(|(at, (name, shape))| (name.map_or_else(|| format!("value{at}").into(), Into::into), shape))
                .collect(),
        );
    }
    match shapes.first() {
        None => Outputs::Identity,
        Some((_, first)) if identity(first) => Outputs::Identity,
        Some(_) => Outputs::First(shapes.into_iter().map(|(_, shape)| shape).collect()),
    }
}

fn shape(node: &Node, top: bool, names: &mut dyn Names, sink: &mut Sink) -> Option<Shape> {
    let ty = node.get("type").and_then(Node::as_str).map(str::to_ascii_lowercase);
    let constant = node.get("value").or_else(|| node.get("const")).filter(|n| !n.is_null());
    let mapping = node.get("mapping").filter(|n| !n.is_null());
    let root = match mapping {
        Some(mapping) => match mapping.scalar_text() {
            Some(text) => Some(selector(text, mapping.span, sink)?),
            None => {
                sink.error(
                    Code::WrongType,
                    mapping.span,
                    format!("`mapping` must be a JSONPath, but this is {}", mapping.kind_name()),
                )
                .help("write the path as text, such as $.data.id");
                return None;
            }
        },
        None => None,
    };
    let shape = if let (Some(constant), None) = (constant, &root) {
        match constant.as_str() {
            Some(text) if text.starts_with('$') && !text.starts_with("${") => {
                Shape::Select(selector(text, constant.span, sink)?)
            }
            _ => Shape::Constant(tree(constant, names, sink)),
        }
    } else {
        let properties = node.get("properties").and_then(Node::as_map).filter(|p| !p.is_empty());
        let items = node
            .get("items")
            .map(|n| n.as_seq().and_then(|s| s.first()).unwrap_or(n))
            .filter(|n| n.as_map().is_some_and(|m| !m.is_empty()));
        let values = node.get("values").filter(|n| n.as_map().is_some());
        // A root that re-selects the whole response is no re-root (rule O1's `$.`).
        let inner = root.clone().filter(|s| !s.is_root());
        match (ty.as_deref(), properties, items, values) {
            (_, Some(properties), _, _) => {
                let fields = properties
                    .iter()
                    .filter_map(|entry| {
                        Some((entry.key.value.clone(), shape_or_member(&entry.value, &entry.key.value, names, sink)?))
                    })
                    .collect();
                Shape::Object { root: inner, fields }
            }
            (_, None, Some(items), _) => {
                let item = shape(items, false, names, sink).filter(|s| !matches!(s, Shape::Select(s) if s.is_root()));
                Shape::Array { root: inner, item: item.map(Box::new) }
            }
            (_, None, None, Some(values)) => Shape::Map {
                root: inner,
                value: Box::new(shape(values, false, names, sink).unwrap_or(Shape::Select(Selector::root()))),
            },
            _ => Shape::Select(root.unwrap_or_else(Selector::root)),
        }
    };
    let _ = top;
    Some(match node.get("maxLength").and_then(Node::as_i64).and_then(|n| usize::try_from(n).ok()) {
        Some(length) => Shape::MaxLength(Box::new(shape), length),
        None => shape,
    })
}

/// A member of an object; one that says nothing but its type is the member of that name.
fn shape_or_member(node: &Node, name: &str, names: &mut dyn Names, sink: &mut Sink) -> Option<Shape> {
    let says = |key: &str| node.get(key).is_some_and(|n| !n.is_null());
    let nested = says("properties") || says("items") || says("values");
    if !says("mapping") && !says("value") && !says("const") && !nested {
        let path = format!("$[{}]", Value::from(name));
        return Selector::parse(&path).ok().map(Shape::Select);
    }
    shape(node, false, names, sink)
}

/// Compiles a selector, reporting what does not parse.
pub(super) fn selector(text: &str, span: Span, sink: &mut Sink) -> Option<Selector> {
    match Selector::parse(text) {
        Ok(selector) => {
            if selector.is_length() {
                sink.report(Code::OutLength, span, format!("`{}` counts", text.trim())).help(Code::OutLength.doc().fix);
            }
            Some(selector)
        }
        Err(error) => {
            sink.error(Code::BadSelector, span, format!("`{}` is not a JSONPath: {error}", text.trim()))
                .help("write a path such as $.data.items[0].name");
            None
        }
    }
}

/// A YAML value whose texts are templates, as one template (rule U6: exact slots keep their JSON type).
pub(super) fn tree(node: &Node, names: &mut dyn Names, sink: &mut Sink) -> Template {
    use crate::document::Kind;
    match &node.kind {
        Kind::String(text) if has_template(text) => compile(text, node.span, Style::Value, names, sink),
        Kind::Seq(items) => {
            let items: Box<[Template]> = items.iter().map(|item| tree(item, names, sink)).collect();
            if items.iter().all(Template::is_constant) {
                Template::literal(node.to_json())
            } else {
                Template::List(items)
            }
        }
        Kind::Map(entries) => {
            let members: Box<[(Box<str>, Template)]> =
                entries.iter().map(|e| (e.key.value.clone(), tree(&e.value, names, sink))).collect();
            if members.iter().all(|(_, t)| t.is_constant()) {
                Template::literal(node.to_json())
            } else {
                Template::Object(members)
            }
        }
        _ => Template::literal(node.to_json()),
    }
}
