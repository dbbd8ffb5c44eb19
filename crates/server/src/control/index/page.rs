//! The index as a page: one file, no script, nothing from elsewhere.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::LazyLock,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderValue, Response, header};
use sha2::{Digest as _, Sha256};

use super::entry::{AdapterEntry, Entry};
use crate::{finding::Finding, http::body::Body};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222;background:#fff}\
h1{font-size:1.3rem}summary{cursor:pointer;padding:.3rem 0}summary b{margin-right:.5rem}table{border-collapse:collapse;margin:.3rem 0 1rem;width:100%}\
td{padding:.15rem .6rem .15rem 0;vertical-align:top}td:nth-child(3){color:#666}code{font:13px ui-monospace,monospace}\
.bad{color:#a40000}.note{color:#666}li{margin:.2rem 0}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}.note,td:nth-child(3){color:#999}.bad{color:#ff7b72}a{color:#8ab4f8}}";

static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
});

/// Text with the characters that mean something in HTML escaped.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The page.
pub(super) fn response(generation: u64, entries: Vec<Entry>) -> Response<Body> {
    let mut html = String::new();
    // Writing to a string does not fail.
    let _ = page(&mut html, generation, &entries);
    let mut response = Response::new(Body::from(html));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Some(policy) = &*POLICY {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    response
}

fn page(out: &mut String, generation: u64, entries: &[Entry]) -> fmt::Result {
    let mut marks: BTreeMap<&str, usize> = BTreeMap::new();
    entries.iter().flat_map(Entry::marks).for_each(|mark| *marks.entry(mark).or_default() += 1);
    write!(
        out,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Capstan</title><style>{STYLE}</style><h1>{} capabilities</h1><p class=note>Generation {generation}",
        entries.len()
    )?;
    for (mark, n) in marks {
        write!(out, "; <span class=bad>{n} {mark}</span>")?;
    }
    out.push_str("</p>");
    for entry in entries {
        capability(out, entry, entries.len() <= 5)?;
    }
    out.push_str("</html>");
    Ok(())
}

fn capability(out: &mut String, entry: &Entry, open: bool) -> fmt::Result {
    let marks = entry.marks();
    let open = if open || !marks.is_empty() { " open" } else { "" };
    write!(out, "<details{open}><summary><b>{}</b><span class=note>{}", Text(&entry.id), Text(&entry.label))?;
    match entry.warnings {
        0 => {}
        n => write!(out, " &middot; {n} warnings")?,
    }
    out.push_str("</span>");
    for mark in marks {
        write!(out, " <span class=bad>{mark}</span>")?;
    }
    out.push_str("</summary>");
    if let Some(description) = &entry.description {
        write!(out, "<p>{}</p>", Text(description))?;
    }
    out.push_str("<ul>");
    for name in &entry.missing {
        write!(out, "<li class=bad><code>{}</code> is not set</li>", Text(name))?;
    }
    findings(out, "", &entry.errors)?;
    findings(out, "the save is turned down: ", &entry.rejected)?;
    for change in &entry.held {
        write!(out, "<li class=bad>the save waits for a confirmation: {}</li>", Text(&change.sentence()))?;
    }
    out.push_str("</ul>");
    entry.adapters.iter().try_for_each(|a| adapter(out, a))?;
    out.push_str("</details>");
    Ok(())
}

fn findings(out: &mut String, what: &str, all: &[Finding]) -> fmt::Result {
    for finding in all {
        write!(out, "<li class=bad>{what}<code>{}</code> {}", Text(finding.code), Text(&finding.message))?;
        write!(out, " <span class=note>{}:{}</span></li>", Text(&finding.file), finding.line)?;
    }
    Ok(())
}

fn adapter(out: &mut String, adapter: &AdapterEntry) -> fmt::Result {
    write!(out, "<div>{} <code>{}</code></div><table>", adapter.kind, Text(&adapter.path))?;
    for unit in &adapter.units {
        let path = unit.path.as_deref().unwrap_or(&unit.name);
        let method = unit.method.as_deref().unwrap_or("tool");
        write!(out, "<tr><td><code>{}</code><td><code>{}</code><td>", Text(method), Text(path))?;
        match (&unit.reason, &unit.upstream) {
            (Some(reason), _) => write!(out, "<span class=bad>{}</span>", Text(reason))?,
            (None, Some(upstream)) => write!(out, "&rarr; <code>{}</code>", Text(upstream))?,
            (None, None) => {}
        }
    }
    out.push_str("</table>");
    Ok(())
}
