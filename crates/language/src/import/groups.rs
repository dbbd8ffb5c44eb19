//! Operations by where they are sent and what proves who sends them: one consumed API for each.

use super::{
    credential::{Proof, proof},
    names::{Names, derived},
    server::{BaseUri, base_uri},
    wanted::Left,
};
use crate::openapi::{Listed, OpenApi, TypedOperation};

/// One consumed API.
pub(super) struct Group<'a> {
    /// Its namespace.
    pub(super) namespace: String,
    pub(super) base: BaseUri,
    pub(super) proof: Proof,
    pub(super) operations: Vec<Operation<'a>>,
}

/// One operation that is imported.
pub(super) struct Operation<'a> {
    /// What it is called here.
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) typed: &'a TypedOperation,
}

/// Groups operations. What cannot be used is left out.
pub(super) fn groups<'a>(
    api: &'a OpenApi,
    listed: Vec<Listed<'a>>,
    name: &str,
    left: &mut Vec<Left>,
) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut names = Names::default();
    for Listed { method, path, operation } in listed {
        if let Some(why) = unusable(&method, path) {
            left.push(Left { what: format!("{method} {path}"), why });
            continue;
        }
        let proof = match proof(api, &operation.security, name) {
            Ok(proof) => proof,
            Err(why) => {
                // It is served all the same: who operates it may put a proxy in between.
                left.push(Left { what: format!("the credential of {method} {path}"), why });
                Proof::default()
            }
        };
        let base = base_uri(operation.servers.first().or_else(|| api.servers().first()), name);
        let wanted = operation.operation_id.clone().unwrap_or_else(|| derived(&method, path));
        let one = Operation { name: names.unit(&wanted), method, path, typed: operation };
        let fits = |group: &&mut Group<'_>| {
            // What needs no credential does not mind one.
            group.base == base && (group.proof == proof || proof == Proof::default() && operation.security.is_empty())
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.operations.push(one),
            None => groups.push(Group { namespace: String::new(), base, proof, operations: vec![one] }),
        }
    }
    for (at, group) in groups.iter_mut().enumerate() {
        group.namespace = if at == 0 { name.to_owned() } else { format!("{name}-{}", at + 1) };
    }
    groups
}

/// Why an operation cannot be imported.
fn unusable(method: &str, path: &str) -> Option<String> {
    if !["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].contains(&method) {
        return Some(format!("`{method}` is no method operations here have"));
    }
    if !path.starts_with('/') {
        return Some("its path does not begin with `/`".to_owned());
    }
    capstan_plan::Pattern::parse(path, None).err().map(|why| format!("its path cannot be served: {why}"))
}
