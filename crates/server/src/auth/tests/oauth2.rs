//! Access tokens, with keys made here and an issuer that can fail.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use capstan_plan::{Authenticator, OAuth2Resource};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{
    fixture::{NOW, Site, origin},
    literal,
};

fn key(algorithm: Algorithm) -> EncodingKey {
    let random = SystemRandom::new();
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap().as_ref(),
        ),
        Algorithm::ES384 => EncodingKey::from_ec_der(
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).unwrap().as_ref(),
        ),
        Algorithm::EdDSA => {
            EncodingKey::from_ed_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref())
        }
        _ => {
            let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
            let pkcs8 = pair.as_der().unwrap();
            // The key itself follows 26 bytes that say that it is one.
            EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..])
        }
    }
}

fn jwk(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Value {
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(key, algorithm).unwrap()).unwrap();
    jwk["kid"] = json!(id);
    jwk["use"] = json!("sig");
    jwk
}

fn token(key: &EncodingKey, algorithm: Algorithm, id: Option<&str>, claims: &Value) -> String {
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

/// An authorization server.
struct Issuer {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Paths that answer, with their documents.
    documents: Vec<(String, Value)>,
    asked: Vec<String>,
}

impl Issuer {
    async fn start(path: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 8192];
                let length = stream.read(&mut head).await.unwrap();
                let text = String::from_utf8_lossy(&head[..length]).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                let document = {
                    let mut state = shared.lock().unwrap();
                    state.asked.push(path.clone());
                    state.documents.iter().find(|(at, _)| *at == path).map(|(_, document)| document.to_string())
                };
                let (status, body) = document.map_or(("500 Oops", String::new()), |document| ("200 OK", document));
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, state }
    }

    /// Publishes keys, with metadata at `at`.
    fn publish(&self, at: &str, keys: &[Value]) {
        let origin = self.url.split('/').take(3).collect::<Vec<_>>().join("/");
        let metadata = json!({ "issuer": self.url, "jwks_uri": format!("{origin}/keys") });
        self.state.lock().unwrap().documents =
            vec![(at.to_owned(), metadata), ("/keys".to_owned(), json!({ "keys": keys }))];
    }

    fn asked(&self) -> usize {
        std::mem::take(&mut self.state.lock().unwrap().asked).len()
    }

    fn authenticator(&self) -> Authenticator {
        self.with(|_| {})
    }

    fn with(&self, change: impl FnOnce(&mut OAuth2Resource)) -> Authenticator {
        let mut resource = OAuth2Resource {
            authorization_server: literal(&self.url),
            resource: literal("https://api.example.com/mcp"),
            audience: None,
            scopes: Box::new(["read".into(), "write".into()]),
            origin: origin(8),
        };
        change(&mut resource);
        Authenticator::OAuth2(Box::new(resource))
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.url, "aud": "https://api.example.com/mcp", "exp": NOW + 600, "nbf": NOW, "scope": "read write",
        })
    }
}

