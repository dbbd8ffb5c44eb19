//! The inputs of one unit while it is linked: declared, referenced, exposed in the path, or implied by the callee
//! (rules I0, I4, I5, I9, I13).

use capstan_plan::{Input, Origin, Place, RouteInput, SlotId};
use http::HeaderName;
use serde_json::{Map, Value};

use super::{
    callee::Where,
    names::{Location, is_registered_header, is_sensitive_header, only_norm},
};
use crate::{model::Param, source::Span};

/// Which side calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rest,
    Mcp,
}

/// One input being gathered.
#[derive(Debug)]
pub(super) struct Draft<'d> {
    pub(super) name: String,
    pub(super) slot: SlotId,
    pub(super) span: Span,
    /// Restricted to one place by `with` (rule I2).
    pub(super) location: Option<Location>,
    pub(super) declared: Option<Param<'d>>,
    /// The exposed placeholder it is.
    pub(super) placeholder: Option<String>,
    /// The whole body.
    pub(super) whole_body: bool,
    /// Something uses it.
    pub(super) claimed: bool,
    /// Clients are told of it.
    pub(super) listed: bool,
    /// Named by `with`.
    pub(super) via_with: bool,
    /// Only the obvious place is looked at (optional parameters nobody mentions).
    pub(super) narrow: Option<Where>,
    pub(super) required: bool,
    /// The callee parameter it feeds, for types and prose.
    pub(super) feeds: Option<Param<'d>>,
    pub(super) header: Option<HeaderName>,
    /// A schema that replaces everything else.
    pub(super) schema: Option<Value>,
}

/// All inputs of one unit.
#[derive(Debug)]
pub(super) struct Inputs<'d> {
    pub(super) kind: Kind,
    pub(super) drafts: Vec<Draft<'d>>,
    pub(super) slots: u32,
}

impl<'d> Inputs<'d> {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, drafts: Vec::new(), slots: 0 }
    }

    pub(super) fn slot(&mut self) -> SlotId {
        let slot = SlotId(self.slots);
        self.slots += 1;
        slot
    }

    pub(super) fn add(&mut self, name: &str, span: Span) -> &mut Draft<'d> {
        let slot = self.slot();
        self.drafts.push(Draft {
            name: name.to_owned(),
            slot,
            span,
            location: None,
            declared: None,
            placeholder: None,
            whole_body: false,
            claimed: false,
            listed: true,
            via_with: false,
            narrow: None,
            required: false,
            feeds: None,
            header: None,
            schema: None,
        });
        let last = self.drafts.len() - 1;
        #[allow(clippy::indexing_slicing, reason = "the element was pushed just above")]
        &mut self.drafts[last]
    }

    /// Whether the author declared inputs, and every one has its use.
    pub(super) fn complete(&self) -> bool {
        let mut declared = self.drafts.iter().filter(|draft| draft.declared.is_some()).peekable();
        declared.peek().is_some() && declared.all(|draft| draft.claimed)
    }

    /// The unrestricted input of exactly this name.
    pub(super) fn exact(&self, name: &str) -> Option<usize> {
        self.drafts.iter().position(|d| d.name == name && d.location.is_none() && !d.whole_body)
    }

    /// The only unrestricted input whose norm equals `name`'s.
    pub(super) fn normed(&self, name: &str) -> Option<usize> {
        only_norm(
            name,
            self.drafts
                .iter()
                .enumerate()
                .filter(|(_, d)| d.location.is_none() && !d.whole_body)
                .map(|(i, d)| (i, d.name.as_str())),
        )
    }

    pub(super) fn restricted(&mut self, name: &str, location: Location, span: Span) -> usize {
        if let Some(at) = self.drafts.iter().position(|d| d.name == name && d.location == Some(location)) {
            return at;
        }
        self.add(name, span).location = Some(location);
        self.drafts.len() - 1
    }

    /// The whole-body input, made when there is none yet.
    pub(super) fn body(&mut self, span: Span) -> usize {
        if let Some(at) = self.drafts.iter().position(|d| d.whole_body) {
            return at;
        }
        // A declared input called `body` is the whole body itself.
        if let Some(at) = self.exact("body") {
            if let Some(draft) = self.drafts.get_mut(at) {
                draft.whole_body = true;
            }
            return at;
        }
        self.add("body", span).whole_body = true;
        self.drafts.len() - 1
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Draft<'d>> {
        self.drafts.get_mut(at)
    }

    /// Where a REST request holds each input.
    pub(super) fn route_inputs(&self) -> Box<[RouteInput]> {
        let minus: Box<[Box<str>]> = self
            .drafts
            .iter()
            .filter(|d| (d.via_with || d.declared.is_some()) && !d.whole_body && d.placeholder.is_none())
            .filter(|d| !matches!(d.location, Some(l) if l != Location::Body))
            .map(|d| d.name.as_str().into())
            .collect();
        self.drafts.iter().map(|d| RouteInput { slot: d.slot, places: d.places(&minus) }).collect()
    }

    /// The inputs of the flow.
    pub(super) fn inputs(&self, origin: impl Fn(Span) -> Origin) -> Box<[Input]> {
        self.drafts
            .iter()
            .map(|d| {
                let (schema, enforced) = d.schema();
                Input {
                    name: d.name.as_str().into(),
                    slot: d.slot,
                    required: d.required(),
                    schema: schema.into(),
                    enforced,
                    default: d.declared.as_ref().and_then(|p| p.default).map(|n| Box::new(n.to_json())),
                    whole_body: d.whole_body,
                    origin: origin(d.span),
                }
            })
            .collect()
    }
}

