# Builds the archive that Unreal links on Windows, and puts it where Source/CycloramaCore looks for it.
# Needs Rust with its Windows toolchain (MSVC). The twin of scripts/build_core; names cannot be made local in this
# format, so a second Rust library in one monolithic game clashes. Nobody has run this on a machine with Unreal yet.
#
#   scripts/build_core.ps1 [-Set stage|default|both] [-Toolchain DIR] [-Quick]
#
#   -Set        which features: stage (tracking, time, logs) or default (with content and rendering); both builds the two,
#               stages the default one and prints the sizes of each
#   -Toolchain  a folder with bin/clang-cl.exe, as Unreal uses where a project asks for Clang: it compiles the parts in C;
#               without it the newest Visual Studio does. For an older one, call this from its own developer prompt
#   -Quick      an archive for tests: not optimised as a whole
#
# What was staged for another system, from the same bridge, stays beside it.
param([ValidateSet('stage', 'default', 'both')][string]$Set = 'default', [string]$Toolchain = '', [switch]$Quick)
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) {
    Write-Error 'cargo is missing. Install Rust 1.95 or later (rustup), then run this again.'
}
$triple = 'x86_64-pc-windows-msvc'
$target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { "$root/target" }
$sets = if ($Set -eq 'both') { @('stage', 'default') } else { @($Set) }
if ($Toolchain) {
    $clang = Join-Path $Toolchain 'bin/clang-cl.exe'
    if (-not (Test-Path $clang)) { Write-Error "There is no bin/clang-cl.exe in $Toolchain." }
    # Read by the crate that compiles C for all others.
    $env:CC_x86_64_pc_windows_msvc = $clang
    $env:CXX_x86_64_pc_windows_msvc = $clang
    $librarian = Join-Path $Toolchain 'bin/llvm-lib.exe'
    if (Test-Path $librarian) { $env:AR_x86_64_pc_windows_msvc = $librarian }
    Write-Output "parts in C: $(& $clang --version | Select-Object -First 1)"
}
$how = if ($Quick) { 'release' } else { 'archive' }
Push-Location $root
try {
    cargo xtask bridge --check
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
    $log = "$target/build_core.log"
    $made = "$target/$triple/$how/cyclorama_bridge.lib"
    foreach ($one in $sets) {
        $features = if ($one -eq 'stage') { @('--no-default-features', '--features', 'stage') } else { @() }
        cargo rustc --locked --profile $how --target $triple --config ue-plugin/bridge/static.toml `
            --package cyclorama-bridge --lib --crate-type staticlib @features -- --print native-static-libs 2>&1 |
            Tee-Object -FilePath $log
        if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
        Write-Output ('{0,-8} archive {1,10} bytes' -f $one, (Get-Item $made).Length)
    }
    $out = "$root/Source/ThirdParty/CycloramaCore"
    $fresh = "$out.fresh"
    if (Test-Path $fresh) { Remove-Item -Recurse -Force $fresh }
    New-Item -ItemType Directory -Force "$fresh/lib/Win64", "$fresh/include/Bridge" | Out-Null
    Copy-Item $made "$fresh/lib/Win64/cyclorama.lib"
    $hash = (Get-FileHash -Algorithm SHA256 "$fresh/lib/Win64/cyclorama.lib").Hash.ToLower()
    Set-Content "$fresh/lib/Win64/cyclorama.lib.sha256" "$hash  cyclorama.lib"
    $libs = Select-String -Path $log -Pattern 'native-static-libs: (.*)' | Select-Object -Last 1
    if ($libs) {
        $names = $libs.Matches[0].Groups[1].Value.Split(' ') | Sort-Object -Unique
        Set-Content "$fresh/lib/Win64/native-libs.txt" $names
    }
    Copy-Item "$root/Source/CycloramaCore/Private/Bridge/*.h" "$fresh/include/Bridge/"
    $abi = Select-String -Path "$fresh/include/Bridge/abi.h" -Pattern 'ABI_HASH = (0x[0-9a-f]+)'
    Set-Content "$fresh/abi.txt" $abi.Matches[0].Groups[1].Value
    $staged = if (Test-Path "$out/abi.txt") { (Get-Content -Raw "$out/abi.txt").Trim() } else { '' }
    if ($staged -eq (Get-Content -Raw "$fresh/abi.txt").Trim()) {
        Get-ChildItem -Directory "$out/lib" | Where-Object Name -ne 'Win64' | Copy-Item -Recurse -Destination "$fresh/lib"
    }
    if (Test-Path $out) { Remove-Item -Recurse -Force $out }
    Move-Item $fresh $out
    Write-Output "staged: Source/ThirdParty/CycloramaCore/lib/Win64/cyclorama.lib ($((Get-Item "$out/lib/Win64/cyclorama.lib").Length) bytes)"
}
finally { Pop-Location }
