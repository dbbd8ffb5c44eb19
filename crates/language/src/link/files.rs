//! The table of files a document names. Resolves each path once, against the folder of the document it is written in; knows
//! nothing of what the files hold.

use capstan_plan::{DecodeSchema, FileId, FilePath, FileUse, Format, IdVec, Origin, PlanFile};

use super::origins::Origins;
use crate::{
    diagnostic::{Code, Sink},
    source::{Span, Spanned},
};

/// The files of one plan.
#[derive(Default)]
pub(super) struct FileTable(IdVec<FileId, PlanFile>);

impl FileTable {
    /// The file `written` names; nothing when it names none.
    pub(super) fn named(&mut self, written: Spanned<&str>, usage: FileUse, origins: &Origins<'_>) -> Option<FileId> {
        let path = FilePath::beside(origins.folder(written.span), written.value)?;
        Some(self.enter(path, usage, origins.at(written.span)))
    }

    /// The entry of a file for one use.
    pub(super) fn enter(&mut self, path: FilePath, usage: FileUse, origin: Origin) -> FileId {
        let known = self.0.entries().find(|(_, file)| file.path == path && file.usage.is_shared_with(&usage));
        let Some(id) = known.map(|(id, _)| id) else { return self.0.push(PlanFile { path, usage, origin }) };
        if let (
            Some(PlanFile { usage: FileUse::JsonSchema { pointers }, .. }),
            FileUse::JsonSchema { pointers: more },
        ) = (self.0.get_mut(id), usage)
        {
            for pointer in more {
                if !pointers.contains(&pointer) {
                    pointers.push(pointer);
                }
            }
        }
        id
    }

    /// The file and pointer of a schema reference `file#/pointer`; nothing when it leaves the document's folder.
    pub(super) fn schema(&mut self, reference: &str, span: Span, origins: &Origins<'_>) -> Option<FileId> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        if file.starts_with('/') || file.split('/').any(|part| part == "..") {
            return None;
        }
        self.named(Spanned::new(file, span), FileUse::JsonSchema { pointers: vec![pointer.into()] }, origins)
    }

    /// What decoding needs, as an operation declares it.
    pub(super) fn decode_schema(
        &mut self,
        format: Format,
        declared: Spanned<&str>,
        origins: &Origins<'_>,
        sink: &mut Sink,
    ) -> Option<DecodeSchema> {
        let (file, usage) = match format {
            Format::Avro => (declared.value.trim(), FileUse::Avro),
            Format::Protobuf => {
                let (file, message) = declared.value.split_once('#').unwrap_or((declared.value, ""));
                let message = message.trim().trim_start_matches('.');
                (file.trim(), FileUse::Protobuf { message: (!message.is_empty()).then(|| message.into()) })
            }
            Format::Html | Format::Markdown => return Some(DecodeSchema::Filter(declared.value.into())),
            Format::Json
            | Format::Xml
            | Format::Yaml
            | Format::Csv
            | Format::Tsv
            | Format::Psv
            | Format::Text
            | Format::Binary => return None,
        };
        let id = self.named(Spanned::new(file, declared.span), usage, origins);
        if id.is_none() {
            sink.warning(Code::Unsupported, declared.span, format!("`{}` is not a file", declared.value))
                .help("name a file beside this document");
        }
        id.map(DecodeSchema::File)
    }

    /// The finished table.
    pub(super) fn into_table(self) -> IdVec<FileId, PlanFile> {
        self.0
    }
}
