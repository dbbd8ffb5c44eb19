//! How callers and we prove ourselves: where it has no effect, and where what proves it would travel in the clear.

use crate::{
    diagnostic::{Code, Severity, Sink},
    model::{AuthenticatorKind, CredentialKind, ExposeKind, Spec},
    source::Spanned,
};

/// Looks at every authenticator and every credential.
pub(super) fn authentication(spec: &Spec<'_>, sink: &mut Sink) {
    for expose in &spec.exposes {
        let Some(authenticator) = &expose.authenticator else { continue };
        if matches!(&expose.kind, ExposeKind::Mcp(mcp) if mcp.stdio) {
            sink.warning(Code::UnusedAuthentication, authenticator.span, "nobody is authenticated on standard input")
                .help("remove `authentication`: whoever starts the process is the caller");
        }
        if let AuthenticatorKind::OAuth2 { authorization_server, resource, scopes, .. } = &authenticator.kind {
            encrypted(*authorization_server, "the authorization server", Severity::Error, sink);
            encrypted(*resource, "the resource", Severity::Warning, sink);
            if scopes.is_empty() {
                let message = "no `scopes`: every token the authorization server issues for this resource is let in";
                sink.warning(Code::MissingKey, authenticator.span, message).help("name the scopes a caller must have");
            }
        }
    }
    for credential in spec.consumes.iter().filter_map(|api| api.credential.as_ref()) {
        if let CredentialKind::ClientCredentials(client) = &credential.kind {
            encrypted(Some(client.token_url), "the token endpoint", Severity::Error, sink);
        }
    }
}

/// A URL that secrets travel to is https, unless it is this machine's; a template is not judged.
fn encrypted(url: Option<Spanned<&str>>, what: &str, severity: Severity, sink: &mut Sink) {
    let Some(url) = url else { return };
    let text = url.value.trim();
    if text.contains("{{") || text.contains("<<") || text.contains("${") || text.starts_with("https://") {
        return;
    }
    let host = text.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let bare = host.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    });
    if bare.is_some_and(super::ports::is_loopback) {
        return;
    }
    let message = format!("{what} must be reached by https");
    let draft = match severity {
        Severity::Error => sink.error(Code::InsecureUrl, url.span, message),
        Severity::Warning | Severity::Note => sink.warning(Code::InsecureUrl, url.span, message),
    };
    match host {
        Some(_) => drop(draft.help("write `https://`")),
        None => drop(draft.help("write a URL that begins with `https://`")),
    }
}