const ROOT: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn every_kind_of_public_key_and_no_other() {
    let issuer = Issuer::start("").await;
    let (rsa, p256, p384, ed) =
        (key(Algorithm::RS256), key(Algorithm::ES256), key(Algorithm::ES384), key(Algorithm::EdDSA));
    let mut any_rsa = jwk(&rsa, Algorithm::RS256, "rsa");
    any_rsa.as_object_mut().unwrap().remove("alg");
    let mut for_encryption = jwk(&ed, Algorithm::EdDSA, "enc");
    for_encryption["use"] = json!("enc");
    let shared = json!({ "kty": "oct", "kid": "oct", "alg": "HS256", "k": "c2VjcmV0" });
    let odd = json!({ "kty": "unheard-of", "kid": 7 });
    issuer.publish(
        ROOT,
        &[
            odd,
            shared,
            for_encryption,
            any_rsa,
            jwk(&p256, Algorithm::ES256, "p256"),
            jwk(&p384, Algorithm::ES384, "p384"),
            jwk(&ed, Algorithm::EdDSA, "ed"),
        ],
    );
    let site = Site::start(issuer.authenticator(), None).await;
    let public = jwk(&rsa, Algorithm::RS256, "rsa")["n"].as_str().unwrap().to_owned();
    for (algorithm, key, id, passes) in [
        (Algorithm::RS256, &rsa, Some("rsa"), true),
        (Algorithm::RS512, &rsa, Some("rsa"), true),
        (Algorithm::PS256, &rsa, Some("rsa"), true),
        (Algorithm::PS384, &rsa, None, true),
        (Algorithm::ES256, &p256, Some("p256"), true),
        (Algorithm::ES384, &p384, Some("p384"), true),
        (Algorithm::EdDSA, &ed, Some("ed"), true),
        (Algorithm::EdDSA, &ed, None, true),
        (Algorithm::EdDSA, &ed, Some("enc"), false),
        (Algorithm::RS256, &rsa, Some("p256"), false),
        (Algorithm::RS256, &rsa, Some("unknown"), false),
        (Algorithm::HS256, &EncodingKey::from_secret(b"secret"), Some("oct"), false),
        (Algorithm::HS256, &EncodingKey::from_secret(public.as_bytes()), Some("rsa"), false),
        (Algorithm::RS256, &super::oauth2::key(Algorithm::RS256), Some("rsa"), false),
    ] {
        let bearer = format!("authorization: Bearer {}", token(key, algorithm, id, &issuer.claims()));
        let answer = site.ask("GET", "/x", &[&bearer]).await;
        let expected = if passes { 501 } else { 401 };
        assert_eq!(answer.status, expected, "{algorithm:?} {id:?}: {}", answer.text);
    }
    // `{"alg":"none"}`, and a header with an extension nobody knows.
    let claims = token(&rsa, Algorithm::RS256, Some("rsa"), &issuer.claims());
    let claims = claims.split('.').nth(1).unwrap();
    for forged in [format!("eyJhbGciOiJub25lIn0.{claims}."), "x".to_owned(), "a.b.c".to_owned(), "..".to_owned()] {
        let answer = site.ask("GET", "/x", &[&format!("authorization: Bearer {forged}")]).await;
        assert_eq!(answer.status, 401, "{forged}: {}", answer.text);
        assert!(answer.all("www-authenticate")[0].contains("Token validation failed"), "{}", answer.text);
    }
}

#[tokio::test]
async fn claims_are_held_against_what_is_expected() {
    let issuer = Issuer::start("").await;
    let key = key(Algorithm::ES256);
    issuer.publish(ROOT, &[jwk(&key, Algorithm::ES256, "k")]);
    let site = Site::start(issuer.authenticator(), None).await;
    let slash = format!("{}/", issuer.url);
    let scope = "scope";
    for (claim, value, status, says) in [
        ("sub", json!("somebody"), 501, ""),
        ("exp", Value::Null, 401, "Token has no expiry"),
        ("exp", json!("soon"), 401, "Token validation failed"),
        ("exp", json!(NOW - 31), 401, "Token expired"),
        ("exp", json!(NOW - 29), 501, ""),
        ("exp", json!(NOW as f64 + 0.5), 501, ""),
        ("nbf", Value::Null, 501, ""),
        ("nbf", json!(NOW + 29), 501, ""),
        ("nbf", json!(NOW + 31), 401, "Token not yet valid"),
        ("iss", json!(slash), 501, ""),
        ("iss", json!("https://elsewhere"), 401, "Invalid issuer"),
        ("iss", Value::Null, 401, "Invalid issuer"),
        ("aud", json!(["x", "https://api.example.com/mcp"]), 501, ""),
        ("aud", json!("https://api.example.com"), 401, "Invalid audience"),
        ("aud", json!([]), 401, "Invalid audience"),
        ("aud", Value::Null, 401, "Invalid audience"),
        (scope, json!("write more read"), 501, ""),
        (scope, json!(["write", "read"]), 501, ""),
        (scope, json!("read"), 403, "Required scope 'write' not present in token"),
        (scope, json!("reader write"), 403, "Required scope 'read' not present in token"),
        (scope, Value::Null, 403, "Required scope 'read' not present in token"),
    ] {
        let mut claims = issuer.claims();
        claims.as_object_mut().unwrap().remove(claim);
        if !value.is_null() {
            claims[claim] = value.clone();
        }
        let bearer = format!("authorization: Bearer {}", token(&key, Algorithm::ES256, Some("k"), &claims));
        let answer = site.ask("GET", "/x", &[&bearer]).await;
        assert_eq!(answer.status, status, "{claim} {value}: {}", answer.text);
        assert!(answer.text.contains(says), "{claim} {value}: {}", answer.text);
        let challenge = answer.all("www-authenticate").concat();
        match status {
            401 => {
                assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{challenge}")
            }
            403 => assert_eq!(
                challenge,
                format!(
                    "Bearer error=\"insufficient_scope\", error_description=\"{says}\", scope=\"read write\", \
                     resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\""
                )
            ),
            _ => assert_eq!(challenge, ""),
        }
    }
    let mut claims = issuer.claims();
    claims.as_object_mut().unwrap().remove(scope);
    claims["scp"] = json!(["read", "write"]);
    let bearer = format!("authorization: Bearer {}", token(&key, Algorithm::ES256, Some("k"), &claims));
    assert_eq!(site.ask("GET", "/x", &[&bearer]).await.status, 501);
}

