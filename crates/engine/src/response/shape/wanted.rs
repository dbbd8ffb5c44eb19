//! What a mapping reads of a JSON answer, so that everything else is skipped while parsing. Decides nothing about values: a
//! pruned answer gives every selector what the whole one would.

use std::fmt;

use capstan_plan::{Outputs, PathStep, Selector, Shape};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// Which parts of a value are read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    /// The value as it is.
    whole: bool,
    /// These members of an object.
    members: Vec<(Box<str>, Wanted)>,
    /// These elements of an array.
    elements: Vec<(usize, Wanted)>,
    /// Every element of an array.
    each: Option<Box<Wanted>>,
}

impl Wanted {
    /// What `outputs` read; nothing when that is all of it.
    pub(crate) fn of(outputs: &Outputs) -> Option<Self> {
        let mut root = Self::default();
        match outputs {
            Outputs::Identity => return None,
            Outputs::First(shapes) => shapes.iter().for_each(|shape| root.shape(shape)),
            Outputs::Named(members) => members.iter().for_each(|(_, shape)| root.shape(shape)),
        }
        (!root.whole).then_some(root)
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Select(selector) => self.at(Some(selector)).whole = true,
            Shape::Constant(_) => {}
            Shape::Object { root, fields } => {
                let at = self.at(root.as_ref());
                fields.iter().for_each(|(_, field)| at.shape(field));
            }
            Shape::Array { root, item: Some(item) } => {
                self.at(root.as_ref()).each.get_or_insert_default().shape(item);
            }
            Shape::Array { root, item: None } | Shape::Map { root, .. } => self.at(root.as_ref()).whole = true,
            Shape::MaxLength(inner, _) => self.shape(inner),
        }
    }

    /// The part a selector leads to; this whole value when it is not a plain path.
    fn at(&mut self, selector: Option<&Selector>) -> &mut Self {
        let Some(selector) = selector else { return self };
        let Some(steps) = selector.steps() else {
            self.whole = true;
            return self;
        };
        let mut at = self;
        for step in steps {
            match step {
                // Such a name may also be a position.
                PathStep::Field(name) if name.bytes().all(|b| b.is_ascii_digit()) => {
                    at.whole = true;
                    return at;
                }
                PathStep::Field(name) => at = entry(&mut at.members, |known| **known == **name, || name.clone()),
                PathStep::Index(index) => match usize::try_from(*index) {
                    Ok(index) => at = entry(&mut at.elements, |known| *known == index, || index),
                    Err(_) => {
                        at.whole = true;
                        return at;
                    }
                },
            }
        }
        at
    }

    /// Parses `body`, skipping what nobody reads.
    pub(crate) fn parse(&self, body: &[u8]) -> serde_json::Result<Json> {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let value = self.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }
}

fn entry<K>(list: &mut Vec<(K, Wanted)>, is: impl Fn(&K) -> bool, key: impl FnOnce() -> K) -> &mut Wanted {
    let at = list.iter().position(|(known, _)| is(known)).unwrap_or_else(|| {
        list.push((key(), Wanted::default()));
        list.len() - 1
    });
    #[allow(clippy::indexing_slicing, reason = "the position was found or made just above")]
    &mut list[at].1
}

