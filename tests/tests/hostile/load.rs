//! Good callers beside everything hostile at once, in short: nobody is refused, and memory comes back. The long run with times is
//! `benches/hostile-load`.

use std::process::Command;

#[test]
fn nobody_is_refused_beside_hostile_callers_and_memory_comes_back() {
    let ran = Command::new(env!("CARGO_BIN_EXE_hostile-load"))
        .arg(capstan_tests::binary::path())
        .args(["--seconds", "4", "--stalled", "300"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("refused: 0"), "{said}");
}