#[tokio::test]
async fn discovery_is_tried_again_and_keys_are_kept() {
    let issuer = Issuer::start("/realms/a").await;
    let (old, new) = (key(Algorithm::ES256), key(Algorithm::ES256));
    let site = Site::start(issuer.authenticator(), None).await;
    let bearer = |key: &EncodingKey, id: &str, site_time: u64| {
        let mut claims = issuer.claims();
        claims["exp"] = json!(site_time + 100_000);
        format!("authorization: Bearer {}", token(key, Algorithm::ES256, Some(id), &claims))
    };
    let (old_token, new_token) = (bearer(&old, "old", NOW), bearer(&new, "new", NOW));
    // Nothing to be had: nobody passes, and the issuer is not asked again at once.
    let answer = site.ask("GET", "/x", &[&old_token]).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(answer.all("retry-after"), ["5"]);
    assert_eq!(issuer.asked(), 3, "every form of discovery is tried");
    site.pass(3);
    let answer = site.ask("GET", "/x", &[&old_token]).await;
    assert_eq!((answer.status, answer.all("retry-after").concat(), issuer.asked()), (503, "2".to_owned(), 0));
    assert_eq!(site.ask("GET", "/x", &[]).await.status, 401, "without a token nothing has to be asked");
    // Each form of discovery works.
    for at in [
        "/.well-known/oauth-authorization-server/realms/a",
        "/realms/a/.well-known/openid-configuration",
        "/realms/a/.well-known/oauth-authorization-server",
    ] {
        site.pass(600);
        issuer.publish(at, &[jwk(&old, Algorithm::ES256, "old")]);
        let answer = site.ask("GET", "/x", &[&old_token]).await;
        assert_eq!(answer.status, 501, "{at}: {}", answer.text);
        assert!(issuer.asked() >= 2, "{at}");
    }
    // Known keys ask nothing; a key that is not known asks once in a while.
    site.pass(10);
    assert_eq!(site.ask("GET", "/x", &[&new_token]).await.status, 401);
    assert_eq!(issuer.asked(), 0);
    issuer.publish("/realms/a/.well-known/openid-configuration", &[jwk(&new, Algorithm::ES256, "new")]);
    site.pass(25);
    assert_eq!(site.ask("GET", "/x", &[&old_token]).await.status, 501);
    assert_eq!(issuer.asked(), 0);
    assert_eq!(site.ask("GET", "/x", &[&new_token]).await.status, 501);
    assert!(issuer.asked() > 0);
    assert_eq!(site.ask("GET", "/x", &[&old_token]).await.status, 401, "withdrawn keys are gone");
    // An issuer that is down does not lock out at once.
    issuer.state.lock().unwrap().documents.clear();
    site.pass(1000);
    assert_eq!(site.ask("GET", "/x", &[&new_token]).await.status, 501);
    site.pass(3600);
    assert_eq!(site.ask("GET", "/x", &[&new_token]).await.status, 503);
    // Metadata that names another issuer leads nowhere.
    issuer.publish("/realms/a/.well-known/openid-configuration", &[jwk(&new, Algorithm::ES256, "new")]);
    issuer.state.lock().unwrap().documents[0].1["issuer"] = json!("https://elsewhere");
    site.pass(10);
    assert_eq!(site.ask("GET", "/x", &[&new_token]).await.status, 503);
}

