# Short names for the commands that .ci/run and people type. `just` alone lists them.
_list:
    @just --list

# Everything a change must pass, as in CI
check:
    .ci/run

# The README's test command
test:
    cargo test --workspace

# Rewrite golden files and conformance baselines from what the program does now; read the diff
bless:
    BLESS=1 cargo test --workspace
    cargo build --release
    tests/conformance/run target/release/capstan --bless

# Formatting and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Licences, banned crates, sources; advisories where their database can be fetched
deny:
    .ci/deny

# Dependencies that are declared and not used
unused:
    .ci/tool cargo-machete 0.9.2 --with-metadata

# API documentation of our own crates
doc:
    cargo doc --workspace --no-deps

# Side-by-side benchmark, as ratios
bench:
    benches/run

# Cycles between files, rooms, long functions, unused dependencies; FOLDER compares another checkout
structure *ARGS:
    cargo run -q -p capstan-tests --bin structure -- {{ARGS}}