impl<'de> DeserializeSeed<'de> for &Wanted {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        // Both all elements and certain ones: rare enough to take everything.
        if self.whole || (self.each.is_some() && !self.elements.is_empty()) {
            return serde::Deserialize::deserialize(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Wanted {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut out = Vec::new();
        if let Some(each) = &self.each {
            while let Some(item) = items.next_element_seed(&**each)? {
                out.push(item);
            }
            return Ok(Json::Array(out));
        }
        let mut at = 0;
        loop {
            let wanted = self.elements.iter().find(|(index, _)| *index == at).map(|(_, wanted)| wanted);
            let more = match wanted {
                Some(wanted) => match items.next_element_seed(wanted)? {
                    Some(item) => {
                        // Elements that nobody reads keep the place of those that somebody does.
                        out.resize(at, Json::Null);
                        out.push(item);
                        true
                    }
                    None => false,
                },
                None => items.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(Json::Array(out));
            }
            at += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut out = Map::with_capacity(self.members.len());
        while let Some(found) = members.next_key_seed(Key(&self.members))? {
            match found {
                Some((name, wanted)) => {
                    let value = members.next_value_seed(wanted)?;
                    out.insert(name.to_owned(), value);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Json::Object(out))
    }
}

/// Finds a member's name without copying it.
struct Key<'w>(&'w [(Box<str>, Wanted)]);

impl<'de, 'w> DeserializeSeed<'de> for Key<'w> {
    type Value = Option<(&'w str, &'w Wanted)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'w> Visitor<'_> for Key<'w> {
    type Value = Option<(&'w str, &'w Wanted)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|(known, _)| **known == *name).map(|(known, wanted)| (&**known, wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(paths: &[&str]) -> Option<Wanted> {
        let shape = |path: &&str| ("x".into(), Shape::Select(Selector::parse(path).unwrap()));
        Wanted::of(&Outputs::Named(paths.iter().map(shape).collect()))
    }

    #[test]
    fn a_pruned_answer_gives_what_the_whole_one_gives() {
        let body = r#" {"a":{"b":[1,{"c":"\u00e9\n","x":[0]},-3.5e2],"b2":null},"a":{"b":[0,{"c":2}],"k":true},"z":{"deep":[[[1]]]}, "n":18446744073709551615} "#;
        let whole: Json = serde_json::from_str(body).unwrap();
        let budget = capstan_plan::budget::Budget::new(capstan_plan::budget::Effort::InPlace);
        let paths =
            ["$.a.b[1].c", "$.a.b[0]", "$.a.b[9]", "$.a.k", "$.a.b2", "$.z.deep", "$.n", "$.n.x", "$.none", "$.a.b.c"];
        let all = wanted(&paths).unwrap().parse(body.as_bytes()).unwrap();
        for path in paths {
            let selector = Selector::parse(path).unwrap();
            assert_eq!(selector.select(&all, &budget), selector.select(&whole, &budget), "{path}");
            let alone = wanted(&[path]).unwrap().parse(body.as_bytes()).unwrap();
            assert_eq!(selector.select(&alone, &budget), selector.select(&whole, &budget), "{path}");
        }
    }

    #[test]
    fn what_is_no_plain_path_takes_the_whole_value() {
        for path in ["$", "$..b", "$.length", "$[?@.x]"] {
            assert_eq!(wanted(&["$.a", path]), None, "{path}");
        }
        let some = wanted(&["$.a[-1]", "$.list.length", "$.b.0"]);
        assert!(some.is_none_or(|w| w.members.iter().all(|(_, inner)| inner.whole)));
    }

    #[test]
    fn items_of_a_list_are_pruned_too() {
        let item = Shape::Object {
            root: None,
            fields: Box::new([("n".into(), Shape::Select(Selector::parse("$.n").unwrap()))]),
        };
        let shape = Shape::Array { root: Some(Selector::parse("$.list").unwrap()), item: Some(Box::new(item)) };
        let wanted = Wanted::of(&Outputs::First(Box::new([shape]))).unwrap();
        let pruned = wanted.parse(br#"{"list":[{"n":1,"m":2},{"m":3},4],"rest":[1]}"#).unwrap();
        assert_eq!(pruned, serde_json::json!({"list": [{"n": 1}, {}, 4]}));
    }

    #[test]
    fn what_is_skipped_must_still_be_json() {
        let wanted = wanted(&["$.a"]).unwrap();
        for body in ["", "{", r#"{"a":1,"b":}"#, r#"{"a":1} x"#, r#"{"b":[1,}"#, r#"{"a" 1}"#] {
            assert!(wanted.parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
