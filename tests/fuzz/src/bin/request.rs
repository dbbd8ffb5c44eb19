//! What comes on a connection, byte for byte: to REST routes or to an MCP server, as the first byte says. The answer is never a
//! defect of ours, and there is one, or the end of the connection.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((to, sent)) = bytes.split_first() else { return };
    let site = capstan_fuzz::site::site();
    let answer = capstan_fuzz::site::exchange(if to % 2 == 0 { site.rest } else { site.mcp }, &[sent]);
    let text = String::from_utf8_lossy(&answer);
    assert!(!text.contains("HTTP/1.1 500 ") && !text.contains("HTTP/1.0 500 "), "{text}");
});
