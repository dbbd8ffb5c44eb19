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
    row(
        "refused",
        400,
        "A `fail` step of the flow refused the call.",
        "The caller does what the detail says; the capability's author wrote it.",
    ),
    row(
        "idempotency-key-reused",
        422,
        "The Idempotency-Key stands for a call with other inputs.",
        "The caller uses another key, or sends what was sent with it first.",
    ),
    row(
        "bad-idempotency-key",
        400,
        "The Idempotency-Key is empty, too long or not visible ASCII.",
        "The caller sends 1 to 255 characters.",
    ),
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
        "job-failed",
        502,
        "The upstream says that the job failed, or does not say how far it is.",
        "The detail has its last state; `failure` of the job gives a state a status and a title of its own.",
    ),
    row(
        "upstream-address",
        502,
        "An answer names an address that may not be followed.",
        "If the host is the API's own, add it to `hosts` of `poll` or `result`.",
    ),
    row(
        "job-result-link",
        502,
        "The job is over, and the address of its result does not give it.",
        "Fetch results sooner: such addresses are often good for minutes; `within` says for how long.",
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
    row(
        "upstream-limit",
        429,
        "As many calls as `limits` of the API allows run or wait already.",
        "The caller waits; `Retry-After` says how long. Or raise `concurrency`, `queue` or `rate`.",
    ),
    row(
        "too-many-jobs",
        503,
        "As many jobs as one process keeps are running or not fetched yet.",
        "Fetch results, or serve from more processes.",
    ),
    row(
        "no-job",
        404,
        "The handle is none of this caller's at this path.",
        "Use the handle that the call answered with, and the same credentials.",
    ),
    row(
        "job-running",
        409,
        "The job is not over, so there is no result.",
        "Ask its document, or wait with `Prefer: wait=SECONDS`.",
    ),
    row("job-cancelled", 410, "The job was cancelled, so there is no result.", "Begin it again."),
    row("job-expired", 410, "The handle's time is up.", "Begin it again; `async: {ttl: 24h}` keeps handles longer."),
    row(
        "job-lost",
        410,
        "The process that ran the job is gone, and no other can go on with it.",
        "Begin it again; `capstan check` says of which flows that is so, and why.",
    ),
    row(
        "job-changed",
        409,
        "The `job` or its flow was changed since this job began.",
        "Begin it again; the detail names what was changed.",
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
    use std::{fs, path::Path};

    use super::*;

    #[allow(clippy::disallowed_methods, reason = "tests own their files")]
    fn collect(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                collect(&entry.path(), into);
            } else {
                into.push_str(&fs::read_to_string(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn codes_are_those_of_answers() {
        let mut sources = String::new();
        collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../server/src")), &mut sources);
        for row in ROWS {
            let quoted = format!("\"{}\"", row.code);
            assert!(sources.contains(&quoted), "nothing answers {quoted}");
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "tests own their files")]
    fn every_fault_has_a_row() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/src/http/problem.rs");
        let text = fs::read_to_string(source).unwrap();
        let arms = text.lines().filter(|line| line.contains("Fault::") || line.contains("Overload::"));
        let codes: Vec<&str> = arms.filter_map(|line| line.split_once("=> \"")?.1.split('"').next()).collect();
        assert!(codes.len() > 30, "{codes:?}");
        for code in codes {
            assert!(ROWS.iter().any(|row| row.code == code), "`capstan explain {code}` knows nothing");
        }
    }
}
