//! Base URIs: where a client's requests go. Resolved once when nothing depends on the request; a caller's value can only be one
//! DNS label in front of a literal domain.

use std::sync::Arc;

use capstan_plan::{Base, BasePart, Client, Origin, variable::screaming_case};
use url::Url;

use super::{address::Target, routing::Routing};
use crate::{
    base::fault::{CallerFault, CapabilityFault, Fault},
    base::url_path::join,
    template::scope::Scope,
};

/// Resolves a client's base, or what replaces it.
pub(crate) fn resolve(
    routing: &Routing,
    client: &Client,
    base: &Base,
    scope: Scope<'_>,
    trusted: &[(Box<str>, String)],
) -> Result<Target, Fault> {
    let (text, labels) = match routing.base_uris.get(&client.namespace) {
        Some(text) => (text.to_string(), Vec::new()),
        None => text(client, base, scope, trusted)?,
    };
    let text = absolute(routing, &client.namespace, text, &client.origin)?;
    let bad = |why: String| Fault::capability(CapabilityFault::BadBase, why).at(&client.origin);
    let url = Url::parse(&text).map_err(|error| match labels.first() {
        // A label of letters and hyphens may still be none, as `xn--a`: whoever gave it can give another.
        Some(label) => label.refused(&error),
        None => bad(format!("the base URI of `{}` is not a URL: {error}", client.namespace)),
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(bad(format!("the base URI of `{}` is not an http or https URL with a host", client.namespace)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(format!(
            "the base URI of `{}` holds a user name; declare an authentication instead",
            client.namespace
        )));
    }
    for label in &labels {
        label.check(&text, &url)?;
    }
    routing.target_as(&url, written_port(&text).or(url.port()))
}

/// Completes an empty or relative base from `<NS>_BASE_URL`, and one without scheme with `https`.
fn absolute(routing: &Routing, namespace: &str, text: String, origin: &Origin) -> Result<String, Fault> {
    if text.contains("://") {
        return Ok(text);
    }
    if text.starts_with("//") {
        return Ok(format!("https:{text}"));
    }
    if !text.is_empty() && !text.starts_with(['/', '.', '?']) {
        return Ok(format!("https://{text}"));
    }
    let name = format!("{}_BASE_URL", screaming_case(namespace));
    let value = routing.base_env.as_ref().and_then(|lookup| lookup(&name)).filter(|value| !value.is_empty());
    let Some(value) = value else {
        return Err(Fault::capability(
            CapabilityFault::MissingBinding,
            format!("`{namespace}` has no absolute base URI: give one with --base-uri {namespace}=URL or set {name}"),
        )
        .at(origin));
    };
    Ok(join(value.trim_end_matches('/'), text.trim_start_matches('.')))
}

/// The base of a client.
pub(crate) enum BaseState {
    /// The same for every request.
    Fixed(Result<Arc<Target>, Fault>),
    /// Depends on the request.
    PerRequest,
}

impl BaseState {
    /// Resolves what can be resolved now.
    pub(crate) fn new(routing: &Routing, client: &Client, scope: Scope<'_>, trusted: &[(Box<str>, String)]) -> Self {
        let dynamic = client.base.parts.iter().any(|part| match part {
            BasePart::Literal(_) => false,
            BasePart::Label { name, .. } => !trusted.iter().any(|(known, _)| known == name),
            BasePart::Variable(template) => {
                let mut slots = Vec::new();
                template.slots(&mut slots);
                !slots.is_empty()
            }
        });
        if dynamic && !routing.base_uris.contains_key(&client.namespace) {
            Self::PerRequest
        } else {
            Self::Fixed(resolve(routing, client, &client.base, scope, trusted).map(Arc::new))
        }
    }
}

/// A caller's label and where it ends in the text.
struct Label {
    name: Box<str>,
    end: usize,
}

impl Label {
    /// No host has this label.
    fn refused(&self, why: &url::ParseError) -> Fault {
        let why = format!("`{}` cannot be part of the upstream host: {why}", self.name);
        Fault::caller(CallerFault::BadBaseLabel, why)
    }

    /// Whether it stands in the host, in front of a literal domain of at least two labels, and the URL read it so.
    fn check(&self, text: &str, url: &Url) -> Result<(), Fault> {
        let start = text.find("://").map_or(0, |at| at + 3);
        let end = text.get(start..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(text.len(), |at| start + at);
        let suffix = text.get(self.end..end).unwrap_or_default().to_ascii_lowercase();
        let domain = suffix.split(':').next().unwrap_or_default();
        let fits = self.end > start
            && domain.starts_with('.')
            && domain.split('.').skip(1).filter(|label| !label.is_empty()).count() >= 2
            && url.host_str().is_some_and(|host| host.ends_with(domain));
        if fits {
            return Ok(());
        }
        Err(Fault::caller(
            CallerFault::BadBaseLabel,
            format!("`{}` would choose the upstream host, which a caller cannot", self.name),
        ))
    }
}

fn text(
    client: &Client,
    base: &Base,
    scope: Scope<'_>,
    trusted: &[(Box<str>, String)],
) -> Result<(String, Vec<Label>), Fault> {
    let mut out = String::new();
    let mut labels = Vec::new();
    for part in &base.parts {
        match part {
            BasePart::Literal(text) => out.push_str(text),
            BasePart::Variable(template) => {
                // An address with a gap is another address: nothing is sent to it.
                let value = scope.text(template)?.filter(|value| !value.trim().is_empty()).ok_or_else(|| {
                    let why = format!(
                        "the base URI `{}` has a variable without a value: set it, or give --base-uri {}=URL",
                        client.base_text, client.namespace
                    );
                    Fault::capability(CapabilityFault::MissingBinding, why).at(&client.origin)
                })?;
                out.push_str(value.trim());
            }
            BasePart::Label { name, value } => {
                if let Some((_, value)) = trusted.iter().find(|(known, _)| known == name) {
                    out.push_str(value);
                    continue;
                }
                let value = scope.text(value)?.filter(|value| !value.is_empty()).ok_or_else(|| {
                    Fault::caller(CallerFault::MissingInput, format!("`{name}` is needed for the upstream address"))
                        .at(&client.origin)
                })?;
                if !is_label(&value) {
                    return Err(Fault::caller(
                        CallerFault::BadBaseLabel,
                        format!("`{name}` must be one DNS label: letters, digits and hyphens, at most 63"),
                    ));
                }
                out.push_str(&value.to_ascii_lowercase());
                labels.push(Label { name: name.clone(), end: out.len() });
            }
        }
    }
    Ok((out.trim().to_owned(), labels))
}

/// Whether a text is one DNS label.
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The port in the authority of a URL as written, default or not.
fn written_port(url: &str) -> Option<u16> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests;
