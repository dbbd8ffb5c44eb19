//! Which unit of a plan a person means.

use capstan_plan::{Exposure, Pattern, Piece, Plan, Route, Segment, Tool, UnitRef};

/// A unit that was found.
pub(super) enum Found<'p> {
    /// A route, and the concrete path when one was written.
    Route(&'p Exposure, &'p Route, Option<String>),
    /// A tool.
    Tool(&'p Exposure, &'p Tool),
}

impl Found<'_> {
    /// The namespace of its exposure.
    pub(super) fn namespace(&self) -> &str {
        match self {
            Self::Route(exposure, ..) | Self::Tool(exposure, _) => &exposure.namespace,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Route(_, one, _), Self::Route(_, two, _)) => std::ptr::eq(*one, *two),
            (Self::Tool(_, one), Self::Tool(_, two)) => std::ptr::eq(*one, *two),
            _ => false,
        }
    }
}

/// Finds the unit a person wrote: `GET /path`, `/path`, the name of an operation or tool, with or without its namespace.
pub(super) fn find<'p>(plan: &'p Plan, written: &str) -> Result<Found<'p>, String> {
    let written = written.trim();
    let found = match written.find('/') {
        Some(at) if at == 0 || written.get(..at).is_some_and(|before| before.ends_with(' ')) => by_path(plan, written),
        _ => by_name(plan, written),
    };
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(two)) if one.is_same(&two) => Ok(one),
        (Some(one), Some(_)) => {
            let name = match one {
                Found::Route(_, route, _) => &route.unit.name,
                Found::Tool(_, tool) => &tool.unit.name,
            };
            let all: Vec<String> =
                spelled(plan).into_iter().filter(|(plain, _)| plain == &**name).map(|(_, full)| full).collect();
            Err(format!("`{written}` may be any of: {}", all.join(", ")))
        }
        (None, _) => Err(unknown(plan, written)),
    }
}

fn units(plan: &Plan) -> impl Iterator<Item = (&Exposure, UnitRef<'_>)> {
    plan.exposures.iter().flat_map(|exposure| exposure.kind.units().into_iter().map(move |unit| (exposure, unit)))
}

fn routes(plan: &Plan) -> impl Iterator<Item = (&Exposure, &Route)> {
    units(plan).filter_map(|(exposure, unit)| match unit {
        UnitRef::Operation(route) => Some((exposure, route)),
        _ => None,
    })
}

/// Routes by their path as declared, or else by a path they answer.
fn by_path<'p>(plan: &'p Plan, written: &str) -> Vec<Found<'p>> {
    let (method, path) = match written.split_once(' ') {
        Some((method, path)) => (Some(method), path.trim()),
        None => (None, written),
    };
    let methods = |route: &Route| match (&route.method, method) {
        (Some(known), Some(method)) => known.as_str().eq_ignore_ascii_case(method),
        (None, _) | (_, None) => true,
    };
    let plain = |text: &str| text.replace("{{", "{").replace("}}", "}");
    let declared = routes(plan).filter(|(_, route)| methods(route) && plain(&route.pattern.to_string()) == plain(path));
    let declared: Vec<_> = declared.map(|(exposure, route)| Found::Route(exposure, route, None)).collect();
    if !declared.is_empty() {
        return declared;
    }
    let bare = path.split('?').next().unwrap_or(path);
    let answers = |(_, route): &(&Exposure, &Route)| methods(route) && fits(&route.pattern, bare);
    let answering = routes(plan).filter(answers);
    answering.map(|(exposure, route)| Found::Route(exposure, route, Some(path.to_owned()))).take(1).collect()
}

/// Whether a route's path answers a concrete one, as near as a command line has to know.
fn fits(pattern: &Pattern, path: &str) -> bool {
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut rest = path.split('/');
    for segment in &pattern.segments {
        let fits = match (segment, rest.next()) {
            (Segment::Rest(_), Some(_)) => return true,
            (Segment::Literal(text), Some(part)) => **text == *part,
            (Segment::Pieces(pieces), Some(part)) => pieces_fit(pieces, part),
            (_, None) => false,
        };
        if !fits {
            return false;
        }
    }
    rest.next().is_none()
}

fn pieces_fit(pieces: &[Piece], part: &str) -> bool {
    match pieces.split_first() {
        None => part.is_empty(),
        Some((Piece::Literal(text), more)) => part.strip_prefix(&**text).is_some_and(|part| pieces_fit(more, part)),
        Some((Piece::Param(_), more)) => {
            let mut ends = part.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.any(|end| part.get(end..).is_some_and(|rest| pieces_fit(more, rest)))
        }
    }
}

/// Units by their name, or their namespace and name.
fn by_name<'p>(plan: &'p Plan, written: &str) -> Vec<Found<'p>> {
    let named = |exposure: &Exposure, name: &str| {
        name == written
            || written.strip_prefix(&*exposure.namespace).and_then(|rest| rest.strip_prefix(['/', '.'])) == Some(name)
    };
    units(plan)
        .filter_map(|(exposure, unit)| match unit {
            UnitRef::Operation(route) if named(exposure, &route.unit.name) => Some(Found::Route(exposure, route, None)),
            UnitRef::Tool(tool) if named(exposure, &tool.unit.name) => Some(Found::Tool(exposure, tool)),
            _ => None,
        })
        .collect()
}

/// Every unit: its name, and how it is written without doubt.
fn spelled(plan: &Plan) -> Vec<(String, String)> {
    let one = |(exposure, unit): (&Exposure, UnitRef<'_>)| match unit {
        UnitRef::Operation(route) => Some((route.unit.name.to_string(), line(route))),
        UnitRef::Tool(tool) => Some((tool.unit.name.to_string(), format!("{}/{}", exposure.namespace, tool.unit.name))),
        _ => None,
    };
    units(plan).filter_map(one).collect()
}

/// `GET /hello/{name}`.
pub(super) fn line(route: &Route) -> String {
    format!("{} {}", route.method.as_ref().map_or("ANY", http::Method::as_str), route.pattern)
}

fn unknown(plan: &Plan, written: &str) -> String {
    let all = spelled(plan);
    if all.is_empty() {
        return "this file exposes nothing that can be called".to_owned();
    }
    let names = all.iter().flat_map(|(name, full)| [name.as_str(), full.as_str()]);
    let near = capstan_plan::suggest::nearest(written, names)
        .map(|near| format!(", did you mean `{near}`?"))
        .unwrap_or_default();
    let list: Vec<String> = units(plan)
        .filter_map(|(_, unit)| match unit {
            UnitRef::Operation(route) => Some(format!("  {:<40} {}", line(route), route.unit.name)),
            UnitRef::Tool(tool) => Some(format!("  {:<40} tool", tool.unit.name)),
            _ => None,
        })
        .collect();
    format!("there is no route or tool `{written}`{near}\n{}", list.join("\n"))
}
