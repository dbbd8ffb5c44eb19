//! From what an author declared to a check that can be made: secrets resolved once, when the capability is activated.

use std::fmt;

use capstan_engine::Engine;
use capstan_plan::{Authenticator, Exposure, Origin, Template};
use http::HeaderName;

use super::{
    closed::{Closed, Defect},
    digest::User,
    oauth2::Resource,
    secret::Secret,
};

/// The check in front of one exposure.
pub enum Gate {
    /// Something both sides know.
    Secret(Secret),
    /// HTTP Digest.
    Digest(User),
    /// Access tokens.
    OAuth2(Resource),
    /// Nobody passes.
    Closed(Closed),
}

impl Gate {
    /// The gate of an exposure; none when it declares no authentication.
    #[must_use]
    pub fn of(exposure: &Exposure, engine: &Engine) -> Option<Self> {
        let authenticator = exposure.authenticator.as_ref()?;
        Some(Self::resolve(authenticator, &exposure.origin, engine).unwrap_or_else(Self::Closed))
    }

    /// What tokens are held against, where tokens are.
    pub(crate) fn resource(&self) -> Option<&Resource> {
        match self {
            Self::OAuth2(resource) => Some(resource),
            Self::Secret(_) | Self::Digest(_) | Self::Closed(_) => None,
        }
    }

    fn resolve(authenticator: &Authenticator, origin: &Origin, engine: &Engine) -> Result<Self, Closed> {
        let text = |template: &Template| {
            engine
                .secret_text(template)
                .map_err(|fault| Closed::Fault(if fault.origin.is_some() { fault } else { fault.at(origin) }))
        };
        // What callers prove themselves with is a secret as much as what we do.
        let secret = |template: &Template| text(template).inspect(|secret| engine.mask().secrets().register(secret));
        Ok(match authenticator {
            Authenticator::Bearer { token } => Self::Secret(Secret::bearer(&secret(token)?)),
            Authenticator::Basic { username, password } => {
                Self::Secret(Secret::basic(&text(username)?, &secret(password)?))
            }
            Authenticator::ApiKey { place, name, value } => {
                let (name, value) = (text(name)?, secret(value)?);
                if *place == capstan_plan::ApiKeyPlace::Header && name.parse::<HeaderName>().is_err() {
                    let detail = "the name of the API key's header is no header name, so nobody is let in";
                    return Err(Defect::new("bad-authentication", detail, origin).into());
                }
                Self::Secret(Secret::api_key(*place, name, &value))
            }
            Authenticator::Digest { username, password } => {
                Self::Digest(User { username: text(username)?, password: secret(password)? })
            }
            Authenticator::OAuth2(declared) => Self::OAuth2(Resource::new(declared, text)?),
            Authenticator::Unsupported { kind, origin } => {
                let detail = format!("`authentication` of type {kind} is not implemented, so nobody is let in");
                return Err(Defect::new("unsupported", detail, origin).into());
            }
        })
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Digest(_) => "Digest",
            Self::OAuth2(_) => "OAuth2",
            Self::Closed(_) => "Closed",
        })
    }
}
