//! One input while its unit is linked.

use capstan_plan::{Serialization, SlotId};
use http::HeaderName;
use serde_json::Value;

use super::super::{
    names::{Location, is_registered_header, is_sensitive_header, is_user_agent},
    place::Where,
};
use crate::{model::Param, source::Span};

/// One input being gathered.
#[derive(Clone, Debug)]
pub(in crate::link) struct Draft<'d> {
    pub(in crate::link) name: String,
    pub(in crate::link) slot: SlotId,
    pub(in crate::link) span: Span,
    /// Restricted to one place by `with` (rule I2).
    pub(in crate::link) location: Option<Location>,
    pub(in crate::link) declared: Option<Param<'d>>,
    /// The exposed placeholder it is.
    pub(in crate::link) placeholder: Option<String>,
    /// The whole body.
    pub(in crate::link) whole_body: bool,
    /// Something uses it.
    pub(in crate::link) claimed: bool,
    /// Something the callee needs takes its value.
    pub(in crate::link) fed: bool,
    /// The author names it: in `with`, an output or a template of the exposure.
    pub(in crate::link) mentioned: bool,
    /// Nobody declared it: the callee or a template needs it.
    pub(in crate::link) implied: bool,
    /// Nothing of it is sent anywhere: a caller may give it, and need not.
    pub(in crate::link) discarded: bool,
    /// Clients are told of it.
    pub(in crate::link) listed: bool,
    /// Named by `with`.
    pub(in crate::link) via_with: bool,
    /// Only the obvious place is looked at (optional parameters nobody mentions).
    pub(in crate::link) narrow: Option<Where>,
    pub(in crate::link) required: bool,
    /// The callee parameter it feeds, for types and prose.
    pub(in crate::link) feeds: Option<Param<'d>>,
    pub(in crate::link) header: Option<HeaderName>,
    /// The place of the upstream request its value goes to.
    pub(in crate::link) goes_to: Option<Where>,
    /// The schema an OpenAPI document has for it.
    pub(in crate::link) document: Option<Value>,
    /// How the document writes it.
    pub(in crate::link) serialization: Option<Serialization>,
}

impl Draft<'_> {
    pub(super) fn new(name: &str, slot: SlotId, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            slot,
            span,
            location: None,
            declared: None,
            placeholder: None,
            whole_body: false,
            claimed: false,
            fed: false,
            mentioned: false,
            implied: false,
            discarded: false,
            listed: true,
            via_with: false,
            narrow: None,
            required: false,
            feeds: None,
            header: None,
            goes_to: None,
            document: None,
            serialization: None,
        }
    }

    /// Whether names find it: it is taken from anywhere, and is not the whole body.
    pub(in crate::link) fn is_plain(&self) -> bool {
        self.location.is_none() && !self.whole_body
    }

    /// Whether the author of the exposure says that it is there.
    pub(in crate::link) fn is_declared(&self) -> bool {
        self.declared.is_some() || self.placeholder.is_some()
    }

    /// Whether a client could have chosen another place for it: nothing says where it is (rule I4).
    pub(in crate::link) fn is_unplaced(&self) -> bool {
        self.is_plain() && self.declared.is_none() && self.placeholder.is_none()
    }

    /// Whether an OpenAPI document alone says that it is there.
    pub(in crate::link) fn is_documented(&self) -> bool {
        self.implied && self.document.is_some()
    }

    /// Where an OpenAPI document has it, when nobody else says that it is there; not where nobody would look for it.
    pub(in crate::link) fn documented_place(&self) -> Option<Location> {
        if !self.is_documented() {
            return None;
        }
        match self.goes_to? {
            Where::Query => Some(Location::Query),
            Where::Cookie => Some(Location::Cookie),
            Where::Header => {
                let name = self.name.as_str();
                let is_protected = (is_registered_header(name) && !is_user_agent(name)) || is_sensitive_header(name);
                (!is_protected).then_some(Location::Header)
            }
            Where::Path | Where::Body | Where::Environment => None,
        }
    }

    /// Rule I9: as declared, else whether a required need is fed.
    pub(in crate::link) fn required(&self) -> bool {
        match &self.declared {
            _ if self.discarded => false,
            Some(param) => param.required.unwrap_or(self.required) && param.default.is_none(),
            None => self.required,
        }
    }
}
