//! An upstream's answer in each format that needs no schema: the first byte says which.
#![no_main]

use capstan_engine::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((format, body)) = bytes.split_first() else { return };
    fuzzing::decode(usize::from(*format), body);
});
