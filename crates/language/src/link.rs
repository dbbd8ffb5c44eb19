//! Spec to Plan: every name resolved, every template, selector and route compiled, every rule of the wild dialect applied
//! where it holds. Errors confined to one unit leave the rest of the document serving.

mod auth;
mod base;
mod binding;
mod call;
mod callee;
mod caller;
mod expose;
mod files;
mod flow;
mod inputs;
mod mock;
mod names;
mod outputs;
mod request;
mod secrets;
mod unit;

use std::{rc::Rc, sync::Arc};

use capstan_plan::{
    BindingSource, Client, ClientId, Credential, FieldPlace, FileId, FilePath, FileUse, Flow, FlowId, IdVec, Info,
    Origin, Plan, Sandbox, Template,
};

use self::{
    base::{BaseTokens, base_tokens},
    binding::Bindings,
    callee::{Callee, Where, absolute_paths, callee},
    files::FileTable,
};
use crate::{
    diagnostic::{Code, Sink},
    model::Spec,
    openapi::{OpenApi, TypedOperation},
    source::{SourceSet, Span, Spanned},
};

pub(crate) use crate::model::Rule;

/// Turns spans into origins.
pub(crate) struct Origins<'o> {
    sources: &'o SourceSet,
    names: Vec<Arc<str>>,
}

impl<'o> Origins<'o> {
    fn new(sources: &'o SourceSet) -> Self {
        Self { sources, names: sources.iter().map(|(_, file)| file.path.clone()).collect() }
    }

    /// Where `span` begins.
    pub(crate) fn at(&self, span: Span) -> Origin {
        let (line, column) = self.sources.position(span).unwrap_or((1, 1));
        let file = self.names.get(span.file.0 as usize).cloned().unwrap_or_else(|| "".into());
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Origin::new(file, narrow(line), narrow(column))
    }

    /// The folder of the document `span` lies in: relative paths written there begin at it.
    pub(crate) fn folder(&self, span: Span) -> &str {
        FilePath::folder_of(self.names.get(span.file.0 as usize).map_or("", |name| name))
    }
}

/// What the linker of one document shares between its units.
pub(crate) struct Context<'s, 'd> {
    spec: &'s Spec<'d>,
    origins: Origins<'s>,
    bindings: Bindings,
    clients: IdVec<ClientId, Client>,
    flows: IdVec<FlowId, Flow>,
    callees: Vec<Rc<Callee<'s, 'd>>>,
    bases: Vec<Rc<BaseTokens>>,
    credentials: Vec<Rc<CredentialPlaces>>,
    typed: Vec<Option<Rc<TypedOperation>>>,
    files: FileTable,
}

/// What a credential occupies in a request: a parameter of the same name and place is not the caller's.
#[derive(Debug, Default)]
pub(crate) struct CredentialPlaces {
    fields: Vec<(Where, String)>,
    paths: Vec<(String, Template)>,
    /// Bindings it needs.
    bindings: Vec<capstan_plan::BindingId>,
    rules: Vec<Rule>,
    unavailable: Option<String>,
}

impl CredentialPlaces {
    fn overrides(&self, place: Where, name: &str) -> bool {
        self.fields.iter().any(|(at, field)| {
            *at == place && if place == Where::Header { field.eq_ignore_ascii_case(name) } else { field == name }
        })
    }

    fn path(&self, hole: &str) -> Option<Template> {
        self.paths.iter().find(|(name, _)| name == hole).map(|(_, template)| template.clone())
    }
}

impl<'s, 'd> Context<'s, 'd> {
    fn callee(&self, at: usize) -> Option<Rc<Callee<'s, 'd>>> {
        self.callees.get(at).cloned()
    }

    fn base(&self, client: usize) -> Option<Rc<BaseTokens>> {
        self.bases.get(client).cloned()
    }

    fn credential_places(&self, client: usize) -> Rc<CredentialPlaces> {
        self.credentials.get(client).cloned().unwrap_or_default()
    }

