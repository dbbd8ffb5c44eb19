//! The files of a skill: what lies below its location and really is there, hidden files left out. A `SKILL.md` is made when
//! there is none.

use std::{
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use capstan_engine::Engine;
use capstan_plan::Skill;
use http::{Response, StatusCode};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{File, describe};
use crate::http::{body::Body, problem};

/// The file every skill has.
const SKILL_MD: &str = "SKILL.md";

/// The most bytes of one file, and of all files of a download.
const FILE: u64 = 10 << 20;
const ALL: u64 = 50 << 20;

/// The most files of one skill, and how deep they may lie.
const FILES: usize = 2_000;
const DEPTH: usize = 16;

/// Why files cannot be given out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There is no such thing.
    Unknown(String),
    /// The path leads somewhere else.
    Unsafe(String),
    /// There is more than is given out.
    TooLarge(String),
    /// The machine does not let us.
    Unreadable(String),
}

impl Trouble {
    pub(super) fn answer(self, path: &str) -> Response<Body> {
        let (status, code, detail) = match self {
            Self::Unknown(why) => (StatusCode::NOT_FOUND, "no-route", why),
            Self::Unsafe(why) => (StatusCode::BAD_REQUEST, "unsafe-path", why),
            Self::TooLarge(why) => (StatusCode::INTERNAL_SERVER_ERROR, "skill-too-large", why),
            Self::Unreadable(why) => (StatusCode::INTERNAL_SERVER_ERROR, "file-unreadable", why),
        };
        problem::plain(status, code, format!("{path}: {detail}"))
    }
}

/// Where a skill's files are.
pub(super) struct Folder {
    /// Canonical; none when there is no such folder.
    place: Option<PathBuf>,
    /// What stands in `SKILL.md` when no file does.
    skill_md: Arc<str>,
}

impl Folder {
    /// The folder of a skill.
    pub(super) fn new(skill: &Skill, engine: &Engine) -> Self {
        Self {
            place: skill.location.and_then(|id| Some(engine.file(id).ok()?.path.as_str().into())),
            skill_md: describe::skill_md(skill).into(),
        }
    }

    /// Does something that waits for the disk.
    pub(super) async fn work<T: Send + 'static>(
        mut self,
        work: impl FnOnce(&Self) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let work = tokio::task::spawn_blocking(move || {
            self.place = self.place.take().and_then(|place| place.canonicalize().ok()).filter(|place| place.is_dir());
            work(&self)
        });
        work.await.unwrap_or_else(|error| Err(Trouble::Unreadable(error.to_string())))
    }

    /// All files, in the order of their paths.
    pub(super) fn list(&self) -> Result<Vec<File>, Trouble> {
        let mut files = Vec::new();
        if let Some(place) = &self.place {
            walk(place, place, "", DEPTH, &mut files)?;
        }
        if !files.iter().any(|file| file.path == SKILL_MD) {
            let size = self.skill_md.len() as u64;
            files.push(File { path: SKILL_MD.to_owned(), size, made: Some(Arc::clone(&self.skill_md)) });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The content of a file; every segment of `path` is a plain name.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let unknown = || Trouble::Unknown("there is no such file".to_owned());
        let found = match &self.place {
            Some(place) if !path.split('/').any(is_hidden) => match place.join(path).canonicalize() {
                Ok(real) if !real.starts_with(place) => {
                    return Err(Trouble::Unsafe("the path leads out of the skill's folder".to_owned()));
                }
                Ok(real) if real.is_file() => Some(real),
                Ok(_) | Err(_) => None,
            },
            Some(_) | None => None,
        };
        match found {
            Some(real) => load(&real),
            None if path == SKILL_MD => Ok(self.skill_md.as_bytes().to_vec()),
            None => Err(unknown()),
        }
    }

    /// All files in one.
    pub(super) fn zip(&self) -> Result<Vec<u8>, Trouble> {
        let files = self.list()?;
        if files.iter().map(|file| file.size).sum::<u64>() > ALL {
            return Err(Trouble::TooLarge(format!("the skill has more than {} MiB", ALL >> 20)));
        }
        let failed = |error: &dyn std::fmt::Display| Trouble::Unreadable(error.to_string());
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            let content = match &file.made {
                Some(made) => made.as_bytes().to_vec(),
                None => self.read(&file.path)?,
            };
            zip.start_file(file.path, SimpleFileOptions::default()).map_err(|e| failed(&e))?;
            zip.write_all(&content).map_err(|e| failed(&e))?;
        }
        Ok(zip.finish().map_err(|e| failed(&e))?.into_inner())
    }
}

/// The regular files below `folder`. Links count where they stay below `root`.
fn walk(root: &Path, folder: &Path, prefix: &str, depth: usize, files: &mut Vec<File>) -> Result<(), Trouble> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        // A name that is not text cannot be asked for.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_hidden(&name) || name.contains('\\') {
            continue;
        }
        let path = format!("{prefix}{name}");
        let Ok(real) = entry.path().canonicalize() else { continue };
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let Ok(meta) = fs::metadata(&real) else { continue };
        if meta.is_file() && real.starts_with(root) {
            if files.len() == FILES {
                return Err(Trouble::TooLarge(format!("the skill has more than {FILES} files")));
            }
            files.push(File { path, size: meta.len(), made: None });
        } else if meta.is_dir() && !is_link && depth > 0 {
            walk(root, &entry.path(), &format!("{path}/"), depth - 1, files)?;
        }
    }
    Ok(())
}

fn load(path: &Path) -> Result<Vec<u8>, Trouble> {
    use std::io::Read as _;
    let unreadable = |error: std::io::Error| Trouble::Unreadable(format!("the file cannot be read: {}", error.kind()));
    let mut content = Vec::new();
    fs::File::open(path).map_err(unreadable)?.take(FILE + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > FILE {
        return Err(Trouble::TooLarge(format!("the file has more than {} MiB", FILE >> 20)));
    }
    Ok(content)
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// The media type a name suggests.
pub(super) fn media_type(path: &str) -> String {
    mime_guess::from_path(path).first_or_octet_stream().essence_str().to_owned()
}
