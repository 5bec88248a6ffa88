#!/usr/bin/env bash
# The gate: formatting, lints, documentation and tests. CI calls it, and so may you before a commit.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step cargo fmt
cargo fmt --all -- --check

step cargo clippy
cargo clippy --all-targets -- -D warnings

step cargo doc
RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --quiet

step cargo test
cargo test

step the sample project
cargo run --release --quiet -- test --quiet
