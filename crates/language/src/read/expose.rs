//! Reads exposures: REST, MCP, skill and control adapters.

use capstan_plan::PromptRole;

use super::{authenticator, param, quantity, unit};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::{Fields, Named, Table},
    key_path::KeyPath,
    keys,
    model::{
        Aggregate, Expose, ExposeKind, ExposedResource, ForwardDecl, McpDecl, McpResourceDecl, PromptArgumentDecl,
        PromptDecl, Scripting, SkillDecl, SkillToolDecl, UnitDecl,
    },
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
    let word = node.get("type").and_then(Node::as_str).map(str::trim);
    let word = word.map(str::to_ascii_lowercase);
    let named = keys::EXPOSURES.iter().find(|(words, _)| word.as_deref().is_some_and(|word| words.contains(&word)));
    let table: &'static Table = match (named, &word) {
        (Some((_, table)), _) => table,
        (None, None) if node.get("tools").is_some() => &keys::MCP,
        (None, None) if node.get("resources").is_some() || node.get("paths").is_some() => &keys::REST,
        _ => {
            let fields = Fields::read_at(node, &keys::EXPOSES, path, sink)?;
            if fields.has("type") {
                let _checked = fields.word("type", sink);
            } else {
                fields.missing("type", sink);
            }
            return None;
        }
    };
    let fields = Fields::read_at(node, table, path, sink)?;
    let kind = if std::ptr::eq(table, &keys::REST) {
        let mut resources: Vec<_> =
            fields.entries("resources", sink).iter().filter_map(|n| resource(n, sink)).collect();
        paths(&fields, &mut resources, sink);
        ExposeKind::Rest { params: param::params(&fields, "inputParameters", sink), resources }
    } else if std::ptr::eq(table, &keys::MCP) {
        ExposeKind::Mcp(mcp(&fields, sink))
    } else if std::ptr::eq(table, &keys::SKILL_ADAPTER) {
        ExposeKind::Skill(fields.entries("skills", sink).iter().filter_map(|n| skill(n, sink)).collect())
    } else {
        control(&fields, scripting, sink)
    };
    let has = |key: &str| table.key(key).is_some();
    Some(Expose {
        kind,
        namespace: fields.text("namespace", sink),
        port: fields.integer("port", sink).filter(|port| {
            let fits = (0..=65535).contains(&port.value);
            if !fits {
                fields
                    .error("port", Code::BadValue, format!("{} is not a TCP port", port.value), sink)
                    .help("use 1 to 65535");
            }
            fits
        }),
        address: fields.text("address", sink),
        description: fields.text("description", sink).map(|t| t.value),
        authenticator: authenticator::authenticator(&fields, sink),
        max_binary: if has("maxBinarySize") { quantity::size(&fields, "maxBinarySize", sink) } else { None },
        span: fields.key_span("type"),
    })
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
            Some(unit::unit(inner, &fields, sink))
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

fn mcp<'d>(fields: &Fields<'d>, sink: &mut Sink) -> McpDecl<'d> {
    McpDecl {
        stdio: fields.word("transport", sink).is_some_and(|w| w.value == "stdio"),
        ttl_ms: fields.integer("ttlMs", sink).and_then(|n| u64::try_from(n.value).ok()),
        cache_public: fields.word("cacheScope", sink).is_some_and(|w| w.value == "public"),
        tools: tools(fields, sink),
        resources: fields.entries("resources", sink).iter().filter_map(|n| mcp_resource(n, sink)).collect(),
        prompts: fields.entries("prompts", sink).iter().filter_map(|n| prompt(n, sink)).collect(),
    }
}

/// The tools under `tools` of an adapter or a root.
pub(super) fn tools<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<UnitDecl<'d>> {
    fields
        .entries("tools", sink)
        .iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::TOOL, named.path.clone(), sink)?;
            Some(unit::unit(named, &fields, sink))
        })
        .collect()
}

fn mcp_resource<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<McpResourceDecl<'d>> {
    let fields = Fields::read_at(named.node, &keys::MCP_RESOURCE, named.path.clone(), sink)?;
    Some(McpResourceDecl {
        uri: fields.required_text("uri", sink)?,
        mime_type: fields.text("mimeType", sink).map(|t| t.value),
        binary: fields.boolean("binary", sink).is_some_and(|b| b.value),
        location: fields.text("location", sink),
        unit: unit::unit(named, &fields, sink),
    })
}

