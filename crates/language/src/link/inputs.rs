//! The inputs of one unit while it is linked: declared, referenced, exposed in the path, or implied by the callee
//! (rules I0, I9). Where requests hold them and what clients see of them stands in the modules below.

mod draft;
pub(super) mod patterns;
mod places;
mod schema;

use capstan_plan::{Input, Origin, Place, RouteInput, Serialization, SlotId, TakenField, Template};

pub(super) use self::draft::Draft;
use self::places::places;
use super::names::{Location, only_norm};
use crate::{
    model::Param,
    source::{Span, Spanned},
    template::absent,
};

/// An input of the unit being linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InputId(usize);

/// All inputs of one unit, and how many slots its frame has so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs<'d> {
    pub(super) drafts: Vec<Draft<'d>>,
    pub(super) slots: u32,
}

impl<'d> Inputs<'d> {
    /// A new slot of the frame.
    pub(super) fn slot(&mut self) -> SlotId {
        let slot = SlotId(self.slots);
        self.slots += 1;
        slot
    }

    /// A new input.
    pub(super) fn add(&mut self, name: &str, span: Span) -> InputId {
        let slot = self.slot();
        self.drafts.push(Draft::new(name, slot, span));
        InputId(self.drafts.len() - 1)
    }

    /// Enters exposed placeholders.
    pub(super) fn placeholders(&mut self, names: &[&str], path: Spanned<&str>) {
        for name in names {
            let id = self.add(name, path.word(name).unwrap_or(path).span);
            self.change(id, |draft| {
                draft.placeholder = Some((*name).to_owned());
                draft.required = true;
            });
        }
    }

    /// Enters declared inputs; one named like a placeholder is that placeholder.
    pub(super) fn declare(&mut self, params: &[Param<'d>]) {
        for param in params.iter().filter(|p| !p.name.value.is_empty()) {
            let name = param.name.value;
            let in_path = param.place.is_some_and(|p| p.value.eq_ignore_ascii_case("path"));
            let known = self.exact(name).or_else(|| self.placeholder(name).filter(|_| in_path));
            match known {
                Some(id) => self.change(id, |draft| {
                    if draft.declared.is_none() {
                        draft.declared = Some(param.clone());
                        draft.name = name.to_owned();
                    }
                }),
                None => {
                    let id = self.add(name, param.name.span);
                    self.change(id, |draft| draft.declared = Some(param.clone()));
                }
            }
        }
    }

    /// One input.
    pub(super) fn get(&self, id: InputId) -> Option<&Draft<'d>> {
        self.drafts.get(id.0)
    }

    /// Changes one input.
    pub(super) fn change(&mut self, id: InputId, change: impl FnOnce(&mut Draft<'d>)) {
        if let Some(draft) = self.drafts.get_mut(id.0) {
            change(draft);
        }
    }

    /// Every input with its id.
    pub(super) fn entries(&self) -> impl Iterator<Item = (InputId, &Draft<'d>)> {
        self.drafts.iter().enumerate().map(|(index, draft)| (InputId(index), draft))
    }

    /// The value of an input.
    pub(super) fn template(&self, id: InputId) -> Template {
        self.get(id).map_or_else(absent, |draft| Template::slot(draft.slot))
    }

    /// The input a template is, when it is nothing else.
    pub(super) fn behind(&self, template: &Template) -> Option<InputId> {
        let Template::Slot(slot, path) = template else { return None };
        self.entries().find(|(_, draft)| path.is_empty() && draft.slot == *slot).map(|(id, _)| id)
    }

    /// Whether the author declared inputs, and every one has its use.
    pub(super) fn complete(&self) -> bool {
        let mut declared = self.drafts.iter().filter(|draft| draft.declared.is_some()).peekable();
        declared.peek().is_some() && declared.all(|draft| draft.claimed)
    }

    /// The unrestricted input of exactly this name.
    pub(super) fn exact(&self, name: &str) -> Option<InputId> {
        self.entries().find(|(_, d)| d.name == name && d.is_plain()).map(|(id, _)| id)
    }

    /// The only unrestricted input whose norm equals `name`'s.
    pub(super) fn normed(&self, name: &str) -> Option<InputId> {
        only_norm(name, self.entries().filter(|(_, d)| d.is_plain()).map(|(id, d)| (id, d.name.as_str())))
    }

    /// The only exposed placeholder whose norm equals `name`'s.
    pub(super) fn placeholder(&self, name: &str) -> Option<InputId> {
        only_norm(name, self.entries().filter_map(|(id, d)| Some((id, d.placeholder.as_deref()?))))
    }

    /// The input taken from `location` only, made when there is none yet.
    pub(super) fn restricted(&mut self, name: &str, location: Location, span: Span) -> InputId {
        let known = self.entries().find(|(_, d)| d.name == name && d.location == Some(location)).map(|(id, _)| id);
        known.unwrap_or_else(|| {
            let id = self.add(name, span);
            self.change(id, |draft| draft.location = Some(location));
            id
        })
    }

    /// The whole-body input, made when there is none yet.
    pub(super) fn body(&mut self, span: Span) -> InputId {
        if let Some((id, _)) = self.entries().find(|(_, draft)| draft.whole_body) {
            return id;
        }
        // A declared input called `body` is the whole body itself.
        let id = self.exact("body").unwrap_or_else(|| self.add("body", span));
        self.change(id, |draft| draft.whole_body = true);
        id
    }

    /// Where a REST request holds each input.
    pub(super) fn route_inputs(&self) -> Box<[RouteInput]> {
        let taken = |draft: &Draft<'_>| {
            let mut before = places(draft, &[]).into_vec();
            let at = before.iter().position(|place| matches!(place, Place::Field(_)))?;
            before.truncate(at);
            Some(TakenField { name: draft.name.as_str().into(), unless: before.into_boxed_slice() })
        };
        let minus: Box<[TakenField]> = self
            .drafts
            .iter()
            .filter(|d| (d.via_with || d.declared.is_some()) && !d.whole_body && d.placeholder.is_none())
            .filter_map(taken)
            .collect();
        self.drafts.iter().map(|d| RouteInput { slot: d.slot, places: places(d, &minus) }).collect()
    }

    /// The inputs of the flow.
    pub(super) fn inputs(&self, origin: impl Fn(Span) -> Origin) -> Box<[Input]> {
        self.drafts
            .iter()
            .map(|d| {
                let (mut schema, enforced) = d.schema();
                // Nothing is enforced that nobody declared; a body nobody describes may be anything.
                if !enforced && !d.whole_body {
                    schema = d.shown();
                }
                Input {
                    name: d.name.as_str().into(),
                    slot: d.slot,
                    required: d.required(),
                    schema: schema.into(),
                    enforced,
                    default: d.declared.as_ref().and_then(|p| p.default).map(|n| Box::new(n.to_json())),
                    whole_body: d.whole_body,
                    delimiter: d.serialization.and_then(Serialization::delimiter),
                    origin: origin(d.span),
                }
            })
            .collect()
    }
}
