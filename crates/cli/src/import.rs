//! `capstan import`: a capability from the description of an API.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use capstan_language::import::{self, Imported, Kind, Selection, Wanted};
use capstan_server::bundle::disk::Disk;

use crate::{
    args::import::{Import, Importable},
    exit::Exit,
    print::{complain, say},
};

/// How much of what was left out is listed.
const LISTED: usize = 40;

/// Writes the files of a capability.
pub(crate) fn run(args: &Import) -> Exit {
    let selection = match Selection::new(&args.tag, &args.only) {
        Ok(selection) => selection,
        Err(why) => {
            complain(why);
            return Exit::Usage;
        }
    };
    let kind = match args.format {
        Importable::Openapi => Kind::OpenApi,
        Importable::Postman => Kind::Postman,
    };
    let wanted = Wanted { kind, document: &args.file, folder: &args.output, name: args.name.as_deref(), selection };
    let imported = match import::import(&Disk::default(), &wanted) {
        Ok(imported) => imported,
        Err(why) => {
            complain(why);
            return Exit::Configuration;
        }
    };
    if let Err(why) = written(&args.output, &imported.files) {
        complain(why);
        return Exit::Configuration;
    }
    told(&imported, &args.output);
    Exit::Ok
}

/// Says what was written, what was left out, and what comes next.
fn told(imported: &Imported, folder: &Path) {
    for (path, _) in &imported.files {
        say(format_args!("wrote {}", path.display()));
    }
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    say(format_args!("{}", count(imported.operations, "operation")));
    if !imported.left.is_empty() {
        say(format_args!("{} left out:", count(imported.left.len(), "part")));
        for left in imported.left.iter().take(LISTED) {
            say(format_args!("  {}: {}", left.what, left.why));
        }
        if imported.left.len() > LISTED {
            say(format_args!("  and {} more", imported.left.len() - LISTED));
        }
    }
    for note in &imported.notes {
        say(format_args!("note: {note}"));
    }
    if !imported.variables.is_empty() {
        say(format_args!("it needs values for: {}", imported.variables.join(", ")));
    }
    let folder = folder.display();
    say(format_args!("next: capstan check --strict {folder}\n      capstan serve {folder}"));
}

/// Writes all files, or none where one exists.
#[allow(clippy::disallowed_methods, reason = "the operator names the folder")]
pub(crate) fn written(folder: &Path, files: &[(PathBuf, String)]) -> Result<(), String> {
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(format!("{} exists; nothing is overwritten", path.display()));
    }
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (path, text) in files {
        let created = fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
        created.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