fn prompt<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<PromptDecl<'d>> {
    let fields = Fields::read_at(named.node, &keys::PROMPT, named.path.clone(), sink)?;
    let name = match named.name {
        Some(name) => name,
        None => fields.required_text("name", sink)?,
    };
    let arguments = fields
        .entries("arguments", sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::PROMPT_ARGUMENT, inner.path.clone(), sink)?;
            Some(PromptArgumentDecl {
                name: inner.name.map(|n| n.value).or_else(|| fields.required_text("name", sink).map(|n| n.value))?,
                title: fields.text("label", sink).map(|t| t.value),
                description: fields.text("description", sink).map(|t| t.value),
                required: fields.boolean("required", sink).is_none_or(|b| b.value),
                values: fields.text_list("values", sink).into_iter().map(|t| t.value).collect(),
            })
        })
        .collect();
    let messages = fields
        .objects("template", &keys::PROMPT_MESSAGE, sink)
        .into_iter()
        .filter_map(|m| {
            let role = match m.word("role", sink)?.value {
                "assistant" => PromptRole::Assistant,
                _ => PromptRole::User,
            };
            Some((role, m.required_text("content", sink)?))
        })
        .collect();
    Some(PromptDecl {
        name,
        title: fields.text("label", sink).map(|t| t.value),
        description: fields.text("description", sink).map(|t| t.value),
        arguments,
        messages,
        location: fields.text("location", sink),
        span: name.span,
    })
}

fn skill<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<SkillDecl<'d>> {
    let fields = Fields::read_at(named.node, &keys::SKILL, named.path.clone(), sink)?;
    let name = match named.name {
        Some(name) => name,
        None => fields.required_text("name", sink)?,
    };
    let matter = [
        "license",
        "compatibility",
        "allowed-tools",
        "argument-hint",
        "user-invocable",
        "disable-model-invocation",
        "metadata",
    ]
    .into_iter()
    .filter_map(|key| Some((key, fields.node(key)?.to_json())))
    .collect();
    let tools = fields
        .entries("tools", sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::SKILL_TOOL, inner.path.clone(), sink)?;
            let from = fields
                .object("from", &keys::SKILL_FROM, sink)
                .and_then(|f| Some((f.required_text("sourceNamespace", sink)?, f.required_text("action", sink)?)));
            Some(SkillToolDecl {
                name: inner.name.or_else(|| fields.required_text("name", sink))?,
                description: fields.text("description", sink).map(|t| t.value),
                from,
                instruction: fields.text("instruction", sink),
                call: fields.text("call", sink),
            })
        })
        .collect();
    Some(SkillDecl {
        name,
        description: fields.text("description", sink).map(|t| t.value),
        matter,
        location: fields.text("location", sink),
        tools,
        span: name.span,
    })
}

fn control<'d>(fields: &Fields<'d>, scripting: &mut Scripting<'d>, sink: &mut Sink) -> ExposeKind<'d> {
    let management = fields.object("management", &keys::MANAGEMENT, sink);
    let flag = |key: &'static str, default: bool, sink: &mut Sink| {
        management.as_ref().and_then(|m| m.boolean(key, sink)).map_or(default, |b| b.value)
    };
    let (health, info) = (flag("health", true, sink), flag("info", false, sink));
    let (reload, validate) = (flag("reload", false, sink), flag("validate", false, sink));
    if let Some(block) = management.as_ref().and_then(|m| m.object("scripting", &keys::SCRIPTING, sink)) {
        scripting.disabled = block.boolean("enabled", sink).filter(|b| !b.value).map(|b| b.span);
        scripting.location = block.text("defaultLocation", sink);
        scripting.language = block.word("defaultLanguage", sink).map(|w| w.map(|w| w as &str));
        scripting.allowed = block.text_list("allowedLanguages", sink);
        scripting.timeout_ms =
            block.integer("timeout", sink).and_then(|n| u64::try_from(n.value).ok()).filter(|n| *n > 0);
        scripting.statements =
            block.integer("statementLimit", sink).and_then(|n| u64::try_from(n.value).ok()).filter(|n| *n > 0);
    }
    let metrics = fields.object("observability", &keys::OBSERVABILITY, sink).is_none_or(|o| {
        o.boolean("enabled", sink).is_none_or(|b| b.value)
            && o.node("metrics").and_then(|m| m.at_pointer("/local/enabled")).and_then(Node::as_bool).unwrap_or(true)
    });
    ExposeKind::Control { health, info, reload, validate, metrics }
}

/// Reads one aggregate.
pub(super) fn aggregate<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<Aggregate<'d>> {
    let fields = Fields::read_at(named.node, &keys::AGGREGATE, named.path.clone(), sink)?;
    let namespace = fields.text("namespace", sink).or(named.name).map(|n| n.value.to_owned());
    let flows = fields
        .entries("flows", sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::FLOW, inner.path.clone(), sink)?;
            Some(unit::unit(inner, &fields, sink))
        })
        .collect();
    match namespace {
        Some(namespace) => Some(Aggregate { namespace, flows }),
        None => {
            fields.missing("namespace", sink);
            None
        }
    }
}
