//! What is printed besides logs. Standard error that cannot be written stops nothing: nobody could be told. Output that cannot be
//! written is a failure, except that nobody wants more of it.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
};

use crate::exit::Exit;

/// Says something on standard error, if anybody can be told.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says that something failed.
pub(crate) fn complain(why: impl Display) {
    say(format_args!("error: {why}"));
}

/// The exit of a command whose output was written, or was not.
pub(crate) fn written(output: io::Result<()>, exit: Exit) -> Exit {
    match output {
        Ok(()) => exit,
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit,
        Err(error) => {
            complain(format_args!("the output cannot be written: {error}"));
            Exit::Output
        }
    }
}
