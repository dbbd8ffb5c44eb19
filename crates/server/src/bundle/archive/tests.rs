//! Archives that are what they say, and such as are not: too large, too deep, leading out, linking.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;

/// A tar archive with one file of that name, whatever the name is.
fn named(name: &str, content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, content).unwrap();
    builder.into_inner().unwrap()
}

fn refused(packing: Packing, bytes: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    let why = unpack(packing, bytes, folder.path()).unwrap_err();
    let files = fs::read_dir(folder.path()).unwrap().flatten().filter(|entry| entry.path().is_file()).count();
    assert_eq!(files, 0, "nothing of it is there: {why}");
    why
}

#[test]
fn files_are_unpacked_where_they_belong() {
    let folder = TempDir::new().unwrap();
    let plain = named("caps/a.yaml", b"one");
    unpack(Packing::Tar, &plain, folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("caps/a.yaml")).unwrap(), b"one");
    let folder = TempDir::new().unwrap();
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&plain).unwrap();
    unpack(Packing::TarGz, &gz.finish().unwrap(), folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("caps/a.yaml")).unwrap(), b"one");
    let folder = TempDir::new().unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("caps/a.yaml", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"two").unwrap();
    let zip = zip.finish().unwrap().into_inner();
    unpack(Packing::Zip, &zip, folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("caps/a.yaml")).unwrap(), b"two");
}

#[test]
fn nothing_gets_out_of_the_folder() {
    for name in ["../x.yaml", "a/../../x.yaml", "/x.yaml"] {
        assert!(refused(Packing::Tar, &named(name, b"x")).contains("leads out"), "{name}");
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert!(refused(Packing::Zip, &bytes).contains("leads out"), "{name}");
    }
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Fifo, tar::EntryType::Char] {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, "x.yaml", "/etc/passwd").unwrap();
        assert!(refused(Packing::Tar, &builder.into_inner().unwrap()).contains("neither"), "{kind:?}");
    }
}

#[test]
fn limits_hold_and_rubbish_is_named() {
    assert!(refused(Packing::Tar, &named(&"d/".repeat(33), b"")).contains("deeper"), "depth");
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    let mut header = tar::Header::new_gnu();
    header.set_path("big").unwrap();
    header.set_size(MOST_BYTES + (8 << 20));
    header.set_cksum();
    gz.write_all(header.as_bytes()).unwrap();
    (0..(MOST_BYTES >> 20) + 8).for_each(|_| gz.write_all(&zeros).unwrap());
    let bomb = gz.finish().unwrap();
    let folder = TempDir::new().unwrap();
    assert!(unpack(Packing::TarGz, &bomb, folder.path()).unwrap_err().contains("larger"));
    assert!(fs::metadata(folder.path().join("big")).unwrap().len() <= MOST_BYTES + 1);
    let mut builder = tar::Builder::new(Vec::new());
    for n in 0..=MOST_ENTRIES {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_path(format!("d{}", n % 7)).unwrap();
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, io::empty()).unwrap();
    }
    assert!(refused(Packing::Tar, &builder.into_inner().unwrap()).contains("more than"));
    for packing in [Packing::Zip, Packing::Tar, Packing::TarGz] {
        assert!(refused(packing, b"naftiko: 1.0.0-alpha2\n").contains("archive"), "{packing:?}");
    }
    assert!(refused(Packing::Tar, b"").contains("empty"));
}
