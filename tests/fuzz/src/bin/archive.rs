//! A proposal of a document or an archive of a bundle, as the control plane gets it: the first byte says of which kind.
#![no_main]

use libfuzzer_sys::fuzz_target;

const KINDS: [&str; 4] = ["application/zip", "application/x-tar", "application/gzip", "application/yaml"];

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, body)) = bytes.split_first() else { return };
    let (kind, length) = (KINDS[usize::from(*kind) % KINDS.len()], body.len());
    let head = format!(
        "POST /config/validate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    let answer = capstan_fuzz::site::exchange(capstan_fuzz::site::site().control, &[head.as_bytes(), body]);
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).unwrap_or_default();
    assert!(matches!(status, "200" | "400" | "413" | "422"), "{text}");
});
