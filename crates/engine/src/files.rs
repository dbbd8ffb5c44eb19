//! What a generation answers from: the files its plan lists, read and compiled once, when the plan is activated. After that no
//! file is opened but a published one that is too large to keep, and then only to give out the bytes that were published.
//! Reads through [`Host`](crate::base::host::Host) alone; does not know who asks for a file, and resolves no path.

pub(crate) mod content;
pub(crate) mod folder;
pub(crate) mod json_schema;
pub(crate) mod kept;
pub(crate) mod prompts;
pub(crate) mod reader;
pub(crate) mod schema;
pub(crate) mod table;
