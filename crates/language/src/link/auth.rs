//! `authentication` of a consumed API to a [`Credential`] (rules AUTH-KEY, A1-A5). Its templates see bindings only.

use capstan_plan::{Credential, FieldPlace, Template};

use super::{
    binding::{Bindings, screaming},
    origins::Origins,
    rule::Rule,
};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    fields::nearest,
    model::{Auth, Consume},
    source::{Span, Spanned},
    template::{Names, Style, absent, compile},
};

/// A credential and the rules it took.
pub(super) struct Linked {
    pub(super) credential: Option<Credential>,
    pub(super) rules: Vec<Rule>,
}

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

/// The names visible to a credential. A name that is no binding makes the credential uncomputable (AUTH-DYNAMIC).
pub(super) struct SecretNames<'b, 'o> {
    pub(super) bindings: &'b mut Bindings,
    pub(super) origins: &'b Origins<'o>,
    pub(super) unknown: Option<(String, Span)>,
    pub(super) rules: Vec<Rule>,
}

impl Names for SecretNames<'_, '_> {
    fn name(&mut self, path: &str, span: Span, sink: &mut Sink) -> Template {
        match self.free(path, span, sink) {
            Some(template) => template,
            None => {
                self.unknown.get_or_insert((path.to_owned(), span));
                absent()
            }
        }
    }

    fn free(&mut self, name: &str, span: Span, _: &mut Sink) -> Option<Template> {
        let (template, rule) = self.bindings.variable(name, span, self.origins)?;
        self.rules.extend(rule);
        Some(template)
    }
}

/// Links the credential of `api`.
pub(super) fn credential(api: &Consume<'_>, bindings: &mut Bindings, origins: &Origins<'_>, sink: &mut Sink) -> Linked {
    let Some(auth) = &api.auth else { return Linked { credential: None, rules: Vec::new() } };
    let mut linker = Linker {
        auth,
        api,
        names: SecretNames { bindings, origins, unknown: None, rules: Vec::new() },
        rules: Vec::new(),
        sink,
    };
    if let Some(span) = auth.short_key {
        linker.rule(Code::AuthKey, span, "`auth` is read as `authentication`".to_owned());
    }
    let credential = linker.link();
    let credential = match linker.names.unknown.take() {
        Some((name, span)) => {
            linker
                .sink
                .error(Code::AuthDynamic, span, format!("credential needs `{name}`, which no bind declares"))
                .help("declare it under `binds`; credentials never see a caller's values");
            Some(Credential::Unavailable {
                reason: format!("the credential needs `{name}`, which no bind declares").into(),
            })
        }
        None => credential,
    };
    let mut rules = linker.rules;
    rules.append(&mut linker.names.rules);
    Linked { credential, rules }
}

struct Linker<'l, 'o, 'd> {
    auth: &'l Auth<'d>,
    api: &'l Consume<'d>,
    names: SecretNames<'l, 'o>,
    rules: Vec<Rule>,
    sink: &'l mut Sink,
}

impl<'d> Linker<'_, '_, 'd> {
    fn rule(&mut self, code: Code, span: Span, message: String) {
        self.rules.push((code, span, message));
    }

