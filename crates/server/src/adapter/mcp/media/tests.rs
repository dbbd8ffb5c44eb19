//! Tests of `media`.

use super::*;

#[test]
fn named_types_are_believed() {
    for (given, kind) in [
        ("application/json; charset=utf-8", Kind::Json),
        ("application/problem+json", Kind::Json),
        ("text/csv", Kind::Text),
        ("application/atom+xml", Kind::Text),
        ("Image/PNG", Kind::Image),
        ("audio/wav", Kind::Audio),
        ("application/pdf", Kind::Binary),
    ] {
        assert_eq!(classify(Some(given), b"whatever").1, kind, "{given}");
    }
}

#[test]
fn bytes_nobody_named_are_looked_at() {
    assert_eq!(classify(Some("application/octet-stream"), b"\x89PNG\r\n\x1a\n...").0, "image/png");
    assert_eq!(classify(None, b"RIFF\0\0\0\0WAVEfmt ").0, "audio/wav");
    assert_eq!(classify(None, b" {\"a\":1}").1, Kind::Json);
    assert_eq!(classify(None, b"hello").1, Kind::Text);
    assert_eq!(classify(None, b"\0\x01").1, Kind::Binary);
    assert_eq!(classify(Some("application/octet-stream"), b"hello").1, Kind::Binary);
}

#[test]
fn text_is_read_in_its_charset() {
    assert_eq!(text(Some("text/plain; charset=ISO-8859-1"), vec![0xe9]), "é");
    assert_eq!(text(Some("text/plain"), "\u{feff}é".into()), "é");
}
