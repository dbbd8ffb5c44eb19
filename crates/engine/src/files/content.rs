//! The content of one file that is given out: kept when it is small, published by its digest when it is not.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::base::{
    digest::{Digest, digest},
    host::Host,
};

/// How long a caller waits for the disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a file held when it was read.
#[derive(Clone)]
pub enum Content {
    /// All of it.
    Kept(Arc<[u8]>),
    /// Its digest: what is opened later is given out only when it is the same.
    Published(Arc<Published>),
    /// Too much to be given out.
    TooLarge,
    /// Nothing, for this reason.
    Unreadable(Box<str>),
}

/// A file that is opened when it is asked for.
pub struct Published {
    host: Arc<dyn Host>,
    /// The folder it may not lie outside of, when it is published as part of one.
    folder: Option<PathBuf>,
    /// Its path, below the folder when there is one.
    name: Box<str>,
    digest: Digest,
}

/// Why content cannot be given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentError {
    /// It is larger than what is given out.
    TooLarge,
    /// The file holds something else by now, and the generation that has it is not there yet.
    Changed,
    /// It cannot be read.
    Unreadable(Box<str>),
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the file is larger than what is given out"),
            Self::Changed => f.write_str("the file has changed since it was published"),
            Self::Unreadable(why) => write!(f, "the file cannot be read: {why}"),
        }
    }
}

impl std::error::Error for ContentError {}

impl Content {
    /// A file that is opened when it is asked for and holds what has this digest.
    pub(crate) fn published(host: Arc<dyn Host>, folder: Option<PathBuf>, name: &str, digest: Digest) -> Self {
        Self::Published(Arc::new(Published { host, folder, name: name.into(), digest }))
    }

    /// The bytes that were published.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn bytes(&self) -> Result<Bytes, ContentError> {
        let file = match self {
            Self::Kept(bytes) => return Ok(Bytes::from_owner(Arc::clone(bytes))),
            Self::TooLarge => return Err(ContentError::TooLarge),
            Self::Unreadable(why) => return Err(ContentError::Unreadable(why.clone())),
            Self::Published(file) => Arc::clone(file),
        };
        let read = tokio::task::spawn_blocking(move || file.read());
        match tokio::time::timeout(PATIENCE, read).await {
            Ok(read) => read.unwrap_or_else(|error| Err(ContentError::Unreadable(error.to_string().into()))),
            Err(_) => Err(ContentError::Unreadable("the disk does not answer".into())),
        }
    }
}

impl Published {
    fn read(&self) -> Result<Bytes, ContentError> {
        let read = match &self.folder {
            Some(folder) => self.host.read_below(folder, &self.name),
            None => self.host.read(&self.name),
        };
        let bytes = read.map_err(|error| ContentError::Unreadable(error.kind().to_string().into()))?;
        if digest(&bytes) == self.digest { Ok(bytes.into()) } else { Err(ContentError::Changed) }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(bytes) => write!(f, "Kept({} bytes)", bytes.len()),
            Self::Published(file) => write!(f, "Published({})", file.name),
            Self::TooLarge => f.write_str("TooLarge"),
            Self::Unreadable(why) => write!(f, "Unreadable({why})"),
        }
    }
}
