//! `capstan migrate`: capability files in an official dialect.

mod file;
mod together;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::PathBuf,
};

use capstan_language::migrate::{Migrated, migrate};
use capstan_server::bundle::{
    discovery::{self, Source},
    disk::Disk,
    workers,
};

use self::file::File;
use crate::{
    args::Migrate,
    exit::Exit,
    print::{complain, say, written},
    rewrite,
    totals::count,
};

/// Migrates, or shows what would change.
pub(crate) fn run(args: &Migrate) -> Exit {
    let bundle = match discovery::find(&args.paths) {
        Ok(bundle) => bundle,
        Err(path) => {
            complain(format_args!("{} does not exist", path.display()));
            return Exit::Configuration;
        }
    };
    let mut sources: Vec<&Source> = bundle.sources.values().chain(&bundle.clashes).collect();
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    let read = workers::map(&sources, usize::MAX, |source| one(source, args));
    for (path, why) in &bundle.unreadable {
        say(format_args!("warning: {}: {why}", path.display()));
    }
    let mut exit = Exit::Ok;
    let mut files = Vec::new();
    for outcome in read {
        match outcome {
            Ok(Some(file)) => files.push(file),
            Ok(None) => {}
            Err(why) => {
                complain(why);
                exit = Exit::Findings;
            }
        }
    }
    if files.is_empty() && exit == Exit::Ok {
        let places: Vec<_> = args.paths.iter().map(|path| path.display().to_string()).collect();
        complain(format_args!("nothing to migrate: there is no capability file in {}", places.join(", ")));
        return Exit::Findings;
    }
    if let Err(why) = distinct(&files) {
        complain(why);
        return Exit::Usage;
    }
    together::check(&mut files);
    exit.worse(finish(&files, args))
}

/// Two files do not go to one place, and none onto the one it is read from.
fn distinct(files: &[File]) -> Result<(), String> {
    let mut known: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
    for file in files {
        if let Some(other) = known.insert(&file.to, &file.from) {
            let (one, to) = (file.from.display(), file.to.display());
            return Err(format!("{} and {one} would both be {to}: migrate them apart", other.display()));
        }
    }
    Ok(())
}

fn one(source: &Source, args: &Migrate) -> Result<Option<File>, String> {
    let before = rewrite::read(&source.path)?;
    let Some(after) = migrate(&Disk::default(), &source.path, &before, args.to.into()) else {
        return match source.named {
            true => Err(format!("{}: is no capability file", source.path.display())),
            false => Ok(None),
        };
    };
    let to = match &args.out {
        Some(folder) => {
            let extension = source.path.extension().unwrap_or_default().to_string_lossy();
            folder.join(format!("{}.{extension}", source.id))
        }
        None => source.path.clone(),
    };
    Ok(Some(File { from: source.path.clone(), to, before, after }))
}

/// Writes the files and says what became of them.
fn finish(files: &[File], args: &Migrate) -> Exit {
    let mut exit = Exit::Ok;
    let mut patch = String::new();
    let (mut valid, mut changed, mut left) = (0, 0, 0);
    for file in files {
        let Migrated { text, left: lines, notes, .. } = &file.after;
        notes.iter().for_each(|note| say(format_args!("note: {note}")));
        lines.iter().for_each(say);
        left += usize::from(!file.after.valid);
        valid += usize::from(file.after.valid);
        changed += usize::from(*text != file.before);
        if args.diff {
            patch.push_str(&rewrite::patch(&file.from.display().to_string(), &file.before, text));
        } else if let Err(why) = put(file, args) {
            complain(why);
            exit = Exit::Output;
        }
    }
    let verb = if args.diff { "would be changed" } else { "changed" };
    say(format_args!("{}: {changed} {verb}, {valid} valid, {left} with something left", count(files.len(), "file")));
    if left > 0 || (args.diff && changed > 0) {
        exit = exit.worse(Exit::Findings);
    }
    written(io::stdout().lock().write_all(patch.as_bytes()), exit)
}

fn put(file: &File, args: &Migrate) -> Result<(), String> {
    match &args.out {
        Some(_) => rewrite::write(&file.to, &file.after.text),
        None if file.after.text == file.before => Ok(()),
        None => rewrite::replace(&file.to, &file.after.text),
    }
}
