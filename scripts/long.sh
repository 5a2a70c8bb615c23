# The long tier of scripts/test: what takes hours or other people's software. Sourced by it, never run.
# Each part writes what it did to docs/evidence/, with date and commit.
# shellcheck shell=bash

# evidence WHAT COMMAND...: runs the command and keeps the end of its output, and the pictures it made.
evidence() {
    local what="$1" file log picture code=0
    local pictures="$target/pictures/$what"
    shift
    file="docs/evidence/$(date -u +%Y-%m-%d)-$what.md"
    log="$target/$what.log"
    rm -rf "$pictures"
    TEST_PICTURES="$pictures" "$@" 2>&1 | tee "$log" || code=$?
    mkdir -p docs/evidence
    {
        echo "# $what"
        echo
        echo "Commit $(git rev-parse --short HEAD)$(git diff --quiet HEAD -- . || echo ' with changes'), $(date -u '+%Y-%m-%d %H:%M') UTC," \
            "$(nproc) cores, $(rustc --version)."
        echo "Ended with exit code $code."
        echo
        echo '```'
        # Build chatter, colours and this machine's paths are not evidence.
        sed -e 's/\x1b\[[0-9;]*m//g' -e "s#$target#target#g" -e "s#$root/\\{0,1\\}##g" "$log" |
            grep -vE '^ *(Compiling|Downloading|Downloaded|Checking|Blocking|Updating|Locking) ' | tail -n 60
        echo '```'
        for picture in "$pictures"/*.png; do
            [ -f "$picture" ] || continue
            cp "$picture" "${file%.md}-${picture##*/}"
            echo
            echo "![$(basename "$picture" .png)]($(basename "$file" .md)-${picture##*/})"
        done
    } >"$file"
    echo "wrote $file"
    return "$code"
}

mutations_long() {
    CYCLORAMA_MUTATIONS=100000000 polite cargo nextest run --profile long --release --locked --package cyclorama-tracking \
        --test mutation --no-fail-fast --no-capture
}

chaos_long() {
    TEST_CHAOS=long polite cargo nextest run --profile long --locked --package cyclorama-tests --no-fail-fast --no-capture \
        -E 'test(killed) | test(assets_untorn) | test(assets_damaged)'
}

# farm_long MODULE: one farm's stories with the long tier's counts.
farm_long() {
    TEST_CHAOS=long TEST_PYTHON="$python" polite cargo nextest run --profile long --locked --workspace --test farms \
        -E "test(/^$1::/)" --no-capture
}

# Clean frames pass and bad ones of each kind are caught: 5 000 of the built-in host, 1 000 of Blender.
judged_long() {
    CYCLORAMA_LONG=1 polite cargo nextest run --profile long --release --locked --package cyclorama-render --lib --no-fail-fast \
        -E 'test(/^verify::many_tests::/)' --no-capture
}
blender_judged_long() { farm_long blender; }

# A ledger of 100 000 frames, in a folder and on the test server, counted and timed by a release build.
ledger_long() {
    CYCLORAMA_LONG=1 polite cargo nextest run --profile long --release --locked --package cyclorama-testkit \
        --test large_ledger --no-fail-fast --no-capture
}

schedules_long() {
    CYCLORAMA_MODEL_SEEDS=10000 polite cargo nextest run --profile long --locked --package cyclorama-testkit \
        --test s3_model --no-fail-fast --no-capture
}

# Publishes, hydrates and collections under faults, against a reference model.
content_model_long() {
    CYCLORAMA_ASSETS_SEEDS=10000 polite cargo nextest run --profile long --locked --package cyclorama-testkit \
        --test assets_model --no-fail-fast --no-capture
}

# A hundred publishers of one ref. A release build: ten thousand publishes, each merged with what came in between.
content_race_long() {
    CYCLORAMA_RACERS=100x100 polite cargo nextest run --profile long --release --locked --package cyclorama-testkit \
        --test racing --no-fail-fast --no-capture
}

content_gc_long() {
    CYCLORAMA_GC_SEEDS=10000 polite cargo nextest run --profile long --locked --package cyclorama-assets --lib \
        --no-fail-fast --no-capture -E 'test(schedules)'
}

