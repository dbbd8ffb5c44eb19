//! Where an answer goes: a file, or standard output.

use std::{io::Write as _, path::Path};

use crate::{
    exit::Exit,
    print::{complain, say, written},
};

/// Writes what was answered to a file.
#[allow(clippy::disallowed_methods, reason = "the operator names the file")]
pub(super) fn save(path: &Path, bytes: &[u8], what: &str) -> Exit {
    match std::fs::write(path, bytes) {
        Ok(()) => {
            say(format_args!("{}: {} bytes of {what}", path.display(), bytes.len()));
            Exit::Ok
        }
        Err(error) => {
            complain(format_args!("{} cannot be written: {error}", path.display()));
            Exit::Output
        }
    }
}

/// Prints to standard output.
pub(super) fn print(bytes: &[u8]) -> Exit {
    let mut out = std::io::stdout().lock();
    let printed = out.write_all(bytes).and_then(|()| match bytes.last() {
        None | Some(b'\n') => Ok(()),
        Some(_) => out.write_all(b"\n"),
    });
    written(printed.and_then(|()| out.flush()), Exit::Ok)
}
