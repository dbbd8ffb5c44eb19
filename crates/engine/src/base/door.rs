//! The one door to the files of a machine. Regular files only, up to a size, and nothing that makes whoever opens it wait: a pipe, a
//! device or a socket is refused before and after it is opened. A disk that does not answer cannot be hurried; which file it was
//! asked for, and since when, is known here, so that somebody can say so. Paths and what files hold are others' business.
#![allow(clippy::disallowed_methods, reason = "the one door to the disk")]

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rustix::fs::OFlags;

/// The most bytes of a file that is read.
pub const LARGEST: u64 = 64 << 20;

/// What the disk is asked for at present.
static ASKED: Mutex<Asked> = Mutex::new(Asked { next: 0, paths: Vec::new() });

struct Asked {
    next: u64,
    paths: Vec<(u64, PathBuf, Instant)>,
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// What the file system says, that it is no regular file, or that it is too large.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_with(path, limit).map(|(bytes, _)| bytes)
}

/// The same, with what the file system said of the file before it was read.
///
/// # Errors
/// As [`read`].
pub fn read_with(path: &Path, limit: u64) -> io::Result<(Vec<u8>, Metadata)> {
    watched(path, || {
        let (file, meta) = open(path, OFlags::empty())?;
        Ok((whole(file, &meta, limit)?, meta))
    })
}

/// Reads a whole text.
///
/// # Errors
/// As [`read`], or that it is no UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The names of what lies in a folder, `most` at most; none when it cannot be read.
#[must_use]
pub fn names(folder: &Path, most: usize) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().take(most).filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Reads a whole file below `folder`: by plain names alone, and none that a link has elsewhere or hides.
///
/// # Errors
/// As [`read`], or that the file lies elsewhere.
pub(crate) fn read_below(folder: &Path, name: &str, limit: u64) -> io::Result<Vec<u8>> {
    let refused = |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    if name.split('/').any(|part| part.starts_with('.')) {
        return refused("hidden files are not read");
    }
    watched(folder, || {
        let (root, path) = (folder.canonicalize()?, folder.join(name).canonicalize()?);
        match path.strip_prefix(&root) {
            Ok(inside) if is_hidden(inside) => return refused("it leads to a hidden file"),
            Ok(_) => {}
            Err(_) => return refused("it lies outside its folder"),
        }
        // The path has no link any more: one that is there now was put there meanwhile.
        let (file, meta) = open(&path, OFlags::NOFOLLOW)?;
        whole(file, &meta, limit)
    })
}

/// Whether a path below a folder that is published has a hidden part. Names with two dots in front are how Kubernetes swaps the files
/// of a volume: what is published links to them.
pub(crate) fn is_hidden(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().as_encoded_bytes();
        name.starts_with(b".") && !name.starts_with(b"..")
    })
}

/// What a path leads to, when that is no regular file: a word for people.
#[must_use]
pub fn irregular(meta: &Metadata) -> Option<&'static str> {
    let kind = meta.file_type();
    Some(match () {
        () if kind.is_file() => return None,
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () => "no file",
    })
}

/// Does something with the disk that may take long; meanwhile [`stuck`] knows of it.
pub fn watched<T>(path: &Path, work: impl FnOnce() -> T) -> T {
    let _asked = Asking::begin(path);
    work()
}

/// What the disk has been asked for longer than this.
#[must_use]
pub fn stuck(longer_than: Duration) -> Option<PathBuf> {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    asked.paths.iter().find(|(_, _, since)| since.elapsed() > longer_than).map(|(_, path, _)| path.clone())
}

/// The disk is being asked for something.
struct Asking(u64);

impl Asking {
    fn begin(path: &Path) -> Self {
        let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        let id = asked.next;
        asked.next += 1;
        asked.paths.push((id, path.to_owned(), Instant::now()));
        Self(id)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKED.lock().unwrap_or_else(PoisonError::into_inner).paths.retain(|(id, ..)| *id != self.0);
    }
}

fn open(path: &Path, flags: OFlags) -> io::Result<(File, Metadata)> {
    // Opening a device may already do something.
    regular(&fs::metadata(path)?)?;
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let meta = file.metadata()?;
    regular(&meta)?;
    Ok((file, meta))
}

fn regular(meta: &Metadata) -> io::Result<()> {
    match irregular(meta) {
        None => Ok(()),
        Some("a folder") => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, not a file")),
        Some(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file"))),
    }
}

fn whole(file: File, meta: &Metadata, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let why = format!("it has more than {} MiB, which is not read", limit >> 20);
        Err(io::Error::new(io::ErrorKind::FileTooLarge, why))
    };
    if meta.len() > limit {
        return too_large();
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { too_large() } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, sync::mpsc};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("capstan-door-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn only_regular_files_of_some_size_are_read() {
        let folder = folder("regular");
        fs::write(folder.join("a"), "text").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.join("s")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.join("p")).status().unwrap();
        assert!(made.success());
        assert_eq!(read(&folder.join("a"), 4).unwrap(), b"text");
        assert_eq!(read(&folder.join("a"), 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        for (path, why) in [
            (folder.join("p"), "it is a pipe, not a file"),
            (folder.join("s"), "it is a socket, not a file"),
            (PathBuf::from("/dev/zero"), "it is a device, not a file"),
            (folder.clone(), "it is a folder, not a file"),
        ] {
            assert_eq!(read(&path, LARGEST).unwrap_err().to_string(), why);
            symlink(&path, folder.join("link")).unwrap();
            assert_eq!(read(&folder.join("link"), LARGEST).unwrap_err().to_string(), why);
            fs::remove_file(folder.join("link")).unwrap();
        }
        assert_eq!(read_below(&folder, "p", LARGEST).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_gives_what_is_in_it_and_not_hidden() {
        let folder = folder("below");
        fs::create_dir_all(folder.join("in/..2024/x")).unwrap();
        fs::create_dir_all(folder.join("in/.git")).unwrap();
        for file in ["in/..2024/x/a", "in/.env", "in/.git/config", "in/plain", "out"] {
            fs::write(folder.join(file), file).unwrap();
        }
        let inside = folder.join("in");
        symlink("..2024", inside.join("..data")).unwrap();
        symlink("..data/x/a", inside.join("a")).unwrap();
        symlink("../out", inside.join("b")).unwrap();
        symlink(".env", inside.join("c")).unwrap();
        symlink(".git", inside.join("d")).unwrap();
        assert_eq!(read_below(&inside, "plain", 100).unwrap(), b"in/plain");
        assert_eq!(read_below(&inside, "a", 100).unwrap(), b"in/..2024/x/a", "as Kubernetes has it");
        for name in ["b", "c", "d/config", ".env", ".git/config", "..data/x/a", "../out", "../in/plain", "./plain"] {
            assert_eq!(read_below(&inside, name, 100).unwrap_err().kind(), io::ErrorKind::PermissionDenied, "{name}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_disk_that_does_not_answer_is_known() {
        let ((go, wait), (begin, begun)) = (mpsc::channel::<()>(), mpsc::channel());
        let path = Path::new("/a/disk/that/hangs");
        let asked = std::thread::spawn(move || {
            watched(path, || {
                begin.send(()).unwrap();
                wait.recv().unwrap_err();
            });
        });
        begun.recv().unwrap();
        let is_known = || ASKED.lock().unwrap().paths.iter().any(|(_, asked, _)| asked == path);
        assert!(is_known() && stuck(Duration::from_secs(3600)).is_none());
        drop(go);
        asked.join().unwrap();
        assert!(!is_known());
    }
}
