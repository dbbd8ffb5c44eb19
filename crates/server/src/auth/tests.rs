//! Callers at the door, over HTTP: every kind of authentication, good, bad, missing and without its secret.

mod fixture;
mod oauth2;

use capstan_engine::sign::digest::{RequestLine, Session, challenges};
use capstan_plan::{ApiKeyPlace, Authenticator, Template};

use self::fixture::Site;
use super::secret::basic_header;

fn bearer() -> Authenticator {
    Authenticator::Bearer { token: fixture::secret("TOKEN") }
}

fn basic() -> Authenticator {
    Authenticator::Basic { username: literal("ada"), password: fixture::secret("TOKEN") }
}

fn digest() -> Authenticator {
    Authenticator::Digest { username: literal("ada"), password: fixture::secret("TOKEN") }
}

fn api_key(place: ApiKeyPlace) -> Authenticator {
    Authenticator::ApiKey { place, name: literal("X-Key"), value: fixture::secret("TOKEN") }
}

pub(super) fn literal(text: &str) -> Template {
    Template::literal(text.into())
}

#[tokio::test]
async fn shared_secrets() {
    let good = basic_header("ada", "s3cret");
    let no_name = basic_header("", "s3cret");
    let no_password = basic_header("ada", "");
    for (authenticator, challenge, cases) in [
        (
            bearer(),
            "Bearer",
            &[
                ("/x", "authorization: Bearer s3cret", true),
                ("/x", "authorization: bearer  s3cret", true),
                ("/x", "authorization: Bearer s3cre", false),
                ("/x", "authorization: Bearer ", false),
                ("/x", "authorization: Bearer {{TOKEN}}", false),
                ("/x", "authorization: Basic s3cret", false),
                ("/x", "authorization: s3cret", false),
                ("/x?access_token=s3cret", "a: b", false),
            ][..],
        ),
        (
            basic(),
            "Basic realm=\"capstan\", charset=\"UTF-8\"",
            &[
                ("/x", &format!("authorization: {good}"), true),
                ("/x", &format!("authorization: {}", good.trim_end_matches('=')), true),
                ("/x", &format!("authorization: {no_name}"), false),
                ("/x", &format!("authorization: {no_password}"), false),
                ("/x", "authorization: Basic %%%", false),
                ("/x", "authorization: Bearer s3cret", false),
                ("/x", "a: b", false),
            ],
        ),
        (
            api_key(ApiKeyPlace::Header),
            "ApiKey",
            &[
                ("/x", "x-key: s3cret", true),
                ("/x", "x-key: S3cret", false),
                ("/x", "x-key:", false),
                ("/x?X-Key=s3cret", "a: b", false),
            ],
        ),
        (
            api_key(ApiKeyPlace::Query),
            "ApiKey",
            &[("/x?a=b&X-Key=s3cret", "a: b", true), ("/x?X-Key=", "a: b", false), ("/x", "x-key: s3cret", false)],
        ),
        (
            api_key(ApiKeyPlace::Cookie),
            "ApiKey",
            &[
                ("/x", "cookie: a=b; X-Key=s3cret", true),
                ("/x", "cookie: X-Key=\"s3cret\"", true),
                ("/x", "cookie: X-Key=", false),
                ("/x", "x-key: s3cret", false),
            ],
        ),
    ] {
        let site = Site::start(authenticator, Some("s3cret")).await;
        for (path, header, passes) in cases {
            let answer = site.ask("GET", path, &[header]).await;
            if *passes {
                assert_eq!(answer.status, 501, "{path} {header}: {}", answer.text);
            } else {
                assert_eq!(answer.status, 401, "{path} {header}: {}", answer.text);
                assert_eq!(answer.all("www-authenticate"), [challenge], "{path} {header}");
                assert!(answer.text.contains("application/problem+json"), "{}", answer.text);
                assert!(!answer.text.contains("s3cret"), "{}", answer.text);
            }
        }
        // Nobody learns what is served without passing.
        for (method, path, status) in [
            ("GET", "/nowhere", 401),
            ("DELETE", "/x", 401),
            ("OPTIONS", "/x", 401),
            ("POST", "/mcp", 401),
            ("GET", "/", 401),
            ("GET", "/skills", 401),
            ("GET", "/skills/nothing", 401),
            ("GET", "/.well-known/oauth-protected-resource", 401),
        ] {
            assert_eq!(site.ask(method, path, &[]).await.status, status, "{method} {path}");
        }
    }
    let site = Site::start(bearer(), Some("s3cret")).await;
    for (method, path, status) in [("GET", "/nowhere", 404), ("DELETE", "/x", 405), ("GET", "/skills", 200)] {
        let answer = site.ask(method, path, &["authorization: Bearer s3cret"]).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn without_its_secret_nobody_passes() {
    let empty = basic_header("ada", "");
    let unsupported = Authenticator::Unsupported { kind: "kerberos".into(), origin: fixture::origin(9) };
    let odd = Authenticator::ApiKey { place: ApiKeyPlace::Header, name: literal("not a name"), value: literal("v") };
    for (authenticator, says) in [
        (bearer(), &["\"binding\":\"TOKEN\"", "\"file\":\"demo.yaml\",\"line\":3"][..]),
        (basic(), &["\"binding\":\"TOKEN\""]),
        (digest(), &["\"binding\":\"TOKEN\""]),
        (api_key(ApiKeyPlace::Header), &["\"binding\":\"TOKEN\""]),
        (api_key(ApiKeyPlace::Query), &["\"binding\":\"TOKEN\""]),
        (unsupported, &["kerberos", "\"line\":9"]),
        (odd, &["bad-authentication"]),
    ] {
        let site = Site::start(authenticator, None).await;
        for header in ["a: b", "authorization: Bearer {{TOKEN}}", "authorization: Bearer ", "x-key:", &empty] {
            let header = if header.contains(':') { header.to_owned() } else { format!("authorization: {header}") };
            for (method, path) in
                [("GET", "/x"), ("GET", "/x?X-Key="), ("POST", "/mcp"), ("GET", "/nowhere"), ("GET", "/skills")]
            {
                let answer = site.ask(method, path, &[&header]).await;
                assert_eq!(answer.status, 503, "{method} {path} {header}: {}", answer.text);
                assert!(says.iter().all(|part| answer.text.contains(part)), "{}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn digest_takes_each_answer_once() {
    let site = Site::start(digest(), Some("s3cret")).await;
    let answer = |path: &str, password: &str, challenge: &[String]| {
        let offered = challenges(challenge.iter().map(String::as_str));
        let session = Session::new(offered.into_iter().next().unwrap(), "0a4f113b".to_owned());
        let next = || {
            let target = RequestLine { method: "GET", uri: path };
            format!("authorization: {}", session.authorization("ada", password, target))
        };
        (next(), next())
    };
    let refused = site.ask("GET", "/x?a=b", &[]).await;
    assert_eq!(refused.status, 401);
    let offered = refused.all("www-authenticate");
    assert_eq!(offered.len(), 2, "{offered:?}");
    assert!(offered[0].contains("realm=\"capstan\"") && offered[0].contains("algorithm=SHA-256"), "{offered:?}");
    let (first, second) = answer("/x?a=b", "s3cret", &offered);
    assert_eq!(site.ask("GET", "/x?a=b", &[&first]).await.status, 501);
    assert_eq!(site.ask("GET", "/x?a=b", &[&second]).await.status, 501);
    let replayed = site.ask("GET", "/x?a=b", &[&first]).await;
    assert_eq!(replayed.status, 401);
    assert!(replayed.all("www-authenticate")[0].contains("stale=true"), "{}", replayed.text);
    let (elsewhere, _) = answer("/x?a=b", "s3cret", &replayed.all("www-authenticate"));
    assert_eq!(site.ask("GET", "/x?a=c", &[&elsewhere]).await.status, 401);
    let (wrong, _) = answer("/x", "wrong", &offered);
    let denied = site.ask("GET", "/x", &[&wrong]).await;
    assert_eq!(denied.status, 401);
    assert!(!denied.text.contains("stale"), "{}", denied.text);
    let (late, _) = answer("/x", "s3cret", &denied.all("www-authenticate"));
    site.pass(301);
    let stale = site.ask("GET", "/x", &[&late]).await;
    assert!(stale.status == 401 && stale.text.contains("stale=true"), "{}", stale.text);
}
