#!/usr/bin/env python3
"""What publishing and hydrating a project costs with each tool, against one Garage, in one run.

    assets.py --command PATH [--gb 1.5] [--runs 5] [--tree DIR --edit CMD [--map /Game/Maps/X]] [--update]

Tools that are not on this machine are named and left out. Each tool starts from an empty bucket, an empty cache and
the same tree, and does: first publish, nothing changed, a day's edits, full hydrate into an empty folder (compared
with the tree); with `--map`, what one map needs (ours finds the list, s5cmd and rclone are given it, the others cannot);
then, into another empty bucket, a first publish that is killed halfway and one that goes on. Beside our full hydrate
stands what its bytes alone cost, by `floor.py`. What an
engine derives again (`--ignore`) is left out by every tool, each by its own flags. The order of the tools changes with each run; the
table has medians. Bytes are those of the loopback device, in a network namespace of its own where this may be made (as root), so that nobody else's count.
"""

import argparse
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ACCESS, SECRET = "GK" + "0123456789ab" * 2, "0123456789abcdef" * 4
BEGIN, END = "<!-- assets: begin -->", "<!-- assets: end -->"
# What Unreal makes again from the rest, and what says about a made tree what is in it.
DERIVED = ["DerivedDataCache", "Intermediate", "Saved", "Binaries", ".workload"]
PHASES = ["first publish", "nothing changed", "a day's edits", "full hydrate"]
MAP = "what one map needs"
# The least that a full hydrate can cost here, measured with our bucket right after our own.
FLOOR, NO_TOOL = "full hydrate, the bytes alone", "curl, write"
# Files that a tool brought back otherwise than they were.
WRONG: dict = {}
KILLED = "first publish, killed halfway, and again"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def loopback_bytes() -> int:
    for line in pathlib.Path("/proc/net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[8])
    return 0


class Garage:
    """A server of its own in a folder, with one key that may make buckets."""

    def __init__(self, program: str, folder: pathlib.Path):
        self.program, self.config = program, folder / "garage.toml"
        self.port, rpc, admin = free_port(), free_port(), free_port()
        self.config.write_text(
            f'metadata_dir = "{folder}/meta"\ndata_dir = "{folder}/data"\ndb_engine = "sqlite"\n'
            f'replication_factor = 1\ncompression_level = "none"\nblock_size = "4M"\n'
            f'rpc_bind_addr = "127.0.0.1:{rpc}"\nrpc_public_addr = "127.0.0.1:{rpc}"\nrpc_secret = "{"ab" * 32}"\n'
            f'[s3_api]\ns3_region = "us-east-1"\napi_bind_addr = "127.0.0.1:{self.port}"\n'
            f'[admin]\napi_bind_addr = "127.0.0.1:{admin}"\n'
        )
        self.process = subprocess.Popen(
            [program, "-c", self.config, "server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.endpoint = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 60
        while self.ask("status", check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise SystemExit("error: garage does not start")
            time.sleep(0.3)
        node = self.ask("node", "id", "-q").stdout.split("@")[0].strip()
        self.ask("layout", "assign", "-z", "dc1", "-c", "60G", node)
        self.ask("layout", "apply", "--version", "1")
        self.ask("key", "import", "--yes", "-n", "bench", ACCESS, SECRET)
        self.ask("key", "allow", "--create-bucket", ACCESS)

    def ask(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.program, "-c", self.config, *words], capture_output=True, text=True, check=check, timeout=60
        )

    def bucket(self, name: str) -> None:
        self.ask("bucket", "create", name)
        self.ask("bucket", "allow", "--read", "--write", "--owner", name, "--key", ACCESS)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def measured(words: list, env: dict, folder: pathlib.Path, log: pathlib.Path, kill_after: float | None = None) -> dict:
    """Runs it to its end, or kills it: wall and CPU seconds, peak memory, bytes over the loopback device."""
    bytes_before, began = loopback_bytes(), time.monotonic()
    with log.open("ab") as out:
        out.write(("\n$ " + " ".join(map(str, words)) + "\n").encode())
        out.flush()
        start = out.tell()
        process = subprocess.Popen([str(word) for word in words], env=env, cwd=folder, stdout=out, stderr=out)
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode != 0 and kill_after is None:
        tail = log.read_bytes()[start:][-2000:].decode(errors="replace")
        raise RuntimeError(f"{words[0]} ended with {process.returncode}:\n{tail}")
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss / 1024,
        "mb": (loopback_bytes() - bytes_before) / 1e6,
    }


class Tool:
    """How one tool is told to do each thing. `prepare` is not measured."""

    def __init__(self, name, version, prepare, publish, hydrate, found="", env=None, part=None, listed="{file}"):
        self.name, self.version, self.prepare, self.publish, self.hydrate = name, version, prepare, publish, hydrate
        self.found, self.env = found, env or {}
        # Fetching only what a map needs: the words, and what stands for one file in the list such a tool is given.
        self.part, self.listed = part, listed


def which(name: str, extra: list) -> str | None:
    for folder in extra:
        candidate = pathlib.Path(folder) / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return shutil.which(name)


def tools(arguments, endpoint: str) -> list:
    """Those that are here. `{tree}`, `{bucket}` and `{out}` are filled in for each run."""
    found, missing, ignored = [], [], arguments.ignore
    left_out = [word for name in ignored for word in ("--exclude", f"{name}/*")]
    ours = str(pathlib.Path(arguments.command).resolve())
    found.append(
        Tool(
            "cyclorama",
            [ours, "--version"],
            [[ours, "assets", "init", "s3://{bucket}/show", *arguments.init]],
            [ours, "assets", "publish", "{tree}", "s3://{bucket}/show", "--json", "--quiet"],
            [ours, "assets", "hydrate", "s3://{bucket}/show", "{out}", "--json", "--quiet"],
            part=[ours, "assets", "hydrate", "s3://{bucket}/show", "{part}", "--map", arguments.map, "--json", "--quiet"],
        )
    )
    if program := which("rustic", arguments.peers):
        base = [program, "--no-progress", "-r", "opendal:s3"]
        env = {
            "RUSTIC_REPO_OPT_ENDPOINT": endpoint,
            "RUSTIC_PASSWORD": "bench",
        }
        options = ["bucket={bucket}", f"endpoint={endpoint}", "region=us-east-1", "root=/"]
        options += [f"access_key_id={ACCESS}", f"secret_access_key={SECRET}"]
        env = {"RUSTIC_PASSWORD": "bench"} | {
            "OPENDAL_" + option.split("=")[0].upper(): option.split("=", 1)[1] for option in options
        }
        found.append(
            Tool(
                "rustic",
                [program, "--version"],
                [[*base, "init"]],
                [*base, "backup", *[word for name in ignored for word in ("--glob", f"!/{{tree}}/{name}")], "{tree}"],
                [*base, "restore", "latest:{tree}", "{out}"],
                env=env,
            )
        )
    else:
        missing.append("rustic")
    if program := which("restic", arguments.peers):
        base = [program, "--quiet", "-r", f"s3:{endpoint}/{{bucket}}"]
        found.append(
            Tool(
                "restic",
                [program, "version"],
                [[*base, "init"]],
                [*base, "backup", *[f"--exclude={{tree}}/{name}" for name in ignored], "{tree}"],
                [*base, "restore", "latest", "--target", "{out}"],
                found="{tree}",
                env={"RESTIC_PASSWORD": "bench"},
            )
        )
    else:
        missing.append("restic")
    if program := which("rclone", arguments.peers):
        env = {
            "RCLONE_CONFIG_G_TYPE": "s3",
            "RCLONE_CONFIG_G_PROVIDER": "Other",
            "RCLONE_CONFIG_G_ENDPOINT": endpoint,
            "RCLONE_CONFIG_G_REGION": "us-east-1",
            "RCLONE_CONFIG_G_ENV_AUTH": "true",
        }
        copy = [program, "sync", "--transfers", "16", "--checkers", "32"]
        found.append(
            Tool(
                "rclone",
                [program, "version"],
                [],
                [*copy, *[f"--exclude=/{name}/**" for name in ignored], "{tree}", "g:{bucket}/show"],
                [*copy, "g:{bucket}/show", "{out}"],
                env=env,
                part=[program, "copy", "--transfers", "16", "--files-from", "{list}", "g:{bucket}/show", "{part}"],
            )
        )
    else:
        missing.append("rclone")
    if program := which("s5cmd", arguments.peers):
        base = [program, "--endpoint-url", endpoint, "--log", "error", "--numworkers", "64"]
        found.append(
            Tool(
                "s5cmd",
                [program, "version"],
                [],
                [*base, "sync", "--delete", *left_out, "{tree}/", "s3://{bucket}/show/"],
                [*base, "sync", "s3://{bucket}/show/*", "{out}/"],
                part=[*base, "run", "{list}"],
                listed='cp "s3://{bucket}/show/{file}" "{part}/{file}"',
            )
        )
    else:
        missing.append("s5cmd")
    if program := which("aws", arguments.peers):
        base = [program, "s3", "sync", "--only-show-errors", "--endpoint-url", endpoint]
        found.append(
            Tool(
                "aws",
                [program, "--version"],
                [],
                [*base, "--delete", *left_out, "{tree}", "s3://{bucket}/show"],
                [*base, "s3://{bucket}/show", "{out}"],
            )
        )
    else:
        missing.append("aws")
    for name in missing:
        print(f"note: {name} is not on this machine and is left out", flush=True)
    wanted = arguments.only.split(",") if arguments.only else None
    return [tool for tool in found if wanted is None or tool.name in wanted]


def content(root: pathlib.Path, ignored: list) -> dict:
    """Names and what is in them, of whatever is a file and is not left out."""
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and name.split("/")[0] not in [".cyclorama", *ignored]:
            with path.open("rb") as handle:
                found[name] = hashlib.file_digest(handle, "sha256").digest()
    return found


def differing(one: pathlib.Path, other: pathlib.Path, ignored: list) -> int:
    """Files that are only in one of them, or not the same."""
    first, second = content(one, ignored), content(other, ignored)
    return sum(first.get(name) != second.get(name) for name in first.keys() | second.keys())


def place_for_output(wanted: pathlib.Path | None, needed: int) -> pathlib.Path | None:
    """A folder in memory where there is room. On a disk it would be measured how long its file system takes to make
    files when as many were removed a moment ago: ext4 passes over every inode that was freed in the last minutes."""
    memory = pathlib.Path("/dev/shm")
    if wanted is None and memory.is_dir() and shutil.disk_usage(memory).free > 3 * needed:
        return memory
    return wanted


def put_back(pristine: pathlib.Path, tree: pathlib.Path) -> None:
    """Makes `tree` as `pristine` again, touching only what differs."""
    wanted = {path.relative_to(pristine) for path in pristine.rglob("*") if path.is_file()}
    for path in [path for path in tree.rglob("*") if path.is_file() and path.relative_to(tree) not in wanted]:
        path.unlink()
    for name in wanted:
        source, target = pristine / name, tree / name
        known = source.stat()
        if target.is_file() and (target.stat().st_size, target.stat().st_mtime_ns) == (known.st_size, known.st_mtime_ns):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    kept = {path.relative_to(pristine) for path in pristine.rglob("*") if path.is_dir()}
    for path in sorted((path for path in tree.rglob("*") if path.is_dir()), reverse=True):
        if path.relative_to(tree) not in kept and not any(path.iterdir()):
            path.rmdir()


def one(tool: Tool, garage: Garage, run: int, folders: dict, arguments, edit: list) -> dict:
    bucket = f"{tool.name}-{run}"
    garage.bucket(bucket)
    home, out = folders["base"] / f"home-{bucket}", folders["out"] / f"out-{bucket}"
    home.mkdir()
    out.mkdir()
    places = {"tree": str(folders["tree"]), "bucket": bucket, "out": str(out)}
    fill = lambda words: [str(word).format(**places) for word in words]  # noqa: E731
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": garage.endpoint,
        **{name: value.format(**places) for name, value in tool.env.items()},
    }
    log = folders["base"] / f"log-{bucket}.txt"
    for words in tool.prepare:
        measured(fill(words), env, folders["base"], log)
    # Ours keeps its state below the home as well; where it must stand in the tree it is removed by put_back.
    results = {}
    try:
        results[PHASES[0]] = measured(fill(tool.publish), env, folders["base"], log)
        results[PHASES[1]] = measured(fill(tool.publish), env, folders["base"], log)
        subprocess.run(edit, check=True)
        results[PHASES[2]] = measured(fill(tool.publish), env, folders["base"], log)
        results[PHASES[3]] = measured(fill(tool.hydrate), env, folders["base"], log)
        restored = pathlib.Path(str(out) + places["tree"]) if tool.found else out
        if wrong := differing(restored, folders["tree"], arguments.ignore):
            print(f"WRONG {tool.name} did not bring back what it was given: {wrong} files differ", flush=True)
            WRONG[tool.name] = max(wrong, WRONG.get(tool.name, 0))
        if tool.name == "cyclorama" and shutil.which("curl"):
            results[FLOOR] = bytes_alone(bucket, folders, env, log, arguments)
        if arguments.map and tool.part:
            results[MAP] = one_map(tool, folders, places, env, log, arguments)
        results[KILLED] = killed_in_the_middle(tool, garage, results[PHASES[0]]["wall"] / 2, folders, places, env, log)
    finally:
        put_back(folders["pristine"], folders["tree"])
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
    return results


def bytes_alone(bucket: str, folders: dict, env: dict, log: pathlib.Path, arguments) -> dict:
    """Our packs fetched and thrown away, beside as many files of the same sizes written."""
    out = folders["out"] / f"floor-{bucket}"
    out.mkdir()
    words = [sys.executable, HERE / "floor.py", "--endpoint", env["AWS_ENDPOINT_URL"], "--bucket", bucket]
    words += ["--prefix", "show/packs/", folders["tree"], out, "--ignore", *arguments.ignore]
    try:
        return measured(words, env, folders["base"], log)
    finally:
        shutil.rmtree(out)


def one_map(tool: Tool, folders: dict, places: dict, env: dict, log: pathlib.Path, arguments) -> dict:
    """Only what the map needs, into an empty folder; every file of the list must be there."""
    part, listing = folders["out"] / f"part-{places['bucket']}", folders["base"] / "list.txt"
    words = [arguments.command, "assets", "deps", places["tree"], arguments.map, "--json", "--quiet"]
    needs = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if needs.returncode not in (0, 8):
        raise RuntimeError(f"what {arguments.map} needs is not known: {needs.stderr}")
    files = json.loads(needs.stdout)["files"]
    places = {**places, "part": str(part), "list": str(listing)}
    listing.write_text("".join(tool.listed.format(file=file, **places) + "\n" for file in files))
    figures = measured([str(word).format(**places) for word in tool.part], env, folders["base"], log)
    for file in files:
        if not (part / file).is_file():
            raise RuntimeError(f"{tool.name} did not bring {file}")
    shutil.rmtree(part)
    return figures


def killed_in_the_middle(tool: Tool, garage: Garage, after: float, folders: dict, places: dict, env: dict, log) -> dict:
    """A first publish that is killed after so many seconds, and the one that goes on: both together."""
    put_back(folders["pristine"], folders["tree"])
    places = {**places, "bucket": places["bucket"] + "-killed"}
    garage.bucket(places["bucket"])
    home = folders["base"] / f"home-{places['bucket']}"
    home.mkdir()
    env = {**env, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    env |= {name: value.format(**places) for name, value in tool.env.items()}
    fill = lambda words: [str(word).format(**places) for word in words]  # noqa: E731
    try:
        for words in tool.prepare:
            measured(fill(words), env, folders["base"], log)
        first = measured(fill(tool.publish), env, folders["base"], log, kill_after=after)
        second = measured(fill(tool.publish), env, folders["base"], log)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return {name: first[name] + second[name] if name != "rss" else max(first[name], second[name]) for name in first}


def median_of(runs: list, phase: str, figure: str) -> float:
    return statistics.median(run[phase][figure] for run in runs if phase in run)


def table(results: dict, versions: dict, arguments, described: str) -> str:
    lines = [
        f"`scripts/compare --assets`, {time.strftime('%Y-%m-%d')}, commit {commit()}, medians of runs: "
        + ", ".join(f"{name} {len(runs)}" for name, runs in results.items())
        + ".",
        f"Tree: {described}. One Garage on the same machine; client and server share its {os.cpu_count()} cores.",
        f"Hydrated into {'a folder in memory' if arguments.out else 'the same disk'}. "
        "Versions: " + "; ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "",
        "| what | tool | wall s | CPU s | peak MB of memory | MB over the wire | wall, ours as a share of it |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, files in WRONG.items():
        lines.insert(3, f"**{name} brought back {files} files otherwise than they were**, without a word.")
    phases = PHASES + sorted({phase for runs in results.values() for run in runs for phase in run} - set(PHASES))
    for phase in phases:
        for name, runs in results.items():
            if not any(phase in run for run in runs):
                continue
            wall, cpu, rss, mb = (median_of(runs, phase, figure) for figure in ("wall", "cpu", "rss", "mb"))
            ours = median_of(results["cyclorama"], phase, "wall") if "cyclorama" in results else 0
            if phase == FLOOR:
                name, ours = NO_TOOL, median_of(results["cyclorama"], "full hydrate", "wall")
            share = "" if name == "cyclorama" or not ours else f"{ours / wall:.2f}"
            lines.append(f"| {phase} | {name} | {wall:.2f} | {cpu:.2f} | {rss:.0f} | {mb:.1f} | {share} |")
    return "\n".join(lines)


def commit() -> str:
    words = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def update(text: str) -> None:
    page = ROOT / "docs" / "benchmarks.md"
    whole = page.read_text()
    if BEGIN not in whole:
        whole = whole.rstrip() + (
            "\n\n## Asset sync beside other tools\n\nEach tool starts from an empty bucket, an empty cache and the same tree. "
            "What came back was compared with the tree.\n\n" + BEGIN + "\n" + END + "\n"
        )
    before, rest = whole.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    page.write_text(before + BEGIN + "\n" + text + "\n" + END + after)
    print(f"wrote {page.relative_to(ROOT)}")


def in_namespace() -> None:
    """Starts over in a network namespace of its own, as root; elsewhere goes on with a note."""
    if os.environ.get("CYCLORAMA_COMPARE_ALONE"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip"):
        os.environ["CYCLORAMA_COMPARE_ALONE"] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
    print("note: no network namespace of its own; others' traffic on this machine counts as well", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", required=True, help="the cyclorama command")
    parser.add_argument("--gb", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tree", type=pathlib.Path, help="a tree that is there, in place of our own")
    parser.add_argument("--edit", help="the command that edits it; {tree} is its folder")
    parser.add_argument("--map", help="a map whose closure is hydrated too")
    parser.add_argument("--init", nargs="*", default=["--single-writer"], help="flags for `assets init`")
    parser.add_argument("--peers", nargs="*", default=[], help="folders with peers' programs")
    parser.add_argument("--ignore", nargs="*", default=DERIVED, help="folders of the tree that no tool takes along")
    parser.add_argument("--only", help="tools to measure, separated by commas")
    parser.add_argument("--folder", type=pathlib.Path, help="where to work; needs five times the tree's size")
    parser.add_argument("--out", type=pathlib.Path, help="where files are hydrated to; a folder in memory if there is room")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="keep every single figure here")
    parser.add_argument("--add", type=pathlib.Path, nargs="*", default=[], help="figures kept earlier, that count as well")
    parser.add_argument("--turn", type=int, default=0, help="which tool begins")
    arguments = parser.parse_args()
    in_namespace()
    program = which("garage", arguments.peers)
    if not program:
        print("skipped: garage is not here (cargo install garage --locked)", flush=True)
        return 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    base = pathlib.Path(tempfile.mkdtemp(prefix="cyclorama-compare-", dir=arguments.folder))
    folders = {"base": base, "tree": base / "tree", "pristine": base / "pristine"}
    workload = [sys.executable, str(HERE / "workload.py")]
    if arguments.tree:
        shutil.copytree(arguments.tree, folders["pristine"])
        edit = arguments.edit.format(tree=folders["tree"]).split() if arguments.edit else ["true"]
        described = f"{arguments.tree.name}, given"
    else:
        subprocess.run([*workload, "make", folders["pristine"], "--gb", str(arguments.gb), "--seed", str(arguments.seed)], check=True)
        edit = [*workload, "edit", str(folders["tree"]), "--seed", str(arguments.seed)]
        described = f"`scripts/peers/workload.py make --gb {arguments.gb} --seed {arguments.seed}`"
    # Ours leaves out what Unreal derives by itself, and the rest by the tree's own list.
    own_list = folders["pristine"] / ".cycignore"
    if not own_list.exists():
        own_list.write_text("".join(f"/{name}/\n" for name in arguments.ignore))
    shutil.copytree(folders["pristine"], folders["tree"])
    files = [path for path in folders["tree"].rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    described += f", {len(files)} files, {size / 1e6:.0f} MB"
    arguments.out = place_for_output(arguments.out, size)
    folders["out"] = pathlib.Path(tempfile.mkdtemp(prefix="cyclorama-compare-", dir=arguments.out or base))
    garage_folder = base / "garage"
    garage_folder.mkdir()
    garage = Garage(program, garage_folder)
    results, failed = {}, []
    try:
        there = tools(arguments, garage.endpoint)
        versions = {tool.name: version_of(tool.version) for tool in there}
        for run in range(arguments.runs):
            turn = (run + arguments.turn) % len(there)
            for tool in there[turn:] + there[:turn]:
                try:
                    figures = one(tool, garage, run, folders, arguments, edit)
                    results.setdefault(tool.name, []).append(figures)
                    print(f"run {run + 1}: {tool.name}: {json.dumps(figures)}", flush=True)
                except RuntimeError as error:
                    failed.append(tool.name)
                    print(f"FAILED run {run + 1}: {tool.name}: {error}", flush=True)
    finally:
        garage.stop()
        shutil.rmtree(folders["out"], ignore_errors=True)
        if not failed:
            shutil.rmtree(base, ignore_errors=True)
        else:
            print(f"logs are kept in {base}")
    for earlier in arguments.add:
        kept = json.loads(earlier.read_text())
        WRONG.update(kept["wrong"])
        for name, runs in kept["runs"].items():
            results.setdefault(name, []).extend(runs)
    order = [tool.name for tool in there if tool.name in results]
    text = table({name: results[name] for name in order}, versions, arguments, described)
    print("\n" + text)
    if arguments.json:
        arguments.json.write_text(json.dumps({"versions": versions, "tree": described, "wrong": WRONG, "runs": results}, indent=1))
    if arguments.update and not failed:
        update(text)
    return 1 if failed else 0


def version_of(words: list) -> str:
    answer = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
    numbers = [word for word in answer if any(c.isdigit() for c in word)]
    return numbers[0].removeprefix("v") if numbers else "unknown"


if __name__ == "__main__":
    sys.exit(main())
