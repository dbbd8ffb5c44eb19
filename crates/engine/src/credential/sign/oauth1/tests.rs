//! The base string against RFC 5849's rules; signatures against the key they were made with.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::{Message, SigningKey, authorization, base_string, fields};

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn message<'a>(url: &'a Url, body: &'a [u8]) -> Message<'a> {
    Message { method: "post", url, body, now: 137_131_201, nonce: "7d8f3e4a" }
}

#[test]
fn the_base_string_is_rfc_5849s() {
    let url = Url::parse("HTTP://Example.com:80/request%20path?b5=%3D%253D&a3=a&c%40=&a2=r%20b&a3=2+q").unwrap();
    let message = message(&url, b"");
    let base = base_string(&message, &fields("9djdj82h48djs9d2", &message)).unwrap();
    assert_eq!(
        base,
        "POST&http%3A%2F%2Fexample.com%2Frequest%2520path&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D\
         %26oauth_body_hash%3D47DEQpj8HBSa%252B%252FTImW%252B5JCeuQeRkm5NMpJWZG3hSuFU%253D%26oauth_consumer_key%3D9djdj82h48djs9d2\
         %26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DRSA-SHA256%26oauth_timestamp%3D137131201%26oauth_version%3D1.0"
    );
}

#[test]
fn a_port_of_its_own_stays() {
    let url = Url::parse("https://sandbox.api.example.com:8443/x").unwrap();
    let message = message(&url, b"{}");
    let base = base_string(&message, &[]).unwrap();
    assert_eq!(base, "POST&https%3A%2F%2Fsandbox.api.example.com%3A8443%2Fx&");
}

#[test]
fn both_key_forms_sign_and_the_signature_verifies() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let pkcs1 = &pkcs8.as_ref()[26..];
    let public: &PublicKey = pair.public_key();
    let url = Url::parse("https://api.example.com/match?x=1").unwrap();
    let message = message(&url, b"{\"a\":1}");
    let expected = base_string(&message, &fields("key!123", &message)).unwrap();
    let escaped = pem("PRIVATE KEY", pkcs8.as_ref()).replace('\n', "\\n");
    for text in [pem("RSA PRIVATE KEY", pkcs1), pem("PRIVATE KEY", pkcs8.as_ref()), escaped] {
        let header = authorization("key!123", &SigningKey::from_pem(&text).unwrap(), &message).unwrap();
        assert!(header.starts_with("OAuth oauth_body_hash=\""), "{header}");
        assert!(header.contains("oauth_consumer_key=\"key%21123\""), "{header}");
        let signature = header.split("oauth_signature=\"").nth(1).unwrap().trim_end_matches('"');
        let signature = percent_encoding::percent_decode_str(signature).decode_utf8().unwrap().into_owned();
        let signature = STANDARD.decode(signature).unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref())
            .verify(expected.as_bytes(), &signature)
            .unwrap();
    }
}

#[test]
fn what_is_no_key_is_refused_with_a_reason() {
    let refused = |text: &str| SigningKey::from_pem(text).err().unwrap().to_string();
    assert_eq!(refused(""), "there is no private key in PEM form");
    assert_eq!(refused("-----BEGIN PRIVATE KEY-----\nAAAA"), "the PEM block `PRIVATE KEY` has no end");
    assert_eq!(refused(&pem("ENCRYPTED PRIVATE KEY", b"x")), "the private key is encrypted");
    assert_eq!(refused("-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----"), "the private key is not base64");
    assert!(refused(&pem("PRIVATE KEY", b"x")).starts_with("the private key is not usable"));
    assert_eq!(refused(&pem("CERTIFICATE", b"x")), "there is no private key in PEM form");
}
