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

/// The base URI of a server; one that is missing or relative begins with a variable.
pub(super) fn base_uri(server: Option<&Server>, name: &str) -> BaseUri {
    let prefix = screaming_case(name);
    let mut base = BaseUri::default();
    let url = server.map_or("", |server| server.url.trim());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((variable, tail)) = after.split_once('}') else { break };
        base.text.push_str(before);
        let key = format!("{prefix}_{}", screaming_case(variable));
        base.text.push_str(&format!("{{{{env.{key}}}}}"));
        let default = server
            .and_then(|server| server.variables.iter().find(|known| known.name == variable))
            .and_then(|known| known.default.clone().or_else(|| known.values.first().cloned()));
        if !base.variables.iter().any(|(known, _)| *known == key) {
            base.variables.push((key, default));
        }
        rest = tail;
    }
    base.text.push_str(rest);
    let is_absolute = base.text.contains("://") || base.text.starts_with("{{");
    if base.text.starts_with("//") {
        base.text = format!("https:{}", base.text);
    } else if !is_absolute {
        let key = format!("{prefix}_URL");
        let path = base.text.trim_start_matches('/');
        base.text = if path.is_empty() { format!("{{{{env.{key}}}}}") } else { format!("{{{{env.{key}}}}}/{path}") };
        base.variables.push((key, None));
    }
    base.text.truncate(base.text.trim_end_matches('/').len());
    base
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
        assert_eq!(base.text, "https://{{env.MY_SHOP_REGION}}.api.example/{{env.MY_SHOP_BASE_PATH}}");
        let expected = [("MY_SHOP_REGION", "eu"), ("MY_SHOP_BASE_PATH", "v2")];
        let expected = expected.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
        assert_eq!(base.variables, expected);
    }

    #[test]
    fn a_server_without_a_host_is_named_by_a_variable() {
        assert_eq!(of("/api/v3").text, "{{env.MY_SHOP_URL}}/api/v3");
        assert_eq!(of("//api.example/v3").text, "https://api.example/v3");
        let base = base_uri(None, "my-shop");
        assert_eq!((&*base.text, base.variables), ("{{env.MY_SHOP_URL}}", vec![("MY_SHOP_URL".to_owned(), None)]));
    }
}
