//! Credentials, with their secrets filled in when a plan is activated. They see bindings only, never a caller's values.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use capstan_plan::{Client, Credential, FieldPlace, FilePath, Template};
use http::{HeaderName, HeaderValue, header};
use zeroize::Zeroizing;

use crate::{
    base::fault::{CapabilityFault, Fault},
    files::reader::Reader,
    template::scope::Scope,
};

/// Values a credential adds to every request at fixed places.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) query: Vec<(Box<str>, String)>,
    pub(crate) cookies: Vec<(Box<str>, String)>,
    pub(crate) body: Vec<(Box<str>, String)>,
    pub(crate) path: Vec<(Box<str>, String)>,
}

/// A secret text.
pub(crate) type Secret = Zeroizing<String>;

/// What happens beside fixed fields.
pub(crate) enum Scheme {
    /// Nothing.
    Fixed,
    /// The Digest handshake.
    Digest { username: Secret, password: Secret },
    /// An access token.
    OAuth2(Box<OAuth2>),
    /// OAuth 1.0a; the key is PEM.
    OAuth1 { consumer_key: Secret, key: Secret },
    /// Veracode's signature.
    Hmac { id: Secret, key: Secret },
    /// AWS Signature Version 4.
    AwsSigV4(Box<AwsSigV4>),
    /// A TLS client certificate: PEM chain and key.
    Certificate { pem: Secret },
    /// Every request fails.
    Unusable(Fault),
}

/// Settings of a client-credentials grant.
pub(crate) struct OAuth2 {
    pub(crate) token_url: String,
    pub(crate) discover: bool,
    pub(crate) client_id: Secret,
    pub(crate) client_secret: Secret,
    pub(crate) scope: Box<str>,
    pub(crate) audience: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) in_body: bool,
}

/// Settings of an AWS signature.
pub(crate) struct AwsSigV4 {
    pub(crate) access_key: Secret,
    pub(crate) secret_key: Secret,
    pub(crate) session_token: Option<Secret>,
    pub(crate) region: String,
    pub(crate) service: String,
}

/// A credential ready for use.
pub(crate) struct Ready {
    pub(crate) fields: Fields,
    pub(crate) scheme: Scheme,
}

impl Ready {
    /// Fills in a client's credential; what cannot be filled makes every request fail with the reason.
    pub(crate) fn new(client: &Client, scope: Scope<'_>, reader: &mut Reader<'_>) -> Self {
        let mut fields = Fields::default();
        let scheme = client
            .credential
            .as_ref()
            .map_or(Ok(Scheme::Fixed), |credential| fill(client, credential, scope, reader, &mut fields))
            .unwrap_or_else(Scheme::Unusable);
        Self { fields, scheme }
    }

    /// Every text that must not be shown: derived ones, since bindings are masked already.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (name, value) in &self.fields.headers {
            if let (true, Ok(text)) = (*name == header::AUTHORIZATION, value.to_str()) {
                out.extend(text.split_once(' ').map(|(_, credential)| credential.to_owned()));
            }
        }
        out
    }
}

