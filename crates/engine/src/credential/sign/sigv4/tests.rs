//! AWS's published test suite and documented examples.

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::super::parts::{hex, sha256};
use super::{Keys, Message, authorization, prepare, sign};

/// 2015-08-30T12:36:00Z, the suite's time.
const SUITE_TIME: u64 = 1_440_938_160;

const SUITE: Keys<'static> = Keys {
    access_key: "AKIDEXAMPLE",
    secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    session_token: None,
    region: "us-east-1",
    service: "service",
};

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn signed(keys: &Keys<'_>, method: &str, url: &str, pairs: &[(&str, &str)], body: &[u8], now: u64) -> String {
    let mut url = Url::parse(url).unwrap();
    prepare(&mut url);
    let headers = headers(pairs);
    let added = sign(keys, &Message { method, url: &url, headers: &headers, body, now }).unwrap();
    added.into_iter().find(|(name, _)| name == "authorization").unwrap().1.to_str().unwrap().to_owned()
}

fn suite(method: &str, url: &str, pairs: &[(&str, &str)], body: &[u8]) -> (String, String) {
    let header = signed(&SUITE, method, url, pairs, body, SUITE_TIME);
    let names = header.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap().to_owned();
    (names, header.rsplit('=').next().unwrap().to_owned())
}

#[test]
fn the_test_suite() {
    let url = "https://example.amazonaws.com/";
    let plain = "host;x-amz-date";
    let cases: [(&str, &str, &str); 8] = [
        ("GET", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("GET", "?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        ("GET", "example/..", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "?Param1=value2&Param1=Value1", "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
        ("POST", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("POST", "?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    ];
    for (method, rest, signature) in cases {
        let (names, found) = suite(method, &format!("{url}{rest}"), &[], b"");
        assert_eq!((names.as_str(), found.as_str()), (plain, signature), "{method} {rest}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(
        suite("POST", url, &form, b"Param1=value1"),
        (
            "content-type;host;x-amz-date".to_owned(),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a".to_owned()
        )
    );
}

/// The suite signs headers of its own names, which requests of ours leave out.
#[test]
fn header_values_are_trimmed_and_sorted() {
    let url = Url::parse("https://example.amazonaws.com/").unwrap();
    let none = HeaderMap::new();
    let message = Message { method: "GET", url: &url, headers: &none, body: b"", now: SUITE_TIME };
    let list =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    let signed = list(&[
        ("host", "example.amazonaws.com"),
        ("my-header1", "value1"),
        ("my-header2", "\"a b c\""),
        ("x-amz-date", "20150830T123600Z"),
    ]);
    let header = authorization(&SUITE, &message, "20150830T123600Z", &signed, &hex(&sha256(b"")));
    assert!(header.ends_with("acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"), "{header}");
}

#[test]
fn the_documented_iam_request() {
    let keys = Keys { service: "iam", ..SUITE };
    let header = signed(
        &keys,
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
        b"",
        SUITE_TIME,
    );
    assert_eq!(
        header,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    );
}

#[test]
fn the_documented_s3_requests() {
    let keys = Keys {
        access_key: "AKIAIOSFODNN7EXAMPLE",
        secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        service: "s3",
        ..SUITE
    };
    let day = 1_369_353_600;
    let get = |url: &str, pairs: &[(&str, &str)]| {
        signed(&keys, "GET", url, pairs, b"", day).rsplit('=').next().unwrap().to_owned()
    };
    let object = get("https://examplebucket.s3.amazonaws.com/test.txt", &[("range", "bytes=0-9")]);
    assert_eq!(object, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    let lifecycle = get("https://examplebucket.s3.amazonaws.com/?lifecycle", &[]);
    assert_eq!(lifecycle, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    let listing = get("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", &[]);
    assert_eq!(listing, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

#[test]
fn temporary_credentials_sign_their_token() {
    let keys = Keys { session_token: Some("AQoDYXdzEPT//"), ..SUITE };
    let url = Url::parse("https://example.amazonaws.com/").unwrap();
    let none = HeaderMap::new();
    let added = sign(&keys, &Message { method: "GET", url: &url, headers: &none, body: b"", now: SUITE_TIME }).unwrap();
    let get = |name: &str| added.iter().find(|(n, _)| n == name).map(|(_, v)| v.to_str().unwrap().to_owned());
    assert_eq!(get("x-amz-security-token").as_deref(), Some("AQoDYXdzEPT//"));
    assert!(get("authorization").unwrap().contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
    assert!(added.iter().filter(|(_, value)| value.is_sensitive()).count() == 2);
    let broken = Keys { session_token: Some("a\nb"), ..SUITE };
    assert!(sign(&broken, &Message { method: "GET", url: &url, headers: &none, body: b"", now: 0 }).is_err());
}

#[test]
fn a_query_is_rewritten_to_what_is_signed() {
    let mut url = Url::parse("https://h.example/?q=a+b&x=%7e&flag&u=%C3%A9").unwrap();
    prepare(&mut url);
    assert_eq!(url.query(), Some("q=a%20b&x=~&flag&u=%C3%A9"));
}
