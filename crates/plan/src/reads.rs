//! Which templates there are in what runs: in a step and those inside it, in a request, in a base address.

use crate::{Base, BasePart, Body, PathPart, PollSource, Request, StepKind, Template};

impl StepKind {
    /// Calls `f` on every template of a step, those of steps inside it too.
    pub fn templates<'a>(&'a self, f: &mut dyn FnMut(&'a Template)) {
        match self {
            Self::Call(call) => call.request.templates(f),
            Self::Lookup(lookup) => {
                f(&lookup.index);
                f(&lookup.value);
            }
            Self::Script(script) => script.context.iter().for_each(|(_, value)| f(value)),
            Self::Poll(polling) => match &polling.source {
                PollSource::Url(followed) => f(&followed.address),
                PollSource::Call(call) => call.request.templates(f),
            },
            Self::If(branch) => {
                f(&branch.condition);
                branch.then.value.iter().chain(&branch.otherwise.value).for_each(&mut *f);
            }
            Self::ForEach(each) => {
                f(&each.items);
                each.block.value.iter().for_each(&mut *f);
            }
            Self::Parallel(block) => block.value.iter().for_each(&mut *f),
            Self::Set(value) => f(value),
            Self::Fail(refusal) => refusal.title.iter().chain(&refusal.detail).for_each(&mut *f),
        }
        for step in self.lists().into_iter().flatten() {
            step.kind.templates(f);
        }
    }
}

impl Request {
    /// Calls `f` on every template of it, its own base included.
    pub fn templates<'a>(&'a self, f: &mut dyn FnMut(&'a Template)) {
        if let Some(base) = &self.base {
            base.templates(f);
        }
        for part in &self.path {
            match part {
                PathPart::Literal(_) => {}
                PathPart::Value { value, .. } | PathPart::Segment { value, .. } => f(value),
            }
        }
        self.query.iter().for_each(|pair| f(&pair.value));
        self.headers.iter().for_each(|header| f(&header.value));
        self.cookies.iter().for_each(|(_, value)| f(value));
        match &self.body {
            Body::None => {}
            Body::Encoded(encoded) => f(&encoded.content),
            Body::Json(t)
            | Body::Form(t)
            | Body::MultipartObject(t)
            | Body::Inbound(t)
            | Body::Text { content: t, .. } => f(t),
            Body::Multipart(parts) => {
                for part in parts {
                    f(&part.name);
                    f(&part.value);
                    part.file_name.iter().chain(&part.content_type).for_each(&mut *f);
                }
            }
        }
    }
}

impl Base {
    /// Calls `f` on every template of it.
    pub fn templates<'a>(&'a self, f: &mut dyn FnMut(&'a Template)) {
        for part in &self.parts {
            match part {
                BasePart::Literal(_) => {}
                BasePart::Variable(value) | BasePart::Label { value, .. } => f(value),
            }
        }
    }
}
