#!/usr/bin/env python3
"""What publishing, hydrating and following take through a long, narrow link, beside what the link itself would take.

    wan.py --command PATH --server PATH [--round-trip 80] [--mbit 200] [--gb 1.0] [--runs 3] [--update]

The server is the test server (target/release/s3-server) in memory, behind a link in user space: every byte waits half
a round trip, and all connections share the rate. Publish and hydrate are timed as whole commands, start of the process
and scan of the folder included; their share is the bytes of packs over the link's rate. Then a folder follows while one
asset of thousands is saved and published again: the time from the start of that publish to the new bytes in the
followed folder, beside ten round trips, the scan, the poll interval and the transfer.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BEGIN, END = "<!-- wan: begin -->", "<!-- wan: end -->"
POLL_S = 0.5


def ran(words: list, env: dict) -> tuple[float, dict]:
    """Seconds of the whole process, and what it printed."""
    began = time.monotonic()
    done = subprocess.run([str(word) for word in words], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: {words[1:4]} ended with {done.returncode}: {done.stderr}")
    return time.monotonic() - began, json.loads(done.stdout.strip().splitlines()[-1])


def until_same(path: pathlib.Path, wanted: bytes, limit: float) -> float:
    began = time.monotonic()
    while time.monotonic() - began < limit:
        if path.is_file() and path.read_bytes() == wanted:
            return time.monotonic()
        time.sleep(0.005)
    raise SystemExit(f"error: the followed folder did not get it within {limit} s")


def one(arguments, base: pathlib.Path) -> dict:
    """One run with a server, a tree, a cache and a link of its own."""
    server = subprocess.Popen(
        [arguments.server, "--listen", "127.0.0.1:0", "--round-trip", str(arguments.round_trip), "--mbit", str(arguments.mbit)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    there = json.loads(server.stdout.readline())
    command, store = arguments.command, f"s3://{there['bucket']}/show"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(base / "home"),
        "AWS_ACCESS_KEY_ID": there["access_key"],
        "AWS_SECRET_ACCESS_KEY": there["secret_key"],
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": there["endpoint"],
    }
    far = {**env, "HOME": str(base / "far-home")}
    tree, out, followed = base / "tree", base / "out", base / "followed"
    rate, figures, following = arguments.mbit * 125_000, {}, None
    try:
        subprocess.run([command, "assets", "init", store], env=env, check=True, capture_output=True)
        seconds, report = ran([command, "assets", "publish", tree, store, "--json", "--quiet"], env)
        figures["publish"] = (seconds, report["bytes_uploaded"] / 1e6, report["bytes_uploaded"] / rate / seconds)
        seconds, report = ran([command, "assets", "hydrate", store, out, "--json", "--quiet"], far)
        figures["hydrate"] = (seconds, report["bytes_downloaded"] / 1e6, report["bytes_downloaded"] / rate / seconds)
        following = subprocess.Popen(
            [command, "assets", "follow", store, out, "--poll", str(POLL_S), "--quiet"],
            env=far, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(3)
        nothing, _ = ran([command, "assets", "publish", tree, store, "--json", "--quiet"], env)
        waits = []
        for edit in range(5):
            asset = sorted((tree / "Content").rglob("*.uasset"))[edit * 37]
            asset.write_bytes(f"edit {edit}".encode() + asset.read_bytes())
            began = time.monotonic()
            _, report = ran([command, "assets", "publish", tree, store, "--json", "--quiet"], env)
            arrived = until_same(out / asset.relative_to(tree), asset.read_bytes(), 30)
            # What is allowed: ten round trips, the scan (all of a publish that finds nothing, less its round trip), the
            # poll interval with its jitter, and the bytes up and down again.
            trip = arguments.round_trip / 1e3
            allowed = 10 * trip + max(0, nothing - trip) + POLL_S * 1.25 + 2 * report["bytes_uploaded"] / rate
            waits.append((arrived - began, allowed))
        figures["edit to stage"] = (
            statistics.median(wait for wait, _ in waits),
            max(wait for wait, _ in waits),
            statistics.median(allowed for _, allowed in waits),
        )
    finally:
        if following:
            following.kill()
            following.wait()
        server.stdin.close()
        server.wait(timeout=30)
        for folder in (out, followed, base / "home", base / "far-home"):
            shutil.rmtree(folder, ignore_errors=True)
    return figures


def table(runs: list, arguments, described: str) -> str:
    middle = lambda what, at: statistics.median(run[what][at] for run in runs)  # noqa: E731
    stage = "edit to stage"
    return "\n".join(
        [
            f"`scripts/compare --wan`, {time.strftime('%Y-%m-%d')}, medians of {len(runs)} runs. {described}.",
            f"Link: {arguments.round_trip} ms there and back, {arguments.mbit} Mbit/s each way, in user space on this machine.",
            "",
            "| what | seconds | MB | share of the link |",
            "|---|---:|---:|---:|",
            *(
                f"| {what}, the whole command | {middle(what, 0):.2f} | {middle(what, 1):.1f} | {middle(what, 2):.3f} |"
                for what in ("publish", "hydrate")
            ),
            "",
            f"One asset saved, published and in the folder that follows (poll every {POLL_S} s): median {middle(stage, 0):.2f} s,",
            f"longest {max(run[stage][1] for run in runs):.2f} s; ten round trips, scan, poll and transfer are {middle(stage, 2):.2f} s.",
        ]
    )


def update(text: str) -> None:
    page = ROOT / "docs" / "benchmarks.md"
    whole = page.read_text()
    if BEGIN not in whole:
        whole = whole.rstrip() + f"\n\n## Asset sync through a long link\n\n{BEGIN}\n{END}\n"
    before, rest = whole.split(BEGIN, 1)
    page.write_text(before + BEGIN + "\n" + text + "\n" + END + rest.split(END, 1)[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", required=True, type=pathlib.Path)
    parser.add_argument("--server", required=True, type=pathlib.Path)
    parser.add_argument("--round-trip", type=int, default=80, help="milliseconds")
    parser.add_argument("--mbit", type=int, default=200)
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    base = pathlib.Path(tempfile.mkdtemp(prefix="cyclorama-wan-"))
    try:
        pristine = base / "pristine"
        subprocess.run([sys.executable, str(HERE / "workload.py"), "make", pristine, "--gb", str(arguments.gb)], check=True)
        files = sum(1 for path in pristine.rglob("*") if path.is_file())
        runs = []
        for run in range(arguments.runs):
            shutil.rmtree(base / "tree", ignore_errors=True)
            shutil.copytree(pristine, base / "tree")
            runs.append(one(arguments, base))
            print(f"run {run + 1}: {json.dumps(runs[-1])}", flush=True)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    text = table(runs, arguments, f"Tree: `scripts/peers/workload.py make --gb {arguments.gb}`, {files} files")
    print("\n" + text)
    if arguments.update:
        update(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
