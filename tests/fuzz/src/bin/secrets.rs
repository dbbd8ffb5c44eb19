//! Texts that may show a secret, as they are hidden whole and in pieces: the first byte says how long a piece is.
#![no_main]

use std::sync::LazyLock;

use capstan_engine::{Secrets, fuzzing};
use libfuzzer_sys::fuzz_target;

const SHOWN: [&str; 6] = ["sk-0123456789", "0123", "p@ss/w\"o\\r&d<'\u{e9}+ 9", "aaaaaaab", "abab", "\u{1f600}key"];

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
    let secrets = Secrets::default();
    SHOWN.iter().for_each(|secret| secrets.register(secret));
    secrets
});

fuzz_target!(|bytes: &[u8]| {
    let Some((piece, text)) = bytes.split_first() else { return };
    let hidden = SECRETS.hide_bytes(text);
    assert_eq!(hidden, fuzzing::passed_on(text, usize::from(*piece), &SECRETS), "in pieces it is another text");
    let shows = |secret: &str| hidden.windows(secret.len()).any(|part| part == secret.as_bytes());
    // Unless what stands in place of one makes another.
    assert!(!SHOWN.iter().any(|secret| shows(secret)), "a secret is seen");
    if let Ok(text) = std::str::from_utf8(text) {
        assert_eq!(SECRETS.hide(text).as_bytes(), &*hidden, "a text is hidden otherwise than its bytes");
    }
});
