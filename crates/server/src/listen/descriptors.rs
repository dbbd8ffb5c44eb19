//! How many files and sockets the process may have open, and whether it is out of them.

use std::io::stderr;

use rustix::{
    io::{Errno, dup},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

/// What listeners, files and the runtime need besides connections.
const OTHERS: usize = 64;

/// Takes all that the system allows and says how many connections callers may have of `wanted`: each may need another one to an
/// upstream.
pub(crate) fn connections(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = maximum != current && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let allowed = if raised { maximum } else { current };
    let allowed = allowed.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    wanted.min(allowed.saturating_sub(OTHERS) / 2).max(OTHERS / 4)
}

/// Whether nothing can be opened at present.
pub(crate) fn are_short() -> bool {
    matches!(dup(stderr()), Err(Errno::MFILE | Errno::NFILE))
}
