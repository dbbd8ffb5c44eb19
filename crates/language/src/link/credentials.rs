//! What the credential of a consumed API occupies in its requests. A parameter of the same name and place is not the caller's.

use capstan_plan::{BindingId, Credential, FieldPlace, Template};

use super::{place::Where, rule::Rule};
use crate::diagnostic::{Code, Defect};

/// The places one credential occupies, and what it needs.
#[derive(Debug, Default)]
pub(super) struct CredentialPlaces {
    fields: Vec<(Where, String)>,
    paths: Vec<(String, Template)>,
    /// Bindings it needs.
    pub(super) bindings: Vec<BindingId>,
    /// Rules its declaration took; they concern every unit that calls the API.
    pub(super) rules: Vec<Rule>,
    /// Why nothing can be sent with it.
    pub(super) defect: Option<Defect>,
}

impl CredentialPlaces {
    /// Splits a linked credential: path fields are filled with the URL, the rest stays a credential.
    pub(super) fn split(credential: Option<Credential>, rules: Vec<Rule>) -> (Option<Credential>, Self) {
        let mut places = Self { rules, ..Self::default() };
        let Some(credential) = credential else { return (None, places) };
        for (place, name) in credential.occupies() {
            places.fields.extend(request_place(place).map(|place| (place, name.to_owned())));
        }
        for template in credential.templates() {
            template.bindings(&mut places.bindings);
        }
        if let Credential::Unavailable { reason } = &credential {
            places.defect = Some(Defect { code: Code::AuthDynamic, message: reason.to_string(), span: None });
        }
        let Credential::Fields(fields) = credential else { return (Some(credential), places) };
        let (path, kept): (Vec<_>, Vec<_>) =
            fields.into_vec().into_iter().partition(|(place, _, _)| *place == FieldPlace::Path);
        places.paths = path.into_iter().map(|(_, name, value)| (name.into(), value)).collect();
        ((!kept.is_empty()).then(|| Credential::Fields(kept.into_boxed_slice())), places)
    }

    /// Whether the credential puts a value of its own where a parameter of this name would go.
    pub(super) fn overrides(&self, place: Where, name: &str) -> bool {
        self.fields.iter().any(|(at, field)| {
            *at == place && if place == Where::Header { field.eq_ignore_ascii_case(name) } else { field == name }
        })
    }

    /// The headers it sets.
    pub(super) fn headers(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|(place, _)| *place == Where::Header).map(|(_, name)| name.as_str())
    }

    /// The names it gives values to.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(_, name)| name.as_str()).chain(self.paths.iter().map(|(name, _)| name.as_str()))
    }

    /// The value it gives a placeholder of the path or the base URI.
    pub(super) fn path(&self, hole: &str) -> Option<Template> {
        self.paths.iter().find(|(name, _)| name == hole).map(|(_, template)| template.clone())
    }
}

/// The place of a field among a request's parameters; a path field fills a placeholder instead.
const fn request_place(place: FieldPlace) -> Option<Where> {
    match place {
        FieldPlace::Header => Some(Where::Header),
        FieldPlace::Query => Some(Where::Query),
        FieldPlace::Cookie => Some(Where::Cookie),
        FieldPlace::Body => Some(Where::Body),
        FieldPlace::Path => None,
    }
}
