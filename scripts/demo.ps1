# The whole story on this machine: builds the command, then runs `cyclorama demo` with the given arguments.
# Needs Rust with its Windows toolchain; no camera, engine or cloud. The twin of scripts/demo.
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) {
    Write-Error 'cargo is missing. Install Rust 1.95 or later (rustup), then run this again.'
}
cargo build --release --locked --manifest-path "$root/Cargo.toml" --package cyclorama-cli
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
$target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { "$root/target" }
& "$target/release/cyclorama.exe" demo @args
exit $LASTEXITCODE
