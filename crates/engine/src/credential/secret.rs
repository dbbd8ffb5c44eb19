//! A credential's templates filled in from bindings: secrets as text, as header values, as PEM.

use capstan_plan::{Client, FilePath, Template};
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::{
    base::fault::{CapabilityFault, Fault},
    base::host::Host,
    template::scope::Scope,
};

/// A secret text.
pub(crate) type Secret = Zeroizing<String>;

/// Fills in the credential of one client.
#[derive(Clone, Copy)]
pub(crate) struct Filler<'a> {
    pub(crate) client: &'a Client,
    pub(crate) scope: Scope<'a>,
    pub(crate) host: &'a dyn Host,
}

impl<'a> Filler<'a> {
    /// A text, possibly empty.
    pub(super) fn text(&self, template: &'a Template) -> Result<Secret, Fault> {
        let value = self.scope.text(template)?.map(|value| value.trim().to_owned()).unwrap_or_default();
        Ok(Zeroizing::new(value))
    }

    /// A text that must not be empty; `what` it is, in words.
    pub(super) fn given(&self, template: &'a Template, what: &str) -> Result<Secret, Fault> {
        let value = self.text(template)?;
        if value.is_empty() {
            return Err(self.bad(format!("the {what} of `{}` is empty", self.client.namespace)));
        }
        Ok(value)
    }

    /// A text, when there is one.
    pub(super) fn optional(&self, template: Option<&'a Template>) -> Result<Option<Secret>, Fault> {
        Ok(template.map(|template| self.text(template)).transpose()?.filter(|text| !text.is_empty()))
    }

    /// A text as a header value that is not shown.
    pub(super) fn header(&self, value: &str) -> Result<HeaderValue, Fault> {
        let mut value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| self.bad(format!("the credential of `{}` cannot stand in a header", self.client.namespace)))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// PEM text, or the content of the file a text names.
    pub(super) fn pem(&self, template: &'a Template, what: &str) -> Result<Secret, Fault> {
        let value = self.given(template, what)?;
        if value.contains("-----BEGIN") {
            // Environment variables often carry line breaks as `\n`.
            return Ok(Zeroizing::new(value.replace("\\n", "\n")));
        }
        // `file:///./x` is beside the capability, as in a bind's `location`.
        let path = match value.strip_prefix("file://") {
            Some(path) => path.strip_prefix("/./").unwrap_or(path),
            None => &value,
        };
        let beside = std::path::Path::new(FilePath::folder_of(&self.client.origin.file)).join(path);
        let namespace = &self.client.namespace;
        let bytes = self.host.read(&beside.to_string_lossy()).or_else(|_| self.host.read(path));
        let bytes =
            bytes.map_err(|error| self.bad(format!("the key file of `{namespace}` cannot be read: {error}")))?;
        String::from_utf8(bytes)
            .map(Zeroizing::new)
            .map_err(|_| self.bad(format!("the key file of `{namespace}` is not PEM")))
    }

    /// The credential cannot be used.
    pub(super) fn bad(&self, why: String) -> Fault {
        Fault::capability(CapabilityFault::BadCredential, why).at(&self.client.origin)
    }
}
