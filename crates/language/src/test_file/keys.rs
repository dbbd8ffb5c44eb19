//! The key tables of test files: what drives reading, checking, the schema for editors and the reference page.

use crate::fields::{
    Key,
    KeyType::{Any, Bool, Enum, Integer, List, Map, Object, OneOf, Text},
    Table,
};

/// A text, a matcher, or a list of both.
const VALUE: crate::fields::KeyType = Any;

/// The outermost mapping.
pub(crate) static TEST_FILE: Table = Table::new(
    "a test file",
    "Tests of one capability, run by `capstan test` without a port and without a network.",
    &[
        Key::new("capability", Text, "The capability under test: a path beside this file.").required(),
        Key::new("values", Map(&Text), "The values of its bindings, by name. Nothing of the environment is read."),
        Key::new(
            "sandbox",
            OneOf(&[Bool, Text]),
            "What stands in for upstreams where a test lists no `upstream`: a sandbox file, or `true` for those beside this file.",
        ),
        Key::new("now", Text, "What the clock says when a test begins, such as 2026-01-31T09:30:00Z."),
        Key::new("tests", List(&Object(&CASE)), "The tests, each on its own.").required(),
        Key::prose("description", "What is tested."),
    ],
);

/// One test.
pub(crate) static CASE: Table = Table::new(
    "a test",
    "One call, what the upstream is to see and answers, and what the caller is to get.",
    &[
        Key::new("name", Text, "What it shows, in a few words."),
        Key::new("call", Text, "A request: method and path with its query, such as `GET /hello/ada?loud=true`."),
        Key::new("tool", Text, "A tool to call instead."),
        Key::new("with", Map(&Any), "The arguments of the tool."),
        Key::new("on", Text, "The namespace of the exposure, where several have the route or tool."),
        Key::new("headers", Map(&Any), "Headers of the request."),
        Key::new("body", Any, "The body of the request: text as it is, anything else as JSON."),
        Key::new("values", Map(&Text), "Values of bindings in this test."),
        Key::new("sandbox", OneOf(&[Bool, Text]), "What stands in for upstreams in this test."),
        Key::new(
            "upstream",
            List(&Object(&EXCHANGE)),
            "Every exchange with an upstream, in order: an empty list says that there is none.",
        ),
        Key::new("any-order", Bool, "Whether the exchanges may come in any order."),
        Key::new("exact", Bool, "Whether JSON objects, queries and headers may hold nothing that is not listed."),
        Key::new("skip", Text, "Why it is not run."),
        Key::new("expect", Object(&EXPECT), "What the caller is to get."),
    ],
);

/// One exchange with an upstream.
pub(crate) static EXCHANGE: Table = Table::new(
    "an exchange",
    "A request the upstream is to see, and what it answers.",
    &[
        Key::new("request", Object(&REQUEST), "What it is to see; anything when absent."),
        Key::new("response", Object(&RESPONSE), "What it answers; 200 without a body when absent."),
        Key::new(
            "fault",
            Enum(&["timeout", "refused", "cut-short", "slow"]),
            "What goes wrong: no answer ever, no connection, half a body, a body that takes long.",
        ),
    ],
);

/// A request the upstream is to see.
pub(crate) static REQUEST: Table = Table::new(
    "an expected request",
    "What is compared of a request; what is not listed may be anything.",
    &[
        Key::new("method", VALUE, "The method."),
        Key::new("url", VALUE, "The URL without its query, or with all of it."),
        Key::new("query", Map(&Any), "Parameters of the query, decoded; several of one name are a list."),
        Key::new("headers", Map(&Any), "Headers."),
        Key::new("json", Any, "The body, as JSON."),
        Key::new("form", Map(&Any), "The fields of a form, decoded."),
        Key::new("body", VALUE, "The body, as text."),
    ],
);

/// What the upstream answers.
pub(crate) static RESPONSE: Table = Table::new(
    "an upstream's answer",
    "What the upstream answers.",
    &[
        Key::new("status", Integer, "The status, 200 when absent."),
        Key::new("headers", Map(&Any), "Headers."),
        Key::new("json", Any, "The body, as JSON."),
        Key::new("body", Text, "The body, as text."),
        Key::new("file", Text, "A file beside this one whose bytes are the body."),
        Key::new("delay", Text, "How long it takes to begin, such as 20s; nobody waits for it."),
    ],
);

/// What the caller is to get.
pub(crate) static EXPECT: Table = Table::new(
    "an expectation",
    "What is compared of the answer; what is not listed may be anything.",
    &[
        Key::new("status", VALUE, "The status of the answer to a request."),
        Key::new("headers", Map(&Any), "Headers of the answer to a request."),
        Key::new("json", Any, "The body, as JSON; for a tool its structured content, or else its text as JSON."),
        Key::new("body", VALUE, "The body, as text; for a tool the text of its content."),
        Key::new("error", VALUE, "Whether a tool says that it failed: true, false, or the text it says so with."),
        Key::new("cut", Bool, "Whether the answer breaks off."),
    ],
);
