//! One upstream request as a curl command that does the same when it is pasted into a shell.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};

use super::quoting::{Stood, word};

/// What is said beside a command.
pub(super) struct Command {
    /// The command.
    pub(super) text: String,
    /// What would keep it from doing the same.
    pub(super) notes: Vec<String>,
}

/// Headers curl writes itself.
const OWN: [header::HeaderName; 3] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::ACCEPT_ENCODING];

/// The command for a request. Signs in it stand for variables; `body_file` is where a body was saved that is no text.
pub(super) fn command(request: &Request<Bytes>, stood: &[Stood], body_file: Option<&str>) -> Command {
    let mut notes = Vec::new();
    let mut parts = vec!["curl -sS".to_owned()];
    let (method, body) = (request.method(), request.body());
    let implied = if body.is_empty() { Method::GET } else { Method::POST };
    match *method {
        Method::HEAD => parts.push("-I".to_owned()),
        _ if *method == implied => {}
        _ => parts.push(format!("-X {method}")),
    }
    parts.push(word(&request.uri().to_string(), stood));
    if request.headers().contains_key(header::ACCEPT_ENCODING) {
        parts.push("--compressed".to_owned());
    }
    headers(request.headers(), stood, &mut parts);
    if !body.is_empty() {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            parts.push("-H 'Content-Type:'".to_owned());
        }
        match (std::str::from_utf8(body).ok().filter(|text| !text.contains('\0')), body_file) {
            (Some(text), _) => parts.push(format!("--data-raw {}", word(text, stood))),
            (None, Some(file)) => parts.push(format!("--data-binary {}", word(&format!("@{file}"), stood))),
            (None, None) => {
                notes.push(format!("the body of {} bytes is no text: save it with -o FILE", body.len()));
                parts.push("--data-binary @BODY".to_owned());
            }
        }
    }
    Command { text: parts.join(" \\\n  "), notes }
}

fn headers(headers: &HeaderMap, stood: &[Stood], parts: &mut Vec<String>) {
    for (name, value) in headers.iter().filter(|(name, _)| !OWN.contains(name)) {
        let value = String::from_utf8_lossy(value.as_bytes());
        if *name == header::AUTHORIZATION
            && let Some(user) = basic(&value, stood)
        {
            parts.push(format!("-u {}", word(&user, stood)));
            continue;
        }
        // Without a value curl would take the header away.
        let text = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        parts.push(format!("-H {}", word(&text, stood)));
    }
}

/// User name and password of Basic authentication, where one of them is a variable's: encoded, nothing could stand for it.
fn basic(value: &str, stood: &[Stood]) -> Option<String> {
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let user = String::from_utf8(decoded).ok()?;
    stood.iter().any(|one| user.contains(&one.sign)).then_some(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(request: Request<&'static str>) -> String {
        let stood = [Stood { sign: "capstansign0".into(), variable: "KEY".into() }];
        command(&request.map(|body| Bytes::from_static(body.as_bytes())), &stood, None).text.replace(" \\\n  ", " ")
    }

    #[test]
    fn requests_are_shown_as_commands() {
        let get = Request::get("https://a.example/x?k=capstansign0").header("x-key", "capstansign0").body("").unwrap();
        assert_eq!(shown(get), "curl -sS 'https://a.example/x?k='\"$KEY\" -H 'x-key: '\"$KEY\"");
        let post =
            Request::post("https://a.example/").header("content-type", "application/json").body("{\"a\":\"it's\"}");
        assert_eq!(
            shown(post.unwrap()),
            "curl -sS https://a.example/ -H 'content-type: application/json' --data-raw '{\"a\":\"it'\\''s\"}'"
        );
        let user = format!("Basic {}", STANDARD.encode("ada:capstansign0"));
        let put = Request::put("https://a.example/").header("authorization", user).body("").unwrap();
        assert_eq!(shown(put), "curl -sS -X PUT https://a.example/ -u ada:\"$KEY\"");
    }
}
