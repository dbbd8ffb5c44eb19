//! What secrets look like: prefixes their issuers give them, texts too random to be names, credentials inside a URL.

/// Prefixes that issuers put in front of what they issue, and how long the whole is at least.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 20),
    ("sk_live_", 20),
    ("sk_test_", 20),
    ("rk_live_", 20),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xapp-", 20),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 35),
    ("ya29.", 20),
    ("hf_", 30),
    ("SG.", 40),
];

/// The least length of what has one of them.
const SHORTEST: usize = 20;

/// Names of query parameters that hold a secret.
const IN_QUERY: &[&str] =
    &["api_key", "apikey", "api-key", "access_token", "token", "key", "secret", "password", "sig"];

/// Names of parameters and headers whose values are secret; letters and digits alone.
const SECRET_NAMES: &[&str] = &[
    "accesstoken",
    "apikey",
    "apitoken",
    "authorization",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "ocpapimsubscriptionkey",
    "password",
    "privatekey",
    "proxyauthorization",
    "secret",
    "secretkey",
    "sessiontoken",
    "subscriptionkey",
    "token",
    "xaccesstoken",
    "xapikey",
    "xapitoken",
    "xauthtoken",
    "xkey",
];

/// Whether a parameter or header of that name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_NAMES.contains(&&*plain)
}

/// Whether a text holds a secret of a known form.
pub(super) fn is_known(text: &str) -> bool {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return true;
    }
    let long = |word: &&str| word.len() >= SHORTEST;
    text.len() >= SHORTEST && text.split(|c: char| !is_part(c)).filter(long).any(|word| is_issued(word) || is_jwt(word))
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn is_issued(word: &str) -> bool {
    PREFIXES.iter().any(|(prefix, length)| word.len() >= *length && word.starts_with(prefix)) && is_mixed(word)
}

/// Three parts, the first two of them base64 of an object.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    matches!(parts.as_slice(), [head, claims, signature] if head.starts_with("eyJ") && claims.starts_with("eyJ") && signature.len() >= 16)
}

/// Letters and digits, as in nothing people spell.
fn is_mixed(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2 && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Whether a text is too random to be the name of something.
pub(super) fn is_random(text: &str) -> bool {
    let is_name = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') && text.contains('_');
    let longest = text.split(['-', '_', '.', '/', ':', ' ']).map(str::len).max().unwrap_or_default();
    is_known(text) || (!is_name && longest >= 16 && is_mixed(text) && !is_path(text) && !text.contains(' '))
}

/// Whether a template, or a placeholder in braces, gives the text or a part of it.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("<<") || text.contains("${") || (text.starts_with('{') && text.ends_with('}'))
}

/// Whether a text names a file rather than holding its contents.
pub(super) fn is_path(text: &str) -> bool {
    let files = [".pem", ".key", ".crt", ".cer", ".p12", ".pfx"];
    text.starts_with("file:")
        || text.starts_with("./")
        || text.starts_with("../")
        || (text.starts_with('/') && text.contains('.'))
        || files.iter().any(|end| text.ends_with(end))
}

/// Whether a value stands for itself: no reference, and more than the name of a scheme.
pub(super) fn is_constant(text: &str) -> bool {
    let reference = text.starts_with('$')
        || (text.split('.').count() > 1
            && text
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')));
    !reference && !["bearer", "basic", "token"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `Bearer x`, `Basic x`.
pub(super) fn has_scheme(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(scheme, rest)| {
        ["bearer", "basic", "token", "apikey", "digest"].iter().any(|word| scheme.eq_ignore_ascii_case(word))
            && !rest.trim().is_empty()
    })
}

/// `https://user:password@host`, or a query parameter called like a secret.
pub(super) fn url_has_secret(text: &str) -> bool {
    let authority = text.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
    let query = text.split_once('?').map_or("", |(_, query)| query);
    user.is_some_and(|(_, password)| !password.is_empty())
        || query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
            IN_QUERY.iter().any(|known| name.eq_ignore_ascii_case(known)) && (value.len() >= 16 && is_mixed(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issued_secrets_are_known_by_their_form() {
        for text in [
            "sk-proj-4fJ2kL9mN0pQ7rS",
            "use ghp_0123456789abcdefghijABCDEFGHIJ012345 here",
            "AKIAIOSFODNN7EXAMPLE2",
            "eyJhbGciOi.eyJzdWIiOi.SflKxwRJSMeKKF2QT4",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        ] {
            assert!(is_known(text), "{text}");
        }
        for text in ["sk-", "skip-this-operation-of-2024", "A plain sentence about tokens.", "eyJ.eyJ.x", "hf_transfer"]
        {
            assert!(!is_known(text), "{text}");
        }
    }

    #[test]
    fn names_are_not_random() {
        for text in [
            "FLUX_API_KEY",
            "MY_SERVICE_V2_TOKEN_2024",
            "prod/db/password",
            "oauth2-client-secret",
            "./keys/a1b2c3d4e5f6a7b8.pem",
        ] {
            assert!(!is_random(text), "{text}");
        }
        for text in ["9f8e7d6c5b4a39281706f5e4d3c2b1a0", "a8Fk29sLq0PzX7vB3nM1"] {
            assert!(is_random(text), "{text}");
        }
    }

    #[test]
    fn urls_and_constants() {
        assert!(url_has_secret("https://me:pw@api.example.com/x"));
        assert!(url_has_secret("/search?api_key=0123456789abcdef01"));
        assert!(!url_has_secret("https://api.example.com/x?key=name&page=1"));
        assert!(is_constant("Bearer abc") && is_constant("s3cr3t.value1"));
        assert!(!is_constant("Bearer") && !is_constant("tools.token") && !is_constant("$.token"));
    }
}
