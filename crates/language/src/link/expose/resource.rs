//! MCP resources: content that is a folder, or the answer of a unit.

use capstan_plan::{ContentSource, FileUse, Resource};

use super::super::{
    call::Ordinal,
    caller::{Caller, Kind},
    context::Context,
    linking::Linking,
    unit,
};
use crate::{diagnostic::Sink, model::McpResourceDecl};

/// Links a resource; nothing when its location is no folder.
pub(super) fn resource<'d>(
    context: &mut Context<'_, 'd>,
    namespace: &str,
    decl: &McpResourceDecl<'d>,
    sink: &mut Sink,
) -> Option<Resource> {
    let name = decl.unit.name.map_or(decl.uri.value, |n| n.value).to_owned();
    let origin = context.origins.at(decl.unit.span);
    let source = match decl.location {
        Some(location) => ContentSource::Folder(context.file(location, FileUse::Folder, sink).ok()?),
        None => {
            let mut linking = Linking::new(Caller::new(Kind::Mcp, namespace));
            let inputs = &mut linking.derived.inputs;
            inputs.placeholders(&placeholders(decl.uri.value), decl.uri);
            inputs.declare(&decl.unit.params);
            let description = decl.unit.description;
            let linked = unit::unit(context, linking, &decl.unit, &name, description, Ordinal::default(), sink);
            let arguments = linked
                .inputs
                .drafts
                .iter()
                .filter(|d| d.placeholder.is_some())
                .map(|d| (d.placeholder.as_deref().unwrap_or_default().into(), d.slot))
                .collect();
            ContentSource::Flow { target: linked.unit.target, arguments }
        }
    };
    Some(Resource {
        name: name.into(),
        title: decl.unit.title.map(Into::into),
        description: decl.unit.description.map(Into::into),
        uri: decl.uri.value.into(),
        mime_type: decl.mime_type.map(Into::into).or_else(|| decl.binary.then(|| "application/octet-stream".into())),
        source,
        origin,
    })
}

/// `{name}` (and `{{name}}`) in a URI template.
fn placeholders(uri: &str) -> Vec<&str> {
    uri.split('{').skip(1).filter_map(|part| part.split('}').next()).map(str::trim).filter(|n| !n.is_empty()).collect()
}