#[tokio::test]
async fn metadata_says_whom_to_ask() {
    let issuer = Issuer::start("").await;
    for gateway in [false, true] {
        let site = Site::start_at(issuer.authenticator(), None, gateway).await;
        let mcp = if gateway { "/demo/mcp" } else { "/mcp" };
        let challenge = site.ask("POST", mcp, &[]).await;
        assert_eq!(challenge.status, 401);
        assert_eq!(
            challenge.all("www-authenticate"),
            ["Bearer scope=\"read write\", \
              resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\""]
        );
        for path in ["/mcp", "", mcp] {
            let answer = site.ask("GET", &format!("/.well-known/oauth-protected-resource{path}"), &[]).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert_eq!(
                answer.json(),
                json!({
                    "resource": "https://api.example.com/mcp",
                    "authorization_servers": [issuer.url],
                    "scopes_supported": ["read", "write"],
                    "bearer_methods_supported": ["header"],
                })
            );
        }
        let other = site.ask("GET", "/.well-known/oauth-protected-resource/other", &[]).await;
        assert_eq!(other.status, if gateway { 404 } else { 401 });
        let post = site.ask("POST", "/.well-known/oauth-protected-resource/mcp", &[]).await;
        assert_eq!(post.status, 405);
    }
    let unnamed = issuer.with(|resource| {
        resource.resource = literal("");
        resource.audience = Some(literal("api"));
        resource.scopes = Box::new(["offline_access".into()]);
    });
    let site = Site::start(unnamed, None).await;
    let answer = site.ask("GET", "/.well-known/oauth-protected-resource/mcp", &[]).await;
    assert_eq!(answer.json()["resource"], "http://localhost/mcp");
    assert_eq!(answer.json().get("scopes_supported"), None);
}

#[tokio::test]
async fn what_cannot_be_checked_lets_nobody_in() {
    let issuer = Issuer::start("").await;
    for broken in [
        issuer.with(|r| r.authorization_server = literal("http://issuer.example.com")),
        issuer.with(|r| r.authorization_server = literal("issuer")),
        issuer.with(|r| r.authorization_server = super::fixture::secret("TOKEN")),
        issuer.with(|r| r.resource = literal("")),
        issuer.with(|r| r.resource = literal("not a url")),
        issuer.with(|r| r.audience = Some(super::fixture::secret("TOKEN"))),
    ] {
        let site = Site::start(broken, None).await;
        let answer = site.ask("GET", "/x", &["authorization: Bearer a.b.c"]).await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.text.contains("demo.yaml"), "{}", answer.text);
    }
}

#[tokio::test]
async fn other_tokens_of_the_same_issuer_are_no_access_tokens() {
    let issuer = Issuer::start("").await;
    let key = key(Algorithm::ES256);
    issuer.publish(ROOT, &[jwk(&key, Algorithm::ES256, "k")]);
    // Without required scopes, so that nothing but their kind keeps other tokens out.
    let site = Site::start(issuer.with(|resource| resource.scopes = Box::default()), None).await;
    let ask = async |typ: Option<&str>, claims: &Value| {
        let header = Header { typ: typ.map(str::to_owned), kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
        let token = jsonwebtoken::encode(&header, claims, &key).unwrap();
        site.ask("GET", "/x", &[&format!("authorization: Bearer {token}")]).await
    };
    for typ in [None, Some("JWT"), Some("jwt"), Some("at+jwt"), Some("AT+JWT"), Some("application/at+jwt")] {
        assert_eq!(ask(typ, &issuer.claims()).await.status, 501, "{typ:?}");
    }
    for typ in [
        "logout+jwt",
        "application/logout+jwt",
        "id+jwt",
        "dpop+jwt",
        "rt+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "secevent+jwt",
        "entity-statement+jwt",
        "vc+sd-jwt",
        "JWE",
        "",
        "at+jwt ",
    ] {
        let answer = ask(Some(typ), &issuer.claims()).await;
        assert_eq!(answer.status, 401, "{typ}: {}", answer.text);
        assert!(answer.text.contains("Token is not an access token"), "{typ}: {}", answer.text);
    }
    for (name, value) in [
        ("typ", json!("ID")),
        ("typ", json!("Refresh")),
        ("typ", json!("Offline")),
        ("typ", json!("Logout")),
        ("token_use", json!("id")),
        ("at_hash", json!("x")),
        ("c_hash", json!("x")),
        ("s_hash", json!("x")),
        ("nonce", json!("n-0S6_WzA2Mj")),
        ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
    ] {
        let mut claims = issuer.claims();
        claims.as_object_mut().unwrap().remove("scope");
        assert_eq!(ask(None, &claims).await.status, 501, "no scope is required");
        claims[name] = value;
        assert_eq!(ask(Some("JWT"), &claims).await.status, 401, "{name}");
    }
    for (name, value) in [("typ", json!("Bearer")), ("token_use", json!("access")), ("nonce", json!("repeated"))] {
        let mut claims = issuer.claims();
        claims[name] = value;
        assert_eq!(ask(None, &claims).await.status, 501, "{name}");
    }
}
