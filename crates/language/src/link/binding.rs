//! The table of external names: `binds`, and names that templates use without a bind (rule UNDECLARED-VAR).

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use capstan_plan::{Binding, BindingId, BindingSource, FilePath, IdVec, Template};

use super::{origins::Origins, problem::Problem, rule::Rule};
use crate::{
    diagnostic::{Code, Sink},
    model::Spec,
    source::{Span, Spanned},
    suggest::{Names, nearest, slip},
};

/// The bindings of one document.
pub(super) struct Bindings {
    table: IdVec<BindingId, Binding>,
    by_name: HashMap<String, BindingId>,
    qualified: HashMap<String, BindingId>,
    sandbox: bool,
    /// Declared ones that something names.
    used: RefCell<HashSet<BindingId>>,
    /// Declared ones that something names with their namespace.
    qualified_uses: RefCell<HashSet<BindingId>>,
    /// Where declared ones are named as `env.NAME`.
    by_env: Vec<(BindingId, Span)>,
    /// Where names that nothing declares are written.
    undeclared: Vec<(String, Span)>,
    /// Where the declared ones are written, and their namespaces.
    places: Vec<(BindingId, Span, Option<Span>)>,
}

impl Bindings {
    /// Enters every declared bind; a later one of the same name wins.
    pub(super) fn declare(spec: &Spec<'_>, origins: &Origins<'_>, sink: &mut Sink) -> Self {
        let mut bindings = Self {
            table: IdVec::default(),
            by_name: HashMap::new(),
            qualified: HashMap::new(),
            sandbox: spec.sandbox.is_some(),
            used: RefCell::default(),
            qualified_uses: RefCell::default(),
            by_env: Vec::new(),
            undeclared: Vec::new(),
            places: Vec::new(),
        };
        for bind in &spec.binds {
            for (name, key) in &bind.keys {
                let source = match bind.location {
                    None => BindingSource::Environment { key: key.value.into() },
                    Some(location) => {
                        let Some(path) = FilePath::beside(origins.folder(location.span), location.value) else {
                            sink.error(Code::Unsupported, location.span, format!("`{}` is not a file location", location.value))
                                .help("use file:///path, ./path, or no location for the environment; mount other secret stores as files");
                            continue;
                        };
                        BindingSource::File { path, key: key.value.into() }
                    }
                };
                let namespace = bind.namespace.map(|n| n.value.into());
                let id = bindings.table.push(Binding {
                    name: name.value.into(),
                    namespace: namespace.clone(),
                    source,
                    origin: origins.at(name.span),
                    declared: true,
                    optional: false,
                });
                bindings.by_name.insert(name.value.to_owned(), id);
                bindings.places.push((id, name.span, bind.namespace.map(|n| n.span)));
                if let Some(namespace) = namespace {
                    bindings.qualified.insert(format!("{namespace}.{}", name.value), id);
                }
            }
        }
        bindings
    }

    /// A declared binding by `NAME` or `namespace.NAME`.
    pub(super) fn declared(&self, path: &str) -> Option<BindingId> {
        let id = self.qualified(path).or_else(|| self.by_name.get(path).copied())?;
        self.used.borrow_mut().insert(id);
        self.table.get(id).filter(|b| b.declared).map(|_| id)
    }

    /// A declared binding by `namespace.NAME`.
    pub(super) fn qualified(&self, path: &str) -> Option<BindingId> {
        let id = self.qualified.get(path).copied()?;
        self.used.borrow_mut().insert(id);
        self.qualified_uses.borrow_mut().insert(id);
        Some(id)
    }

    /// The declared variable a dotted name may mean: its namespace is one of a bind, or its name is declared in another.
    pub(super) fn near(&self, path: &str) -> Option<String> {
        let (head, tail) = path.split_once('.')?;
        let names = || self.qualified.keys().map(String::as_str).filter_map(|name| name.split_once('.'));
        if names().any(|(namespace, _)| namespace == head) {
            let there: Vec<&str> = names().filter(|(namespace, _)| *namespace == head).map(|(_, name)| name).collect();
            let near = nearest(tail, there.iter().copied()).or(there.first().copied())?;
            return Some(format!("{head}.{near}"));
        }
        if let Some((namespace, name)) = names().find(|(_, name)| *name == tail) {
            return Some(format!("{namespace}.{name}"));
        }
        let declared =
            self.by_name.get(tail).and_then(|id| self.table.get(*id)).is_some_and(|binding| binding.declared);
        let slip_of_env = declared && slip(head, ["env"], Names::Unused).is_some();
        slip_of_env.then(|| format!("env.{tail}"))
    }

    /// Whether a bind has this namespace.
    pub(super) fn is_namespace(&self, name: &str) -> bool {
        self.table.iter().any(|binding| binding.namespace.as_deref() == Some(name))
    }