    fn typed(&self, callee: usize) -> Option<Rc<TypedOperation>> {
        self.typed.get(callee).cloned().flatten()
    }

    /// The namespaces imports are to bring.
    fn imported(&self) -> Vec<&'d str> {
        let name = |import: &crate::model::Import<'d>| Some(import.alias.or(import.namespace)?.value);
        self.spec.imports.iter().filter_map(name).collect()
    }

    #[allow(clippy::unnecessary_wraps, reason = "callers treat an unknown client like any other missing part")]
    fn client_id(&self, client: usize) -> Option<ClientId> {
        (client < self.clients.len()).then(|| ClientId::from(client))
    }

    /// The file or folder `written` names, reported when it names none.
    fn file(&mut self, written: Spanned<&str>, usage: FileUse, sink: &mut Sink) -> Option<FileId> {
        let what = match usage {
            FileUse::ResourceFolder | FileUse::SkillFolder => "folder",
            _ => "file",
        };
        let id = self.files.named(written, usage, &self.origins);
        if id.is_none() {
            sink.error(Code::Unsupported, written.span, format!("`{}` is not a {what}", written.value))
                .help("use file:///path or ./path");
        }
        id
    }
}

/// Links `spec`. `openapi` holds one document per consumed API, where there is one; `stem` names what its author did not.
pub(crate) fn link<'s, 'd>(
    spec: &'s Spec<'d>,
    sources: &'s SourceSet,
    openapi: &[Option<Rc<OpenApi>>],
    stem: &str,
    sink: &mut Sink,
) -> Plan {
    let origins = Origins::new(sources);
    let bindings = Bindings::declare(spec, &origins, sink);
    let mut context = Context {
        spec,
        origins,
        bindings,
        clients: IdVec::default(),
        flows: IdVec::default(),
        callees: Vec::new(),
        bases: Vec::new(),
        credentials: Vec::new(),
        typed: Vec::new(),
        files: FileTable::default(),
    };
    clients(&mut context, openapi, sink);
    let exposures = expose::exposures(&mut context, stem, sink);
    let sandbox = spec.sandbox.as_ref().map(|s| Sandbox {
        origins: s.origins.iter().map(|o| o.value.trim_end_matches('/').into()).collect(),
        values: s.values.iter().map(|(name, value)| ((*name).into(), value.as_str().into())).collect(),
    });
    let mut files = context.files;
    let table = context.bindings.into_table();
    for binding in &table {
        if let BindingSource::File { path, .. } = &binding.source {
            files.enter(path.clone(), FileUse::Bindings, binding.origin.clone());
        }
    }
    Plan {
        info: Info {
            label: spec.label.unwrap_or(stem).into(),
            description: spec.description.map(Into::into),
            version: spec.version.map(Into::into),
            dialect: spec.dialect.map(|(key, _)| key.into()),
            spec_version: spec.dialect.map(|(_, version)| version.into()),
            tags: spec.tags.iter().map(|t| (*t).into()).collect(),
        },
        bindings: table,
        clients: context.clients,
        flows: context.flows,
        exposures,
        sandbox,
        files: files.into_table(),
    }
}