impl Draft<'_> {
    /// Rule I9: as declared, else whether a required need is fed.
    pub(super) fn required(&self) -> bool {
        match &self.declared {
            Some(param) => param.required.unwrap_or(self.required) && param.default.is_none(),
            None => self.required,
        }
    }

    fn places(&self, minus: &[Box<str>]) -> Box<[Place]> {
        let name = self.name.as_str();
        // The places of one input share its name.
        let shared: std::sync::Arc<str> = name.into();
        if self.whole_body {
            return Box::new([Place::Body { minus: minus.into() }]);
        }
        let header = |name: &str| HeaderName::from_bytes(name.as_bytes()).ok().map(|n| Place::Header(Box::new(n)));
        let at = |location: Location| -> Box<[Place]> {
            match location {
                Location::Path => Box::new([Place::Path(self.placeholder.as_deref().unwrap_or(name).into())]),
                Location::Query => Box::new([Place::Query(shared.clone())]),
                Location::Header => header(name).into_iter().collect(),
                Location::Body => Box::new([Place::Field(shared.clone())]),
                Location::Cookie => Box::new([Place::Cookie(shared.clone())]),
            }
        };
        if let Some(location) = self.location {
            return at(location);
        }
        let declared = self.declared.as_ref().and_then(|p| p.place).and_then(|word| {
            let word = word.value.to_ascii_lowercase();
            super::names::LOCATIONS.iter().find(|(name, _)| *name == word).map(|(_, l)| *l)
        });
        if let Some(location) = declared
            && !(location == Location::Path && self.placeholder.is_none())
        {
            return at(location);
        }
        if let Some(narrow) = self.narrow {
            return match narrow {
                Where::Path | Where::Query | Where::Environment => at(Location::Query),
                Where::Header if is_registered_header(name) || is_sensitive_header(name) => Box::default(),
                Where::Header => at(Location::Header),
                Where::Cookie => at(Location::Cookie),
                Where::Body => Box::new([Place::Query(shared.clone()), Place::Field(shared.clone())]),
            };
        }
        // Rule I4.
        let mut places: Vec<Place> = self.placeholder.iter().map(|p| Place::Path(p.as_str().into())).collect();
        places.push(Place::Query(shared.clone()));
        places.push(Place::Field(shared.clone()));
        if let Some(target) = &self.header
            && (self.via_with || !(is_registered_header(target.as_str()) || is_sensitive_header(target.as_str())))
        {
            places.extend(header(name));
        }
        places.into_boxed_slice()
    }

    /// The JSON Schema shown to clients, and whether it is enforced: only what the author of the exposure (or an OpenAPI
    /// document) declared is.
    pub(super) fn schema(&self) -> (Value, bool) {
        if let Some(schema) = &self.schema {
            return (schema.clone(), true);
        }
        let mut schema = Map::new();
        let mut enforced = false;
        if let Some(param) = &self.declared {
            schema.extend(param.schema.keywords.clone());
            enforced = param.schema.constrains;
        }
        if let Some(param) = &self.feeds {
            for (key, value) in &param.schema.keywords {
                schema.entry(key.as_str()).or_insert_with(|| value.clone());
            }
        }
        (Value::Object(schema), enforced)
    }
}