    fn text(&mut self, key: &'static str) -> Option<Spanned<&'d str>> {
        self.auth.fields.text(key, self.sink)
    }

    fn template(&mut self, text: Spanned<&str>, secret: bool) -> Template {
        if secret && looks_secret(text.value) {
            self.sink
                .warning(Code::LiteralSecret, text.span, "a secret is written into the document")
                .help("bind it to an environment variable: {{MY_KEY}}");
        }
        // `${X}` means the same as `{{X}}` here.
        if let Some(name) = text.value.strip_prefix("${").and_then(|t| t.strip_suffix('}')) {
            return self.names.name(name, text.span, self.sink);
        }
        compile(text.value, text.span, Style::Strict, &mut self.names, self.sink)
    }

    fn secret(&mut self, key: &'static str) -> Option<Template> {
        let text = self.text(key)?;
        Some(self.template(text, true))
    }

    fn required(&mut self, key: &'static str) -> Template {
        match self.auth.fields.node(key) {
            Some(_) => self.secret(key).unwrap_or_else(absent),
            None if self.auth.fields.has(key) => Template::text(""),
            None => {
                self.auth.fields.missing(key, self.sink);
                absent()
            }
        }
    }

    /// Rule A5: a credential without a value is read from `<NS>_TOKEN` or `<NS>_API_KEY`.
    fn conventional(&mut self, suffix: &str) -> Template {
        let name = format!("{}_{suffix}", screaming(&self.api.namespace.value));
        let span = self.auth.fields.span();
        self.rule(Code::AuthNoValue, span, format!("the credential has no value: it is read from `{name}`"));
        Template::Binding(self.names.bindings.undeclared(&name, span, self.names.origins))
    }

    fn link(&mut self) -> Option<Credential> {
        let kind = self.auth.kind?;
        let lower = kind.value.trim().to_ascii_lowercase();
        match lower.as_str() {
            "bearer" => Some(self.bearer()),
            "basic" => Some(Credential::Basic { username: self.required("username"), password: self.password() }),
            "digest" => Some(Credential::Digest { username: self.required("username"), password: self.password() }),
            "apikey" | "api-key" | "api_key" => self.api_key(None),
            "header" => self.api_key(Some(FieldPlace::Header)),
            "query" => self.api_key(Some(FieldPlace::Query)),
            "oauth2" => Some(self.oauth2()),
            "oauth1" => {
                self.sign("oauth1");
                Some(Credential::OAuth1 {
                    consumer_key: self.required("consumerKey"),
                    signing_key: self.required("signingKey"),
                })
            }
            "hmac" => {
                self.sign("hmac");
                Some(Credential::Hmac { id: self.required("apiId"), key: self.required("apiKey") })
            }
            "aws-sig-v4" | "aws-sigv4" | "sigv4" => {
                self.sign("aws-sig-v4");
                Some(Credential::AwsSigV4 {
                    access_key: self.required("accessKeyId"),
                    secret_key: self.required("secretKey"),
                    session_token: self.secret("sessionToken"),
                    region: self.required("region"),
                    service: self.required("service"),
                })
            }
            "certificate" | "mtls" => {
                self.sign("certificate");
                Some(Credential::Certificate { certificate: self.required("certPath"), key: self.secret("keyPath") })
            }
            "none" => None,
            other => {
                let draft = self.sink.error(
                    Code::Unsupported,
                    kind.span,
                    format!("authentication type `{}` is not supported", kind.value),
                );
                match nearest(other, KINDS.iter().copied()) {
                    Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(kind.span, near)),
                    None => drop(draft.help(format!("use one of: {}", KINDS.join(", ")))),
                }
                Some(Credential::Unavailable {
                    reason: format!("authentication type `{}` is not supported", kind.value).into(),
                })
            }
        }
    }

    fn sign(&mut self, name: &str) {
        if let Some(kind) = self.auth.kind {
            self.rule(Code::AuthSign, kind.span, format!("requests are signed with {name}"));
        }
    }

    fn password(&mut self) -> Template {
        if self.auth.fields.node("password").is_none() { Template::text("") } else { self.required("password") }
    }

    fn bearer(&mut self) -> Credential {
        let token = match (self.auth.fields.node("token"), self.auth.fields.node("value")) {
            (Some(_), _) => self.required("token"),
            (None, Some(value)) => {
                self.rule(Code::AuthAlias, value.span, "`value` is read as `token`".to_owned());
                self.required("value")
            }
            (None, None) => self.conventional("TOKEN"),
        };
        Credential::Bearer { token }
    }

    fn place(&mut self) -> Option<FieldPlace> {
        let word = match self.text("placement") {
            Some(word) => Some(word),
            None => {
                let word = self.text("in")?;
                self.rule(Code::AuthAlias, word.span, "`in` is read as `placement`".to_owned());
                Some(word)
            }
        }?;
        Some(match word.value.trim().to_ascii_lowercase().as_str() {
            "header" => FieldPlace::Header,
            "query" => FieldPlace::Query,
            place @ ("cookie" | "body" | "path") => {
                self.rule(Code::AuthPlace, word.span, format!("the key goes into the {place}"));
                match place {
                    "cookie" => FieldPlace::Cookie,
                    "body" => FieldPlace::Body,
                    _ => FieldPlace::Path,
                }
            }
            _ => {
                self.sink
                    .error(Code::BadValue, word.span, format!("`{}` is not a placement", word.value))
                    .help("use header, query, cookie, body or path");
                FieldPlace::Header
            }
        })
    }

