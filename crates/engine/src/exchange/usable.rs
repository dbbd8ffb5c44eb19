//! Heads of responses that are no answer, whatever is done with them: a protocol nobody asked for, a status HTTP does not have, a
//! body of which nobody knows where it ends.

use http::{StatusCode, header, response::Parts};

use crate::base::fault::{Fault, UpstreamFault};

/// Refuses a head that is no answer of `name`.
pub(super) fn check(name: &str, head: &Parts) -> Result<(), Fault> {
    let Some(why) = trouble(head) else { return Ok(()) };
    Err(Fault::upstream(UpstreamFault::Unusable, format!("{name} answered {why}")))
}

fn trouble(head: &Parts) -> Option<String> {
    let status = head.status;
    if status.is_informational() {
        return Some(format!("{}, which nobody asked for", in_words(status)));
    }
    if status.as_u16() >= 600 {
        return Some(format!("{}, which is no status of HTTP", status.as_u16()));
    }
    // RFC 9112, 6.3: what an attack on the next response of the connection looks like.
    let framed = head.headers.contains_key(header::TRANSFER_ENCODING);
    if framed && head.headers.contains_key(header::CONTENT_LENGTH) {
        return Some(
            "with both Content-Length and Transfer-Encoding, so that nobody knows where its body ends".to_owned(),
        );
    }
    let mut lengths = head.headers.get_all(header::CONTENT_LENGTH).iter();
    let first = lengths.next();
    if lengths.any(|other| Some(other) != first) {
        return Some("with several lengths, so that nobody knows where its body ends".to_owned());
    }
    None
}

/// `302 Found`.
pub(crate) fn in_words(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, headers: &[(&'static str, &'static str)]) -> Parts {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(()).unwrap().into_parts().0
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for status in [100, 101, 103, 199, 600, 999] {
            assert!(check("api.get", &head(status, &[])).is_err(), "{status}");
        }
        for status in [200, 204, 206, 302, 304, 404, 418, 599] {
            assert!(check("api.get", &head(status, &[])).is_ok(), "{status}");
        }
        let chunked = ("transfer-encoding", "chunked");
        assert!(check("api.get", &head(200, &[chunked, ("content-length", "3")])).is_err());
        assert!(check("api.get", &head(200, &[("content-length", "3"), ("content-length", "4")])).is_err());
        assert!(check("api.get", &head(200, &[("content-length", "3")])).is_ok());
        assert!(check("api.get", &head(200, &[chunked])).is_ok());
    }
}
