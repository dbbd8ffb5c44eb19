//! The codes of problem documents: what callers and whoever operates the process see in answers and logs. A flat table.

/// One code of an answer.
pub(super) struct Row {
    /// The code.
    pub(super) code: &'static str,
    /// The status of the answer.
    status: u16,
    /// What happened.
    what: &'static str,
    /// What to do about it.
    fix: &'static str,
}

const fn row(code: &'static str, status: u16, what: &'static str, fix: &'static str) -> Row {
    Row { code, status, what, fix }
}

/// Every code, by whose matter it is: the caller's, the upstream's, the capability's, the process's.
pub(super) static ROWS: &[Row] = &[
    row(
        "invalid-input",
        400,
        "An input does not satisfy its contract.",
        "The caller sends what `violations` asks for.",
    ),
    row(
        "missing-input",
        400,
        "A required input is absent.",
        "The caller sends it; `violations` names it and its place.",
    ),
    row(
        "bad-base-label",
        400,
        "A value would choose the upstream host.",
        "The caller sends one plain label, such as `acme`.",
    ),
    row(
        "bad-header",
        400,
        "A value cannot stand in a header.",
        "The caller sends it without line breaks and control characters.",
    ),
    row(
        "request-too-costly",
        400,
        "The request takes more computing than it may.",
        "The caller sends less, or a simpler value.",
    ),
    row("cancelled", 400, "The caller went away or asked to stop.", "Nothing."),
    row("body-too-large", 413, "The request body exceeds the limit.", "The caller sends less."),
    row(
        "body-too-slow",
        408,
        "The request body was not waited for.",
        "The caller's connection; --stall-timeout, --min-rate and --body-timeout say how long is waited.",
    ),
    row(
        "upstream-connect",
        502,
        "The upstream cannot be reached: no address, no connection, or no TLS.",
        "Look whether its host answers; `capstan call FILE UNIT --dry-run` prints the request for curl.",
    ),
    row(
        "upstream-timeout",
        504,
        "The upstream did not begin, or did not go on with, its answer in time.",
        "Look at the upstream; --timeout says how long is waited for the beginning.",
    ),
    row(
        "upstream-cut-short",
        502,
        "The connection ended within the upstream's answer.",
        "Look at the upstream, and at what lies between.",
    ),
    row(
        "upstream-too-large",
        502,
        "The upstream's answer is larger than what is mapped.",
        "Ask it for less (a page, fewer fields), or pass it on without `outputParameters`.",
    ),
    row(
        "upstream-too-costly",
        502,
        "Mapping the upstream's answer takes more computing than it may.",
        "Use simpler JSONPaths, or ask for less.",
    ),
    row(
        "upstream-undecodable",
        502,
        "The upstream's answer is not of its format.",
        "Look whether `outputRawFormat` is right; `capstan call FILE UNIT --trace` says what was asked.",
    ),
    row(
        "upstream-protocol",
        502,
        "The upstream does not speak HTTP as expected.",
        "Look whether scheme and port of `baseUri` are right.",
    ),
    row(
        "upstream-status",
        502,
        "A call of a flow was answered with an error.",
        "`upstream` in the problem says which and how; the flow cannot go on without it.",
    ),
    row(
        "upstream-unusable",
        502,
        "The upstream's answer is no answer, such as a part or a redirect that cannot be followed.",
        "Look at what it answers with curl.",
    ),
    row(
        "upstream-token",
        502,
        "The authorization server gave no token.",
        "Look at client id, secret, scopes and `tokenEndpoint` of the authentication.",
    ),
    row(
        "not-covered",
        502,
        "Under --sandbox nothing leaves the machine, and no sandbox stands in for this origin.",
        "Add the origin to `sandbox.for` of a *.sandbox.yaml file.",
    ),
    row(
        "missing-binding",
        503,
        "A value the capability needs is not set.",
        "Set the variable that the problem names, in the environment, --env-file or .env; a reload takes it.",
    ),
    row(
        "unavailable",
        501,
        "The unit did not compile; the problem has the diagnostic's code.",
        "`capstan check` shows it with its place.",
    ),
    row(
        "bad-credential",
        500,
        "The upstream credential cannot be computed.",
        "Look at the values of the authentication: a key that is none, a certificate that cannot be read.",
    ),
    row("bad-base", 500, "The upstream address cannot be used.", "Look at `baseUri`, its variables, and --base-uri."),
    row(
        "template-failed",
        500,
        "A template cannot be filled.",
        "The problem names its line; `capstan render FILE` shows what it means.",
    ),
    row(
        "too-costly",
        500,
        "An expression or a JSONPath of the capability takes more computing than it may.",
        "Simplify it; the problem names its line.",
    ),
    row("lookup-failed", 500, "A lookup step has nothing to look in.", "Look at what the step before answers."),
    row("script-failed", 500, "A script step threw, or took too long.", "The detail says where."),
    row(
        "file-unreadable",
        500,
        "A file of the capability cannot be read.",
        "Look whether it lies beside the document; a reload takes it.",
    ),
    row(
        "no-memory-left",
        503,
        "Too many bytes of requests and answers wait in memory.",
        "Wait; `Retry-After` says how long. Fewer or smaller requests at a time.",
    ),
    row(
        "no-script-can-run",
        503,
        "Every thread for scripts is busy with one that does not end.",
        "Look for a script that loops; restart the process.",
    ),
    row("internal", 500, "A defect of Capstan.", "The log has more; please report it."),
    row("no-route", 404, "Nothing is served at this path.", "`capstan render FILE` lists the routes."),
    row("no-capability", 404, "No capability is mounted there.", "The index at / lists them."),
    row("method-not-allowed", 405, "The path is served, but not with this method.", "`Allow` lists the methods."),
    row("host-not-allowed", 403, "The listener does not answer to this host name.", "Add it with --allow-host."),
    row("origin-not-allowed", 403, "Web pages of this origin may not call.", "Add it with --allow-origin."),
    row("draining", 503, "The process ends.", "Send the request to another one."),
];

impl Row {
    /// What is said of it.
    pub(super) fn described(&self) -> String {
        format!(
            "{}: the code of an answer with status {}\n\n{}\n\nfix: {}\n",
            self.code, self.status, self.what, self.fix
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_answers() {
        let sources = [
            include_str!("../../../server/src/http/problem.rs"),
            include_str!("../../../server/src/http/guard.rs"),
            include_str!("../../../server/src/adapter/rest.rs"),
            include_str!("../../../server/src/listen/dispatch.rs"),
        ];
        for row in ROWS {
            let quoted = format!("\"{}\"", row.code);
            assert!(sources.iter().any(|source| source.contains(&quoted)), "nothing answers {quoted}");
        }
    }
}
