//! What an upstream repeats of our secrets reaches nobody: no log at any level, no problem, no result, no header that is passed on.

use base64_forms::forms;
use capstan_tests::{client::Request, mcp, upstream::Reply};
use serde_json::json;

use super::site::{Site, text};

const KEY: &str = "k3y/With+odd=\"chars\"&<more>";
const PASSWORD: &str = "pass:word-0123456789";
const TOKEN: &str = "issued-token-abc123def456";
const REFRESH: &str = "refresh-token-987654321";

const DOCUMENT: &str = "
naftiko: 1.0.0-alpha2
info: {label: Books, description: Books.}
binds:
- namespace: env
  keys: {BOOKS_KEY: BOOKS_KEY, BOOKS_PASSWORD: BOOKS_PASSWORD, REGION: REGION}
capability:
  consumes:
  - type: http
    namespace: keyed
    baseUri: https://keyed.example
    authentication: {type: apikey, in: query, key: api_key, value: '{{BOOKS_KEY}}'}
    resources:
    - {name: r, path: /keyed, operations: [{name: get, method: GET}]}
  - type: http
    namespace: basic
    baseUri: https://basic.example
    authentication: {type: basic, username: librarian, password: '{{BOOKS_PASSWORD}}'}
    resources:
    - {name: r, path: /basic, operations: [{name: get, method: GET}]}
  - type: http
    namespace: granted
    baseUri: https://granted.example
    authentication: {type: oauth2, tokenEndpoint: https://login.example/token, clientId: shelf, clientSecret: '{{BOOKS_PASSWORD}}'}
    resources:
    - {name: r, path: /granted, operations: [{name: get, method: GET}]}
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /keyed
      operations: [{method: GET, name: keyed, call: keyed.get}]
    - path: /basic
      operations: [{method: GET, name: basic, call: basic.get}]
    - path: /granted
      operations: [{method: GET, name: granted, call: granted.get}]
    - path: /flow
      operations:
      - method: GET
        name: flow
        steps: [{type: call, name: one, call: granted.get}, {type: call, name: two, call: keyed.get}]
        mappings: [{targetName: x, value: $.one.x}]
    - path: /any/{rest}
      forward: {targetNamespace: keyed}
  - type: mcp
    namespace: mcp
    port: 9090
    tools:
    - {name: keyed, description: d, call: keyed.get}
    - {name: basic, description: d, call: basic.get}
    - {name: granted, description: d, call: granted.get}
    resources:
    - {name: r, label: R, uri: 'books://r', description: d, call: granted.get}
    - {name: k, label: K, uri: 'books://k', description: d, call: keyed.get}
";

/// How upstreams write what they were sent.
mod base64_forms {
    /// A text in the forms that are found in answers.
    pub(super) fn forms(secret: &str) -> Vec<String> {
        let percent = |keep: &str| {
            secret.bytes().fold(String::new(), |mut out, byte| {
                match byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) {
                    true => out.push(char::from(byte)),
                    false => out.push_str(&format!("%{byte:02X}")),
                }
                out
            })
        };
        let json = serde_json::Value::from(secret).to_string();
        let json = json.trim_matches('"').to_owned();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        vec![
            secret.to_owned(),
            percent("-._~"),
            percent("-._~")
                .replace("%2B", "%2b")
                .replace("%3D", "%3d")
                .replace("%3C", "%3c")
                .replace("%3E", "%3e")
                .replace("%2F", "%2f")
                .replace("%3A", "%3a"),
            percent("-_.!~*'()"),
            percent("/-._~"),
            percent("-._~").replace("%20", "+"),
            json.clone(),
            json.replace('/', "\\/"),
            json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"),
            secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
            hex.to_uppercase(),
            hex,
            encode(secret.as_bytes()),
            encode(format!("librarian:{secret}").as_bytes()),
            encode(format!("x:{secret} and more").as_bytes()),
        ]
    }

    /// Base64, so that the test does not share the code it checks.
    fn encode(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let word =
                chunk.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
            for at in 0..4 {
                let digit = ALPHABET[(word >> (18 - 6 * at) & 63) as usize];
                out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
            }
        }
        out
    }
}

fn site() -> Site {
    let site = Site::new(DOCUMENT, &[("BOOKS_KEY", KEY), ("BOOKS_PASSWORD", PASSWORD), ("REGION", "eu-west-1")]);
    let grant = json!({"access_token": TOKEN, "refresh_token": REFRESH, "token_type": "Bearer", "expires_in": 3600});
    site.upstream.answer_at("POST", "/token", Reply::json(200, &grant.to_string()));
    site
}

/// Whether a text tells a secret: itself, or nearly all of an encoded form of it.
fn tells(text: &str) -> Option<String> {
    let all = [KEY, PASSWORD, TOKEN, REFRESH].into_iter().flat_map(forms);
    all.map(|form| form.trim_end_matches('=').to_owned()).find(|form| text.contains(&**form))
}