/// Enters every consumed API with its credential, and prepares its operations.
fn clients<'s, 'd>(context: &mut Context<'s, 'd>, openapi: &[Option<Rc<OpenApi>>], sink: &mut Sink) {
    let spec = context.spec;
    for (index, api) in spec.consumes.iter().enumerate() {
        let linked = auth::credential(api, &mut context.bindings, &context.origins, sink);
        let mut places = CredentialPlaces { rules: linked.rules, ..CredentialPlaces::default() };
        let credential = split_path_fields(linked.credential, &mut places);
        let tokens = base_tokens(api, sink);
        let holes = tokens.holes();
        let mut rules = Vec::new();
        let paths = &places.paths;
        let path = |name: &str| paths.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
        let (base, _) = tokens.base(&mut context.bindings, &context.origins, &mut rules, path, |_| None);
        context.clients.push(Client {
            namespace: api.namespace.value.as_str().into(),
            base_text: api.base.map_or("", |b| b.value.trim()).into(),
            base,
            credential,
            origin: context.origins.at(api.span),
        });
        let absolute = absolute_paths(api);
        let base_path = api.base.map_or("", |b| url_path(b.value));
        for op in &api.operations {
            let prepared = callee(index, api, op, absolute, &holes, sink);
            let typed = openapi.get(index).and_then(Option::as_ref).and_then(|document| {
                let path = format!("{}{}", base_path.trim_end_matches('/'), prepared.path_text());
                let typed = document.operation(prepared.method.as_str(), &path);
                if typed.is_none() {
                    sink.warning(
                        Code::OpenapiUnmatched,
                        op.span,
                        format!("the OpenAPI document has no {} {path}", prepared.method),
                    )
                    .help("its inputs stay untyped");
                }
                typed.cloned().map(Rc::new)
            });
            context.callees.push(Rc::new(prepared));
            context.typed.push(typed);
        }
        context.bases.push(Rc::new(tokens));
        context.credentials.push(Rc::new(places));
    }
}

/// Path fields of a credential are filled with the URL; the rest stays a credential.
fn split_path_fields(credential: Option<Credential>, places: &mut CredentialPlaces) -> Option<Credential> {
    let credential = match credential {
        Some(Credential::Fields(fields)) => {
            let mut kept = Vec::new();
            for (place, name, value) in fields.into_vec() {
                match place {
                    FieldPlace::Path => {
                        places.paths.push((name.to_string(), value.clone()));
                    }
                    FieldPlace::Header => places.fields.push((Where::Header, name.to_string())),
                    FieldPlace::Query => places.fields.push((Where::Query, name.to_string())),
                    FieldPlace::Cookie => places.fields.push((Where::Cookie, name.to_string())),
                    FieldPlace::Body => places.fields.push((Where::Body, name.to_string())),
                }
                value.bindings(&mut places.bindings);
                if place != FieldPlace::Path {
                    kept.push((place, name, value));
                }
            }
            (!kept.is_empty()).then(|| Credential::Fields(kept.into_boxed_slice()))
        }
        other => other,
    };
    if let Some(credential) = &credential {
        if matches!(
            credential,
            Credential::Bearer { .. }
                | Credential::Basic { .. }
                | Credential::Digest { .. }
                | Credential::OAuth2 { .. }
                | Credential::OAuth1 { .. }
                | Credential::Hmac { .. }
                | Credential::AwsSigV4 { .. }
        ) {
            places.fields.push((Where::Header, "Authorization".to_owned()));
        }
        if let Credential::Unavailable { reason } = credential {
            places.unavailable = Some(reason.to_string());
        }
        for template in credential_templates(credential) {
            template.bindings(&mut places.bindings);
        }
    }
    credential
}

fn credential_templates(credential: &Credential) -> Vec<&Template> {
    match credential {
        Credential::Bearer { token } => vec![token],
        Credential::Basic { username, password } | Credential::Digest { username, password } => {
            vec![username, password]
        }
        Credential::Fields(fields) => fields.iter().map(|(_, _, t)| t).collect(),
        Credential::OAuth2 { token_url, client_id, client_secret, audience, resource, .. } => {
            [token_url, client_id, client_secret].into_iter().chain(audience).chain(resource).collect()
        }
        Credential::OAuth1 { consumer_key, signing_key } => vec![consumer_key, signing_key],
        Credential::Hmac { id, key } => vec![id, key],
        Credential::AwsSigV4 { access_key, secret_key, session_token, region, service } => {
            [access_key, secret_key, region, service].into_iter().chain(session_token).collect()
        }
        Credential::Certificate { certificate, key } => std::iter::once(certificate).chain(key).collect(),
        Credential::Unavailable { .. } => Vec::new(),
    }
}

/// The path of a URL as text.
fn url_path(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    after.find('/').and_then(|at| after.get(at..)).unwrap_or("")
}
