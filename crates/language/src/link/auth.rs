//! The declared credential of a consumed API to a [`Credential`] (rule A5). Its templates see bindings only.

use capstan_plan::{Credential, Template, variable::screaming_case};

use super::{binding::Bindings, origins::Origins, rule::Rule, secrets::SecretNames};
use crate::{
    diagnostic::{Code, Sink},
    model::{
        AwsSigV4Decl, ClientCredentialsDecl, Consume, CredentialDecl, CredentialKind, FieldDecl, LoginDecl, SecretDecl,
    },
    source::{Span, Spanned},
    template::{Names, absent},
};

/// A credential and the rules it took.
pub(super) struct Linked {
    pub(super) credential: Option<Credential>,
    pub(super) rules: Vec<Rule>,
}

/// Links the credential of `api`.
pub(super) fn credential(api: &Consume<'_>, bindings: &mut Bindings, origins: &Origins<'_>, sink: &mut Sink) -> Linked {
    let Some(declared) = &api.credential else { return Linked { credential: None, rules: Vec::new() } };
    let mut linker = Linker {
        declared,
        namespace: &api.namespace.value,
        names: SecretNames::new(bindings, origins),
        rules: declared.rules.clone(),
        sink,
    };
    let linked = linker.kind();
    let Linker { names, mut rules, sink, .. } = linker;
    let credential = match (&names.unknown, &names.defect) {
        (Some((name, span)), _) => {
            let help = "declare it under `binds`; credentials never see a caller's values";
            let reason = names.undeclared("the credential", (name, *span), help, sink);
            Some(Credential::Unavailable { reason: reason.into() })
        }
        (None, Some(defect)) => Some(Credential::Unavailable { reason: defect.message.as_str().into() }),
        (None, None) => linked,
    };
    rules.extend(names.rules);
    Linked { credential, rules }
}

struct Linker<'l, 'o, 'd> {
    declared: &'l CredentialDecl<'d>,
    namespace: &'l str,
    names: SecretNames<'l, 'o>,
    rules: Vec<Rule>,
    sink: &'l mut Sink,
}

impl Linker<'_, '_, '_> {
    fn kind(&mut self) -> Option<Credential> {
        let declared = self.declared;
        Some(match &declared.kind {
            CredentialKind::None => return None,
            CredentialKind::Bearer(token) => Credential::Bearer { token: self.secret(*token) },
            CredentialKind::Basic(login) => {
                let (username, password) = self.login(login);
                Credential::Basic { username, password }
            }
            CredentialKind::Digest(login) => {
                let (username, password) = self.login(login);
                Credential::Digest { username, password }
            }
            CredentialKind::Fields(fields) => self.fields(fields),
            CredentialKind::ClientCredentials(client) => self.client_credentials(client),
            CredentialKind::OAuth1 { consumer_key, signing_key } => {
                Credential::OAuth1 { consumer_key: self.secret(*consumer_key), signing_key: self.secret(*signing_key) }
            }
            CredentialKind::Hmac { id, key } => Credential::Hmac { id: self.secret(*id), key: self.secret(*key) },
            CredentialKind::AwsSigV4(keys) => self.aws(keys),
            CredentialKind::Certificate { certificate, key } => {
                Credential::Certificate { certificate: self.secret(*certificate), key: key.map(|key| self.secret(key)) }
            }
            CredentialKind::Unusable(reason) => Credential::Unavailable { reason: reason.as_str().into() },
        })
    }

    fn login(&mut self, login: &LoginDecl<'_>) -> (Template, Template) {
        (self.secret(login.username), self.secret(login.password))
    }

    fn fields(&mut self, fields: &[FieldDecl<'_>]) -> Credential {
        let linked = fields.iter().map(|field| (field.place, field.name.into(), self.secret(field.value)));
        Credential::Fields(linked.collect())
    }

    fn client_credentials(&mut self, client: &ClientCredentialsDecl<'_>) -> Credential {
        let scopes: Vec<&str> = client.scopes.iter().map(|scope| scope.value).collect();
        Credential::OAuth2 {
            token_url: self.text(client.token_url),
            discover: client.discover,
            client_id: self.secret(client.client_id),
            client_secret: self.secret(client.client_secret),
            scope: scopes.join(" ").into(),
            audience: client.audience.map(|text| self.text(text)),
            resource: client.resource.map(|text| self.text(text)),
            in_body: client.in_body,
        }
    }

    fn aws(&mut self, keys: &AwsSigV4Decl<'_>) -> Credential {
        Credential::AwsSigV4 {
            access_key: self.secret(keys.access_key),
            secret_key: self.secret(keys.secret_key),
            session_token: keys.session_token.map(|token| self.secret(token)),
            region: self.secret(keys.region),
            service: self.secret(keys.service),
        }
    }

    fn secret(&mut self, secret: SecretDecl<'_>) -> Template {
        match secret {
            SecretDecl::Text(text) => self.text(text),
            SecretDecl::Conventional { suffix, told } => self.conventional(suffix, told),
            SecretDecl::Missing => absent(),
        }
    }

    fn text(&mut self, text: Spanned<&str>) -> Template {
        // `${X}` means the same as `{{X}}` here.
        match text.value.strip_prefix("${").and_then(|t| t.strip_suffix('}')) {
            Some(name) => self.names.name(name, text.span),
            None => self.names.template(Some(text), self.sink),
        }
    }

    /// Rule A5: a credential without a value is read from `<NS>_TOKEN` or `<NS>_API_KEY`.
    fn conventional(&mut self, suffix: &str, told: bool) -> Template {
        let name = format!("{}_{suffix}", screaming_case(self.namespace));
        let span: Span = self.declared.span;
        if !told {
            self.rules.push((
                Code::AuthNoValue,
                span,
                format!("the credential has no value: it is read from `{name}`"),
            ));
        }
        Template::Binding(self.names.bindings.undeclared(&name, span, self.names.origins))
    }
}
