//! Digest, Veracode HMAC, OAuth 2.0 and the small parts, against published vectors where there are any.

use std::time::Duration;

use url::Url;

use super::digest::{Algorithm, Challenge, Hash, RequestLine, Session, authorization, challenges};
use super::digest_server::{Expected, Refusal, Server};
use super::parts::{hex, unhex};
use super::{auth_header, hmac, oauth2};

fn field(header: &str, name: &str) -> Option<String> {
    auth_header::parse(header).first().and_then(|scheme| scheme.get(name).map(str::to_owned))
}

const RFC_7616: &str = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
    nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", \
    Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, \
    nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

#[test]
fn digest_answers_the_rfc_7616_challenges() {
    let offered = challenges([RFC_7616]);
    let answers: Vec<String> = offered
        .iter()
        .map(|challenge| {
            let target = RequestLine { method: "GET", uri: "/dir/index.html" };
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            authorization(challenge, "Mufasa", "Circle of Life", target, cnonce, 1)
        })
        .collect();
    let responses: Vec<_> = answers.iter().map(|answer| field(answer, "response").unwrap()).collect();
    assert_eq!(
        responses,
        ["753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", "8ca523f5e9506fed4657c9700eebdbec"]
    );
    assert!(
        answers[0].contains("algorithm=SHA-256, ") && answers[0].contains("qop=auth, nc=00000001, "),
        "{}",
        answers[0]
    );
    assert_eq!(field(&answers[0], "opaque").as_deref(), Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"));
}

#[test]
fn digest_answers_older_challenges() {
    let base = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
    let answer = |more: &str| {
        let challenge = challenges([format!("{base}{more}").as_str()]).remove(0);
        let target = RequestLine { method: "GET", uri: "/dir/index.html" };
        authorization(&challenge, "Mufasa", "Circle Of Life", target, "0a4f113b", 1)
    };
    assert_eq!(field(&answer(", qop=\"auth\""), "response").unwrap(), "6629fae49393a05397450978507c4ef1");
    let old = answer("");
    assert_eq!(field(&old, "response").unwrap(), "670fd8c2df070c60b045671b8b24ff02");
    assert!(!old.contains("cnonce") && !old.contains("qop"), "{old}");
    // Computed independently.
    assert_eq!(
        field(&answer(", qop=auth, algorithm=MD5-sess"), "response").unwrap(),
        "8e3825c57e897f5a0dec6c2d4e5059d0"
    );
}

#[test]
fn challenges_we_cannot_answer_are_left_out() {
    let headers = [
        "Negotiate YII=, Basic realm=\"a, b\"",
        "Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"",
        "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256",
        "Digest realm=\"x\"",
        "Basic realm=\"y\", Digest realm=\"q\\\"uote\", nonce=n, stale=TRUE, charset=UTF-8",
        "\"\\",
    ];
    let found = challenges(headers);
    let expected = Challenge {
        realm: "q\"uote".to_owned(),
        nonce: "n".to_owned(),
        opaque: None,
        algorithm: Algorithm { hash: Hash::Md5, session: false },
        qop: false,
        stale: true,
        userhash: false,
        charset: Some("UTF-8".to_owned()),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn a_session_counts_and_names_may_be_any_text() {
    let session = |charset: &str| {
        let challenge = format!("Digest realm=r, nonce=n, qop=auth, algorithm=SHA-256-sess{charset}");
        Session::new(challenges([challenge.as_str()]).remove(0), "c".to_owned())
    };
    let target = RequestLine { method: "GET", uri: "/" };
    let modern = session(", charset=UTF-8").authorization("Jäsøn", "p", target);
    assert!(modern.contains("username*=UTF-8''J%C3%A4s%C3%B8n,") && modern.contains("nc=00000001"), "{modern}");
    let session = session("");
    let older = session.authorization("Jäsøn", "p", target);
    assert!(older.contains("username=\"Jäsøn\",") && older.contains("nc=00000001"), "{older}");
    assert!(session.authorization("a", "p", target).contains("nc=00000002"));
}

fn answer(server: &Server, now: u64, password: &str, uri: &str) -> Vec<String> {
    let offered = challenges(server.challenges(now, [7; 8], false).iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(offered.len(), 2);
    offered
        .iter()
        .map(|challenge| authorization(challenge, "ann", password, RequestLine { method: "GET", uri }, "cn", 1))
        .collect()
}

#[test]
fn the_server_accepts_its_own_clients_only() {
    let server = Server::new("capstan", [1; 32], 300);
    let target = RequestLine { method: "GET", uri: "/a?b=c" };
    let who = Expected { username: "ann", password: "secret" };
    for header in answer(&server, 1000, "secret", "/a?b=c") {
        assert_eq!(server.verify(&header, target, who, 1000).map(|accepted| accepted.count), Ok(1));
        assert!(server.verify(&header, target, who, 1300).is_ok());
        assert_eq!(server.verify(&header, target, who, 1301), Err(Refusal::Stale));
        assert_eq!(server.verify(&header, target, who, 900), Err(Refusal::Stale));
        assert_eq!(server.verify(&header, RequestLine { method: "POST", ..target }, who, 1000), Err(Refusal::Denied));
        assert_eq!(server.verify(&header, RequestLine { uri: "/other", ..target }, who, 1000), Err(Refusal::Denied));
        assert_eq!(server.verify(&header, target, Expected { username: "bob", ..who }, 1000), Err(Refusal::Denied));
        let foreign = Server::new("capstan", [2; 32], 300);
        assert_eq!(foreign.verify(&header, target, who, 1000), Err(Refusal::Denied));
        let other_realm = Server::new("other", [1; 32], 300);
        assert_eq!(other_realm.verify(&header, target, who, 1000), Err(Refusal::Denied));
    }
    for header in answer(&server, 1000, "wrong", "/a?b=c") {
        assert_eq!(server.verify(&header, target, who, 1000), Err(Refusal::Denied));
        // A wrong answer is never called stale: that would make clients retry.
        assert_eq!(server.verify(&header, target, who, 9000), Err(Refusal::Denied));
    }
    for header in answer(&server, 1000, "secret", "http://host.example/a?b=c") {
        assert!(server.verify(&header, target, who, 1000).is_ok(), "an absolute URI of the same request");
    }
}

#[test]
fn the_server_survives_odd_headers() {
    let server = Server::new("r", [1; 32], 300);
    let target = RequestLine { method: "GET", uri: "/" };
    let who = Expected { username: "u", password: "p" };
    let good = authorization(
        &challenges(server.challenges(5, [0; 8], true).iter().map(String::as_str).collect::<Vec<_>>()).remove(0),
        "u",
        "p",
        target,
        "c",
        1,
    );
    assert!(server.verify(&good, target, who, 5).is_ok());
    let odd = [
        String::new(),
        "Digest".to_owned(),
        "Basic dTpw".to_owned(),
        "Bearer é\"".to_owned(),
        good.replace("qop=auth, ", ""),
        good.replace("nc=00000001", "nc=1"),
        good.replace("nc=00000001", "nc=00000000"),
        good.replace("username=\"u\"", "username*=latin1''u"),
        format!("{good}, Basic dTpw"),
    ];
    for header in odd {
        assert_eq!(server.verify(&header, target, who, 5), Err(Refusal::Malformed), "{header}");
    }
    let mut cut = good.clone();
    while cut.pop().is_some() {
        assert!(server.verify(&cut, target, who, 5).is_err() || cut.contains("cnonce=\"c"), "{cut}");
    }
}

#[test]
fn veracode_signs_as_its_own_libraries_do() {
    let url = Url::parse("https://analysiscenter.veracode.com/api/5.0/getapplist.do?a=b").unwrap();
    let key = "0123456789abcdef".repeat(8);
    let nonce = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let id = "3ddaeeb10ca690df3fee5e3bd1c329fa";
    // Computed independently.
    let expected = format!(
        "VERACODE-HMAC-SHA-256 id={id},ts=1445014411000,nonce=000102030405060708090a0b0c0d0e0f,sig=f0541934400804c9e28d4514345a241be8c66b36623a4e7ca9adc59967f9f1a0"
    );
    let sign = |id: &str, key: &str| hmac::authorization(id, key, "get", &url, 1_445_014_411_000, nonce);
    assert_eq!(sign(id, &key).unwrap(), expected);
    assert_eq!(sign(&format!("vera01ei-{id}"), &format!("vera01es-{key}")).unwrap(), expected);
    assert!(sign(id, "nothex").is_err() && sign(id, "").is_err());
}

fn client() -> oauth2::ClientCredentials<'static> {
    oauth2::ClientCredentials {
        client_id: "id:1",
        client_secret: "s cret",
        scope: "a b",
        audience: None,
        resource: Some("https://r.example/"),
        in_body: false,
    }
}

#[test]
fn the_token_request() {
    let basic = oauth2::token_request(&client());
    assert_eq!(*basic.body, "grant_type=client_credentials&scope=a+b&resource=https%3A%2F%2Fr.example%2F");
    // id%3A1:s+cret
    assert_eq!(basic.authorization.unwrap().as_str(), "Basic aWQlM0ExOnMrY3JldA==");
    let form = oauth2::token_request(&oauth2::ClientCredentials {
        scope: "",
        resource: None,
        audience: Some("x"),
        in_body: true,
        ..client()
    });
    assert_eq!(*form.body, "grant_type=client_credentials&audience=x&client_id=id%3A1&client_secret=s+cret");
    assert!(form.authorization.is_none());
}

#[test]
fn the_token_response() {
    let token =
        oauth2::token(200, br#"{"access_token":"t","token_type":"bearer","expires_in":"3600","scope":"a"}"#).unwrap();
    assert_eq!(token.authorization().as_str(), "Bearer t");
    assert_eq!(token.keep_for(), Duration::from_secs(3540));
    assert_eq!(
        oauth2::token(200, br#"{"access_token":"t","expires_in":10}"#).unwrap().keep_for(),
        Duration::from_secs(9)
    );
    assert_eq!(oauth2::token(200, br#"{"access_token":"t"}"#).unwrap().keep_for(), Duration::from_secs(270));
    assert_eq!(oauth2::token(200, br#"{"access_token":"t","expires_in":-5}"#).unwrap().expires_in, None);
    let refused = |status, body: &str| oauth2::token(status, body.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        refused(401, r#"{"error":"invalid_client","error_description":"no"}"#),
        "the token endpoint answered 401, invalid_client: no"
    );
    assert_eq!(refused(500, "<html>"), "the token endpoint answered 500 without a JSON object");
    assert_eq!(refused(200, "{}"), "the token endpoint answered 200 without an access token");
    assert_eq!(
        refused(200, r#"{"access_token":"t","token_type":"mac"}"#),
        "the token endpoint answered 200 with a token of type `mac`"
    );
    assert!(refused(200, r#"{"access_token":"a\nb"}"#).ends_with("no header can hold"));
}

#[test]
fn discovery() {
    let texts = |issuer: &str| oauth2::metadata_urls(issuer).unwrap().iter().map(Url::to_string).collect::<Vec<_>>();
    assert_eq!(
        texts("https://as.example/t1/"),
        [
            "https://as.example/.well-known/oauth-authorization-server/t1",
            "https://as.example/t1/.well-known/openid-configuration",
            "https://as.example/t1/.well-known/oauth-authorization-server",
        ]
    );
    assert_eq!(texts("https://as.example").len(), 2);
    assert!(oauth2::metadata_urls("not a url").is_err());
    let endpoint = |metadata: &str| oauth2::token_endpoint("https://as.example", metadata.as_bytes());
    let good = r#"{"issuer":"https://as.example/","token_endpoint":"https://as.example/token"}"#;
    assert_eq!(endpoint(good).unwrap().as_str(), "https://as.example/token");
    assert!(endpoint(r#"{"token_endpoint":"http://as.example/token"}"#).is_err());
    assert!(endpoint(r#"{"issuer":"https://evil.example","token_endpoint":"https://e.example/token"}"#).is_err());
    assert!(endpoint("[]").is_err());
}

#[test]
fn hexadecimal() {
    assert_eq!(hex(&[0, 0xAF]), "00af");
    assert_eq!(unhex("00aF"), Some(vec![0, 0xAF]));
    assert_eq!(unhex("0"), None);
    assert_eq!(unhex("zz"), None);
}
