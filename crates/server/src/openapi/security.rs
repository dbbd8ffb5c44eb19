//! How callers prove themselves, as security schemes. A name or an address that is set outside of the document is shown as it is set
//! where the capability runs; secrets are in no scheme.

use capstan_plan::{ApiKeyPlace, Authenticator, Exposure, Template};
use serde_json::{Map, Value, json};

use super::components::Components;
use crate::capability::exposed::Exposed;

/// What callers of an exposure must show; nothing where everyone may call.
pub(super) fn requirement(exposed: &Exposed, exposure: &Exposure, components: &mut Components) -> Option<Value> {
    let text = |template: &Template| text(exposed, template);
    let (name, scheme) = match exposure.authenticator.as_ref()? {
        Authenticator::Bearer { .. } => ("bearer", json!({ "type": "http", "scheme": "bearer" })),
        Authenticator::Basic { .. } => ("basic", json!({ "type": "http", "scheme": "basic" })),
        Authenticator::Digest { .. } => ("digest", json!({ "type": "http", "scheme": "digest" })),
        Authenticator::ApiKey { place, name, .. } => {
            let place = match place {
                ApiKeyPlace::Header => "header",
                ApiKeyPlace::Query => "query",
                ApiKeyPlace::Cookie => "cookie",
            };
            ("apiKey", json!({ "type": "apiKey", "in": place, "name": text(name)? }))
        }
        Authenticator::OAuth2(resource) => {
            let scheme = match text(&resource.authorization_server) {
                Some(issuer) => {
                    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
                    json!({ "type": "openIdConnect", "openIdConnectUrl": url })
                }
                None => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }),
            };
            // The names of scopes stand in a requirement whatever the scheme (OpenAPI 3.1).
            let name = components.security("oauth2", scheme);
            return Some(json!([{ name: resource.scopes }]));
        }
        // Nobody passes, whatever is shown.
        Authenticator::Unsupported { .. } => return None,
    };
    let name = components.security(name, scheme);
    Some(Value::Array(vec![Map::from_iter([(name, json!([]))]).into()]))
}

/// The text of a template over bindings, where it has one.
fn text(exposed: &Exposed, template: &Template) -> Option<String> {
    if let Template::Literal(value) = template {
        return value.as_str().map(str::to_owned);
    }
    exposed.capability.engine()?.secret_text(template).ok()
}
