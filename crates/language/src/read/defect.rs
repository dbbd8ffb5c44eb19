//! Parts whose errors leave nothing to run: a unit with a malformed output is listed and answers with the diagnostic, while
//! the rest of its document serves.

use crate::diagnostic::{Defect, Sink};

/// Reads such a part. Its diagnostics go to `sink`, under the name of `unit`; the first error is returned as well.
pub(super) fn guarded<T>(
    unit: Option<&str>,
    sink: &mut Sink,
    read: impl FnOnce(&mut Sink) -> T,
) -> (T, Option<Defect>) {
    let mut own = Sink::new();
    own.set_unit(unit.map(str::to_owned));
    let part = read(&mut own);
    let first = own.diagnostics().iter().find(|d| d.is_error());
    let defect = first.map(|d| Defect { code: d.code, message: d.message.clone(), span: d.span() });
    sink.append(own);
    (part, defect)
}
