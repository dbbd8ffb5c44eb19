//! Keys and words in the spelling of the dialect, credentials in its one form, bodies by its types.

use super::{
    draft::Draft,
    tree::{Kind, Piece},
};
use crate::{fields::Key, keys, standard::Dialect};

/// Spells what has another spelling.
pub(super) fn change(draft: &mut Draft<'_>) {
    let dialect = draft.dialect;
    draft.everywhere(&|piece| names(piece));
    draft.everywhere(&|piece| spell(piece, dialect));
    draft.everywhere(&kinds);
    draft.everywhere(&api_key);
    draft.everywhere(&bearer);
    draft.everywhere(&no_credential);
    draft.everywhere(&body_type);
    draft.everywhere(&empty_body);
    draft.everywhere(&base);
    draft.everywhere(&nameless);
    draft.everywhere(&braces);
}

/// How a dialect spells the key of a row.
fn official(row: &Key, dialect: Dialect) -> &'static str {
    match (row.name, dialect) {
        ("label", Dialect::Ikanos) => "display",
        ("flows", Dialect::Naftiko) => "functions",
        ("target", Dialect::Naftiko) => "targetName",
        ("location", Dialect::Ikanos) if row.aliases.contains(&"from") => "from",
        (name, _) => name,
    }
}

/// Keys that have another spelling.
fn spell(piece: &mut Piece, dialect: Dialect) -> bool {
    let Some(table) = piece.table().filter(|table| !std::ptr::eq(*table, &raw const keys::MEMBER)) else {
        return false;
    };
    let present: Vec<String> = piece.entries().iter().map(|entry| entry.key.clone()).collect();
    let mut changed = false;
    for entry in piece.entries_mut().into_iter().flatten() {
        let Some(row) = table.key(&entry.key).filter(|row| !row.extension) else { continue };
        let right = official(row, dialect);
        // In a mapping from names an `id` is no name.
        if right != entry.key && right != "name" && !present.iter().any(|key| key == right) {
            entry.rename(right);
            changed = true;
        }
    }
    changed
}

/// Listed things that carry their name under another key.
fn names(piece: &mut Piece) -> bool {
    let mut changed = false;
    for entry in piece.entries_mut().into_iter().flatten().filter(|entry| entry.named) {
        let Kind::List { items, .. } = &mut entry.piece.kind else { continue };
        for item in items.iter_mut().filter(|item| item.get("name").is_none()) {
            let id =
                item.entries_mut().into_iter().flatten().find(|entry| ["id", "operationId"].contains(&&*entry.key));
            if let Some(id) = id {
                id.rename("name");
                changed = true;
            }
        }
    }
    changed
}

/// Kinds of exposures and methods.
fn kinds(piece: &mut Piece) -> bool {
    let rest = piece.is(&keys::REST);
    let Some(method) = piece.table().map(|_| piece.get("method").and_then(Piece::scalar).map(str::to_owned)) else {
        return false;
    };
    let mut changed = false;
    if rest && piece.get("type").and_then(Piece::scalar) == Some("http") {
        piece.set("type", Piece::text("rest"), None);
        changed = true;
    }
    if let Some(method) = method.filter(|method| method.chars().any(|c| c.is_ascii_lowercase())) {
        piece.set("method", Piece::text(&method.to_ascii_uppercase()), None);
        changed = true;
    }
    changed
}

fn word(piece: &Piece, key: &str) -> Option<String> {
    piece.get(key).and_then(Piece::scalar).map(str::to_owned)
}

/// An API key: `key`, `value` and `placement`.
fn api_key(piece: &mut Piece) -> bool {
    let Some(ty) = word(piece, "type").filter(|_| piece.is(&keys::AUTH)) else { return false };
    let lower = ty.trim().to_ascii_lowercase();
    let fixed = match lower.as_str() {
        "apikey" | "api-key" | "api_key" => None,
        "header" | "query" => Some(lower.clone()),
        _ => return false,
    };
    let before = format!("{piece:?}");
    if ty != "apikey" {
        piece.set("type", Piece::text("apikey"), Some(0));
    }
    only_pair(piece);
    let header = word(piece, "header");
    let value = word(piece, "value").or_else(|| word(piece, "token"));
    if let Some(header) = &header {
        let value = value.or_else(|| word(piece, "key"));
        piece.take("header");
        piece.set("key", Piece::text(header), Some(1));
        if let Some(value) = value {
            set_text(piece, "value", &value);
        }
    } else if word(piece, "name").is_some() && piece.get("key").is_none() {
        rename(piece, "name", "key");
    }
    if piece.get("value").is_none() {
        rename(piece, "token", "value");
    } else {
        piece.take("token");
    }
    if piece.get("placement").is_none() {
        rename(piece, "in", "placement");
    }
    if piece.get("placement").is_none() {
        piece.set("placement", Piece::text(fixed.as_deref().unwrap_or("header")), None);
    }
    format!("{piece:?}") != before
}

