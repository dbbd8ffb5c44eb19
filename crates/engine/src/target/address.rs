//! The server a request goes to, in the parts a URL is made of.

use bytes::Bytes;
use http::{
    HeaderValue, Uri,
    uri::{Authority, Parts, PathAndQuery, Scheme},
};
use url::Url;

use crate::base::fault::{CallerFault, CapabilityFault, Fault};

/// The most bytes of path and query: what a URI may have, less its scheme and authority.
const LONGEST: usize = 65_000;

/// Where requests go, everything but path and query decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Of the server really contacted.
    pub(crate) scheme: Scheme,
    /// The authority really contacted.
    pub(crate) authority: Authority,
    /// The authority the author meant, when another server stands in for it.
    pub(crate) host: Option<HeaderValue>,
    /// The origin the author meant, in the form of [`origin_of`](super::overrides::origin_of).
    pub(crate) origin: Box<str>,
    /// The path prefix, possibly empty.
    pub(crate) path: Box<str>,
    /// The query of the base, possibly empty.
    pub(crate) query: Box<str>,
}

impl Target {
    /// The whole URL for a path and query.
    pub(crate) fn uri(&self, path_and_query: PathAndQuery) -> Result<Uri, Fault> {
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).map_err(no_url)
    }

    /// Sends traffic to another origin; `Host` stays.
    pub(super) fn redirect(&mut self, to: &str) {
        let Ok(url) = Url::parse(to) else { return };
        let Ok((scheme, authority)) = contacted(&url, url.port()) else { return };
        if self.host.is_none() {
            self.host = HeaderValue::from_str(self.authority.as_str()).ok();
        }
        (self.scheme, self.authority) = (scheme, authority);
    }
}

/// The scheme and authority of a URL whose author wrote this `port`.
pub(super) fn contacted(url: &Url, port: Option<u16>) -> Result<(Scheme, Authority), Fault> {
    let host = url.host_str().unwrap_or_default();
    let authority = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let scheme = if url.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP };
    Ok((scheme, Authority::from_maybe_shared(Bytes::from(authority)).map_err(no_url)?))
}

/// Path and query as text, checked.
pub(crate) fn path_and_query(text: String) -> Result<PathAndQuery, Fault> {
    if text.len() > LONGEST {
        // No author writes such an address: values make it long.
        let why = format!(
            "the values make an upstream address of {} bytes, and one has at most {LONGEST}: send less",
            text.len()
        );
        return Err(Fault::caller(CallerFault::InvalidInput, why));
    }
    PathAndQuery::from_maybe_shared(Bytes::from(text)).map_err(no_url)
}

/// Path and query of a URL.
pub(crate) fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn no_url(error: impl std::fmt::Display) -> Fault {
    Fault::capability(CapabilityFault::BadBase, format!("the request has no valid URL: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(base: &str) -> Target {
        let url = Url::parse(base).unwrap();
        let (scheme, authority) = contacted(&url, url.port()).unwrap();
        Target {
            scheme,
            authority,
            host: None,
            origin: "https://h.example:443".into(),
            path: Box::default(),
            query: Box::default(),
        }
    }

    #[test]
    fn a_url_is_put_together_as_it_was_written() {
        let mut target = target("https://h.example:8443");
        let uri = |target: &Target| target.uri(path_and_query("/a%2Fb?c=d".to_owned()).unwrap()).unwrap().to_string();
        assert_eq!(uri(&target), "https://h.example:8443/a%2Fb?c=d");
        target.redirect("http://127.0.0.1:9000");
        assert_eq!(uri(&target), "http://127.0.0.1:9000/a%2Fb?c=d");
        assert_eq!(target.host.as_ref().unwrap(), "h.example:8443");
        target.redirect("no origin");
        assert_eq!(uri(&target), "http://127.0.0.1:9000/a%2Fb?c=d");
        assert!(path_and_query("/a b".to_owned()).is_err());
    }
}
