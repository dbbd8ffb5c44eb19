//! Where an address that an upstream names may lead: the hosts the author allows, by https, or by http where the base URI is http.
//! What stands in for an upstream (`--base-uri`, `--upstream`, a sandbox) stands in for its addresses too.

use std::sync::Arc;

use capstan_plan::{Hosts, job::is_below};
use url::{Host, Url};

use crate::{
    base::fault::{Fault, UpstreamFault},
    target::{
        address::{Target, path_of},
        routing::Routing,
    },
};

/// An address that may be followed.
#[derive(Debug)]
pub(crate) struct Address {
    /// The server it leads to.
    pub(crate) target: Arc<Target>,
    /// The rest of it.
    pub(crate) path_and_query: String,
    /// Whether that is the very server of the base URI.
    pub(crate) is_of_base: bool,
}

/// The address in `text`, which may be relative to the `base` of its API; `name` is what gave it.
pub(crate) fn address(
    text: &str,
    hosts: &Hosts,
    base: &Target,
    routing: &Routing,
    name: &str,
) -> Result<Address, Fault> {
    let refused = |why: String| Err(Fault::upstream(UpstreamFault::Address, format!("{name} names an address {why}")));
    // What is relative is so to the base URI as a folder.
    let here = Url::parse(&format!("{}{}/", base.origin, base.path.trim_end_matches('/'))).ok();
    let url = match Url::options().base_url(here.as_ref()).parse(text.trim()) {
        Ok(url) => url,
        Err(why) => return refused(format!("that is none: {why}")),
    };
    let Some(host) = url.host_str() else { return refused("without a host".to_owned()) };
    if !url.username().is_empty() || url.password().is_some() {
        return refused(format!("at `{host}` with a user name in it, which is not followed"));
    }
    let path_and_query = path_of(&url);
    if is_base(&url, here.as_ref(), base) {
        let target = Target { path: Box::default(), query: Box::default(), ..base.clone() };
        return Ok(Address { target: Arc::new(target), path_and_query, is_of_base: true });
    }
    let base_is_http = here.as_ref().is_some_and(|here| here.scheme() == "http");
    if !(url.scheme() == "https" || (url.scheme() == "http" && base_is_http)) {
        return refused(format!("at `{}://{host}`, and only https is followed", url.scheme()));
    }
    if !allowed(&url, host, hosts, here.as_ref()) {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        return refused(format!("at `{host}{port}`, which is not among its allowed hosts: `hosts` names them"));
    }
    let target = Target { path: Box::default(), query: Box::default(), ..routing.target(&url)? };
    Ok(Address { target: Arc::new(target), path_and_query, is_of_base: false })
}

/// Whether a URL is one of the base's server: as the author names it, or as what stands in for it is reached.
fn is_base(url: &Url, here: Option<&Url>, base: &Target) -> bool {
    let stand_in = || Url::parse(&format!("{}://{}", base.scheme, base.authority)).ok();
    here.is_some_and(|here| here.origin() == url.origin())
        || (base.host.is_some() && stand_in().is_some_and(|there| there.origin() == url.origin()))
}