/// One header or parameter in a mapping or list of them.
fn only_pair(piece: &mut Piece) {
    for (list, place) in [("headers", "header"), ("parameters", "query")] {
        let Some(pairs) = piece.get(list) else { continue };
        let named = |pair: &Piece| Some((word(pair, "key").or_else(|| word(pair, "name"))?, word(pair, "value")?));
        let all: Vec<(String, String)> = match pairs.items() {
            [] => pairs.entries().iter().filter_map(|e| Some((e.key.clone(), e.piece.scalar()?.to_owned()))).collect(),
            items => items.iter().filter_map(named).collect(),
        };
        if let ([(name, value)], None) = (all.as_slice(), piece.get("key")) {
            piece.take(list);
            piece.set("key", Piece::text(name), Some(1));
            piece.set("value", Piece::text(value), Some(2));
            piece.set("placement", Piece::text(place), Some(3));
        }
    }
}

fn rename(piece: &mut Piece, from: &str, to: &str) {
    if let Some(entry) = piece.entries_mut().into_iter().flatten().find(|entry| entry.key == from) {
        entry.rename(to);
    }
}

fn set_text(piece: &mut Piece, key: &str, text: &str) {
    if word(piece, key).as_deref() != Some(text) {
        piece.set(key, Piece::text(text), None);
    }
}

/// A bearer token is a `token`.
fn bearer(piece: &mut Piece) -> bool {
    let is_bearer = piece.is(&keys::AUTH) && word(piece, "type").is_some_and(|ty| ty.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return false;
    }
    let before = format!("{piece:?}");
    set_text(piece, "type", "bearer");
    if piece.get("token").is_none() {
        rename(piece, "value", "token");
    }
    piece.take("placement");
    format!("{piece:?}") != before
}

/// Nothing proves nobody: `type: none` is left out.
fn no_credential(piece: &mut Piece) -> bool {
    let none = |auth: &Piece| word(auth, "type").is_some_and(|ty| ty.eq_ignore_ascii_case("none"));
    piece.get("authentication").is_some_and(none) && piece.take("authentication").is_some()
}

/// The types of bodies.
fn body_type(piece: &mut Piece) -> bool {
    let Some(ty) = word(piece, "type").filter(|_| piece.is(&keys::BODY)) else { return false };
    let right = match ty.trim().to_ascii_lowercase().as_str() {
        "form" | "urlencoded" | "formurlencoded" | "application/x-www-form-urlencoded" => "formUrlEncoded",
        "multipart" | "multipartform" | "multipart/form-data" => "multipartForm",
        "json" | "application/json" => "json",
        "text" | "raw" => "text",
        "xml" | "application/xml" => "xml",
        "sparql" | "application/sparql-query" => "sparql",
        _ => return false,
    };
    if right != ty {
        piece.set("type", Piece::text(right), None);
    }
    right != ty
}

/// A body with nothing in it is none.
fn empty_body(piece: &mut Piece) -> bool {
    let Some(body) = piece.get("body").filter(|body| body.is(&keys::BODY)) else { return false };
    let nothing = match body.get("data").map(|data| &data.kind) {
        None | Some(Kind::Nothing) => true,
        Some(Kind::Map { entries, .. }) => entries.is_empty(),
        Some(Kind::Scalar(scalar)) => scalar.text.is_empty(),
        Some(Kind::List { .. }) => false,
    };
    nothing && piece.take("body").is_some()
}

/// A base URI without a scheme is one of HTTPS.
fn base(piece: &mut Piece) -> bool {
    let Some(base) = word(piece, "baseUri").filter(|_| piece.is(&keys::CONSUMES)) else { return false };
    let bare = base.trim().trim_start_matches("//");
    if bare.is_empty() || base.contains("://") || bare.starts_with(['{', '$', '/', '[']) {
        return false;
    }
    piece.set("baseUri", Piece::text(&format!("https://{bare}")), None);
    true
}

/// Parameters without a name are sent nowhere.
fn nameless(piece: &mut Piece) -> bool {
    let Some(Kind::List { items, .. }) = piece.get_mut("inputParameters").map(|piece| &mut piece.kind) else {
        return false;
    };
    let before = items.len();
    items.retain(|item| item.get("name").and_then(Piece::scalar) != Some(""));
    let (changed, empty) = (items.len() != before, items.is_empty());
    if changed && empty {
        piece.take("inputParameters");
    }
    changed
}

/// Placeholders: `{{x}}` in what is consumed, `{x}` in what is exposed.
fn braces(piece: &mut Piece) -> bool {
    let Some(path) = word(piece, "path") else { return false };
    let right = if piece.is(&keys::RESOURCE) || piece.is(&keys::OPERATION) {
        doubled(&path)
    } else if piece.is(&keys::EXPOSED_RESOURCE) {
        path.replace("{{", "{").replace("}}", "}")
    } else {
        return false;
    };
    if right != path {
        piece.set("path", Piece::text(&right), None);
    }
    right != path
}

/// Single braces as double ones.
fn doubled(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut before = ' ';
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        let alone = before != c && chars.peek() != Some(&c) && !(c == '{' && before == '$');
        out.push(c);
        if matches!(c, '{' | '}') && alone {
            out.push(c);
        }
        before = c;
    }
    out
}
