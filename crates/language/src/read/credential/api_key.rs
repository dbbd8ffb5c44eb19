//! API keys, however they are written: `key` and `value`, `header`, several `headers` or `parameters` (rules A1-A3).

use capstan_plan::FieldPlace;

use super::form::Form;
use crate::{
    diagnostic::Code,
    document::Node,
    model::{CredentialKind, FieldDecl, SecretDecl},
    source::Spanned,
};

/// The fields of an API key; `word` is the type in lower case, which may be a place itself.
pub(super) fn fields<'d>(form: &mut Form<'_, 'd>, written: Spanned<&'d str>, word: &str) -> CredentialKind<'d> {
    let fixed = match word {
        "header" => Some(FieldPlace::Header),
        "query" => Some(FieldPlace::Query),
        _ => None,
    };
    if fixed.is_some() {
        form.rule(Code::AuthAlias, written.span, format!("type `{}` is read as an API key", written.value));
    }
    let place = place(form).or(fixed).unwrap_or(FieldPlace::Header);
    let several = several(form, place);
    let (name, value) = single(form);
    let value = match (&name, value) {
        // Published files that leave the value out copy the words of OpenAPI.
        (Some(_), None) if several.is_empty() && form.has("name") => {
            Some(SecretDecl::Conventional { suffix: "API_KEY", told: false })
        }
        (Some(_), None) if several.is_empty() => Some(form.conventional("value", "API_KEY")),
        (_, value) => value,
    };
    if name.is_none() && several.is_empty() {
        form.fields.missing("key", form.sink);
        return CredentialKind::Unusable("the API key has no name".to_owned());
    }
    let first = name.zip(value).map(|(name, value)| FieldDecl { place, name: name.value, value });
    CredentialKind::Fields(first.into_iter().chain(several).collect())
}

/// Every entry of `headers` and `parameters`.
fn several<'d>(form: &mut Form<'_, 'd>, place: FieldPlace) -> Vec<FieldDecl<'d>> {
    let mut all = Vec::new();
    for (key, place) in [("headers", FieldPlace::Header), ("parameters", place)] {
        let Some(node) = form.fields.node(key) else { continue };
        form.rule(Code::AuthHeaders, node.span, format!("every entry of `{key}` is sent"));
        let pairs = pairs(node).into_iter();
        all.extend(pairs.map(|(name, value)| FieldDecl { place, name, value: SecretDecl::Text(value) }));
    }
    all
}

/// Name and value of each entry: a map, or a list of `{key|name, value}`.
fn pairs(node: &Node) -> Vec<(&str, Spanned<&str>)> {
    match (node.as_map(), node.as_seq()) {
        (Some(entries), _) => entries
            .iter()
            .filter_map(|e| Some((&*e.key.value, Spanned::new(e.value.scalar_text()?, e.value.span))))
            .collect(),
        (None, Some(items)) => items
            .iter()
            .filter_map(|item| {
                let name = item.get("key").or_else(|| item.get("name"))?.scalar_text()?;
                let value = item.get("value")?;
                Some((name, Spanned::new(value.scalar_text()?, value.span)))
            })
            .collect(),
        (None, None) => Vec::new(),
    }
}

/// The one key: its name under `header`, `name` or `key`, its value under `value`, `token`, or `key` beside `header`.
fn single<'d>(form: &mut Form<'_, 'd>) -> (Option<Spanned<&'d str>>, Option<SecretDecl<'d>>) {
    let header = form.text("header");
    let name = match (header, form.text("name")) {
        (Some(header), _) => {
            form.rule(Code::AuthAlias, header.span, "`header` names the key");
            Some(header)
        }
        (None, Some(name)) => {
            form.rule(Code::AuthAlias, name.span, "`name` is read as `key`");
            Some(name)
        }
        (None, None) => form.text("key"),
    };
    let candidates = ["value", "token"].into_iter().chain(header.map(|_| "key"));
    let Some(key) = candidates.into_iter().find(|key| form.has(key)).filter(|_| name.is_some()) else {
        return (name, None);
    };
    if key != "value" {
        form.rule(Code::AuthAlias, form.fields.key_span(key), format!("`{key}` is read as `value`"));
    }
    let value = form.required(key);
    (name, Some(value))
}

/// Where the key goes, when it is said.
fn place(form: &mut Form<'_, '_>) -> Option<FieldPlace> {
    let word = match form.text("placement") {
        Some(word) => word,
        None => {
            let word = form.text("in")?;
            form.rule(Code::AuthAlias, word.span, "`in` is read as `placement`");
            word
        }
    };
    let lower = word.value.trim().to_ascii_lowercase();
    let place = match lower.as_str() {
        "header" => return Some(FieldPlace::Header),
        "query" => return Some(FieldPlace::Query),
        "cookie" => FieldPlace::Cookie,
        "body" => FieldPlace::Body,
        "path" => FieldPlace::Path,
        _ => {
            form.sink
                .error(Code::BadValue, word.span, format!("`{}` is not a placement", word.value))
                .help("use header, query, cookie, body or path");
            return Some(FieldPlace::Header);
        }
    };
    form.rule(Code::AuthPlace, word.span, format!("the key goes into the {lower}"));
    Some(place)
}
