//! Credentials that are the same for every request: values at fixed places.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use capstan_plan::{FieldPlace, Template};
use http::{HeaderName, HeaderValue, header};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::secret::Filler;
use crate::base::fault::Fault;

/// Values a credential adds to every request at fixed places.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) query: Vec<(Box<str>, String)>,
    pub(crate) cookies: Vec<(Box<str>, String)>,
    pub(crate) body: Vec<(Box<str>, String)>,
    pub(crate) path: Vec<(Box<str>, String)>,
}

impl Fields {
    /// A bearer token; one that carries its scheme keeps it.
    pub(super) fn bearer<'a>(filler: &Filler<'a, '_>, token: &'a Template) -> Result<Self, Fault> {
        let token = filler.given(token, "token")?;
        let has_scheme = token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
        let value = if has_scheme { token.to_string() } else { format!("Bearer {}", &*token) };
        Ok(Self::authorization(filler.header(&value)?))
    }

    /// User name and password.
    pub(super) fn basic<'a>(
        filler: &Filler<'a, '_>,
        username: &'a Template,
        password: &'a Template,
    ) -> Result<Self, Fault> {
        let pair = Zeroizing::new(format!("{}:{}", &*filler.text(username)?, &*filler.text(password)?));
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        Ok(Self::authorization(filler.header(&value)?))
    }

    /// Named values.
    pub(super) fn named<'a>(
        filler: &Filler<'a, '_>,
        list: &'a [(FieldPlace, Box<str>, Template)],
    ) -> Result<Self, Fault> {
        let mut fields = Self::default();
        for (place, name, template) in list {
            let value = filler.given(template, &format!("credential field `{name}`"))?.to_string();
            match place {
                FieldPlace::Header => {
                    let name = HeaderName::from_bytes(name.as_bytes())
                        .map_err(|_| filler.bad(format!("`{name}` is not a header name")))?;
                    fields.headers.push((name, filler.header(&value)?));
                }
                FieldPlace::Query => fields.query.push((name.clone(), value)),
                FieldPlace::Cookie => fields.cookies.push((name.clone(), value)),
                FieldPlace::Body => fields.body.push((name.clone(), value)),
                FieldPlace::Path => fields.path.push((name.clone(), value)),
            }
        }
        Ok(fields)
    }

    /// Every text that must not be shown: derived ones, since bindings are masked already.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (name, value) in &self.headers {
            if let (true, Ok(text)) = (*name == header::AUTHORIZATION, value.to_str()) {
                out.extend(text.split_once(' ').map(|(_, credential)| credential.to_owned()));
            }
        }
        out
    }

    /// What tells two credentials apart.
    pub(crate) fn identity(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(bytes.len().to_be_bytes());
            hash.update(bytes);
        };
        for (name, value) in &self.headers {
            part(name.as_str().as_bytes());
            part(value.as_bytes());
        }
        for (name, value) in [&self.query, &self.cookies, &self.body, &self.path].into_iter().flatten() {
            part(name.as_bytes());
            part(value.as_bytes());
        }
        hash.finalize().into()
    }

    fn authorization(value: HeaderValue) -> Self {
        Self { headers: vec![(header::AUTHORIZATION, value)], ..Self::default() }
    }
}
