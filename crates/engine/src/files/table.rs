//! Every file of a plan as one activation has it: what its use makes of it, or why it is of no use. Looking one up costs an
//! index; nothing is read or compiled any more.

use std::{collections::HashMap, fmt, io, sync::Arc};

use apache_avro::Schema as AvroSchema;
use capstan_plan::{FileId, FilePath, FileUse, Origin, Plan, PlanFile, PromptText};
use jsonschema::Validator;
use prost_reflect::MessageDescriptor;

use crate::{
    base::{
        fault::{CapabilityFault, Fault},
        host::Host,
    },
    files::{content::Content, folder::Folder, json_schema::SchemaDocument, kept::KeptFiles, reader::Reader, schema},
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
    missing: bool,
}

/// Reads and compiles the files `plan` names, as an activation would, and says what is wrong with them. What is only given out, and
/// what others read, is left out.
#[must_use]
pub fn unusable_files(plan: &Plan, host: &Arc<dyn Host>) -> Vec<(Origin, Unusable)> {
    let kept = KeptFiles::default();
    let mut reader = Reader::new(host, &kept);
    let is_read = |file: &&PlanFile| !matches!(file.usage, FileUse::Folder | FileUse::Bindings);
    let wrong = plan
        .files
        .iter()
        .filter(is_read)
        .filter_map(|file| Some((file.origin.clone(), Unusable::new(file, make(file, &[], &mut reader).err()?))));
    wrong.collect()
}

/// Why a file cannot be made into what its use needs.
enum Trouble {
    Unreadable(io::Error),
    Broken(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self::Broken(why)
    }
}

impl Unusable {
    fn new(file: &PlanFile, trouble: Trouble) -> Self {
        let missing = matches!(&trouble, Trouble::Unreadable(error) if error.kind() == io::ErrorKind::NotFound);
        let why = match trouble {
            Trouble::Unreadable(_) if missing => "is not there".to_owned(),
            Trouble::Unreadable(error) => format!("cannot be read: {error}"),
            Trouble::Broken(why) => why,
        };
        Self { file: file.path.as_str().into(), why: why.into(), missing }
    }

    /// Whether there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.missing
    }

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
            make(file, &secret, reader).unwrap_or_else(|why| Made::Unusable(Unusable::new(file, why)))
        };
        let named = plan.files.entries().filter(|(_, file)| matches!(file.usage, FileUse::JsonSchema { .. }));
        let schemas = named.map(|(id, file)| (file.path.clone(), id)).collect();
        Self { made: plan.files.iter().map(made).collect(), schemas }
    }

    /// The files that are of no use, with where they are named.
    pub(crate) fn unusable<'f>(&'f self, plan: &'f Plan) -> impl Iterator<Item = (&'f Origin, &'f Unusable)> {
        self.made.iter().zip(plan.files.iter()).filter_map(|(made, file)| match made {
            Made::Unusable(unusable) => Some((&file.origin, unusable)),
            _ => None,
        })
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
                missing: false,
            }),
        }
    }
}

fn make(file: &PlanFile, secret: &[&FilePath], reader: &mut Reader<'_>) -> Result<Made, Trouble> {
    let path = &file.path;
    Ok(match &file.usage {
        FileUse::Script { folder } => Made::Text(reader.text_below(folder, path)?),
        FileUse::Prompt => Made::Prompt(PromptText::parse(&reader.text(path)?)),
        FileUse::MockBody => Made::Content(reader.content(path)?),
        FileUse::JsonSchema { pointers } => {
            let bytes = reader.shared_bytes(path)?;
            Made::JsonSchema(Box::new(SchemaDocument::new(bytes, pointers)?))
        }
        FileUse::Avro => Made::Avro(Box::new(schema::avro(&reader.text(path)?)?)),
        FileUse::Protobuf { message } => Made::Protobuf(schema::protobuf(&reader.text(path)?, message.as_deref())?),
        FileUse::Folder => Made::Folder(reader.folder(path, secret)),
        FileUse::Bindings => Made::Elsewhere,
    })
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.made.len())
    }
}
