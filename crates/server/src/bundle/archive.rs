//! Archives of bundles, unpacked into a folder of their own: regular files and folders alone, below that folder, within limits that
//! hold before anything is written.

use std::{
    fs::{self, File},
    io::{self, Cursor, Read},
    path::{Component, Path, PathBuf},
};

/// How files are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// ZIP.
    Zip,
    /// tar.
    Tar,
    /// tar, compressed with gzip.
    TarGz,
}

/// The most files and folders.
const MOST_ENTRIES: usize = 20_000;
/// The most bytes of all files.
const MOST_BYTES: u64 = 64 << 20;
/// The deepest folder.
const DEEPEST: usize = 32;

/// Unpacks an archive into an empty folder.
///
/// # Errors
/// What is wrong with the archive.
pub(super) fn unpack(packing: Packing, bytes: &[u8], into: &Path) -> Result<(), String> {
    let mut target = Target { folder: into, entries: 0, left: MOST_BYTES };
    match packing {
        Packing::Zip => unpack_zip(bytes, &mut target),
        Packing::Tar => unpack_tar(bytes, &mut target),
        // What is left over behind the archive does not matter, how much there is does.
        Packing::TarGz => unpack_tar(flate2::read::MultiGzDecoder::new(bytes).take(2 * MOST_BYTES), &mut target),
    }?;
    match target.entries {
        0 => Err("the archive is empty".to_owned()),
        _ => Ok(()),
    }
}

fn unpack_tar(bytes: impl Read, target: &mut Target<'_>) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("this is no tar archive that can be read: {error}");
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path().map_err(unreadable)?.into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            target.folder(&path)?;
        } else if kind.is_file() || kind.is_contiguous() {
            target.file(&path, entry)?;
        } else if !(kind.is_pax_global_extensions() || kind.is_pax_local_extensions()) {
            return Err(format!(
                "`{}` is neither a file nor a folder; links and devices are not unpacked",
                path.display()
            ));
        }
    }
    Ok(())
}

fn unpack_zip(bytes: &[u8], target: &mut Target<'_>) -> Result<(), String> {
    let unreadable = |error: zip::result::ZipError| format!("this is no ZIP archive that can be read: {error}");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        let path = PathBuf::from(&*entry.name().map_err(unreadable)?);
        if entry.is_symlink() {
            return Err(format!(
                "`{}` is neither a file nor a folder; links and devices are not unpacked",
                path.display()
            ));
        }
        if entry.is_dir() { target.folder(&path)? } else { target.file(&path, entry)? }
    }
    Ok(())
}

/// Where files go, and how much more may.
struct Target<'t> {
    folder: &'t Path,
    entries: usize,
    left: u64,
}

impl Target<'_> {
    fn folder(&mut self, path: &Path) -> Result<(), String> {
        let path = self.place(path)?;
        fs::create_dir_all(path).map_err(|error| format!("the archive cannot be unpacked: {error}"))
    }

    fn file(&mut self, path: &Path, content: impl Read) -> Result<(), String> {
        let place = self.place(path)?;
        let failed = |error: io::Error| format!("`{}` cannot be unpacked: {error}", path.display());
        fs::create_dir_all(place.parent().unwrap_or(self.folder)).map_err(failed)?;
        let mut file = File::create_new(place).map_err(failed)?;
        let written = io::copy(&mut content.take(self.left + 1), &mut file).map_err(failed)?;
        self.left = self
            .left
            .checked_sub(written)
            .ok_or_else(|| format!("the files of the archive are larger than {} MiB in all", MOST_BYTES >> 20))?;
        Ok(())
    }

    /// Where an entry goes: below the folder, by its plain names.
    fn place(&mut self, path: &Path) -> Result<PathBuf, String> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(format!("the archive has more than {MOST_ENTRIES} files and folders"));
        }
        let mut place = self.folder.to_owned();
        let mut depth = 0;
        for part in path.components() {
            match part {
                Component::Normal(name) => {
                    place.push(name);
                    depth += 1;
                }
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(format!("`{}` leads out of the archive", path.display()));
                }
            }
        }
        match depth {
            0..=DEEPEST => Ok(place),
            _ => Err(format!("`{}` lies deeper than {DEEPEST} folders", path.display())),
        }
    }
}

#[cfg(test)]
mod tests;
