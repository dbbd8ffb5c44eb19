//! Exposures: routes, tools, resources, prompts, skills and the control plane (rules E1-E6, PATHS-MAP, TOOL-SERVER).

mod mcp;
mod rest;
mod skill;
mod tool;

use std::collections::HashMap;

use capstan_plan::{ApiKeyPlace, Authenticator, Control, Exposure, ExposureKind, Listen, OAuth2Resource};

use super::{auth::SecretNames, call::Ordinal, context::Context};
use crate::{
    diagnostic::{Code, Sink},
    model::{Auth, Expose, ExposeKind, UnitDecl},
    source::Spanned,
    template::{Style, absent, compile},
};

/// Links every exposure in document order.
pub(super) fn exposures<'d>(context: &mut Context<'_, 'd>, stem: &str, sink: &mut Sink) -> Vec<Exposure> {
    let spec = context.spec;
    let mut out = Vec::new();
    for expose in &spec.exposes {
        let word = match &expose.kind {
            ExposeKind::Rest { .. } => "rest",
            ExposeKind::Mcp(_) => "mcp",
            ExposeKind::Skill(_) => "skill",
            ExposeKind::Control { .. } => "control",
        };
        let namespace = expose.namespace.map_or_else(|| format!("{stem}-{word}"), |n| n.value.to_owned());
        let authenticator = expose.auth.as_ref().map(|auth| authenticator(context, auth, sink));
        let kind = match &expose.kind {
            ExposeKind::Rest { params, resources } => {
                ExposureKind::Rest(rest::rest(context, expose, &namespace, params, resources, sink))
            }
            ExposeKind::Mcp(decl) => ExposureKind::Mcp(mcp::mcp(context, expose, &namespace, decl, sink)),
            ExposeKind::Skill(skills) => ExposureKind::Skill(skill::skills(context, skills, sink)),
            ExposeKind::Control { health, info, reload, validate, metrics } => ExposureKind::Control(Control {
                health: *health,
                info: *info,
                reload: *reload,
                validate: *validate,
                metrics: *metrics,
            }),
        };
        out.push(Exposure {
            namespace: namespace.into(),
            description: expose.description.map(Into::into),
            listen: listen(expose),
            authenticator,
            kind,
            origin: context.origins.at(expose.span),
        });
    }
    out
}

fn listen(expose: &Expose<'_>) -> Listen {
    Listen {
        address: expose.address.map(|a| a.value.into()),
        port: expose.port.and_then(|p| u16::try_from(p.value).ok()),
    }
}

/// How often each call string occurs in an adapter, and which use the next one is (rule C2).
#[derive(Default)]
struct Ordinals<'d> {
    counts: HashMap<&'d str, usize>,
    seen: HashMap<&'d str, usize>,
}

impl<'d> Ordinals<'d> {
    fn count<'u>(units: impl Iterator<Item = &'u UnitDecl<'d>>) -> Self
    where
        'd: 'u,
    {
        let mut ordinals = Self::default();
        for call in units.filter_map(|u| u.call) {
            *ordinals.counts.entry(call.value).or_default() += 1;
        }
        ordinals
    }

    fn next(&mut self, unit: &UnitDecl<'d>) -> Ordinal {
        let Some(call) = unit.call else { return Ordinal::default() };
        let seen = self.seen.entry(call.value).or_default();
        let index = *seen;
        *seen += 1;
        Ordinal { index, count: self.counts.get(call.value).copied().unwrap_or(0) }
    }
}

/// Links the authenticator of an exposure. Its templates see bindings only.
fn authenticator(context: &mut Context<'_, '_>, auth: &Auth<'_>, sink: &mut Sink) -> Authenticator {
    let origin = context.origins.at(auth.fields.span());
    let mut names =
        SecretNames { bindings: &mut context.bindings, origins: &context.origins, unknown: None, rules: Vec::new() };
    let mut template = |text: Option<Spanned<&str>>, sink: &mut Sink| match text {
        Some(text) => compile(text.value, text.span, Style::Strict, &mut names, sink),
        None => absent(),
    };
    let required = |key: &'static str, sink: &mut Sink| auth.fields.required_text(key, sink);
    let kind = auth.kind.map_or("", |k| k.value).trim().to_ascii_lowercase();
    let made = match kind.as_str() {
        "bearer" => Authenticator::Bearer { token: template(required("token", sink), sink) },
        "basic" => Authenticator::Basic {
            username: template(required("username", sink), sink),
            password: template(auth.fields.text("password", sink), sink),
        },
        "digest" => Authenticator::Digest {
            username: template(required("username", sink), sink),
            password: template(auth.fields.text("password", sink), sink),
        },
        "apikey" | "api-key" => {
            let name = auth
                .fields
                .text("key", sink)
                .or_else(|| auth.fields.text("name", sink))
                .or_else(|| auth.fields.text("header", sink));
            if name.is_none() {
                auth.fields.missing("key", sink);
            }
            let place = auth.fields.text("placement", sink).or_else(|| auth.fields.text("in", sink));
            let place = match place.map(|p| (p.value.to_ascii_lowercase(), p.span)) {
                None => ApiKeyPlace::Header,
                Some((word, span)) => match word.as_str() {
                    "header" => ApiKeyPlace::Header,
                    "query" => ApiKeyPlace::Query,
                    "cookie" => ApiKeyPlace::Cookie,
                    _ => {
                        sink.error(Code::BadValue, span, format!("`{word}` is not a placement"))
                            .help("use header, query or cookie");
                        ApiKeyPlace::Header
                    }
                },
            };
            Authenticator::ApiKey { place, name: template(name, sink), value: template(required("value", sink), sink) }
        }
        "oauth2" => {
            let introspection =
                auth.fields.text("tokenValidation", sink).filter(|t| t.value.eq_ignore_ascii_case("introspection"));
            if let Some(text) = introspection {
                sink.error(Code::Unsupported, text.span, "token introspection is not supported")
                    .help("use tokenValidation: jwks");
                return Authenticator::Unsupported { kind: "oauth2 introspection".into(), origin };
            }
            let resource = auth.fields.text("resource", sink);
            Authenticator::OAuth2(Box::new(OAuth2Resource {
                authorization_server: template(required("authorizationServerUri", sink), sink),
                resource: template(resource, sink),
                audience: auth.fields.text("audience", sink).map(|a| template(Some(a), sink)),
                scopes: auth.fields.text_list("scopes", sink).iter().map(|s| s.value.into()).collect(),
                origin: origin.clone(),
            }))
        }
        other => {
            let span = auth.kind.map_or(auth.fields.span(), |k| k.span);
            sink.error(Code::Unsupported, span, format!("callers cannot be checked with `{other}`"))
                .help("use bearer, apikey, basic, digest or oauth2; until then everyone is refused");
            Authenticator::Unsupported { kind: other.into(), origin: origin.clone() }
        }
    };
    let SecretNames { unknown, rules, .. } = names;
    for (code, span, message) in rules {
        drop(sink.report(code, span, message));
    }
    match unknown {
        Some((name, span)) => {
            sink.error(Code::AuthDynamic, span, format!("the authenticator needs `{name}`, which no bind declares"))
                .help("declare it under `binds`; until then everyone is refused");
            Authenticator::Unsupported { kind: kind.into(), origin }
        }
        None => made,
    }
}

/// A name as most model APIs accept it.
fn is_portable(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
