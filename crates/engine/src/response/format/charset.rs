//! Bytes to text: byte order mark, then the media type's charset, then what the document says of itself, then UTF-8.
//! Bytes that are not of the charset become U+FFFD. Does not look at content beyond those declarations.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// How far a document's own declaration of its charset is looked for.
const PRESCAN: usize = 1024;

/// A text format's body.
#[must_use]
pub fn text<'a>(body: &'a [u8], media_type: Option<&str>) -> Cow<'a, str> {
    decode(body, stated(media_type))
}

/// Whether a media type names a charset we know that is not UTF-8.
#[must_use]
pub fn is_foreign(media_type: Option<&str>) -> bool {
    stated(media_type).is_some_and(|encoding| encoding != UTF_8)
}

/// An XML body: its declaration counts where the media type is silent.
pub(super) fn xml<'a>(body: &'a [u8], media_type: Option<&str>) -> Cow<'a, str> {
    let declared = || {
        let head = body.get(..PRESCAN.min(body.len()))?;
        // A declaration in UTF-16 is not ASCII; without a byte order mark only its zero bytes give it away.
        match head {
            [0, b'<', ..] => return Some(encoding_rs::UTF_16BE),
            [b'<', 0, ..] => return Some(encoding_rs::UTF_16LE),
            _ => {}
        }
        let head = String::from_utf8_lossy(head);
        let declaration = head.strip_prefix("<?xml")?.split("?>").next()?.to_owned();
        label(quoted(declaration.split_once("encoding")?.1))
    };
    decode(body, stated(media_type).or_else(declared))
}

/// An HTML body: a `meta` charset counts where the media type is silent.
pub(super) fn html<'a>(body: &'a [u8], media_type: Option<&str>) -> Cow<'a, str> {
    let declared = || {
        let head = String::from_utf8_lossy(body.get(..PRESCAN.min(body.len()))?).to_ascii_lowercase();
        head.match_indices("<meta").find_map(|(at, _)| {
            let tag = head.get(at..)?.split('>').next()?;
            label(quoted(tag.split_once("charset")?.1))
        })
    };
    decode(body, stated(media_type).or_else(declared))
}

/// The charset parameter of a media type, when it names one we know.
pub(super) fn stated(media_type: Option<&str>) -> Option<&'static Encoding> {
    let mut parts = media_type?.split(';').skip(1);
    parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("charset") { label(value.trim().trim_matches(['"', '\''])) } else { None }
    })
}

fn decode<'a>(body: &'a [u8], encoding: Option<&'static Encoding>) -> Cow<'a, str> {
    encoding.unwrap_or(UTF_8).decode(body).0
}

fn label(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// The value after a name: ` = "utf-8"` gives `utf-8`.
fn quoted(rest: &str) -> &str {
    let rest = rest.trim_start().trim_start_matches('=').trim_start().trim_start_matches(['"', '\'']);
    rest.split(['"', '\'', ';', ' ', '/', '>']).next().unwrap_or_default()
}
