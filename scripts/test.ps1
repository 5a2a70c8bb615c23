# What can be tested on Windows without other tools: the cargo stages of scripts/test.
# scripts/test on Linux is the full tier; this is its smaller twin.
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) {
    Write-Error 'cargo is missing. Install Rust 1.95 or later (rustup), then run this again.'
}
Push-Location $root
try {
    cargo xtask ci
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
