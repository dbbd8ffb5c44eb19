//! Operations with a path of their own become operations of a resource at that path (rule U2).

use super::{
    draft::Draft,
    tree::{Entry, Kind, Piece},
};
use crate::keys;

/// Moves paths to resources.
pub(super) fn change(draft: &mut Draft<'_>) {
    draft.everywhere(&bare);
    draft.everywhere(&split);
    draft.everywhere(&exposed);
}

/// Operations without a resource get one each.
fn bare(piece: &mut Piece) -> bool {
    if !piece.is(&keys::CONSUMES) || piece.get("resources").is_some() {
        return false;
    }
    let Some(mut operations) = piece.take("operations") else { return false };
    let Kind::List { items, .. } = &mut operations.piece.kind else { return false };
    let resources = items.drain(..).map(|mut operation| {
        let path = operation.take("path").map_or_else(|| Piece::text(""), |path| path.piece);
        let name = operation.get("name").and_then(Piece::scalar).unwrap_or_default().to_owned();
        resource(&name, path, operation)
    });
    let resources = resources.collect();
    piece.set("resources", Piece::new(Kind::List { items: resources, flow: false }), None);
    for entry in piece.entries_mut().into_iter().flatten().filter(|entry| entry.key == "resources") {
        entry.named = true;
    }
    true
}

/// A resource of one listed operation.
fn resource(name: &str, path: Piece, mut operation: Piece) -> Piece {
    let above = std::mem::take(&mut operation.above);
    let operations = Piece::new(Kind::List { items: vec![operation], flow: false });
    let entries = vec![
        Entry::new("name", Piece::text(name)),
        Entry::new("path", Piece { above: Vec::new(), ..path }),
        Entry { named: true, ..Entry::new("operations", operations) },
    ];
    Piece { above, ..Piece::map(entries) }
}

fn text<'p>(piece: &'p Piece, key: &str) -> Option<&'p str> {
    piece.get(key).and_then(Piece::scalar).map(str::trim)
}

/// Whether operation paths repeat the path of their resource.
fn absolute(resources: &[Piece]) -> bool {
    resources.iter().any(|resource| {
        let around = text(resource, "path").unwrap_or_default().trim_end_matches('/');
        let operations = resource.get("operations").map(Piece::items).unwrap_or_default();
        !around.is_empty()
            && operations
                .iter()
                .filter_map(|operation| text(operation, "path"))
                .any(|own| own.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    })
}

/// The path of an operation from the base URI.
fn full(around: &str, own: &str, absolute: bool) -> String {
    if absolute || matches!(around, "" | "/") {
        own.to_owned()
    } else if matches!(own, "" | "/") {
        around.to_owned()
    } else {
        let slash = if own.starts_with(['/', '?', '#', ':']) { "" } else { "/" };
        format!("{}{slash}{own}", around.trim_end_matches('/'))
    }
}

/// Resources whose operations have paths of their own, one for each path.
fn split(piece: &mut Piece) -> bool {
    let is_api = piece.is(&keys::CONSUMES);
    let Some(Kind::List { items, .. }) = piece.get_mut("resources").filter(|_| is_api).map(|piece| &mut piece.kind)
    else {
        return false;
    };
    let absolute = absolute(items);
    let mut changed = false;
    let mut all = Vec::with_capacity(items.len());
    for resource in items.drain(..) {
        let own = |operation: &Piece| operation.get("path").is_some();
        changed |= resource.get("operations").is_some_and(|list| list.items().iter().any(own));
        divide(resource, absolute, &mut all);
    }
    *items = all;
    changed
}

/// The same of what is exposed: there a path of its own stands behind that of the resource.
fn exposed(piece: &mut Piece) -> bool {
    let is_rest = piece.is(&keys::REST);
    let Some(Kind::List { items, .. }) = piece.get_mut("resources").filter(|_| is_rest).map(|piece| &mut piece.kind)
    else {
        return false;
    };
    let own = |operation: &Piece| operation.get("path").is_some();
    if !items.iter().filter_map(|resource| resource.get("operations")).any(|list| list.items().iter().any(own)) {
        return false;
    }
    let mut all = Vec::with_capacity(items.len());
    items.drain(..).for_each(|resource| divide(resource, false, &mut all));
    *items = all;
    true
}

fn divide(mut around: Piece, absolute: bool, all: &mut Vec<Piece>) {
    let base = text(&around, "path").unwrap_or_default().to_owned();
    let stem = text(&around, "name").unwrap_or_default().to_owned();
    let shared = around.get("inputParameters").cloned();
    let Some(Kind::List { items, .. }) = around.get_mut("operations").map(|piece| &mut piece.kind) else {
        return all.push(around);
    };
    let paths: Vec<Option<String>> =
        items.iter().map(|operation| text(operation, "path").map(|own| full(&base, own, absolute))).collect();
    // One path for all of them is the resource's.
    if let Some(Some(only)) = paths.first()
        && paths.iter().all(|path| path.as_ref() == Some(only))
    {
        items.iter_mut().for_each(|operation| drop(operation.take("path")));
        if *only != base {
            around.set("path", Piece::text(only), Some(1));
        }
        return all.push(around);
    }
    let mut moved = Vec::new();
    let mut kept = Vec::new();
    for (mut operation, path) in items.drain(..).zip(paths) {
        match path.filter(|path| *path != base) {
            Some(path) => {
                operation.take("path");
                let name = format!("{stem}-{}", text(&operation, "name").unwrap_or_default());
                let mut new = resource(&name, Piece::text(&path), operation);
                if let Some(shared) = &shared {
                    let entry = Entry { named: true, ..Entry::new("inputParameters", shared.clone()) };
                    new.entries_mut().into_iter().for_each(|entries| entries.insert(2, entry.clone()));
                }
                moved.push(new);
            }
            None => {
                operation.take("path");
                kept.push(operation);
            }
        }
    }
    if kept.is_empty() {
        // What is said of the resource stands above the first of those it became.
        let prose = text(&around, "description").map(|text| format!("# {}", text.replace('\n', " ")));
        if let Some(first) = moved.first_mut() {
            let mut above = std::mem::take(&mut around.above);
            above.extend(prose);
            above.append(&mut first.above);
            first.above = above;
        }
    } else {
        *items = kept;
        all.push(around);
    }
    all.append(&mut moved);
}
