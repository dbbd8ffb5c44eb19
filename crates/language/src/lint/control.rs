//! The control plane: one in a document, on a port of its own, for this machine alone.

use super::ports::is_loopback;
use crate::{
    diagnostic::{Code, Sink},
    model::{Expose, ExposeKind, Spec},
};

/// Looks at the control adapters of a document.
pub(super) fn control(spec: &Spec<'_>, sink: &mut Sink) {
    let (control, others): (Vec<&Expose<'_>>, Vec<&Expose<'_>>) =
        spec.exposes.iter().partition(|expose| matches!(expose.kind, ExposeKind::Control { .. }));
    if let Some((first, more)) = control.split_first() {
        for second in more {
            sink.error(Code::DuplicateName, second.span, "a capability has one control adapter")
                .label(first.span, "the first one")
                .help("remove one of them");
        }
    }
    for expose in control {
        if let Some(port) = expose.port.declared()
            && let Some(other) =
                others.iter().find_map(|other| other.port.declared().filter(|other| other.value == port.value))
        {
            sink.error(Code::PortConflict, port.span, format!("the control adapter shares port {}", port.value))
                .label(other.span, "with this adapter")
                .help("give the control adapter a port of its own");
        }
        if let Some(address) = expose.address.filter(|address| !is_loopback(address.value)) {
            let message = format!("the control adapter listens on `{}`, which other machines reach", address.value);
            let draft = match expose.authenticator {
                Some(_) => sink.warning(Code::OpenControl, address.span, message),
                None => sink.error(Code::OpenControl, address.span, message),
            };
            draft.help("use localhost; without `authentication` it is not served elsewhere");
        }
    }
}
