//! The base URI, when a call gives it values (rule U4).

use capstan_plan::{Base, Template};

use super::super::{collect::Needs, need::Need, place::Where, scope::CalleeScope};

/// The base URI this call needs for itself, if any of its placeholders takes a value from here.
pub(super) fn base(scope: &mut CalleeScope<'_, '_>, needs: &Needs<'_, '_>) -> Option<Base> {
    let tokens = needs.base;
    scope.0.derived.rules.extend(tokens.rules.iter().cloned());
    // What the operator fixes, and what a caller chooses.
    let mut fixed: Vec<(&str, Template)> = Vec::new();
    let mut chosen: Vec<(&str, Template)> = Vec::new();
    for (hole, credential) in &needs.base_holes {
        if let Some(secret) = credential {
            fixed.push((hole, secret.clone()));
        } else if let Some(entry) = scope.0.with.iter_mut().find(|w| w.key.value == hole) {
            entry.used = true;
            if let Some(template) = &entry.template {
                let values = if template.is_constant() { &mut fixed } else { &mut chosen };
                values.push((hole, template.clone()));
            }
        } else if let Some(id) = scope.0.derived.inputs.exact(hole) {
            scope.0.derived.claim(id);
            chosen.push((hole, scope.0.derived.inputs.template(id)));
        } else if tokens.is_label_hole(hole) {
            let need = Need { required: false, narrow: true, ..Need::new(hole, Where::Query, tokens.span) };
            let source = scope.0.implicit(need);
            chosen.push((hole, scope.0.template(&source)));
        }
    }
    let find = |list: &[(&str, Template)], name: &str| list.iter().find(|(n, _)| *n == name).map(|(_, t)| t.clone());
    let variables = &mut scope.0.variables;
    let rules = &mut scope.0.derived.rules;
    let (base, from_call) =
        tokens.base(variables.bindings, variables.origins, rules, |n| find(&fixed, n), |n| find(&chosen, n));
    from_call.then_some(base)
}
