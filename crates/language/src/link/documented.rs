//! What the OpenAPI document of an API says of one of its operations, and where file and document do not agree: what the file says
//! wins, and both places are named.

use std::collections::HashSet;

use capstan_plan::BodyKind;

use super::{callee::Callee, names::norm, place::Where};
use crate::{
    diagnostic::{Code, Sink},
    model::{BodyDecl, Consume, CredentialKind, Operation, Param, json_type},
    openapi::{Found, OpenApiHandle, SchemeKind, SecurityScheme, TypedBody, TypedOperation, TypedParameter, kind},
    source::Span,
};

/// The document of one API, and what was said of it already.
pub(super) struct Documented<'o> {
    document: &'o OpenApiHandle,
    /// Schemes that were missed, each once for an API.
    missed: HashSet<String>,
}

impl<'o> Documented<'o> {
    /// Nothing said yet.
    pub(super) fn new(document: &'o OpenApiHandle) -> Self {
        Self { document, missed: HashSet::new() }
    }

    /// What the document says of an operation.
    pub(super) fn operation(
        &mut self,
        api: &Consume<'_>,
        op: &Operation<'_>,
        callee: &Callee<'_, '_>,
        sink: &mut Sink,
    ) -> Option<TypedOperation> {
        let base = api.base.map_or("", |b| url_path(b.value)).trim_end_matches('/');
        let path = callee.path_text();
        let tail = callee.written_tail();
        let name = op.name.map(|name| name.value);
        let found = self.document.operation(callee.method.as_str(), (base, &format!("{path}{tail}")), name);
        let Some((typed, found)) = found else {
            let message = format!("the OpenAPI document has no `{} {base}{path}`", callee.method);
            sink.warning(Code::OpenapiUnmatched, op.span, message)
                .help("correct the path or the method; until then its inputs stay untyped");
            return None;
        };
        if let (Found::Alone, Some(written)) = (found, api.base) {
            let servers = self.document.server_paths();
            let theirs = if servers.is_empty() { "`/`".to_owned() } else { format!("`{}`", servers.join("`, `")) };
            let message =
                format!("`baseUri` has the path `{base}/`, and the servers of the OpenAPI document have {theirs}");
            sink.note(Code::OpenapiServer, written.span, message).help(Code::OpenapiServer.help());
        }
        for (param, place) in &callee.params {
            self.parameter(param, *place, typed, sink);
        }
        if let (Some(declared), Some(body)) = (callee.body, &typed.body) {
            self.body(declared, body, sink);
        }
        self.security(api, callee, typed, sink);
        Some(typed.clone())
    }

    /// One more place of a finding, in the document.
    fn contradiction(&self, here: Span, message: String, there: Span, said: String, sink: &mut Sink) {
        let draft = sink.warning(Code::OpenapiContradiction, here, message);
        drop(draft.label(self.document.place(there), said).help(Code::OpenapiContradiction.help()));
    }

    /// A parameter that is elsewhere in the document, or is something else there.
    fn parameter(&self, param: &Param<'_>, place: Where, typed: &TypedOperation, sink: &mut Sink) {
        let (name, here) = (param.name.value, param.name.span);
        let Some(word) = word(place) else { return };
        let same = |other: &&TypedParameter| other.name == name || norm(&other.name) == norm(name);
        let Some(documented) = typed.parameters.iter().filter(same).find(|other| other.place == word) else {
            let elsewhere = typed.parameters.iter().find(|other| other.name == name);
            if let Some(other) = elsewhere.filter(|_| param.place.is_some()) {
                let message =
                    format!("`{name}` goes into the {word} here, and into the {} in the document", other.place);
                self.contradiction(here, message, other.span, format!("`in: {}`", other.place), sink);
            }
            return;
        };
        let ours = param.ty.and_then(json_type);
        let theirs = documented.schema.get("type").and_then(|ty| ty.as_str());
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours != theirs
            && !matches!((ours, theirs), ("integer" | "number", "integer" | "number"))
        {
            let message = format!("`{name}` is of type {ours} here, and of type {theirs} in the document");
            self.contradiction(here, message, documented.span, format!("type {theirs}"), sink);
        }
        if param.required == Some(false) && documented.required && documented.schema.get("default").is_none() {
            let message = format!("`{name}` may be left out here, and must be there in the document");
            self.contradiction(here, message, documented.span, "`required: true`".to_owned(), sink);
        }
    }