# Each fuzz target runs until it has had so many inputs, or for so many seconds if that is less.
fuzz_runs="${TEST_FUZZ_RUNS:-10000000}"
fuzz_seconds="${TEST_FUZZ_SECONDS:-600}"
fuzz_long() {
    local name names log inputs seconds failed=()
    cd "$root/tests/fuzz" || return 1
    names="$(cargo fuzz list)" || return 1
    if [ -z "$names" ]; then echo "there is no fuzz target" && return 1; fi
    for name in $names; do
        log="$target/fuzz-$name.log"
        # cargo-fuzz wants unstable flags; this lets the stable compiler take them.
        if ! RUSTC_BOOTSTRAP=1 polite cargo fuzz run "$name" -- -runs="$fuzz_runs" -max_total_time="$fuzz_seconds" \
            -print_final_stats=1 >"$log" 2>&1; then
            failed+=("$name")
            grep -E '^(==|SUMMARY)|panicked|^error' "$log" | tail -n 5
        fi
        inputs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)"
        seconds="$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log" | tail -n 1)"
        echo "$name: ${inputs:-no} inputs in ${seconds:-?} s"
        if [ -z "$inputs" ]; then failed+=("$name"); fi
    done
    if [ ${#failed[@]} -gt 0 ]; then
        echo "failed: ${failed[*]}"
        return 1
    fi
}

wine_crates=(cyclorama-time cyclorama-space cyclorama-content cyclorama-outcome cyclorama-progress cyclorama-tracking cyclorama-assets)
wine_long() {
    local crate packages=()
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$root/scripts/wine/run"
    polite cargo build --quiet --locked --target x86_64-pc-windows-gnu --package cyclorama-cli || return 1
    "$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER" "$target/x86_64-pc-windows-gnu/debug/cyclorama.exe" version || return 1
    for crate in "${wine_crates[@]}"; do packages+=(--package "$crate"); done
    polite cargo test --quiet --locked --target x86_64-pc-windows-gnu "${packages[@]}" --lib
}

blender_long() { usd_scene && "$python" scripts/check/blender_reads_back.py "$target/usd/real.usda" "$target/usd/expected.csv"; }

openjd_long() {
    polite cargo build --quiet --locked --manifest-path tests/openjd/Cargo.toml --target-dir "$target/openjd" &&
        "$python" scripts/check/openjd_accepts.py "$command" "$target/openjd/debug/openjd-accepts"
}

# A toolchain as Unreal's installer leaves one: a folder named after the target, with a clang, and a root of its own.
toolchain_like_unreals() {
    local found="$target/toolchain/x86_64-unknown-linux-gnu" part
    rm -rf "$target/toolchain" && mkdir -p "$found/bin" || return 1
    ln -s "$(command -v clang-16)" "$found/bin/clang" && ln -s "$(command -v clang++-16)" "$found/bin/clang++" || return 1
    for part in usr lib lib64; do
        if [ -e "/$part" ]; then ln -s "/$part" "$found/$part"; fi
    done
}
toolchain_long() {
    toolchain_like_unreals && scripts/build_core --quick --toolchain "$target/toolchain" --out "$target/toolchain/core"
}

# Both sets of the plugin's archive for Windows, as far as mingw makes them.
mingw_long() { scripts/build_core --windows --quick --set both; }

# What a call from Unreal's C++ costs; tracking alone is enough for it.
calls_long() {
    scripts/build_core --quick --set stage --out "$target/calls" &&
        ue-plugin/harness/bench/run --check "$target/calls/lib/Linux/libcyclorama.a"
}

# The demo as a new user has it, by the command that ships.
demo_long() { scripts/demo --out "$target/demo-shipped"; }

long_stages() {
    stage "long: the demo by the command that ships" evidence demo demo_long
    stage "long: mutations, 100 million per protocol" evidence mutations mutations_long
    stage "long: kill -9 at 200 and 500 moments, files torn and objects damaged" evidence chaos chaos_long
    if [ "$(id -u)" -eq 0 ] && debian munge munged && debian slurm-wlm slurmctld; then
        stage "long: kill -9 on Slurm, 200 workers" evidence slurm farm_long slurm
    else
        skip "long: kill -9 on Slurm, 200 workers" "slurm-wlm and munge need root and Debian"
    fi
    if python_with botocore; then
        stage "long: kill -9 in AWS Batch arrays at a stub, 200 workers" evidence batch farm_long batch
    else
        skip "long: kill -9 in AWS Batch arrays at a stub, 200 workers" "the Python package botocore could not be installed"
    fi
    if python_apart farms deadline deadline-cloud-worker-agent openjd-cli openjd-model; then
        stage "long: kill -9 under genuine Deadline agents, 200 workers" evidence deadline farm_long deadline
        stage "long: templates in the official Open Job Description model in Rust" evidence openjd openjd_long
    else
        skip "long: kill -9 under genuine Deadline agents, 200 workers" "the Python package deadline-cloud-worker-agent could not be installed"
    fi
    if [ -f "$target/harness/core/lib/Linux/libcyclorama.a" ]; then
        stage "long: every bug put into the plugin's C++" evidence plugin-mutants ue-plugin/harness/mutants --all
    else
        skip "long: every bug put into the plugin's C++" "ue-plugin/harness/run made no archive"
    fi
    if [ "$(uname -sm)" = "Linux x86_64" ] && have g++; then
        stage "long: what a call from Unreal's C++ costs" evidence calls calls_long
        if debian clang-16 clang++-16; then
            stage "long: the plugin's archive by a toolchain like Unreal's" evidence toolchain toolchain_long
        else
            skip "long: the plugin's archive by a toolchain like Unreal's" "clang-16 could not be installed"
        fi
    else
        skip "long: what a call from Unreal's C++ costs" "it needs Linux on x86_64 and g++"
        skip "long: the plugin's archive by a toolchain like Unreal's" "it needs Linux on x86_64"
    fi
    if debian gcc-mingw-w64-x86-64 x86_64-w64-mingw32-gcc && rustup target add x86_64-pc-windows-gnu; then
        stage "long: the plugin's archives for Windows by mingw" evidence mingw mingw_long
    else
        skip "long: the plugin's archives for Windows by mingw" "mingw or the Rust target is missing"
    fi
    stage "long: clean and bad frames" evidence judged judged_long
    if have blender; then
        stage "long: 1 000 clean frames of Blender" evidence blender-judged blender_judged_long
    else
        skip "long: 1 000 clean frames of Blender" "Blender is missing"
    fi
    stage "long: a ledger of 100 000 frames" evidence ledger ledger_long
    stage "long: 10 000 fault schedules of the store on S3" evidence fault-schedules schedules_long
    stage "long: 10 000 schedules of publishes and hydrates under faults" evidence content content_model_long
    stage "long: 100 racing publishers, 100 times each" evidence racing content_race_long
    stage "long: 10 000 schedules of collections beside publishers" evidence collections content_gc_long
    if [ -d tests/fuzz ] && cargo_tool cargo-fuzz fuzz; then
        stage "long: fuzzing, $fuzz_runs inputs or $fuzz_seconds s per target" evidence fuzz fuzz_long
    else
        skip "long: fuzzing" "cargo-fuzz could not be installed"
    fi
    if debian gcc-mingw-w64-x86-64 x86_64-w64-mingw32-gcc && have_wine && rustup target add x86_64-pc-windows-gnu; then
        stage "long: Windows build and tests under Wine" evidence wine wine_long
    else
        skip "long: Windows build and tests under Wine" "wine64, mingw or the Rust target is missing"
    fi
    if [ ! -f scripts/check/blender_reads_back.py ]; then
        skip "long: Blender reads our scene" "the check is not written"
    elif python_with bpy; then
        stage "long: Blender reads our scene" evidence blender blender_long
    else
        skip "long: Blender reads our scene" "the Python package bpy could not be installed"
    fi
}

# Debian keeps wine64 outside the usual folders.
have_wine() { [ -x /usr/lib/wine/wine64 ] || debian wine64 wine64 || [ -x /usr/lib/wine/wine64 ]; }