fn allowed(url: &Url, host: &str, hosts: &Hosts, base: Option<&Url>) -> bool {
    let port = url.port_or_known_default();
    // A port nobody named is that of the scheme, or the one the base URI has.
    let usual = url.port().is_none() || port == base.and_then(Url::port_or_known_default);
    match hosts {
        Hosts::OfBase => {
            let Some(name) = base.and_then(Url::host_str) else { return false };
            let is_name = matches!(url.host(), Some(Host::Domain(_)));
            usual && (host.eq_ignore_ascii_case(name) || (is_name && is_below(host, name)))
        }
        Hosts::Named(patterns) => {
            patterns.iter().any(|pattern| pattern.has(host) && pattern.port.map_or(usual, |named| Some(named) == port))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use capstan_plan::HostPattern;

    use super::*;
    use crate::target::overrides::{Overrides, UpstreamRule};

    fn base(routing: &Routing, url: &str) -> Target {
        routing.target(&Url::parse(url).unwrap()).unwrap()
    }

    fn led(base_uri: &str, hosts: &Hosts, text: &str) -> Result<(String, bool), String> {
        let routing = Routing::new(&Overrides::default());
        address(text, hosts, &base(&routing, base_uri), &routing, "api.submit")
            .map(|found| (format!("{}{}", found.target.origin, found.path_and_query), found.is_of_base))
            .map_err(|fault| fault.detail.clone())
    }

    fn named(patterns: &[(&str, bool, Option<u16>)]) -> Hosts {
        Hosts::Named(
            patterns
                .iter()
                .map(|(name, below, port)| HostPattern { name: (*name).into(), below: *below, port: *port })
                .collect(),
        )
    }

    #[test]
    fn hosts_of_the_base_and_below_are_followed() {
        let https = "https://api.bfl.ai/v1";
        for (text, to) in [
            ("https://api.bfl.ai/v1/get?id=1", "https://api.bfl.ai:443/v1/get?id=1"),
            ("https://eu4.api.bfl.ai/x", "https://eu4.api.bfl.ai:443/x"),
            ("/v1/get?id=1", "https://api.bfl.ai:443/v1/get?id=1"),
            ("get?id=1", "https://api.bfl.ai:443/v1/get?id=1"),
        ] {
            assert_eq!(led(https, &Hosts::OfBase, text).unwrap().0, to);
        }
        for text in [
            "https://evil.example/x",
            "https://api.bfl.ai.evil.example/x",
            "https://evilapi.bfl.ai/x",
            "//evil.example/x",
            "http://api.bfl.ai/x",
            "http://eu.api.bfl.ai/x",
            "https://api.bfl.ai:8443/x",
            "https://user:pass@api.bfl.ai/x",
            "https://user@eu.api.bfl.ai/x",
            "file:///etc/passwd",
            "ftp://api.bfl.ai/x",
            "https://169.254.169.254/latest",
            "data:text/plain,x",
            "https://[::1]/x",
        ] {
            let refused = led(https, &Hosts::OfBase, text);
            assert!(refused.is_err(), "{text}: {refused:?}");
        }
    }

    #[test]
    fn a_base_of_this_machine_leads_to_no_other_port_of_it() {
        let http = "http://127.0.0.1:9000";
        assert_eq!(
            led(http, &Hosts::OfBase, "http://127.0.0.1:9000/x").unwrap(),
            ("http://127.0.0.1:9000/x".to_owned(), true)
        );
        for text in ["http://127.0.0.1:6379/x", "http://x.127.0.0.1:9000/", "http://localhost:9000/x"] {
            assert!(led(http, &Hosts::OfBase, text).is_err(), "{text}");
        }
    }

    #[test]
    fn named_hosts_take_the_place_of_the_bases() {
        let hosts = named(&[("delivery.bfl.ai", false, None), ("cdn.bfl.ai", true, Some(8443))]);
        let https = "https://api.bfl.ai";
        assert!(led(https, &hosts, "https://delivery.bfl.ai/x").is_ok_and(|(_, of_base)| !of_base));
        assert!(led(https, &hosts, "https://a.cdn.bfl.ai:8443/x").is_ok());
        for text in [
            "https://a.cdn.bfl.ai/x",
            "https://cdn.bfl.ai:8443/x",
            "https://eu.api.bfl.ai/x",
            "http://delivery.bfl.ai/x",
        ] {
            assert!(led(https, &hosts, text).is_err(), "{text}");
        }
        // The server of the base itself is trusted with its own addresses.
        assert!(led(https, &hosts, "https://api.bfl.ai/x").is_ok_and(|(_, of_base)| of_base));
    }

    #[test]
    fn what_stands_in_for_an_upstream_does_for_its_addresses() {
        let rule = UpstreamRule::parse("https://api.bfl.ai=http://127.0.0.1:9000").unwrap();
        let overrides = Overrides { upstream: vec![rule], ..Overrides::default() };
        let routing = Routing::new(&overrides);
        let base_target = base(&routing, "https://api.bfl.ai");
        for text in ["https://api.bfl.ai/x", "http://127.0.0.1:9000/x"] {
            let found = address(text, &Hosts::OfBase, &base_target, &routing, "api").unwrap();
            assert_eq!((found.target.authority.as_str(), found.is_of_base), ("127.0.0.1:9000", true), "{text}");
        }
        assert!(address("http://127.0.0.1:9001/x", &Hosts::OfBase, &base_target, &routing, "api").is_err());
        let sandboxes = HashMap::from([("https://api.bfl.ai".into(), "http://127.0.0.1:9000".into())]);
        let routing = Routing::new(&Overrides { sandboxes: Some(sandboxes), ..Overrides::default() });
        let base_target = base(&routing, "https://api.bfl.ai");
        assert!(address("http://127.0.0.1:9000/x", &Hosts::OfBase, &base_target, &routing, "api").is_ok());
        let fault = address("https://eu.api.bfl.ai/x", &Hosts::OfBase, &base_target, &routing, "api").unwrap_err();
        assert_eq!(fault.kind, crate::base::fault::FaultKind::Upstream(UpstreamFault::NotCovered));
    }
}
