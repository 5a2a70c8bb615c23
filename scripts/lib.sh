# Shared by the scripts beside it: where things are, how a missing helper is installed, how stages are counted.
# Sourced, never run. The caller has `set -euo pipefail`.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="${CARGO_TARGET_DIR:-$root/target}"
mkdir -p "$target"
target="$(cd "$target" && pwd)"
export CARGO_TARGET_DIR="$target"
cd "$root"

# On a machine with few cores the person at the keyboard comes first.
polite() { nice -n 5 "$@"; }

# The development tool, made of what the tests' build compiles: naming its package alone would compile much of it twice.
xtask() { polite cargo build --quiet --locked --workspace --bin xtask && polite "$target/debug/xtask" "$@"; }

have() { command -v "$1" >/dev/null 2>&1; }

# need_rust: a clear word when the one thing we cannot install is missing.
need_rust() {
    if ! have cargo; then
        echo "error: cargo is missing. Install Rust 1.95 or later (rustup), then run this again." >&2
        exit 1
    fi
    if ! have cc && ! have gcc && ! have clang; then
        debian build-essential cc || {
            echo "error: no C compiler. Install build-essential, then run this again." >&2
            exit 1
        }
    fi
}

# debian PACKAGE PROGRAM: installs the package unless the program is there; fails when it cannot.
debian() {
    local package="$1" program="$2" become=()
    if have "$program"; then return 0; fi
    if ! have apt-get; then
        echo "note: $program is missing and this is not Debian: install $package by hand" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! have sudo || ! sudo -n true 2>/dev/null; then
            echo "note: $program is missing and this user may not install it: apt-get install $package" >&2
            return 1
        fi
        become=(sudo -n)
    fi
    echo "installing $package"
    if ! "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" >"$target/apt.log" 2>&1; then
        "${become[@]}" apt-get update -q >>"$target/apt.log" 2>&1 || true
        "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" >>"$target/apt.log" 2>&1 || {
            echo "note: apt-get install $package failed, see $target/apt.log" >&2
            return 1
        }
    fi
    have "$program"
}

# keep_beside OLD NEW NAME: what was built for systems other than NAME, from the same bridge, goes along from OLD/lib to NEW/lib.
keep_beside() {
    local other
    if ! cmp -s "$1/abi.txt" "$2/abi.txt"; then return 0; fi
    for other in "$1"/lib/*; do
        if [ -d "$other" ] && [ "${other##*/}" != "$3" ]; then cp -a "$other" "$2/lib/"; fi
    done
}

# cargo_tool CRATE SUBCOMMAND: installs a cargo subcommand unless it is there. It is not optimised: what it judges here is
# little, and to optimise it takes many times longer than it ever runs.
cargo_tool() {
    if cargo "$2" --version >/dev/null 2>&1; then return 0; fi
    echo "installing $1 (once, some minutes)"
    polite cargo install --quiet --debug --locked "$1" || {
        echo "note: cargo install $1 failed" >&2
        return 1
    }
}

# cargo_tool_meanwhile CRATE SUBCOMMAND: as cargo_tool, beside what follows, on what that leaves of the processors.
# cargo_tool_wait waits for it; what it had to say is said then.
meanwhile=""
cargo_tool_meanwhile() {
    if cargo "$2" --version >/dev/null 2>&1; then return 0; fi
    echo "installing $1 beside what follows (once)"
    # Its own target folder: two builds in one wait for each other.
    CARGO_TARGET_DIR="$target/tools" CARGO_BUILD_JOBS=1 nice -n 19 cargo install --quiet --debug --locked "$1" >"$target/tools.log" 2>&1 &
    meanwhile=$!
    trap 'if [ -n "$meanwhile" ]; then kill "$meanwhile" 2>/dev/null || true; fi' EXIT
}
cargo_tool_wait() {
    if [ -z "$meanwhile" ]; then return 0; fi
    if ! wait "$meanwhile"; then
        tail -n 5 "$target/tools.log" >&2
        echo "note: it could not be installed" >&2
    fi
    meanwhile=""
    rm -rf "$target/tools"
}

# python_with PACKAGE...: a private Python below the target folder with these packages; sets $python.
python=""
python_with() {
    local venv="$target/python" package
    if ! have python3; then debian python3 python3 || return 1; fi
    if [ ! -x "$venv/bin/python" ]; then
        python3 -m venv "$venv" 2>/dev/null || {
            debian python3-venv no-program-tells || true
            python3 -m venv "$venv" || return 1
        }
    fi
    for package in "$@"; do
        if [ ! -e "$venv/.has-$package" ]; then
            echo "installing $package into a private Python"
            "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package" || return 1
            touch "$venv/.has-$package"
        fi
    done
    python="$venv/bin/python"
}

# python_apart NAME PACKAGE...: as python_with, in a Python of its own, for packages that do not agree with those of
# other stages. All of them are chosen together, so that they agree with each other.
python_apart() {
    local venv="$target/python-$1" wanted
    shift
    wanted="$*"
    python_with || return 1
    if [ "$(cat "$venv/.has" 2>/dev/null)" != "$wanted" ]; then
        echo "installing $wanted into a Python of their own"
        python3 -m venv --clear "$venv" || return 1
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" || return 1
        echo "$wanted" >"$venv/.has"
    fi
    python="$venv/bin/python"
}

# Stages: each is run, timed and counted; the run goes on after a failure, so that one run tells all.
record="$target/stages.tsv"
stages_begin() { : >"$record"; }

stage() {
    local name="$1" began ended="passed"
    shift
    printf '\n== %s\n' "$name"
    began="$(date +%s.%N)"
    "$@" || ended="failed"
    printf '%s\t%s\t%s\n' "$name" "$ended" "$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')" >>"$record"
}

skip() {
    printf '\n== %s\nSKIPPED %s: %s\n' "$1" "$1" "$2"
    printf '%s\tskipped\t0.0\n' "$1" >>"$record"
}

# Prints every stage and the closing line; fails when one failed.
stages_end() {
    printf '\n'
    awk -F '\t' '
        { printf "%8s  %7.1f s  %s\n", $2, $3, $1; count[$2]++; total += $3 }
        END {
            printf "%8s  %7.1f s\n", "in all", total
            printf "checks: %d passed, %d failed, %d skipped\n", count["passed"], count["failed"], count["skipped"]
            exit count["failed"] > 0
        }' "$record"
}