    /// The name that stands for what is in place of the upstreams, where there is something.
    pub(super) fn sandbox(&self) -> Option<&'static str> {
        self.sandbox.then_some("sandbox.url")
    }

    /// Reports names that nothing declares and that are slips of declared ones, or of such that the document writes more often; and
    /// namespaces that are slips of `env`.
    pub(super) fn report_slips(&self, origins: &Origins<'_>, sink: &mut Sink) {
        let used = self.used.borrow();
        let declared =
            || self.places.iter().filter_map(|(id, span, _)| Some((*id, &*self.table.get(*id)?.name, *span)));
        for (name, span) in &self.undeclared {
            let unused = declared().filter(|(id, ..)| !used.contains(id)).map(|(_, name, _)| name);
            if let Some(near) = slip(name, unused, Names::Unused) {
                let at = declared().find(|(_, name, _)| *name == near).map_or(*span, |(.., span)| span);
                let (wrong, meant) = origins.slip(Spanned::new(name.as_str(), *span), Spanned::new(near, at));
                let message = format!("no variable is called `{name}`, and nothing uses `{near}`");
                Problem::slip(wrong, message, meant.value).beside(meant.span).report(sink);
                continue;
            }
            let often = |name: &str| self.undeclared.iter().filter(|(other, _)| other == name).count();
            let others =
                self.undeclared.iter().map(|(other, _)| other.as_str()).filter(|other| often(other) > often(name));
            let known = declared().map(|(_, name, _)| name).chain(others);
            if let Some(near) = slip(name, known, Names::Used) {
                let message = format!("no variable is called `{name}`");
                Problem::slip(Spanned::new(name.as_str(), *span), message, near).report(sink);
            }
        }
        self.report_namespaces(sink);
    }

    /// Namespaces that nothing uses, while what they hold is read as `env.NAME`.
    fn report_namespaces(&self, sink: &mut Sink) {
        let qualified = self.qualified_uses.borrow();
        for (id, use_) in &self.by_env {
            let Some((.., Some(place))) = self.places.iter().find(|(other, ..)| other == id) else { continue };
            let Some(namespace) = self.table.get(*id).and_then(|binding| binding.namespace.as_deref()) else {
                continue;
            };
            let of_it = |id: &BindingId| self.table.get(*id).is_some_and(|b| b.namespace.as_deref() == Some(namespace));
            if slip(namespace, ["env"], Names::Unused).is_some() && !qualified.iter().any(of_it) {
                let message = format!("nothing uses the namespace `{namespace}`, and what it holds is read as `env.`");
                let written = Spanned::new(namespace, *place);
                Problem::slip(written, message, "env").beside(*use_).report(sink);
            }
        }
    }

    /// The binding a template's `path` means, when it means one: declared names, `env.X`, names in capitals. The rule says
    /// that nothing declares it.
    pub(super) fn variable(
        &mut self,
        path: &str,
        span: Span,
        origins: &Origins<'_>,
    ) -> Option<(Template, Option<Rule>)> {
        if self.sandbox && path == "sandbox.url" {
            return Some((Template::Binding(self.enter("sandbox.url", span, origins, false)), None));
        }
        let name = match path.strip_prefix("env.").or_else(|| path.strip_prefix("$env.")) {
            Some(name) => name,
            None if self.declared(path).is_some() || is_variable(path) => path,
            None => return None,
        };
        if let Some(id) = self.declared(path) {
            return Some((Template::Binding(id), None));
        }
        let Spanned { value: name, span } = Spanned::new(path, span).rest(path.len() - name.len());
        if let Some(id) = self.declared(name) {
            self.by_env.push((id, span));
            return Some((Template::Binding(id), None));
        }
        let message = format!("variable `{name}` is not declared under `binds`");
        Some((Template::Binding(self.enter(name, span, origins, false)), Some((Code::UndeclaredVar, span, message))))
    }

    /// A name that may exist outside without anyone declaring it; nothing is reported when it does not.
    pub(super) fn optional(&mut self, name: &str, span: Span, origins: &Origins<'_>) -> BindingId {
        self.enter(name, span, origins, true)
    }

    /// A name that must exist although nobody declares it.
    pub(super) fn undeclared(&mut self, name: &str, span: Span, origins: &Origins<'_>) -> BindingId {
        self.enter(name, span, origins, false)
    }

    fn enter(&mut self, name: &str, span: Span, origins: &Origins<'_>, optional: bool) -> BindingId {
        if !optional {
            self.undeclared.push((name.to_owned(), span));
        }
        if let Some(id) = self.by_name.get(name) {
            let id = *id;
            if !optional && let Some(binding) = self.table.get_mut(id) {
                binding.optional = false;
            }
            return id;
        }
        let id = self.table.push(Binding {
            name: name.into(),
            namespace: None,
            source: BindingSource::Environment { key: name.into() },
            origin: origins.at(span),
            declared: false,
            optional,
        });
        self.by_name.insert(name.to_owned(), id);
        id
    }

    /// Whether an id's absence is normal.
    pub(super) fn is_optional(&self, id: BindingId) -> bool {
        self.table.get(id).is_some_and(|b| b.optional)
    }

    /// Whether the document stands in for upstreams, so that `sandbox.url` means something.
    pub(super) fn has_sandbox(&self) -> bool {
        self.sandbox
    }

    /// Every name, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.table.iter().map(|b| &*b.name)
    }

    /// The finished table.
    pub(super) fn into_table(self) -> IdVec<BindingId, Binding> {
        self.table
    }
}

/// Whether a name is written the way variables are: capitals, digits and underscores.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
