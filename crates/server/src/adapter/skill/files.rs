//! The files of a skill: those of its folder as they were when the capability was activated. A `SKILL.md` is made when there is
//! none.

use std::io::{Cursor, Write as _};

use bytes::Bytes;
use capstan_engine::{Content, ContentError, Engine, Folder, Found};
use capstan_plan::Skill;
use http::{Response, StatusCode};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::describe;
use crate::http::{body::Body, problem};

/// The file every skill has.
const SKILL_MD: &str = "SKILL.md";

/// The most bytes of all files of a download.
const ALL: u64 = 50 << 20;

/// The most files of one skill.
const FILES: usize = 2_000;

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
    /// What was published is not there any more, and what replaced it is not published yet.
    Changed(String),
}

impl Trouble {
    pub(super) fn answer(self, path: &str) -> Response<Body> {
        let (status, code, detail) = match self {
            Self::Unknown(why) => (StatusCode::NOT_FOUND, "no-route", why),
            Self::Unsafe(why) => (StatusCode::BAD_REQUEST, "unsafe-path", why),
            Self::TooLarge(why) => (StatusCode::INTERNAL_SERVER_ERROR, "skill-too-large", why),
            Self::Unreadable(why) => (StatusCode::INTERNAL_SERVER_ERROR, "file-unreadable", why),
            Self::Changed(why) => (StatusCode::SERVICE_UNAVAILABLE, "file-changed", why),
        };
        problem::plain(status, code, format!("{path}: {detail}"))
    }
}

impl From<ContentError> for Trouble {
    fn from(error: ContentError) -> Self {
        let why = error.to_string();
        match error {
            ContentError::TooLarge => Self::TooLarge(why),
            ContentError::Changed => Self::Changed(why),
            ContentError::Unreadable(_) => Self::Unreadable(why),
        }
    }
}

/// One file of a skill.
pub(super) struct SkillFile<'f> {
    /// Its path below the skill's folder, with slashes.
    pub(super) path: &'f str,
    pub(super) size: u64,
    /// Its content; none when no file has it.
    content: Option<&'f Content>,
}

/// The files of one skill.
pub(super) struct SkillFiles<'f> {
    /// None when there is no such folder.
    folder: Option<&'f Folder>,
    /// What stands in `SKILL.md` when no file does.
    skill_md: String,
}

impl<'f> SkillFiles<'f> {
    /// The files of a skill.
    pub(super) fn new(skill: &Skill, engine: &'f Engine) -> Self {
        let folder = skill.location.and_then(|id| engine.files().folder(id).ok());
        Self { folder, skill_md: describe::skill_md(skill) }
    }

    /// All files, in the order of their paths.
    pub(super) fn list(&self) -> Result<Vec<SkillFile<'f>>, Trouble> {
        let published = self.folder.map(Folder::files).unwrap_or_default();
        if published.len() > FILES || self.folder.is_some_and(Folder::is_truncated) {
            return Err(Trouble::TooLarge(format!("the skill has more than {FILES} files")));
        }
        let mut files: Vec<SkillFile<'f>> = published
            .iter()
            .map(|file| SkillFile { path: &file.name, size: file.size, content: Some(&file.content) })
            .collect();
        if let Err(at) = files.binary_search_by(|file| file.path.cmp(SKILL_MD)) {
            files.insert(at, SkillFile { path: SKILL_MD, size: self.skill_md.len() as u64, content: None });
        }
        Ok(files)
    }

    /// The content of a file; every segment of `path` is a plain name.
    pub(super) async fn read(&self, path: &str) -> Result<Bytes, Trouble> {
        match self.folder.map_or(Found::Nothing, |folder| folder.find(path)) {
            Found::File(file) => Ok(file.content.bytes().await?),
            Found::Outside => Err(Trouble::Unsafe("the path leads out of the skill's folder".to_owned())),
            Found::Nothing if path == SKILL_MD => Ok(self.skill_md.clone().into()),
            Found::Nothing => Err(Trouble::Unknown("there is no such file".to_owned())),
        }
    }

    /// All files in one.
    pub(super) async fn zip(&self) -> Result<Vec<u8>, Trouble> {
        let files = self.list()?;
        if files.iter().map(|file| file.size).sum::<u64>() > ALL {
            return Err(Trouble::TooLarge(format!("the skill has more than {} MiB", ALL >> 20)));
        }
        let mut contents = Vec::with_capacity(files.len());
        for file in files {
            let content = match file.content {
                Some(content) => content.bytes().await?,
                None => self.skill_md.clone().into(),
            };
            contents.push((file.path.to_owned(), content));
        }
        let packed = tokio::task::spawn_blocking(move || pack(contents)).await;
        packed
            .map_err(|error| Trouble::Unreadable(error.to_string()))?
            .map_err(|error| Trouble::Unreadable(error.to_string()))
    }
}

fn pack(files: Vec<(String, Bytes)>) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        zip.start_file(path, SimpleFileOptions::default())?;
        zip.write_all(&content)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The media type a name suggests.
pub(super) fn media_type(path: &str) -> String {
    mime_guess::from_path(path).first_or_octet_stream().essence_str().to_owned()
}
