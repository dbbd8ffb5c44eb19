//! Every file of a plan as one activation has it: what its use makes of it, or why it is of no use. Looking one up costs an
//! index; nothing is read or compiled any more.

use std::{collections::HashMap, fmt, sync::Arc};

use apache_avro::Schema as AvroSchema;
use capstan_plan::{FileId, FilePath, FileUse, Plan, PlanFile, PromptText};
use jsonschema::Validator;
use prost_reflect::MessageDescriptor;

use crate::{
    base::fault::{CapabilityFault, Fault},
    files::{content::Content, folder::Folder, json_schema::SchemaDocument, reader::Reader, schema},
};

/// The files of one activation.
#[derive(Default)]
pub struct Files {
    made: Vec<Made>,
    schemas: HashMap<FilePath, FileId>,
}

/// What became of one file.
enum Made {
    Text(Arc<str>),
    Prompt(PromptText),
    Content(Content),
    Folder(Folder),
    JsonSchema(Box<SchemaDocument>),
    Avro(Box<AvroSchema>),
    Protobuf(MessageDescriptor),
    /// Others read it: values of bindings.
    Elsewhere,
    /// It cannot be read, or is not what it should be.
    Unusable(Unusable),
}

/// Why a file is of no use.
#[derive(Clone, Debug)]
pub struct Unusable {
    file: Box<str>,
    why: Box<str>,
}

impl Unusable {
    /// The reason, in words that follow the file's name.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.file, self.why)
    }
}

impl From<Unusable> for Fault {
    fn from(file: Unusable) -> Self {
        Self::capability(CapabilityFault::FileUnreadable, file.to_string())
    }
}

impl Files {
    /// Reads and compiles every file of `plan`.
    pub(crate) fn read(plan: &Plan, reader: &mut Reader<'_>) -> Self {
        let secret: Vec<&FilePath> =
            plan.files.iter().filter(|file| file.usage == FileUse::Bindings).map(|file| &file.path).collect();
        let made = |file: &PlanFile| {
            let failed = |why: String| Made::Unusable(Unusable { file: file.path.as_str().into(), why: why.into() });
            make(file, &secret, reader).unwrap_or_else(failed)
        };
        let named = plan.files.entries().filter(|(_, file)| matches!(file.usage, FileUse::JsonSchema { .. }));
        let schemas = named.map(|(id, file)| (file.path.clone(), id)).collect();
        Self { made: plan.files.iter().map(made).collect(), schemas }
    }

    /// The text of a script.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn text(&self, id: FileId) -> Result<&Arc<str>, Unusable> {
        self.of(id, |made| if let Made::Text(text) = made { Some(text) } else { None })
    }

    /// A prompt's text, taken apart.
    ///
    /// # Errors
    /// Why there is none.
    pub fn prompt(&self, id: FileId) -> Result<&PromptText, Unusable> {
        self.of(id, |made| if let Made::Prompt(text) = made { Some(text) } else { None })
    }

    /// A file that is given out as it is.
    ///
    /// # Errors
    /// Why there is none.
    pub fn content(&self, id: FileId) -> Result<&Content, Unusable> {
        self.of(id, |made| if let Made::Content(content) = made { Some(content) } else { None })
    }

    /// A published folder.
    ///
    /// # Errors
    /// Why there is none.
    pub fn folder(&self, id: FileId) -> Result<&Folder, Unusable> {
        self.of(id, |made| if let Made::Folder(folder) = made { Some(folder) } else { None })
    }

    /// The schema of Avro answers.
    pub(crate) fn avro(&self, id: FileId) -> Result<&AvroSchema, Unusable> {
        self.of(id, |made| if let Made::Avro(schema) = made { Some(&**schema) } else { None })
    }

    /// The message of Protocol Buffers answers.
    pub(crate) fn protobuf(&self, id: FileId) -> Result<&MessageDescriptor, Unusable> {
        self.of(id, |made| if let Made::Protobuf(message) = made { Some(message) } else { None })
    }

    /// The schema that an expression in a document of `folder` means by `file#/pointer`. `named` are the references that stand
    /// in the expression literally; the file of any other one must be among those the plan lists.
    pub(crate) fn schema(
        &self,
        folder: &str,
        named: &[(Box<str>, FileId)],
        reference: &str,
    ) -> Result<Arc<Validator>, String> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file_of = |reference: &str| reference.split('#').next().unwrap_or_default().to_owned();
        let literal = named.iter().find(|(name, _)| file_of(name) == file).map(|(_, id)| *id);
        let listed = || self.schemas.get(&FilePath::beside(folder, file)?).copied();
        let id = literal.or_else(listed).ok_or_else(|| {
            format!("`{file}` is no schema file of the document: name a file beside it in quotes, as `file#/pointer`")
        })?;
        let document = self.of(id, |made| if let Made::JsonSchema(document) = made { Some(document) } else { None });
        document.map_err(|unusable| unusable.to_string())?.at(pointer).map_err(|why| format!("`{file}` {why}"))
    }

    fn of<'f, T: ?Sized>(
        &'f self,
        id: FileId,
        part: impl FnOnce(&'f Made) -> Option<&'f T>,
    ) -> Result<&'f T, Unusable> {
        match self.made.get(usize::from(id)) {
            Some(Made::Unusable(unusable)) => Err(unusable.clone()),
            other => other.and_then(part).ok_or_else(|| Unusable {
                file: format!("file {}", id.0).into(),
                why: "is not what the plan lists".into(),
            }),
        }
    }
}

fn make(file: &PlanFile, secret: &[&FilePath], reader: &mut Reader<'_>) -> Result<Made, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let path = &file.path;
    Ok(match &file.usage {
        FileUse::Script { folder } => Made::Text(reader.text_below(folder, path).map_err(unreadable)?),
        FileUse::Prompt => Made::Prompt(PromptText::parse(&reader.text(path).map_err(unreadable)?)),
        FileUse::MockBody => Made::Content(reader.content(path).map_err(unreadable)?),
        FileUse::JsonSchema { pointers } => {
            let bytes = reader.shared_bytes(path).map_err(unreadable)?;
            Made::JsonSchema(Box::new(SchemaDocument::new(bytes, pointers)?))
        }
        FileUse::Avro => Made::Avro(Box::new(schema::avro(&reader.text(path).map_err(unreadable)?)?)),
        FileUse::Protobuf { message } => {
            Made::Protobuf(schema::protobuf(&reader.text(path).map_err(unreadable)?, message.as_deref())?)
        }
        FileUse::Folder => Made::Folder(reader.folder(path, secret)),
        FileUse::Bindings => Made::Elsewhere,
    })
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.made.len())
    }
}
