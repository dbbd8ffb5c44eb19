//! Reads `authentication` of a consumed API: what proves us upstream (rules AUTH-KEY, A1-A4).

mod api_key;
mod form;

use self::form::Form;
use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
    keys,
    model::{AwsSigV4Decl, ClientCredentialsDecl, CredentialDecl, CredentialKind, LoginDecl, SecretDecl},
    source::Spanned,
    suggest::nearest,
};

const KINDS: &[&str] = &[
    "bearer",
    "basic",
    "apikey",
    "digest",
    "oauth2",
    "oauth1",
    "hmac",
    "aws-sig-v4",
    "certificate",
    "header",
    "query",
    "none",
];

/// The `authentication` (or `auth`) of a consumed API.
pub(super) fn credential<'d>(api: &Fields<'d>, sink: &mut Sink) -> Option<CredentialDecl<'d>> {
    let fields = api.object("authentication", &keys::AUTH, sink)?;
    let mut form = Form::new(&fields, sink);
    if let Some(entry) = api.entry("authentication").filter(|entry| &*entry.key.value == "auth") {
        form.rule(Code::AuthKey, entry.key.span, "`auth` is read as `authentication`");
    }
    let written = form.fields.required_text("type", form.sink);
    let kind = written.map_or(CredentialKind::None, |written| kind(&mut form, written));
    Some(CredentialDecl { kind, rules: form.rules, span: fields.span() })
}

fn kind<'d>(form: &mut Form<'_, 'd>, written: Spanned<&'d str>) -> CredentialKind<'d> {
    let word = written.value.trim().to_ascii_lowercase();
    match word.as_str() {
        "bearer" => CredentialKind::Bearer(bearer(form)),
        "basic" => CredentialKind::Basic(login(form)),
        "digest" => CredentialKind::Digest(login(form)),
        "apikey" | "api-key" | "api_key" | "header" | "query" => api_key::fields(form, written, &word),
        "oauth2" => oauth2(form),
        "oauth1" => {
            form.signs(written, "oauth1");
            CredentialKind::OAuth1 {
                consumer_key: form.required("consumerKey"),
                signing_key: form.required("signingKey"),
            }
        }
        "hmac" => {
            form.signs(written, "hmac");
            CredentialKind::Hmac { id: form.required("apiId"), key: form.required("apiKey") }
        }
        "aws-sig-v4" | "aws-sigv4" | "sigv4" => {
            form.signs(written, "aws-sig-v4");
            CredentialKind::AwsSigV4(Box::new(AwsSigV4Decl {
                access_key: form.required("accessKeyId"),
                secret_key: form.required("secretKey"),
                session_token: form.optional("sessionToken"),
                region: form.required("region"),
                service: form.required("service"),
            }))
        }
        "certificate" | "mtls" => {
            form.signs(written, "certificate");
            CredentialKind::Certificate { certificate: form.required("certPath"), key: form.optional("keyPath") }
        }
        "none" => CredentialKind::None,
        other => unknown(form, written, other),
    }
}

fn unknown<'d>(form: &mut Form<'_, 'd>, written: Spanned<&'d str>, word: &str) -> CredentialKind<'d> {
    let reason = format!("authentication type `{}` is not supported", written.value);
    let draft = form.sink.error(Code::Unsupported, written.span, reason.clone());
    match nearest(word, KINDS.iter().copied()) {
        Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(written.span, near)),
        None => drop(draft.help(format!("use one of: {}", KINDS.join(", ")))),
    }
    CredentialKind::Unusable(reason)
}

fn login<'d>(form: &mut Form<'_, 'd>) -> LoginDecl<'d> {
    let username = form.required("username");
    let none = Spanned::new("", form.fields.span());
    let password = if form.has("password") { form.required("password") } else { SecretDecl::Text(none) };
    LoginDecl { username, password }
}

fn bearer<'d>(form: &mut Form<'_, 'd>) -> SecretDecl<'d> {
    if form.has("token") {
        return form.required("token");
    }
    match form.fields.node("value").map(|value| value.span) {
        Some(span) => {
            form.rule(Code::AuthAlias, span, "`value` is read as `token`");
            form.required("value")
        }
        None => form.conventional("token", "TOKEN"),
    }
}

/// Client credentials where there is a client, else a token.
fn oauth2<'d>(form: &mut Form<'_, 'd>) -> CredentialKind<'d> {
    let issuer = form.text("authorizationServerUri");
    let endpoint = form.text("tokenEndpoint");
    let url = endpoint.map(|endpoint| (endpoint, false)).or(issuer.map(|issuer| (issuer, true)));
    if let Some((token_url, discover)) = url.filter(|_| form.has("clientId")) {
        let word = form.fields.word("clientAuthentication", form.sink);
        return CredentialKind::ClientCredentials(Box::new(ClientCredentialsDecl {
            token_url,
            discover,
            client_id: form.required("clientId"),
            client_secret: form.required("clientSecret"),
            scopes: form.fields.text_list("scopes", form.sink),
            audience: form.text("audience"),
            resource: form.text("resource"),
            in_body: word.is_some_and(|word| word.value == "body"),
        }));
    }
    let key = ["token", "value"].into_iter().find(|key| form.has(key));
    CredentialKind::Bearer(
        key.map_or(SecretDecl::Conventional { suffix: "TOKEN", told: false }, |key| form.required(key)),
    )
}
