//! Mappings whose members are the author's own data.

/// Table and key of each.
pub(super) static FREE: &[(&str, &str)] = &[
    ("a capability document", "imports"),
    ("an exposed operation", "with"),
    ("a tool", "with"),
    ("an MCP resource", "with"),
    ("a flow", "with"),
    ("a step", "with"),
];