fn fill(
    client: &Client,
    credential: &Credential,
    scope: Scope<'_>,
    reader: &mut Reader<'_>,
    fields: &mut Fields,
) -> Result<Scheme, Fault> {
    let bad = |why: String| Fault::capability(CapabilityFault::BadCredential, why).at(&client.origin);
    let text = |template: &Template| -> Result<Secret, Fault> {
        let value = scope.text(template)?.map(|value| value.trim().to_owned()).unwrap_or_default();
        Ok(Zeroizing::new(value))
    };
    let given = |template: &Template, what: &str| -> Result<Secret, Fault> {
        let value = text(template)?;
        if value.is_empty() { Err(bad(format!("the {what} of `{}` is empty", client.namespace))) } else { Ok(value) }
    };
    let header = |value: &str| -> Result<HeaderValue, Fault> {
        let mut value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| bad(format!("the credential of `{}` cannot stand in a header", client.namespace)))?;
        value.set_sensitive(true);
        Ok(value)
    };
    Ok(match credential {
        Credential::Bearer { token } => {
            let token = given(token, "token")?;
            let has_scheme = token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
            let value = if has_scheme { token.to_string() } else { format!("Bearer {}", &*token) };
            fields.headers.push((header::AUTHORIZATION, header(&value)?));
            Scheme::Fixed
        }
        Credential::Basic { username, password } => {
            let pair = Zeroizing::new(format!("{}:{}", &*text(username)?, &*text(password)?));
            fields
                .headers
                .push((header::AUTHORIZATION, header(&format!("Basic {}", STANDARD.encode(pair.as_bytes())))?));
            Scheme::Fixed
        }
        Credential::Fields(list) => {
            for (place, name, template) in list {
                let value = given(template, &format!("credential field `{name}`"))?.to_string();
                match place {
                    FieldPlace::Header => {
                        let name = HeaderName::from_bytes(name.as_bytes())
                            .map_err(|_| bad(format!("`{name}` is not a header name")))?;
                        fields.headers.push((name, header(&value)?));
                    }
                    FieldPlace::Query => fields.query.push((name.clone(), value)),
                    FieldPlace::Cookie => fields.cookies.push((name.clone(), value)),
                    FieldPlace::Body => fields.body.push((name.clone(), value)),
                    FieldPlace::Path => fields.path.push((name.clone(), value)),
                }
            }
            Scheme::Fixed
        }
        Credential::Digest { username, password } => {
            Scheme::Digest { username: given(username, "user name")?, password: text(password)? }
        }
        Credential::OAuth2 {
            token_url,
            discover,
            client_id,
            client_secret,
            scope: asked,
            audience,
            resource,
            in_body,
        } => {
            let optional = |template: &Option<Template>| -> Result<Option<String>, Fault> {
                Ok(template.as_ref().map(&text).transpose()?.map(|v| v.to_string()).filter(|v| !v.is_empty()))
            };
            Scheme::OAuth2(Box::new(OAuth2 {
                token_url: given(token_url, "token URL")?.to_string(),
                discover: *discover,
                client_id: given(client_id, "client id")?,
                client_secret: text(client_secret)?,
                scope: asked.clone(),
                audience: optional(audience)?,
                resource: optional(resource)?,
                in_body: *in_body,
            }))
        }
        Credential::OAuth1 { consumer_key, signing_key } => Scheme::OAuth1 {
            consumer_key: given(consumer_key, "consumer key")?,
            key: pem(&given(signing_key, "signing key")?, client, reader)?,
        },
        Credential::Hmac { id, key } => Scheme::Hmac { id: given(id, "API id")?, key: given(key, "API key")? },
        Credential::AwsSigV4 { access_key, secret_key, session_token, region, service } => {
            Scheme::AwsSigV4(Box::new(AwsSigV4 {
                access_key: given(access_key, "access key")?,
                secret_key: given(secret_key, "secret key")?,
                session_token: session_token.as_ref().map(&text).transpose()?.filter(|token| !token.is_empty()),
                region: given(region, "region")?.to_string(),
                service: given(service, "service")?.to_string(),
            }))
        }
        Credential::Certificate { certificate, key } => {
            let mut all = pem(&given(certificate, "certificate")?, client, reader)?;
            if let Some(key) = key {
                all.push('\n');
                all.push_str(&pem(&given(key, "certificate key")?, client, reader)?);
            }
            Scheme::Certificate { pem: all }
        }
        Credential::Unavailable { reason } => {
            return Err(bad(format!("the credential of `{}` cannot be computed: {reason}", client.namespace)));
        }
    })
}

/// PEM text, or the content of the file it names beside the document.
fn pem(value: &str, client: &Client, reader: &mut Reader<'_>) -> Result<Secret, Fault> {
    if value.contains("-----BEGIN") {
        // Environment variables often carry line breaks as `\n`.
        return Ok(Zeroizing::new(value.replace("\\n", "\n")));
    }
    let bad = |why: String| Fault::capability(CapabilityFault::BadCredential, why).at(&client.origin);
    let folder = FilePath::folder_of(&client.origin.file);
    let path = FilePath::beside(folder, value)
        .ok_or_else(|| bad(format!("the key of `{}` is neither PEM text nor a file", client.namespace)))?;
    reader.secret(&path).map_err(|error| bad(format!("the key file of `{}` cannot be read: {error}", client.namespace)))
}