    fn api_key(&mut self, fixed: Option<FieldPlace>) -> Option<Credential> {
        if let (Some(kind), Some(_)) = (self.auth.kind, fixed) {
            self.rule(Code::AuthAlias, kind.span, format!("type `{}` is read as an API key", kind.value));
        }
        let place = self.place().or(fixed).unwrap_or(FieldPlace::Header);
        let mut fields = Vec::new();
        for (key, default) in [("headers", FieldPlace::Header), ("parameters", place)] {
            let Some(node) = self.auth.fields.node(key) else { continue };
            self.rule(Code::AuthHeaders, node.span, format!("every entry of `{key}` is sent"));
            for (name, value) in pairs(node) {
                let value = self.template(value, true);
                fields.push((default, name.into(), value));
            }
        }
        let header = self.text("header");
        let name = match (header, self.text("name"), self.text("key")) {
            (Some(header), _, _) => {
                self.rule(Code::AuthAlias, header.span, "`header` names the key".to_owned());
                Some(header)
            }
            (None, Some(name), _) => {
                self.rule(Code::AuthAlias, name.span, "`name` is read as `key`".to_owned());
                Some(name)
            }
            (None, None, key) => key,
        };
        let value_key = ["value", "token"]
            .into_iter()
            .chain(header.map(|_| "key"))
            .find(|key| self.auth.fields.node(key).is_some());
        match (name, value_key) {
            (Some(name), Some(key)) => {
                if key != "value" {
                    self.rule(Code::AuthAlias, self.auth.fields.key_span(key), format!("`{key}` is read as `value`"));
                }
                let value = self.required(key);
                fields.insert(0, (place, name.value.into(), value));
            }
            (Some(name), None) if fields.is_empty() => {
                let value = self.conventional("API_KEY");
                fields.insert(0, (place, name.value.into(), value));
            }
            (None, _) if fields.is_empty() => {
                self.auth.fields.missing("key", self.sink);
                return Some(Credential::Unavailable { reason: "the API key has no name".into() });
            }
            _ => {}
        }
        Some(Credential::Fields(fields.into_boxed_slice()))
    }

    fn oauth2(&mut self) -> Credential {
        let issuer = self.text("authorizationServerUri");
        let endpoint = self.text("tokenEndpoint");
        let has_client = self.auth.fields.node("clientId").is_some();
        if let Some((url, discover)) = endpoint.map(|e| (e, false)).or(issuer.map(|i| (i, true))).filter(|_| has_client)
        {
            let scope =
                self.auth.fields.text_list("scopes", self.sink).iter().map(|s| s.value).collect::<Vec<_>>().join(" ");
            return Credential::OAuth2 {
                token_url: self.template(url, false),
                discover,
                client_id: self.required("clientId"),
                client_secret: self.required("clientSecret"),
                scope: scope.into(),
                audience: self.text("audience").map(|t| self.template(t, false)),
                resource: self.text("resource").map(|t| self.template(t, false)),
                in_body: self.auth.fields.word("clientAuthentication", self.sink).is_some_and(|w| w.value == "body"),
            };
        }
        let token = match ["token", "value"].into_iter().find(|key| self.auth.fields.node(key).is_some()) {
            Some(key) => self.required(key),
            None => self.conventional("TOKEN"),
        };
        Credential::Bearer { token }
    }
}

/// Name and value of each entry: a map, or a list of `{key|name, value}`.
fn pairs(node: &Node) -> Vec<(&str, Spanned<&str>)> {
    let value = |n: &'_ Node| -> Option<()> { n.scalar_text().map(|_| ()) };
    match (node.as_map(), node.as_seq()) {
        (Some(entries), _) => entries
            .iter()
            .filter(|e| value(&e.value).is_some())
            .filter_map(|e| Some((&**e.key, Spanned::new(e.value.scalar_text()?, e.value.span))))
            .collect(),
        (None, Some(items)) => items
            .iter()
            .filter_map(|item| {
                let name = item.get("key").or_else(|| item.get("name"))?.scalar_text()?;
                let value = item.get("value")?;
                Some((name, Spanned::new(value.scalar_text()?, value.span)))
            })
            .collect(),
        (None, None) => Vec::new(),
    }
}

/// Whether a literal credential looks like a real secret rather than a placeholder or scheme.
fn looks_secret(text: &str) -> bool {
    !text.contains("{{")
        && !text.contains("<<")
        && !text.contains("${")
        && text.len() >= 20
        && !text.contains(' ')
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && !text.contains("://")
        && !text.starts_with('/')
}
