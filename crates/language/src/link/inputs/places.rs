//! Where a REST request holds an input (rule I4).

use capstan_plan::{ParameterStyle, Place, TakenField};
use http::HeaderName;

use super::{
    super::{
        names::{LOCATIONS, Location, is_registered_header, is_sensitive_header, is_user_agent},
        place::Where,
    },
    draft::Draft,
};

/// The places of one input, in the order they are looked at; `minus` are the fields that are not part of a whole body.
pub(super) fn places(draft: &Draft<'_>, minus: &[TakenField]) -> Box<[Place]> {
    let name = draft.name.as_str();
    // The places of one input share its name.
    let shared: std::sync::Arc<str> = name.into();
    if draft.whole_body {
        return Box::new([Place::Body { minus: minus.into() }]);
    }
    let header = |name: &str| HeaderName::from_bytes(name.as_bytes()).ok().map(|n| Place::Header(Box::new(n)));
    let at = |location: Location| -> Box<[Place]> {
        match location {
            Location::Path => Box::new([Place::Path(draft.placeholder.as_deref().unwrap_or(name).into())]),
            Location::Query => [Place::Query(shared.clone())].into_iter().chain(apart(draft, &shared)).collect(),
            Location::Header => header(name).into_iter().collect(),
            Location::Body => Box::new([Place::Field(shared.clone())]),
            Location::Cookie => Box::new([Place::Cookie(shared.clone())]),
        }
    };
    if let Some(location) = draft.location {
        return at(location);
    }
    if let Some(location) = declared(draft)
        && !(location == Location::Path && draft.placeholder.is_none())
    {
        return at(location);
    }
    if let Some(narrow) = draft.narrow {
        return match narrow {
            Where::Path | Where::Query | Where::Environment => at(Location::Query),
            Where::Header if is_protected(name) => Box::default(),
            Where::Header => at(Location::Header),
            Where::Cookie => at(Location::Cookie),
            Where::Body => Box::new([Place::Query(shared.clone()), Place::Field(shared.clone())]),
        };
    }
    if let Some(location) = draft.documented_place() {
        return at(location);
    }
    // Rule I4.
    let mut places: Vec<Place> = draft.placeholder.iter().map(|p| Place::Path(p.as_str().into())).collect();
    places.push(Place::Query(shared.clone()));
    places.extend(apart(draft, &shared));
    places.push(Place::Field(shared.clone()));
    if let Some(target) = &draft.header
        && (draft.via_with || !is_protected(target.as_str()))
    {
        places.extend(header(name));
    }
    places.into_boxed_slice()
}

/// Where an object stands whose members a document writes apart.
fn apart(draft: &Draft<'_>, name: &std::sync::Arc<str>) -> Option<Place> {
    let how = draft.serialization.filter(|_| draft.goes_to == Some(Where::Query))?;
    let schema = draft.document.as_ref()?;
    match how.style {
        ParameterStyle::DeepObject => Some(Place::DeepQuery(name.clone())),
        ParameterStyle::Form if how.explode && schema.get("type").is_some_and(|ty| ty == "object") => {
            let members = schema.get("properties")?.as_object()?;
            Some(Place::QueryMembers(members.keys().map(|member| member.as_str().into()).collect()))
        }
        _ => None,
    }
}

/// Whether a header is never taken from the caller's own by accident (rules I4, HEADER-SENSITIVE).
fn is_protected(name: &str) -> bool {
    (is_registered_header(name) && !is_user_agent(name)) || is_sensitive_header(name)
}

/// The place an input's own `in` names.
fn declared(draft: &Draft<'_>) -> Option<Location> {
    let word = draft.declared.as_ref()?.place?.value.to_ascii_lowercase();
    LOCATIONS.iter().find(|(name, _)| *name == word).map(|(_, location)| *location)
}