fn with_headers(status: u16, echo: &str) -> Reply {
    let mut reply = Reply::json(status, &format!("{{\"error\": \"refused\", \"x\": 1, \"sent\": \"{echo}\"}}"));
    let plain = echo.bytes().all(|byte| byte.is_ascii_graphic());
    if plain {
        reply
            .headers
            .push(("Link".to_owned(), format!("<https://keyed.example/keyed?page=2&api_key={echo}>; rel=\"next\"")));
        reply.headers.push(("Location".to_owned(), format!("https://keyed.example/keyed?api_key={echo}")));
        reply.headers.push(("Content-Location".to_owned(), format!("/keyed?api_key={echo}")));
    }
    reply
}

#[test]
fn what_an_upstream_repeats_of_our_secrets_reaches_nobody() {
    let site = site();
    // A token is issued first.
    let (answer, _) = site.ask(&Request::new("GET", "/granted"));
    assert_eq!(answer.status(), 200);
    let client = mcp::Client::modern(site.mcp(), "/mcp");
    let mut cases = 0;
    for secret in [KEY, PASSWORD, TOKEN, REFRESH] {
        for echo in forms(secret) {
            for status in [200, 302, 400, 401, 500] {
                for path in ["/keyed", "/basic", "/granted"] {
                    site.upstream.answer_at("GET", path, with_headers(status, &echo));
                }
                for path in ["/keyed", "/basic", "/granted", "/flow", "/any/keyed"] {
                    let (answer, _) = site.ask(&Request::new("GET", path));
                    let heads: String =
                        answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
                    assert_eq!(tells(&heads), None, "{path} {status}: {heads}");
                    // A success belongs to whoever asked.
                    if status >= 400 {
                        assert_eq!(tells(&answer.text()), None, "{path} {status} {echo}: {}", answer.text());
                        assert!(
                            answer.complete && answer.text().contains("***"),
                            "{path} {status} {echo}: {}",
                            answer.text()
                        );
                    }
                    cases += 1;
                }
                for tool in ["keyed", "basic", "granted"] {
                    let (result, _) = site.tool(tool, json!({}));
                    assert_eq!(tells(&result.to_string()), None, "{tool} {status} {echo}: {result}");
                    assert_eq!(tells(text(&result)), None, "{tool} {status} {echo}: {result}");
                    cases += 1;
                }
                for uri in ["books://r", "books://k"] {
                    let message = client.call("resources/read", json!({"uri": uri})).unwrap().message;
                    assert_eq!(tells(&message.to_string()), None, "{uri} {status} {echo}: {message}");
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 2_000, "{cases}");
    let log = site.capstan.log();
    assert!(log.len() > 10_000 && tells(&log).is_none(), "the log tells {:?}", tells(&log));
}

#[test]
fn an_error_in_pieces_or_packed_tells_nothing_either() {
    let site = site();
    let (answer, _) = site.ask(&Request::new("GET", "/granted"));
    assert_eq!(answer.status(), 200);
    let body = format!("{}{TOKEN}{}{TOKEN}", "a".repeat(70_000), "b".repeat(3));
    for manner in [capstan_tests::upstream::Manner::Chunked, capstan_tests::upstream::Manner::Whole] {
        let reply = Reply {
            status: 500,
            headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            body: body.clone().into(),
            manner,
        };
        site.upstream.answer_at("GET", "/granted", reply);
        let (answer, _) = site.ask(&Request::new("GET", "/granted"));
        assert_eq!((answer.status(), answer.complete), (500, true));
        assert_eq!(answer.text(), format!("{}***bbb***", "a".repeat(70_000)), "as long as it is, but for the secret");
    }
}

#[test]
fn an_error_without_secrets_is_as_it_came() {
    let site = site();
    for body in ["{\"error\": \"no such book\", \"region\": \"eu-west-1\"}", "", "k3y", "pass", "\u{0}\u{1}"] {
        let mut reply = Reply::json(404, body);
        reply.headers.push(("Link".to_owned(), "<https://keyed.example/keyed?page=2>; rel=\"next\"".to_owned()));
        site.upstream.answer_at("GET", "/keyed", reply);
        let (answer, _) = site.ask(&Request::new("GET", "/keyed"));
        assert_eq!((answer.status(), answer.text().as_str()), (404, body));
        assert_eq!(answer.header("link"), Some("<https://keyed.example/keyed?page=2>; rel=\"next\""));
    }
    // The value of a binding that is no credential stands in answers.
    site.upstream.answer_at("GET", "/keyed", Reply::json(200, "{\"region\": \"eu-west-1\"}"));
    let (result, _) = site.tool("keyed", json!({}));
    assert_eq!(result["structuredContent"], json!({"region": "eu-west-1"}));
}
