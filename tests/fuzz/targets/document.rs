//! A capability file: any bytes are compiled or diagnosed.
#![no_main]

use capstan_language::source::MemoryFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = capstan_fuzz::compiled(&MemoryFiles::new().with("x.yaml", bytes));
});
