//! A credential's templates filled in from bindings: secrets as text, as header values, as PEM.

use capstan_plan::{Client, FilePath, Template};
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::{
    base::fault::{CapabilityFault, Fault},
    files::reader::Reader,
    template::scope::Scope,
};

/// A secret text.
pub(crate) type Secret = Zeroizing<String>;

/// Fills in the credential of one client.
pub(crate) struct Filler<'a, 'r> {
    pub(crate) client: &'a Client,
    pub(crate) scope: Scope<'a>,
    pub(crate) reader: &'a mut Reader<'r>,
}

impl<'a> Filler<'a, '_> {
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

    /// PEM text, or the content of the file a text names beside the document.
    pub(super) fn pem(&mut self, template: &'a Template, what: &str) -> Result<Secret, Fault> {
        let value = self.given(template, what)?;
        if value.contains("-----BEGIN") {
            // Environment variables often carry line breaks as `\n`.
            return Ok(Zeroizing::new(value.replace("\\n", "\n")));
        }
        let namespace = &self.client.namespace;
        let path = FilePath::beside(FilePath::folder_of(&self.client.origin.file), &value);
        let path = path.ok_or_else(|| self.bad(format!("the key of `{namespace}` is neither PEM text nor a file")))?;
        let read = self.reader.secret(&path);
        read.map_err(|error| self.bad(format!("the key file of `{namespace}` cannot be read: {error}")))
    }

    /// The credential cannot be used.
    pub(super) fn bad(&self, why: String) -> Fault {
        Fault::capability(CapabilityFault::BadCredential, why).at(&self.client.origin)
    }
}
