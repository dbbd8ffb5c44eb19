//! Reads `authentication` of an exposure: how callers prove themselves.

use capstan_plan::ApiKeyPlace;

use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
    keys,
    model::{AuthenticatorDecl, AuthenticatorKind},
    source::Spanned,
};

/// The `authentication` (or `auth`) of an exposure.
pub(super) fn authenticator<'d>(exposure: &Fields<'d>, sink: &mut Sink) -> Option<AuthenticatorDecl<'d>> {
    let fields = exposure.object("authentication", &keys::AUTH, sink)?;
    let written = fields.required_text("type", sink);
    let word = written.map_or("", |w| w.value).trim().to_ascii_lowercase();
    let required = |key: &'static str, sink: &mut Sink| fields.required_text(key, sink);
    let kind = match word.as_str() {
        "bearer" => AuthenticatorKind::Bearer { token: required("token", sink) },
        "basic" => {
            AuthenticatorKind::Basic { username: required("username", sink), password: fields.text("password", sink) }
        }
        "digest" => {
            AuthenticatorKind::Digest { username: required("username", sink), password: fields.text("password", sink) }
        }
        "apikey" | "api-key" => AuthenticatorKind::ApiKey {
            name: key_name(&fields, sink),
            place: place(&fields, sink),
            value: required("value", sink),
        },
        "oauth2" => oauth2(&fields, sink),
        other => {
            let span = written.map_or(fields.span(), |w| w.span);
            sink.error(Code::Unsupported, span, format!("callers cannot be checked with `{other}`"))
                .help("use bearer, apikey, basic, digest or oauth2; until then everyone is refused");
            AuthenticatorKind::Unsupported(other.to_owned())
        }
    };
    Some(AuthenticatorDecl { word, kind, span: fields.span() })
}

fn key_name<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<Spanned<&'d str>> {
    let name = ["key", "name", "header"].into_iter().find_map(|key| fields.text(key, sink));
    if name.is_none() {
        fields.missing("key", sink);
    }
    name
}

fn place(fields: &Fields<'_>, sink: &mut Sink) -> ApiKeyPlace {
    let Some(word) = fields.text("placement", sink).or_else(|| fields.text("in", sink)) else {
        return ApiKeyPlace::Header;
    };
    match word.value.to_ascii_lowercase().as_str() {
        "header" => ApiKeyPlace::Header,
        "query" => ApiKeyPlace::Query,
        "cookie" => ApiKeyPlace::Cookie,
        other => {
            sink.error(Code::BadValue, word.span, format!("`{other}` is not a placement"))
                .help("use header, query or cookie");
            ApiKeyPlace::Header
        }
    }
}

fn oauth2<'d>(fields: &Fields<'d>, sink: &mut Sink) -> AuthenticatorKind<'d> {
    let validation = fields.text("tokenValidation", sink);
    if let Some(text) = validation.filter(|text| text.value.eq_ignore_ascii_case("introspection")) {
        sink.error(Code::Unsupported, text.span, "token introspection is not supported")
            .help("use tokenValidation: jwks");
        return AuthenticatorKind::Unsupported("oauth2 introspection".to_owned());
    }
    AuthenticatorKind::OAuth2 {
        authorization_server: fields.required_text("authorizationServerUri", sink),
        resource: fields.text("resource", sink),
        audience: fields.text("audience", sink),
        scopes: fields.text_list("scopes", sink),
    }
}
