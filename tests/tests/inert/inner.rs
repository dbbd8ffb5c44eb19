//! Mappings whose members are read one by one instead of by a key table, because other things may stand in their place.

use capstan_language::fields::Support::{self, Prose, Read, Unsupported};

/// Such a mapping.
pub(super) struct Inner {
    /// What it is.
    pub(super) name: &'static str,
    /// Its keys, what becomes of them and what they hold.
    pub(super) keys: &'static [(&'static str, Support, Within)],
}

/// What a key without a type of its own holds.
pub(super) enum Within {
    /// No mapping.
    Leaf,
    /// The author's own data.
    Free,
    /// One or several mappings of this kind.
    Inner(&'static Inner),
}

static BODY: Inner =
    Inner { name: "a request body", keys: &[("type", Read, Within::Leaf), ("data", Read, Within::Inner(&PART))] };

/// A part of a multipart body; in other bodies `data` is the author's.
static PART: Inner = Inner {
    name: "a part of a body",
    keys: &[
        ("name", Read, Within::Leaf),
        ("value", Read, Within::Leaf),
        ("filename", Read, Within::Leaf),
        ("contentType", Read, Within::Leaf),
    ],
};

static RESPONSE: Inner = Inner {
    name: "a response",
    keys: &[("description", Prose, Within::Leaf), ("content", Read, Within::Inner(&CONTENT))],
};

static CONTENT: Inner =
    Inner { name: "a response's content", keys: &[("binary", Read, Within::Leaf), ("schema", Prose, Within::Free)] };

static BINARY: Inner = Inner {
    name: "a binary response",
    keys: &[
        ("status", Unsupported("the upstream's status is passed on"), Within::Leaf),
        ("mediaType", Read, Within::Leaf),
        ("description", Prose, Within::Leaf),
    ],
};

static METRICS: Inner = Inner { name: "`metrics`", keys: &[("local", Read, Within::Inner(&LOCAL))] };

static LOCAL: Inner = Inner { name: "`local`", keys: &[("enabled", Read, Within::Leaf)] };

/// Table, key, and what stands there.
pub(super) static WITHIN: &[(&str, &str, Within)] = &[
    ("a capability document", "imports", Within::Free),
    ("a consumed operation", "body", Within::Inner(&BODY)),
    ("an exposed operation", "responses", Within::Inner(&RESPONSE)),
    ("an exposed operation", "responseBinary", Within::Inner(&BINARY)),
    ("an exposed operation", "with", Within::Free),
    ("a tool", "with", Within::Free),
    ("an MCP resource", "with", Within::Free),
    ("a flow", "with", Within::Free),
    ("a step", "with", Within::Free),
    ("`observability`", "metrics", Within::Inner(&METRICS)),
];
