//! Reads the inputs of a route out of an HTTP request. Each part of the request is parsed at most once, and only when an
//! input asks for it.

use std::cell::OnceCell;

use bytes::Bytes;
use capstan_engine::{CallerFault, Engine, Fault, Inputs, Value};
use capstan_plan::{
    Place, Route, Selector, TakenField,
    budget::{Budget, Effort},
};
use http::{Response, header, request::Parts};
use serde_json::{Map, Value as Json};

use super::{
    content::{self, Unreadable, grouped},
    members::{self, pair},
};
use crate::{http::body::Body, routing::router::decode};

/// A request, ready to be asked for inputs.
pub(super) struct Reader<'r> {
    parts: &'r Parts,
    path: &'r str,
    body: &'r Bytes,
    captures: &'r [String],
    engine: &'r Engine,
    query: OnceCell<Vec<(String, String)>>,
    fields: OnceCell<Result<Option<Json>, Unreadable>>,
    /// What selectors into the body may spend, and what was not enough.
    budget: Budget,
    breach: OnceCell<Fault>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(
        parts: &'r Parts,
        path: &'r str,
        body: &'r Bytes,
        captures: &'r [String],
        engine: &'r Engine,
        effort: Effort,
    ) -> Self {
        Self {
            parts,
            path,
            body,
            captures,
            engine,
            query: OnceCell::new(),
            fields: OnceCell::new(),
            budget: Budget::new(effort),
            breach: OnceCell::new(),
        }
    }

    /// Fills the slots of `route`, and says how many inputs were there.
    pub(super) fn fill(&self, route: &Route, params: &[Box<str>], inputs: &mut Inputs) -> usize {
        let mut present = 0;
        for input in &route.inputs {
            if let Some(value) = input.places.iter().find_map(|place| self.value(place, params)) {
                inputs.set(input.slot, value);
                present += 1;
            }
        }
        present
    }

    /// What a selector leads to in the body.
    fn selected(&self, selector: &Selector) -> Option<Value> {
        let found = selector.select(self.fields()?, &self.budget).map_err(|why| {
            let detail = format!("`{}`: {why}", selector.text());
            self.breach.get_or_init(|| Fault::caller(CallerFault::TooCostly, detail));
        });
        found.ok()?.map(|value| Value::Json(value.into_owned()))
    }

    /// The fault of a body that takes more looking at than it may.
    pub(super) fn breach(self) -> Option<Fault> {
        self.breach.into_inner()
    }

    fn value(&self, place: &Place, params: &[Box<str>]) -> Option<Value> {
        match place {
            Place::Path(name) => {
                let at = params.iter().position(|param| **param == **name)?;
                self.captures.get(at).map(|text| Value::text(text.as_str()))
            }
            Place::Query(name) => pair(self.query(), name).map(Value::Json),
            Place::DeepQuery(name) => members::deep(self.query(), name).map(Value::Json),
            Place::QueryMembers(names) => members::plain(self.query(), names).map(Value::Json),
            Place::Field(name) => self.fields()?.get(&**name).cloned().map(Value::Json),
            Place::Header(name) => {
                let values: Vec<_> =
                    self.parts.headers.get_all(&**name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
                (!values.is_empty()).then(|| Value::text(values.join(", ")))
            }
            Place::Cookie(name) => {
                cookies(self.parts).find(|(key, _)| *key == &**name).map(|(_, value)| Value::text(value))
            }
            Place::Body { minus } => self.whole(minus, params),
            Place::BodyPath(selector) => self.selected(selector),
            Place::Environment(binding) => self.engine.binding(*binding).map(Value::text),
            Place::Request => Some(Value::Json(self.request(params))),
        }
    }

    fn whole(&self, minus: &[TakenField], params: &[Box<str>]) -> Option<Value> {
        if self.body.is_empty() {
            return None;
        }
        if !minus.is_empty()
            && let Some(Json::Object(members)) = self.fields()
            && minus.iter().any(|field| members.contains_key(&*field.name))
        {
            // An input found in the path or the query is not the field of its name.
            let taken = |key: &str| {
                let mut fields = minus.iter().filter(|field| &*field.name == key);
                fields.any(|field| !field.unless.iter().any(|place| self.value(place, params).is_some()))
            };
            let left = members.iter().filter(|(key, _)| !taken(key));
            return Some(Value::Json(left.map(|(k, v)| (k.clone(), v.clone())).collect()));
        }
        Some(Value::bytes(self.media_type(), self.body.clone()))
    }

    fn media_type(&self) -> Option<&str> {
        self.parts.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The method of the request.
    pub(super) fn method(&self) -> &http::Method {
        &self.parts.method
    }

    /// The query's pairs, decoded.
    pub(super) fn query(&self) -> &[(String, String)] {
        self.query.get_or_init(|| {
            let query = self.parts.uri.query().unwrap_or_default();
            url::form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
        })
    }

    /// The fields of the body, when it can be read.
    pub(super) fn fields(&self) -> Option<&Json> {
        self.fields.get_or_init(|| content::fields(self.media_type(), self.body)).as_ref().ok()?.as_ref()
    }

    /// The answer to a body that inputs of `route` are looked for in, and that has no fields.
    pub(super) fn refusal(&self, route: &Route, params: &[Box<str>]) -> Option<Response<Body>> {
        let read = self.fields.get()?;
        if self.body.is_empty() || matches!(read, Ok(None | Some(Json::Object(_)))) {
            return None;
        }
        let asked: Vec<&Place> = route.inputs.iter().filter_map(|input| self.asked(&input.places, params)).collect();
        let is_whole = || route.inputs.iter().flat_map(|input| &*input.places).any(|p| matches!(p, Place::Body { .. }));
        let wanted = || -> Vec<&str> {
            let names =
                asked.iter().filter_map(|place| if let Place::Field(name) = place { Some(&**name) } else { None });
            names.collect()
        };
        match read {
            _ if asked.is_empty() => None,
            Err(why) if why.is_opaque() && is_whole() => None,
            Err(why) => Some(why.answer(&wanted())),
            Ok(Some(value)) if !wanted().is_empty() && !is_whole() => Some(content::no_object(value, &wanted())),
            Ok(_) => None,
        }
    }

    /// The place inside the body where an input is looked for, when it is nowhere before.
    fn asked<'p>(&self, places: &'p [Place], params: &[Box<str>]) -> Option<&'p Place> {
        for place in places {
            match place {
                Place::Field(_) | Place::BodyPath(_) => return Some(place),
                Place::Body { minus } => return (!minus.is_empty()).then_some(place),
                _ if self.value(place, params).is_some() => return None,
                _ => {}
            }
        }
        None
    }

    /// The request object of mocks.
    fn request(&self, params: &[Box<str>]) -> Json {
        let mut headers = Map::new();
        for name in self.parts.headers.keys() {
            let values: Vec<_> =
                self.parts.headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
            headers.insert(name.as_str().to_owned(), Json::from(values.join(", ")));
        }
        let body = match self.fields() {
            Some(value) => value.clone(),
            None if self.body.is_empty() => Json::Null,
            None => Json::from(String::from_utf8_lossy(self.body)),
        };
        let captured = params.iter().zip(self.captures);
        serde_json::json!({
            "method": self.parts.method.as_str(),
            "path": decode(self.path),
            "headers": headers,
            "query": grouped(self.query().iter().map(|(k, v)| (k.as_str().into(), v.as_str().into()))),
            "path_params": captured.map(|(k, v)| (k.to_string(), Json::from(v.as_str()))).collect::<Map<_, _>>(),
            "body": body,
        })
    }
}

fn cookies(parts: &Parts) -> impl Iterator<Item = (&str, &str)> {
    let values = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|text| text.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        Some((name, value.trim_matches('"')))
    })
}