    /// A body of a media type the document does not have.
    fn body(&self, declared: &BodyDecl<'_>, body: &TypedBody, sink: &mut Sink) {
        let ours = match declared {
            BodyDecl::Json(_) => "application/json",
            BodyDecl::Form(_) => "application/x-www-form-urlencoded",
            BodyDecl::Parts(..) | BodyDecl::Multipart(_) => "multipart/form-data",
            BodyDecl::Text(media_type, _) => media_type,
        };
        let fits = |theirs: &str| match kind(ours) {
            BodyKind::Text | BodyKind::Binary => essence(theirs) == essence(ours) || theirs.contains('*'),
            same => kind(theirs) == same,
        };
        if !body.media.iter().any(|media| fits(&media.media_type)) {
            let theirs: Vec<&str> = body.media.iter().map(|media| media.media_type.as_str()).collect();
            let message = format!("the body is `{ours}` here, and `{}` in the document", theirs.join("` or `"));
            self.contradiction(declared.span(), message, body.span, theirs.join(", "), sink);
        }
    }

    /// A hint when the API declares no credential, and the document demands one.
    fn security(&mut self, api: &Consume<'_>, callee: &Callee<'_, '_>, typed: &TypedOperation, sink: &mut Sink) {
        let declared = api.credential.as_ref().is_some_and(|known| !matches!(known.kind, CredentialKind::None));
        if declared || typed.security.iter().any(Vec::is_empty) {
            return;
        }
        let Some(requirement) = typed.security.first() else { return };
        for (name, _) in requirement {
            let Some(scheme) = self.document.schemes().iter().find(|scheme| scheme.name == *name) else { continue };
            if is_given(scheme, callee) || !self.missed.insert(name.clone()) {
                continue;
            }
            let message = format!("the OpenAPI document demands `{name}`, and this API has no `authentication`");
            let draft = sink.note(Code::OpenapiSecurity, api.span.slice(0, 0), message);
            drop(draft.label(self.document.place(scheme.span), "demanded here").help(remedy(&scheme.kind)));
        }
    }
}

/// Whether the file writes the credential into a parameter itself.
fn is_given(scheme: &SecurityScheme, callee: &Callee<'_, '_>) -> bool {
    let (place, name) = match &scheme.kind {
        SchemeKind::ApiKey { place, name } => (place.as_str(), name.as_str()),
        SchemeKind::MutualTls | SchemeKind::Unknown => return true,
        _ => ("header", "Authorization"),
    };
    callee.params.iter().any(|(param, at)| word(*at) == Some(place) && param.name.value.eq_ignore_ascii_case(name))
}

/// What would satisfy a scheme.
fn remedy(kind: &SchemeKind) -> String {
    match kind {
        SchemeKind::ApiKey { place, name } => {
            format!("add `authentication: {{type: apikey, key: {name}, value: '{{{{API_KEY}}}}', placement: {place}}}`")
        }
        SchemeKind::Http { scheme } if matches!(scheme.as_str(), "basic" | "digest") => {
            format!(
                "add `authentication: {{type: {scheme}, username: '{{{{USERNAME}}}}', password: '{{{{PASSWORD}}}}'}}`"
            )
        }
        _ => "add `authentication: {type: bearer, token: '{{TOKEN}}'}`".to_owned(),
    }
}

/// A place in the words of a document.
fn word(place: Where) -> Option<&'static str> {
    match place {
        Where::Path => Some("path"),
        Where::Query => Some("query"),
        Where::Header => Some("header"),
        Where::Cookie => Some("cookie"),
        Where::Body | Where::Environment => None,
    }
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The path of a URL as text.
fn url_path(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    after.find('/').and_then(|at| after.get(at..)).unwrap_or("")
}
