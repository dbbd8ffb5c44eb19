//! One tool: its unit, the arguments that fill it, what it promises of its answer, and hints. The schemas a model sees are made in
//! the modules below and in `promise`.

mod arguments;
pub(super) mod untyped;

use capstan_plan::{Annotations, Structured, Tool};
use http::Method;

use self::arguments::Arguments;
use super::{
    super::{
        call::Ordinal,
        caller::{Caller, Kind},
        context::Context,
        flow::referred,
        linking::Linking,
        rule::Rule,
        unit,
    },
    promise::{promised, structured},
};
use crate::{
    diagnostic::{Code, Sink},
    model::UnitDecl,
};

/// Links one tool.
pub(super) fn tool<'d>(
    context: &mut Context<'_, 'd>,
    (namespace, max_binary): (&str, Option<u64>),
    decl: &UnitDecl<'d>,
    name: &str,
    rules: Vec<Rule>,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> Tool {
    let flow = decl.reference.and_then(|r| referred(context.spec, r.value)).map(|(_, flow)| flow);
    let semantics = flow.and_then(|f| f.semantics).map(|s| (s.safe.map(|b| b.value), s.idempotent.map(|b| b.value)));
    let description =
        decl.description.or_else(|| flow.and_then(|f| f.description)).or_else(|| callee_description(context, decl));
    let mut linking = Linking::new(Caller::new(Kind::Mcp, namespace).limited(max_binary));
    linking.derived.rules = rules;
    linking.derived.inputs.declare(&decl.params);
    if let Some(declared) = &decl.input_schema {
        linking.derived.inputs.declare(&declared.params);
    }
    let described = description.map_or_else(|| name.replace(['-', '_', '.'], " "), str::to_owned);
    let mut linked = unit::unit(context, linking, decl, name, Some(&described), ordinal, sink);
    let [does, fails] = std::mem::take(&mut linked.prose);
    let told = description.map(str::to_owned).or(does).unwrap_or(described);
    linked.unit.description = Some(fails.map_or(told.clone(), |fails| format!("{told}\n{fails}")).into());
    let drafts = &linked.inputs.drafts;
    let Arguments { schema, body } = arguments::shown(drafts);
    if let Some(open) = decl.input_schema.as_ref().and_then(|declared| declared.open)
        && !arguments::takes_more(body.as_ref())
    {
        sink.warning(
            Code::Unsupported,
            open,
            "`additionalProperties` is published as false: nothing takes further arguments",
        )
        .help("remove it, or declare `body` on the consumed operation to send them")
        .unit(name)
        .path(decl.key_path.key("inputSchema"));
    }
    let schema =
        decl.input_schema.as_ref().map_or(schema, |declared| arguments::declared(&declared.schema, body.as_ref()));
    let arguments = drafts.iter().filter(|d| !d.whole_body).map(|d| (d.name.as_str().into(), d.slot)).collect();
    let (output_schema, structured) = match &decl.output_schema {
        Some(promised) => (Some(promised.clone()), Structured::Promised),
        None => match promised(context, &linked, decl).and_then(structured) {
            Some((schema, structured)) => (Some(schema), structured),
            None => (None, Structured::default()),
        },
    };
    Tool {
        input_schema: schema.into(),
        output_schema: output_schema.map(Into::into),
        structured,
        annotations: annotations(decl, semantics, linked.method.as_ref()),
        arguments,
        body,
        fixed: linked.fixed,
        unit: linked.unit,
    }
}

fn callee_description<'d>(context: &Context<'_, 'd>, decl: &UnitDecl<'d>) -> Option<&'d str> {
    let call = decl.call?.value;
    context
        .callees
        .iter()
        .find(|c| {
            c.op.name.is_some_and(|n| {
                call.strip_suffix(n.value)
                    .is_some_and(|rest| rest.strip_suffix('.') == Some(c.api.namespace.value.as_str()))
            })
        })
        .and_then(|c| c.op.description)
}

/// Explicit hints, else the flow's semantics, else what the consumed method means (RFC 9110).
fn annotations(
    decl: &UnitDecl<'_>,
    semantics: Option<(Option<bool>, Option<bool>)>,
    method: Option<&Method>,
) -> Annotations {
    let [read_only, destructive, idempotent, open_world] = decl.hints;
    if let Some((safe, idem)) = semantics {
        return Annotations {
            read_only: read_only.or(safe),
            destructive: destructive.or(safe.filter(|s| *s).map(|_| false)),
            idempotent: idempotent.or(idem),
            open_world,
        };
    }
    if decl.hints.iter().any(Option::is_some) {
        return Annotations { read_only, destructive, idempotent, open_world };
    }
    match method.map(Method::as_str) {
        Some("GET" | "HEAD" | "OPTIONS") => Annotations {
            read_only: Some(true),
            destructive: Some(false),
            idempotent: Some(true),
            open_world: Some(true),
        },
        Some("PUT") => Annotations {
            read_only: Some(false),
            destructive: Some(true),
            idempotent: Some(true),
            open_world: Some(true),
        },
        Some("DELETE") => Annotations {
            read_only: Some(false),
            destructive: Some(true),
            idempotent: Some(true),
            open_world: Some(true),
        },
        Some(_) => Annotations {
            read_only: Some(false),
            destructive: Some(true),
            idempotent: Some(false),
            open_world: Some(true),
        },
        None => Annotations::default(),
    }
}
