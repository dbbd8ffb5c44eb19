//! The declared authenticator of an exposure to an [`Authenticator`]. Its templates see bindings only.

use capstan_plan::{Authenticator, OAuth2Resource};

use super::super::{context::Context, secrets::SecretNames};
use crate::{
    diagnostic::Sink,
    model::{AuthenticatorDecl, AuthenticatorKind},
};

/// Links an authenticator. One that cannot be computed refuses everyone.
pub(super) fn authenticator(
    context: &mut Context<'_, '_>,
    declared: &AuthenticatorDecl<'_>,
    sink: &mut Sink,
) -> Authenticator {
    let origin = context.origins.at(declared.span);
    let mut names = SecretNames::new(&mut context.bindings, &context.origins);
    let made = match &declared.kind {
        AuthenticatorKind::Bearer { token } => Authenticator::Bearer { token: names.template(*token, sink) },
        AuthenticatorKind::Basic { username, password } => Authenticator::Basic {
            username: names.template(*username, sink),
            password: names.template(*password, sink),
        },
        AuthenticatorKind::Digest { username, password } => Authenticator::Digest {
            username: names.template(*username, sink),
            password: names.template(*password, sink),
        },
        AuthenticatorKind::ApiKey { place, name, value } => Authenticator::ApiKey {
            place: *place,
            name: names.template(*name, sink),
            value: names.template(*value, sink),
        },
        AuthenticatorKind::OAuth2 { authorization_server, resource, audience, scopes } => {
            Authenticator::OAuth2(Box::new(OAuth2Resource {
                authorization_server: names.template(*authorization_server, sink),
                resource: names.template(*resource, sink),
                audience: audience.map(|audience| names.template(Some(audience), sink)),
                scopes: scopes.iter().map(|s| s.value.into()).collect(),
                origin: origin.clone(),
            }))
        }
        AuthenticatorKind::Unsupported(kind) => {
            Authenticator::Unsupported { kind: kind.as_str().into(), origin: origin.clone() }
        }
    };
    for (code, span, message) in names.rules.drain(..) {
        drop(sink.report(code, span, message));
    }
    match (&names.unknown, &names.defect) {
        (Some((name, span)), _) => {
            let help = "declare it under `binds`; until then everyone is refused";
            names.undeclared("the authenticator", (name, *span), help, sink);
            Authenticator::Unsupported { kind: declared.word.as_str().into(), origin }
        }
        (None, Some(_)) => Authenticator::Unsupported { kind: declared.word.as_str().into(), origin },
        (None, None) => made,
    }
}
