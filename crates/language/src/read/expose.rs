//! Reads exposures: what the adapters share, and REST resources.

use super::{authenticator::authenticator, control::control, mcp::mcp, param, quantity, skill::skill, unit};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::{Fields, Named},
    key_path::KeyPath,
    keys::{self, ExposureType},
    model::{Expose, ExposeKind, ExposedResource, ForwardDecl, PortDecl, Scripting},
    source::Spanned,
};

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// Reads one entry of `exposes`.
pub(super) fn expose<'d>(
    node: &'d Node,
    path: KeyPath<'d>,
    scripting: &mut Scripting<'d>,
    sink: &mut Sink,
) -> Option<Expose<'d>> {
    let Some(ty) = keys::exposure_type(node) else {
        let fields = Fields::read_at(node, &keys::EXPOSES, path, sink)?;
        if fields.has("type") {
            let _checked = fields.word("type", sink);
        } else {
            fields.missing("type", sink);
        }
        return None;
    };
    let table = ty.table();
    let fields = Fields::read_at(node, table, path, sink)?;
    let kind = match ty {
        ExposureType::Rest => rest(&fields, sink),
        ExposureType::Mcp => ExposeKind::Mcp(mcp(&fields, sink)),
        ExposureType::Skill => {
            ExposeKind::Skill(fields.entries("skills", sink).iter().filter_map(|n| skill(n, sink)).collect())
        }
        ExposureType::Control => control(&fields, scripting, sink),
    };
    let has = |key: &str| table.key(key).is_some();
    let port = match &kind {
        ExposeKind::Mcp(mcp) if mcp.stdio && !fields.has("port") => PortDecl::Free,
        _ => port(&fields, sink),
    };
    Some(Expose {
        kind,
        namespace: fields.text("namespace", sink),
        port,
        address: fields.text("address", sink),
        description: fields.text("description", sink).map(|t| t.value),
        authenticator: authenticator(&fields, sink),
        max_binary: if has("maxBinarySize") { quantity::size(&fields, "maxBinarySize", sink) } else { None },
        span: fields.key_span("type"),
    })
}

fn port(fields: &Fields<'_>, sink: &mut Sink) -> PortDecl {
    if fields.node("port").is_none() {
        return PortDecl::Missing(fields.all().first().map_or(fields.span(), |entry| entry.key.span));
    }
    let Some(written) = fields.integer("port", sink) else { return PortDecl::Wrong };
    match u16::try_from(written.value) {
        Ok(port) if port > 0 => PortDecl::Declared(written.map(|_| port)),
        _ => {
            fields
                .error("port", Code::BadValue, format!("{} is not a TCP port", written.value), sink)
                .help("use 1 to 65535");
            PortDecl::Wrong
        }
    }
}

fn rest<'d>(fields: &Fields<'d>, sink: &mut Sink) -> ExposeKind<'d> {
    let mut resources: Vec<_> = fields.entries("resources", sink).iter().filter_map(|n| resource(n, sink)).collect();
    paths(fields, &mut resources, sink);
    ExposeKind::Rest { params: param::params(fields, "inputParameters", sink), resources }
}

fn resource<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<ExposedResource<'d>> {
    let fields = Fields::read_at(named.node, &keys::EXPOSED_RESOURCE, named.path.clone(), sink)?;
    let path = match fields.text("path", sink) {
        Some(path) => path,
        None => {
            fields.missing("path", sink);
            return None;
        }
    };
    let units = fields
        .entries_by("operations", &["name", "id"], sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::UNIT, inner.path.clone(), sink)?;
            let unit = unit::unit(inner, &fields, sink);
            if unit.method.is_none() {
                fields.missing("method", sink);
            }
            Some(unit)
        })
        .collect();
    let forward = fields.object("forward", &keys::FORWARD, sink).and_then(|f| {
        Some(ForwardDecl {
            target: f.required_text("targetNamespace", sink)?,
            trusted: f.text_list("trustedHeaders", sink),
            span: f.span(),
        })
    });
    Some(ExposedResource {
        path,
        params: param::params(&fields, "inputParameters", sink),
        units,
        forward,
        from_map: false,
    })
}

/// Rule PATHS-MAP: `paths` as a map path -> method -> operation, or a list of operations with path and method.
fn paths<'d>(fields: &Fields<'d>, resources: &mut Vec<ExposedResource<'d>>, sink: &mut Sink) {
    let Some(node) = fields.node("paths") else { return };
    let base = fields.path_of("paths");
    let mut add = |path: Spanned<&'d str>, named: &Named<'d>, method: Option<Spanned<String>>, sink: &mut Sink| {
        let Some(fields) = Fields::read_at(named.node, &keys::UNIT, named.path.clone(), sink) else { return };
        let mut read = unit::unit(named, &fields, sink);
        read.method = method.or(read.method);
        if read.method.is_none() {
            fields.missing("method", sink);
        }
        read.path = None;
        read.name = read.name.or(named.name);
        resources.push(ExposedResource { path, params: Vec::new(), units: vec![read], forward: None, from_map: true });
    };
    if let Some(entries) = node.as_map() {
        for entry in entries {
            let path = Spanned::new(&*entry.key.value, entry.key.span);
            for inner in entry.value.as_map().unwrap_or_default() {
                let method = inner.key.value.to_ascii_lowercase();
                if !METHODS.contains(&method.as_str()) {
                    continue;
                }
                let name = inner
                    .value
                    .get("name")
                    .or_else(|| inner.value.get("operationId"))
                    .or_else(|| inner.value.get("id"));
                let name = name.and_then(|n| Some(Spanned::new(n.scalar_text()?, n.span)));
                let named = Named { name, node: &inner.value, path: base.key(&entry.key.value).key(&inner.key.value) };
                add(path, &named, Some(Spanned::new(method.to_ascii_uppercase(), inner.key.span)), sink);
            }
        }
    } else if let Some(items) = node.as_seq() {
        for (at, item) in items.iter().enumerate() {
            let Some(path) = item.get("path").and_then(|p| Some(Spanned::new(p.scalar_text()?, p.span))) else {
                continue;
            };
            let name = item.get("name").and_then(|n| Some(Spanned::new(n.scalar_text()?, n.span)));
            add(path, &Named { name, node: item, path: base.index(at) }, None, sink);
        }
    }
}
