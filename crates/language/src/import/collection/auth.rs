//! What a collection, a folder or a request says of credentials.

use serde_json::{Value, json};

use super::url::valued;

/// What is said of credentials at one place.
#[derive(Clone, Debug, Default)]
pub(super) enum Auth {
    /// Nothing: what is around it counts.
    #[default]
    Inherited,
    /// None is needed.
    None,
    /// One of this kind, with its settings.
    Kind(String, Value),
}

impl Auth {
    /// Reads `auth`.
    pub(super) fn of(auth: Option<&Value>) -> Self {
        let Some(kind) = auth.and_then(|auth| auth.get("type")).and_then(Value::as_str) else { return Self::Inherited };
        match kind {
            "noauth" => Self::None,
            "inherit" => Self::Inherited,
            kind => {
                let settings = auth.and_then(|auth| auth.get(kind)).cloned().unwrap_or_default();
                Self::Kind(kind.to_owned(), settings)
            }
        }
    }

    /// What counts: this, or what is around it.
    pub(super) fn or<'a>(&'a self, around: &'a Self) -> &'a Self {
        if matches!(self, Self::Inherited) { around } else { self }
    }

    /// The security scheme with a name, and the header that carries it.
    pub(super) fn scheme(&self, variables: &[(String, String)]) -> (Option<(String, Value)>, Option<String>) {
        let Self::Kind(kind, settings) = self else { return (None, None) };
        let text = |key: &str| setting(settings, key).map(|text| valued(&text, variables));
        match kind.as_str() {
            "bearer" | "basic" | "digest" => (Some((kind.clone(), json!({ "type": "http", "scheme": kind }))), None),
            "apikey" => {
                let name = text("key").filter(|name| !name.is_empty()).unwrap_or_else(|| "X-API-Key".to_owned());
                let place = if text("in").as_deref() == Some("query") { "query" } else { "header" };
                let scheme = json!({ "type": "apiKey", "in": place, "name": name });
                (Some((format!("apiKey-{name}"), scheme)), Some(name))
            }
            "oauth2" => {
                let url = text("accessTokenUrl").filter(|url| url.starts_with("http"));
                let scheme = match (text("grant_type").as_deref(), url) {
                    (Some("client_credentials"), Some(url)) => {
                        json!({ "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": url, "scopes": {} } } })
                    }
                    _ => json!({ "type": "http", "scheme": "bearer" }),
                };
                (Some(("oauth2".to_owned(), scheme)), None)
            }
            // A scheme nobody here knows: the import says so.
            other => (Some((other.to_owned(), json!({ "type": "http", "scheme": other }))), None),
        }
    }
}

/// A setting: a member, or the value of a pair with that key.
fn setting(settings: &Value, key: &str) -> Option<String> {
    let value = match settings {
        Value::Array(pairs) => {
            pairs.iter().find(|pair| pair.get("key").and_then(Value::as_str) == Some(key))?.get("value")?
        }
        settings => settings.get(key)?,
    };
    value.as_str().map(str::to_owned)
}
