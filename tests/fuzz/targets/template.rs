//! A template in every place of a document where one may stand.
#![no_main]

use capstan_language::source::MemoryFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|template: &str| {
    let text = capstan_fuzz::with_template(template);
    let _ = capstan_fuzz::compiled(&MemoryFiles::new().with("x.yaml", text));
});
