//! What an import adds to a document (rule D3): the wanted part of another one, under its alias.

use super::loader::Imported;
use crate::{
    diagnostic::{Code, Sink},
    model::{Consume, Import, Section, Spec},
    read,
    source::Span,
    suggest::{Names, nearest, slip},
};

/// Adds the wanted part of an imported document to `spec`.
pub(super) fn merge<'d>(spec: &mut Spec<'d>, one: &'d Imported<'d>, sink: &mut Sink) {
    let import = &one.import;
    let Some(mut imported) = read::spec(&one.document, &one.stem, sink) else { return };
    let passed_on = std::mem::take(&mut imported.imports);
    let declared = declared(&imported, import.section);
    let (what, found) = match import.section {
        Section::Consumes => ("consumed API", consumes(spec, import, imported)),
        Section::Exposes => ("exposure", exposes(spec, import, imported)),
        Section::Aggregates => ("aggregate", aggregates(spec, import, imported)),
        Section::Binds => ("bind", binds(spec, import, imported)),
    };
    let span = import.namespace.map_or(import.location.span, |n| n.span);
    match (found, &one.cycle) {
        (true, None) => {}
        (true, Some(way)) => drop(
            sink.warning(Code::ImportCycle, import.location.span, format!("documents import each other: {way}"))
                .help("move what both need into a third file"),
        ),
        (false, Some(way)) => drop(
            sink.error(Code::ImportCycle, import.location.span, format!("the import leads round in a circle: {way}"))
                .help("import from the document that declares it"),
        ),
        (false, None) => {
            let from = import.location.value;
            let wanted = import.namespace.map_or("", |n| n.value);
            let further = passed_on.iter().find(|next| {
                next.section == import.section && next.alias.or(next.namespace).is_some_and(|n| n.value == wanted)
            });
            match further {
                Some(next) => drop(
                    sink.error(Code::UnresolvedImport, span, format!("`{from}` imports `{wanted}` itself"))
                        .help(format!("import it from `{}`: imports of imports are not followed", next.location.value)),
                ),
                None if wanted.is_empty() => drop(
                    sink.error(Code::UnresolvedImport, span, format!("`{from}` declares no {what}"))
                        .help("check the path"),
                ),
                None => {
                    let message = format!("`{from}` declares no {what} `{wanted}`");
                    unresolved(span, message, wanted, &declared, sink);
                }
            }
        }
    }
}

/// Says that an import brings nothing, with what it may mean of what there is.
fn unresolved(span: Span, message: String, wanted: &str, declared: &[String], sink: &mut Sink) {
    let draft = sink.error(Code::UnresolvedImport, span, message);
    drop(match nearest(wanted, declared.iter().map(String::as_str)) {
        Some(near) => draft.meant(span, wanted, near),
        None if declared.is_empty() => draft.help("check the namespace in the imported file"),
        None => draft.help(format!("it declares `{}`", declared.join("`, `"))),
    });
}

/// The namespaces a document declares in one of its sections.
fn declared(spec: &Spec<'_>, section: Section) -> Vec<String> {
    match section {
        Section::Consumes => spec.consumes.iter().map(|api| api.namespace.value.clone()).collect(),
        Section::Exposes => spec.exposes.iter().filter_map(|e| Some(e.namespace?.value.to_owned())).collect(),
        Section::Aggregates => spec.aggregates.iter().map(|aggregate| aggregate.namespace.clone()).collect(),
        Section::Binds => spec.binds.iter().filter_map(|bind| Some(bind.namespace?.value.to_owned())).collect(),
    }
}

/// Whether an import means the part of that namespace; without a name it means all.
fn wants(import: &Import<'_>, namespace: &str) -> bool {
    import.namespace.is_none_or(|n| n.value == namespace)
}

fn consumes<'d>(spec: &mut Spec<'d>, import: &Import<'d>, imported: Spec<'d>) -> bool {
    let before = spec.consumes.len();
    // The only API is meant whatever it is called, unless its name is misspelt.
    let misspelt = |api: &Consume<'_>| {
        import.namespace.is_some_and(|name| slip(name.value, [api.namespace.value.as_str()], Names::Unused).is_some())
    };
    let only = imported.consumes.len() == 1 && import.alias.is_some() && !imported.consumes.iter().any(misspelt);
    for mut api in imported.consumes.into_iter().filter(|api| only || wants(import, &api.namespace.value)) {
        if let Some(alias) = import.alias {
            api.namespace = alias.map(str::to_owned);
        }
        spec.consumes.push(api);
    }
    // What the imported API's credentials need comes with it.
    spec.binds.extend(imported.binds);
    spec.consumes.len() > before
}

fn exposes<'d>(spec: &mut Spec<'d>, import: &Import<'d>, imported: Spec<'d>) -> bool {
    let before = spec.exposes.len();
    let named = imported.exposes.into_iter().filter(|e| e.namespace.is_some_and(|n| wants(import, n.value)));
    for mut expose in named {
        expose.namespace = import.alias.or(expose.namespace);
        spec.exposes.push(expose);
    }
    spec.exposes.len() > before
}

fn aggregates<'d>(spec: &mut Spec<'d>, import: &Import<'d>, imported: Spec<'d>) -> bool {
    let before = spec.aggregates.len();
    for mut aggregate in imported.aggregates.into_iter().filter(|a| wants(import, &a.namespace)) {
        if let Some(alias) = import.alias {
            aggregate.namespace = alias.value.to_owned();
        }
        spec.aggregates.push(aggregate);
    }
    spec.aggregates.len() > before
}

fn binds<'d>(spec: &mut Spec<'d>, import: &Import<'d>, imported: Spec<'d>) -> bool {
    let before = spec.binds.len();
    for mut bind in imported.binds.into_iter().filter(|b| b.namespace.is_some_and(|n| wants(import, n.value))) {
        bind.namespace = import.alias.or(bind.namespace);
        spec.binds.push(bind);
    }
    spec.binds.len() > before
}
