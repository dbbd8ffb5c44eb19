//! Credentials from security schemes: what a document asks callers to show, as `authentication` over variables of the environment.

use capstan_plan::variable::screaming_case;
use serde_json::{Map, Value, json};

use crate::openapi::{OpenApi, Requirement, SchemeKind, SecurityScheme};

/// What is sent to prove who calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Proof {
    /// `authentication`.
    pub(super) authentication: Option<Value>,
    /// Further keys, as constant parameters of every request.
    pub(super) parameters: Vec<Value>,
    /// The variables in them.
    pub(super) variables: Vec<String>,
}

/// What satisfies one of these requirements; the first that can be satisfied counts.
pub(super) fn proof(api: &OpenApi, requirements: &[Requirement], name: &str) -> Result<Proof, String> {
    if requirements.is_empty() || requirements.iter().any(Vec::is_empty) && requirements.len() == 1 {
        return Ok(Proof::default());
    }
    let mut why = None;
    for requirement in requirements.iter().filter(|requirement| !requirement.is_empty()) {
        match all_of(api, requirement, name) {
            Ok(proof) => return Ok(proof),
            Err(reason) => drop(why.get_or_insert(reason)),
        }
    }
    // Nobody has to show anything where that is one of the choices.
    if requirements.iter().any(Vec::is_empty) {
        return Ok(Proof::default());
    }
    Err(why.unwrap_or_default())
}

fn all_of(api: &OpenApi, requirement: &Requirement, name: &str) -> Result<Proof, String> {
    let mut proof = Proof::default();
    for (scheme, scopes) in requirement {
        let known = api.schemes().iter().find(|known| known.name == *scheme);
        let known = known.ok_or_else(|| format!("it asks for `{scheme}`, which the document does not describe"))?;
        add(&mut proof, known, scopes, name, requirement.len() > 1)?;
    }
    Ok(proof)
}

/// Adds what one scheme asks for.
fn add(proof: &mut Proof, scheme: &SecurityScheme, scopes: &[String], name: &str, shared: bool) -> Result<(), String> {
    let prefix = match shared {
        true => format!("{}_{}", screaming_case(name), screaming_case(&scheme.name)),
        false => screaming_case(name),
    };
    let mut variable = |suffix: &str| {
        let name = format!("{prefix}_{suffix}");
        let template = format!("{{{{env.{name}}}}}");
        if !proof.variables.contains(&name) {
            proof.variables.push(name);
        }
        template
    };
    let made = match &scheme.kind {
        SchemeKind::ApiKey { place, name } if proof.authentication.is_some() => {
            proof.parameters.push(json!({ "name": name, "in": place, "value": variable("KEY") }));
            return Ok(());
        }
        SchemeKind::ApiKey { place, name } => {
            json!({ "type": "apikey", "key": name, "value": variable("API_KEY"), "placement": place })
        }
        SchemeKind::Http { scheme } => match scheme.as_str() {
            "bearer" => json!({ "type": "bearer", "token": variable("TOKEN") }),
            "basic" | "digest" => {
                json!({ "type": scheme, "username": variable("USERNAME"), "password": variable("PASSWORD") })
            }
            other => return Err(format!("it asks for HTTP authentication `{other}`")),
        },
        SchemeKind::OAuth2 { flows } => {
            let endpoint = flows.iter().find(|flow| flow.name == "clientCredentials");
            match endpoint.and_then(|flow| flow.token_url.as_ref()).filter(|url| url.starts_with("http")) {
                Some(url) => {
                    let mut made = Map::from_iter([
                        ("type".to_owned(), json!("oauth2")),
                        ("tokenEndpoint".to_owned(), json!(url)),
                        ("clientId".to_owned(), json!(variable("CLIENT_ID"))),
                        ("clientSecret".to_owned(), json!(variable("CLIENT_SECRET"))),
                    ]);
                    if !scopes.is_empty() {
                        made.insert("scopes".to_owned(), json!(scopes));
                    }
                    made.into()
                }
                // Whoever operates it gets a token where people consent.
                None => json!({ "type": "bearer", "token": variable("TOKEN") }),
            }
        }
        SchemeKind::OpenIdConnect { .. } => json!({ "type": "bearer", "token": variable("TOKEN") }),
        SchemeKind::MutualTls => return Err("it asks for a certificate of the client (mutual TLS)".to_owned()),
        SchemeKind::Unknown => return Err(format!("its security scheme `{}` is of no known type", scheme.name)),
    };
    if proof.authentication.is_some() {
        return Err("it asks for two credentials at once".to_owned());
    }
    proof.authentication = Some(made);
    Ok(())
}
