//! Sessions of two callers who prove who they are with tokens of one authorization server: each has its own.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp::LEGACY,
    upstream::{Reply, Upstream},
    wire::Message,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

const DOCUMENT: &str = "\
naftiko: 1.0.0-alpha2
info: {label: Books, description: Books.}
capability:
  exposes:
  - type: mcp
    address: localhost
    namespace: m
    port: 9433
    authentication:
      type: oauth2
      authorizationServerUri: https://login.example
      resource: https://books.example/mcp
      scopes: [read]
      tokenValidation: jwks
    tools:
    - name: ping
      description: Answers.
      outputParameters:
      - {name: pong, type: boolean, value: 'true'}
";

/// An authorization server that is asked by the way of all upstreams, and what it guards.
struct Site {
    capstan: Capstan,
    key: EncodingKey,
    _upstream: Upstream,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let key = EncodingKey::from_ec_der(pair.as_ref());
        let mut public = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).expect("its public part"))
            .expect("it is JSON");
        public["kid"] = json!("one");
        let upstream = Upstream::start();
        let metadata = json!({"issuer": "https://login.example", "jwks_uri": "https://login.example/keys"});
        for (path, document) in
            [("/.well-known/oauth-authorization-server", metadata), ("/keys", json!({"keys": [public]}))]
        {
            upstream.answer_at("GET", path, Reply::json(200, &document.to_string()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("capability.yaml"), DOCUMENT).expect("it is written");
        let args = ["capability.yaml".to_owned(), "--listen".to_owned(), "9433=127.0.0.1:0".to_owned()];
        let to = ["--upstream".to_owned(), format!("*={}", upstream.url())];
        let run = Run { args: args.into_iter().chain(to).collect(), ..Run::default() };
        let capstan = run.serve(folder.path()).unwrap_or_else(|ended| panic!("{ended:?}"));
        Self { capstan, key, _upstream: upstream, _folder: folder }
    }

    /// A token of somebody; each is another one.
    fn token(&self, subject: &str, number: u32) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
        let claims = json!({
            "iss": "https://login.example", "aud": "https://books.example/mcp", "sub": subject, "jti": number.to_string(),
            "scope": "read", "exp": now + 600,
        });
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &claims, &self.key).expect("a token")
    }

    fn send(&self, method: &str, token: Option<&str>, session: Option<&str>, body: &Value) -> Message {
        let mut request = Request::new(method, "/mcp").with("Accept", "application/json, text/event-stream");
        if let Some(token) = token {
            request = request.with("Authorization", &format!("Bearer {token}"));
        }
        if let Some(session) = session {
            request = request.with("Mcp-Session-Id", session).with("MCP-Protocol-Version", LEGACY);
        }
        if !body.is_null() {
            request = request.json(body.to_string());
        }
        request.send(self.capstan.address("mcp", Some(9433)).expect("it listens")).expect("it answers")
    }

    /// Opens a session.
    fn session(&self, token: &str) -> String {
        let params =
            json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        let opened = self.send("POST", Some(token), None, &hello);
        assert_eq!(opened.status(), 200, "{}", opened.text());
        opened.header("mcp-session-id").expect("a session").to_owned()
    }

    /// The status of a call in a session.
    fn call(&self, token: Option<&str>, session: &str) -> u16 {
        let call =
            json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "ping", "arguments": {}}});
        self.send("POST", token, Some(session), &call).status()
    }
}

#[test]
fn a_session_is_its_openers_whatever_token_they_have_now() {
    let site = Site::new();
    let (ann, bob) = (site.token("ann", 1), site.token("bob", 2));
    let (anns, bobs) = (site.session(&ann), site.session(&bob));
    let newer = site.token("ann", 3);
    assert_ne!(ann, newer);
    for (what, token, session, expected) in [
        ("her own", Some(&*ann), &*anns, 200),
        ("her own with a newer token", Some(&*newer), &*anns, 200),
        ("his own", Some(&*bob), &*bobs, 200),
        ("somebody else's", Some(&*bob), &*anns, 404),
        ("somebody else's the other way round", Some(&*newer), &*bobs, 404),
        ("somebody's without a token", None, &*anns, 401),
        ("somebody's with half a token", Some(&ann[..ann.len() - 2]), &*anns, 401),
        ("nobody's", Some(&*ann), "00000000-0000-4000-8000-000000000000", 404),
    ] {
        assert_eq!(site.call(token, session), expected, "{what}");
    }
    // Neither can one listen in another's session, nor end it.
    assert_eq!(site.send("GET", Some(&bob), Some(&anns), &Value::Null).status(), 404);
    assert_eq!(site.send("DELETE", Some(&bob), Some(&anns), &Value::Null).status(), 404);
    assert_eq!(site.call(Some(&ann), &anns), 200);
    assert_eq!(site.send("DELETE", Some(&newer), Some(&anns), &Value::Null).status(), 204);
    assert_eq!(site.call(Some(&ann), &anns), 404);
    assert_eq!(site.call(Some(&bob), &bobs), 200);
}
