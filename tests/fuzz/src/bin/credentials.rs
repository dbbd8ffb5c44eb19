//! The grammar of challenges and credentials: what an upstream asks for, and what a caller proves.
#![no_main]

use std::sync::LazyLock;

use capstan_engine::sign::{
    digest::{RequestLine, authorization, challenges},
    digest_server::{Expected, Server},
};
use libfuzzer_sys::fuzz_target;

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::new("realm", [7; 32], 300));

const LINE: RequestLine<'_> = RequestLine { method: "GET", uri: "/a?b=c" };
const NOW: u64 = 1_700_000_000;

fuzz_target!(|header: &str| {
    let expected = |username, password| Expected { username, password };
    assert!(SERVER.verify(header, LINE, expected("me", "secret"), NOW).is_err(), "nobody knows the key");
    for challenge in challenges([header]) {
        let answer = authorization(&challenge, "m\"e\u{e9}", "secret", LINE, "cnonce", 1);
        assert!(!answer.contains("secret") || header.contains("secret"), "{answer}");
    }
    // What was changed of a good answer is no good answer, or says the same.
    let [challenge, ..] = &challenges(SERVER.challenges(NOW, [1; 8], false).iter().map(String::as_str))[..] else {
        panic!("we understand ourselves")
    };
    let good = authorization(challenge, "me", "secret", LINE, header, 1);
    assert!(SERVER.verify(&good, LINE, expected("me", "secret"), NOW).is_ok(), "{good}");
    assert!(SERVER.verify(&good, LINE, expected("me", "other"), NOW).is_err(), "{good}");
});
