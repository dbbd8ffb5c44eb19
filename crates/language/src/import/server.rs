//! Base URIs from servers: variables become variables of the environment.

use capstan_plan::variable::screaming_case;

use crate::openapi::Server;

/// A base URI with the variables in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct BaseUri {
    /// The text, with variables as templates.
    pub(super) text: String,
    /// Each variable, and its value when nobody says otherwise.
    pub(super) variables: Vec<(String, Option<String>)>,
}

/// The base URI of a server. One that is missing or relative, or begins with a variable, gets its host from the environment. The
/// standard has no variables in the path of a base URI: those have their default there.
pub(super) fn base_uri(server: Option<&Server>, name: &str) -> BaseUri {
    let prefix = screaming_case(name);
    let mut base = BaseUri::default();
    let url = server.map_or("", |server| server.url.trim());
    let mut rest = match url.strip_prefix('{').and_then(|url| url.split_once('}')) {
        Some((_, rest)) => base.host(&prefix, rest),
        None if url.starts_with("//") => {
            base.text.push_str("https:");
            url
        }
        None if url.contains("://") => url,
        None => base.host(&prefix, url),
    };
    while let Some((before, after)) = rest.split_once('{') {
        let Some((variable, tail)) = after.split_once('}') else { break };
        base.text.push_str(before);
        let known = server.and_then(|server| server.variables.iter().find(|known| known.name == variable));
        let default = known.and_then(|known| known.default.clone().or_else(|| known.values.first().cloned()));
        let default = default.filter(|value| !value.is_empty());
        match default {
            Some(default) if base.is_in_path() => base.text.push_str(default.trim_matches('/')),
            default => base.variable(format!("{prefix}_{}", screaming_case(variable)), default),
        }
        rest = tail;
    }
    base.text.push_str(rest);
    base.text.truncate(base.text.trim_end_matches('/').len());
    base
}

impl BaseUri {
    /// Begins with a host of the environment; what follows begins with a slash.
    fn host<'r>(&mut self, prefix: &str, rest: &'r str) -> &'r str {
        self.text.push_str("https://");
        self.variable(format!("{prefix}_HOST"), None);
        if !rest.starts_with('/') {
            self.text.push('/');
        }
        rest
    }

    fn variable(&mut self, key: String, default: Option<String>) {
        self.text.push_str(&format!("{{{{env.{key}}}}}"));
        if !self.variables.iter().any(|(known, _)| *known == key) {
            self.variables.push((key, default));
        }
    }

    /// Whether what comes next stands behind the host.
    fn is_in_path(&self) -> bool {
        self.text.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::ServerVariable;

    fn of(url: &str) -> BaseUri {
        let variable = |name: &str, default: &str| ServerVariable {
            name: name.to_owned(),
            default: Some(default.to_owned()),
            values: Vec::new(),
            description: None,
        };
        let variables = vec![variable("region", "eu"), variable("base-path", "v2")];
        base_uri(Some(&Server { url: url.to_owned(), description: None, variables }), "my-shop")
    }

    #[test]
    fn variables_of_a_server_are_variables_of_the_environment() {
        assert_eq!(of("https://api.example/v1/").text, "https://api.example/v1");
        let base = of("https://{region}.api.example/{base-path}");
        assert_eq!(base.text, "https://{{env.MY_SHOP_REGION}}.api.example/v2");
        assert_eq!(base.variables, [("MY_SHOP_REGION".to_owned(), Some("eu".to_owned()))]);
    }

    #[test]
    fn a_server_without_a_host_is_named_by_a_variable() {
        assert_eq!(of("/api/v3").text, "https://{{env.MY_SHOP_HOST}}/api/v3");
        assert_eq!(of("{baseUrl}").text, "https://{{env.MY_SHOP_HOST}}");
        assert_eq!(of("//api.example/v3").text, "https://api.example/v3");
        let base = base_uri(None, "my-shop");
        assert_eq!(
            (&*base.text, base.variables),
            ("https://{{env.MY_SHOP_HOST}}", vec![("MY_SHOP_HOST".to_owned(), None)])
        );
    }
}
