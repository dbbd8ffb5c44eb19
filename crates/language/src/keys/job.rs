//! The key tables of what takes long: the job of a consumed operation, the same fields of a `poll` step, limits, and how an exposed
//! unit behaves meanwhile. All of them are ours.

use crate::fields::{
    Key, KeyType,
    KeyType::{Any, Enum, Integer, List, Map, Number, Object, OneOf, Text, TextList},
    Table,
};

/// States that are failures: by name, or with what callers get.
pub(super) const FAILURES: KeyType = OneOf(&[Map(&Object(&FAILURE)), List(&Text), Text]);

/// How often: a duration, two of them (`1s..5s`), or all of it.
pub(super) const EVERY_KEY: KeyType = OneOf(&[Object(&EVERY), Text]);

/// What an element that fails means.
pub(super) const ON_ERROR: KeyType = Enum(&["stop", "keep"]);

/// Hosts an address may lead to, and their docs.
pub(super) const HOSTS_DOC: &str = "The hosts the address may lead to, such as `api.example.org` or `*.example.org`; that of `baseUri` and those below it when absent.";

/// `job`.
pub(crate) static JOB: Table = Table::new(
    "a job",
    "What the operation begins: its calls yield the finished result.",
    &[
        Key::new("handle", Map(&Text), "What resumes it: names, each with a JSONPath into the answer to the submit.")
            .required()
            .ours(),
        Key::new("poll", Object(&POLL), "How its end is found out.").required().ours(),
        Key::new("every", EVERY_KEY, "When to ask: `2s`, `1s..5s`, or all of it.").ours(),
        Key::new("timeout", Text, "When to give up, from the submit on: `3m`.").ours(),
        Key::new("progress", Object(&PROGRESS), "What is told meanwhile.").ours(),
        Key::new("result", Object(&RESULT), "What it yields; all of the last answer when absent.").ours(),
        Key::new("cancel", Object(&CANCEL), "The operation that ends it early.").ours(),
    ],
);

/// `poll`.
pub(crate) static POLL: Table = Table::new(
    "`poll`",
    "How the end of a job is found out.",
    &[
        Key::new("url", Text, "The address to ask, such as `{{handle.url}}`.").ours(),
        Key::new("hosts", TextList, HOSTS_DOC).ours(),
        Key::new("call", Text, "The consumed operation to ask, instead of `url`.").ours(),
        Key::new("with", Map(&Any), "Values for its parameters, of the handle and of variables.").ours(),
        Key::new("status", Text, "The state, as a JSONPath into the answer.").required().ours(),
        Key::new("pending", TextList, "States in which asking goes on.").required().ours(),
        Key::new("success", TextList, "States in which the result is there.").required().ours(),
        Key::new("failure", FAILURES, "What callers get in other states.").ours(),
        Key::new("tolerate", Object(&TOLERATE), "Which answers are no answer.").ours(),
    ],
);

/// What callers get in one state.
pub(crate) static FAILURE: Table = Table::new(
    "a failure",
    "What callers get when a job ends in a state that is no success.",
    &[
        Key::new("status", Integer, "The HTTP status: 400 to 599; 502 when absent.").ours(),
        Key::new("title", Text, "What it is, in a few words.").ours(),
        Key::new("detail", Text, "What the upstream says of it, as a JSONPath into the last answer.").ours(),
    ],
);

/// `every`.
pub(crate) static EVERY: Table = Table::new(
    "`every`",
    "When to ask. `Retry-After` of the upstream always wins.",
    &[
        Key::new("first", Text, "How long before the first time; 500ms when absent.").ours(),
        Key::new("interval", Text, "How long before the second time; 1s when absent.").ours(),
        Key::new("factor", Number, "What each further interval is multiplied by; 1.5 when absent.").ours(),
        Key::new("max", Text, "The longest interval; 5s when absent.").ours(),
        Key::new("jitter", OneOf(&[Number, Text]), "How much of an interval is chance: 0 to 1; 0.2 when absent.")
            .ours(),
    ],
);

/// `tolerate`.
pub(crate) static TOLERATE: Table = Table::new(
    "`tolerate`",
    "Which answers are no answer, for a while after the submit or the last good one.",
    &[
        Key::new("statuses", TextList, "Statuses, such as 404 or 5xx; 404, 429, 500, 502, 503 and 504 when absent.")
            .ours(),
        Key::new("for", Text, "For how long; 15s when absent.").ours(),
    ],
);

/// `progress`.
pub(crate) static PROGRESS: Table = Table::new(
    "`progress`",
    "What is told of a job that is running.",
    &[
        Key::new("value", Text, "How far it is, as a JSONPath into the answer.").ours(),
        Key::new("total", OneOf(&[Number, Text]), "How far it goes: a number, or a JSONPath into the answer.").ours(),
        Key::new("message", Text, "What it is doing, as a JSONPath into the answer.").ours(),
    ],
);

/// `result`.
pub(crate) static RESULT: Table = Table::new(
    "a result",
    "What a job yields.",
    &[
        Key::new("value", Text, "A JSONPath into the last answer.").ours(),
        Key::new("url", Text, "The address of the result, as a JSONPath into the last answer: its bytes are fetched.")
            .ours(),
        Key::new("as", Enum(&["binary"]), "What is behind the address.").ours(),
        Key::new("hosts", TextList, HOSTS_DOC).ours(),
        Key::new("within", Text, "How long the address is good for.").ours(),
    ],
);

/// `cancel`.
pub(crate) static CANCEL: Table = Table::new(
    "`cancel`",
    "What ends a job early.",
    &[
        Key::new("call", Text, "The consumed operation.").required().ours(),
        Key::new("with", Map(&Any), "Values for its parameters, of the handle and of variables.").ours(),
    ],
);

/// `async`.
pub(crate) static ASYNC: Table = Table::new(
    "`async`",
    "How an exposed unit behaves whose answer takes long.",
    &[
        Key::new("wait", Text, "How long a REST caller waits who does not say; 25s when absent.").ours(),
        Key::new("max-wait", Text, "The longest a REST caller may ask to wait; 60s when absent.").ours(),
        Key::new("ttl", Text, "How long a handle is good for; 1h when absent.").ours(),
        Key::new("task", Enum(&["auto", "never"]), "Whether MCP clients that know tasks get one.").ours(),
        Key::new(
            "budget",
            Text,
            "How long an MCP client waits that knows neither tasks nor progress; 45s when absent.",
        )
        .ours(),
        Key::new("inline-image", Text, "The largest image that is put into an MCP result; 700KiB when absent.").ours(),
    ],
);

/// `limits`.
pub(crate) static LIMITS: Table = Table::new(
    "`limits`",
    "How much is asked of an API at a time.",
    &[
        Key::new("concurrency", Integer, "How many requests run at a time; a job counts from its submit to its end.")
            .ours(),
        Key::new("queue", Integer, "How many callers wait for their turn; 100 when absent.").ours(),
        Key::new("queue-timeout", Text, "How long one waits; 60s when absent.").ours(),
        Key::new("rate", Text, "How many requests are sent in a while: `10/s`, `600/m`.").ours(),
    ],
);
