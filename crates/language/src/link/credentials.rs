//! What the credential of a consumed API occupies in its requests. A parameter of the same name and place is not the caller's.

use capstan_plan::{BindingId, Credential, FieldPlace, Template};

use super::{place::Where, rule::Rule};

/// The places one credential occupies, and what it needs.
#[derive(Debug, Default)]
pub(super) struct CredentialPlaces {
    fields: Vec<(Where, String)>,
    paths: Vec<(String, Template)>,
    /// Bindings it needs.
    pub(super) bindings: Vec<BindingId>,
    /// Rules its declaration took; they concern every unit that calls the API.
    pub(super) rules: Vec<Rule>,
    /// Why nothing can be sent with it.
    pub(super) unavailable: Option<String>,
}

impl CredentialPlaces {
    /// Splits a linked credential: path fields are filled with the URL, the rest stays a credential.
    pub(super) fn split(credential: Option<Credential>, rules: Vec<Rule>) -> (Option<Credential>, Self) {
        let mut places = Self { rules, ..Self::default() };
        let credential = match credential {
            Some(Credential::Fields(fields)) => places.take_path_fields(fields),
            other => other,
        };
        if let Some(credential) = &credential {
            if signs_authorization(credential) {
                places.fields.push((Where::Header, "Authorization".to_owned()));
            }
            if let Credential::Unavailable { reason } = credential {
                places.unavailable = Some(reason.to_string());
            }
            for template in templates(credential) {
                template.bindings(&mut places.bindings);
            }
        }
        (credential, places)
    }

    fn take_path_fields(&mut self, fields: Box<[(FieldPlace, Box<str>, Template)]>) -> Option<Credential> {
        let mut kept = Vec::new();
        for (place, name, value) in fields.into_vec() {
            value.bindings(&mut self.bindings);
            let occupied = match place {
                FieldPlace::Path => {
                    self.paths.push((name.to_string(), value));
                    continue;
                }
                FieldPlace::Header => Where::Header,
                FieldPlace::Query => Where::Query,
                FieldPlace::Cookie => Where::Cookie,
                FieldPlace::Body => Where::Body,
            };
            self.fields.push((occupied, name.to_string()));
            kept.push((place, name, value));
        }
        (!kept.is_empty()).then(|| Credential::Fields(kept.into_boxed_slice()))
    }

    /// Whether the credential puts a value of its own where a parameter of this name would go.
    pub(super) fn overrides(&self, place: Where, name: &str) -> bool {
        self.fields.iter().any(|(at, field)| {
            *at == place && if place == Where::Header { field.eq_ignore_ascii_case(name) } else { field == name }
        })
    }

    /// The value it gives a placeholder of the path or the base URI.
    pub(super) fn path(&self, hole: &str) -> Option<Template> {
        self.paths.iter().find(|(name, _)| name == hole).map(|(_, template)| template.clone())
    }
}

/// Whether the credential computes the `Authorization` header.
fn signs_authorization(credential: &Credential) -> bool {
    match credential {
        Credential::Bearer { .. }
        | Credential::Basic { .. }
        | Credential::Digest { .. }
        | Credential::OAuth2 { .. }
        | Credential::OAuth1 { .. }
        | Credential::Hmac { .. }
        | Credential::AwsSigV4 { .. } => true,
        Credential::Fields(_) | Credential::Certificate { .. } | Credential::Unavailable { .. } => false,
    }
}

fn templates(credential: &Credential) -> Vec<&Template> {
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
