//! External values: looked up once when a plan is activated, never again. Owns the secrets and knows which are missing.

use std::collections::HashMap;

use capstan_plan::{Binding, BindingId, Origin, Plan};
use zeroize::Zeroizing;

use super::fault::{CapabilityFault, Fault};

/// Where the values of bindings come from.
pub trait BindingResolver {
    /// The value of `binding`, nothing when it is not set.
    ///
    /// # Errors
    /// Why its source cannot be read.
    fn resolve(&self, binding: &Binding) -> Result<Option<String>, String>;
}

impl<F: Fn(&Binding) -> Result<Option<String>, String>> BindingResolver for F {
    fn resolve(&self, binding: &Binding) -> Result<Option<String>, String> {
        self(binding)
    }
}

/// A binding without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBinding {
    /// The name a person has to set.
    pub name: Box<str>,
    /// Where it is declared, or first used.
    pub origin: Origin,
    /// Why its source could not be read, when that is the reason.
    pub why: Option<Box<str>>,
}

/// The values of a plan's bindings.
#[derive(Default)]
pub(crate) struct Bindings {
    values: Vec<Option<Zeroizing<String>>>,
    unusable: HashMap<BindingId, MissingBinding>,
    missing: Vec<MissingBinding>,
}

impl Bindings {
    /// Looks every binding of a plan up; a value of blanks is none.
    pub(crate) fn resolve(plan: &Plan, resolver: &dyn BindingResolver) -> Self {
        let mut all = Self::default();
        for (id, binding) in plan.bindings.entries() {
            let (value, why) = match resolver.resolve(binding) {
                Ok(value) => (value.filter(|value| !value.trim().is_empty()), None),
                Err(why) => (None, Some(why.into_boxed_str())),
            };
            if value.is_none() {
                let gap = MissingBinding { name: binding.name.clone(), origin: binding.origin.clone(), why };
                if !binding.optional || gap.why.is_some() {
                    all.missing.push(gap.clone());
                }
                all.unusable.insert(id, gap);
            }
            all.values.push(value.map(Zeroizing::new));
        }
        all
    }

    /// The value of a binding.
    pub(crate) fn get(&self, id: BindingId) -> Option<&str> {
        self.values.get(usize::from(id)).and_then(Option::as_ref).map(|value| value.as_str())
    }

    /// Every value there is.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().flatten().map(|value| value.as_str())
    }

    /// Bindings without a value, optional ones left out.
    pub(crate) fn missing(&self) -> &[MissingBinding] {
        &self.missing
    }

    /// Fails when one of these has no value. The fault is made when asked for, since a plan may have thousands of flows that
    /// share one gap.
    pub(crate) fn require(&self, needed: &[BindingId]) -> Result<(), Fault> {
        if self.unusable.is_empty() { Ok(()) } else { self.gap(needed).map_or(Ok(()), Err) }
    }

    /// The fault of the bindings without a value among these, named after the first.
    fn gap(&self, needed: &[BindingId]) -> Option<Fault> {
        let gaps: Vec<&MissingBinding> = needed.iter().filter_map(|id| self.unusable.get(id)).collect();
        let first = gaps.first()?;
        let mut detail = String::new();
        for gap in &gaps {
            if !detail.is_empty() {
                detail.push_str("; ");
            }
            match &gap.why {
                None => detail.push_str(&format!("{} is not set (declared at {})", gap.name, gap.origin)),
                Some(why) => {
                    detail.push_str(&format!("{} cannot be read: {why} (declared at {})", gap.name, gap.origin));
                }
            }
        }
        let mut fault = Fault::capability(CapabilityFault::MissingBinding, detail).at(&first.origin);
        fault.binding = Some(first.name.clone());
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use capstan_plan::BindingSource;

    use super::*;

    fn binding(name: &str, optional: bool) -> Binding {
        Binding {
            name: name.into(),
            namespace: None,
            source: BindingSource::Environment { key: name.into() },
            origin: Origin::new("x.yaml".into(), 3, 1),
            declared: true,
            optional,
        }
    }

    #[test]
    fn gaps_are_told_by_name_and_only_to_those_who_need_them() {
        let mut plan = Plan::default();
        let set = plan.bindings.push(binding("SET", false));
        let blank = plan.bindings.push(binding("BLANK", false));
        let broken = plan.bindings.push(binding("BROKEN", true));
        let absent = plan.bindings.push(binding("ABSENT", true));
        let bindings = Bindings::resolve(&plan, &|binding: &Binding| match &*binding.name {
            "SET" => Ok(Some("value".to_owned())),
            "BLANK" => Ok(Some("  ".to_owned())),
            "BROKEN" => Err("no such file".to_owned()),
            _ => Ok(None),
        });
        assert_eq!(bindings.get(set), Some("value"));
        assert_eq!(bindings.missing().iter().map(|gap| &*gap.name).collect::<Vec<_>>(), ["BLANK", "BROKEN"]);
        assert!(bindings.require(&[set]).is_ok());
        let fault = bindings.require(&[set, blank, broken]).unwrap_err();
        assert_eq!(fault.binding.as_deref(), Some("BLANK"));
        assert!(fault.detail.contains("BLANK is not set") && fault.detail.contains("no such file"), "{}", fault.detail);
        assert!(bindings.require(&[absent]).is_err());
    }
}
