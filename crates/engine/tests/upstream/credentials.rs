//! Credentials that take more than a header: challenges, signatures, tokens.

use super::fixture::*;

#[tokio::test]
async fn digest_answers_the_challenge_and_keeps_it() {
    let (base, seen) = upstream(|text, _| {
        if text.to_lowercase().contains("authorization: digest") {
            return ok("application/json", "{}");
        }
        let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", \
                         algorithm=SHA-256\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        vec![(challenge.into(), 0)]
    })
    .await;
    let credential = Credential::Digest { username: Template::text("u"), password: Template::Binding(BindingId(0)) };
    let engine = engine(plan(&base, Some(credential), simple(request("/p?q=1"), Outputs::Identity)));
    for _ in 0..2 {
        assert_eq!(invoke(&engine, Inputs::with_slots(8)).await.unwrap().status, 200);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].contains("nc=00000001") && seen[2].contains("nc=00000002"), "{seen:?}");
}

#[tokio::test]
async fn a_handshake_outlives_an_activation_that_changes_nothing_of_it() {
    let (base, seen) = upstream(|text, _| {
        if text.to_lowercase().contains("authorization: digest") {
            return ok("application/json", "{}");
        }
        let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", \
                         algorithm=SHA-256\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        vec![(challenge.into(), 0)]
    })
    .await;
    let shared = Shared::system();
    let activated = |password: &'static str| {
        let credential =
            Credential::Digest { username: Template::text("u"), password: Template::Binding(BindingId(0)) };
        let plan = plan(&base, Some(credential), simple(request("/"), Outputs::Identity));
        let resolver = move |_: &Binding| Ok(Some(password.to_owned()));
        Engine::activate(Arc::new(plan), &resolver, &Overrides::default(), Arc::clone(&shared))
    };
    let first = activated("same");
    let requests = |expected: usize| assert_eq!(seen.lock().unwrap().len(), expected);
    invoke(&first, Inputs::with_slots(8)).await.unwrap();
    requests(2);
    let second = activated("same");
    drop(first);
    invoke(&second, Inputs::with_slots(8)).await.unwrap();
    requests(3);
    let other = activated("other");
    invoke(&other, Inputs::with_slots(8)).await.unwrap();
    requests(5);
}

#[tokio::test]
async fn an_unusable_signing_key_is_told_before_anything_is_sent() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let credential = Credential::OAuth1 {
        consumer_key: Template::text("id"),
        signing_key: Template::text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
    };
    let engine = engine(plan(&base, Some(credential), simple(request("/"), Outputs::Identity)));
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Capability(CapabilityFault::BadCredential));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn access_tokens_are_fetched_once_and_renewed_when_refused() {
    let (base, seen) = upstream(|text, count| {
        if text.starts_with("POST /token") {
            return ok(
                "application/json",
                &format!("{{\"access_token\":\"t{count}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}"),
            );
        }
        if text.contains("Bearer t1\r\n") && count > 3 {
            return whole("401 Unauthorized", "application/json", "{}");
        }
        ok("application/json", "{}")
    })
    .await;
    let credential = Credential::OAuth2 {
        token_url: Template::text(&format!("{base}/token")),
        discover: false,
        client_id: Template::text("id"),
        client_secret: Template::Binding(BindingId(0)),
        scope: "".into(),
        audience: None,
        resource: None,
        in_body: true,
    };
    let engine = engine(plan(&base, Some(credential), simple(request("/x"), Outputs::Identity)));
    for _ in 0..3 {
        assert_eq!(invoke(&engine, Inputs::with_slots(8)).await.unwrap().status, 200);
    }
    let seen = seen.lock().unwrap();
    let tokens = seen.iter().filter(|text| text.starts_with("POST /token")).count();
    assert_eq!((seen.len(), tokens), (6, 2), "{seen:?}");
}
