#!/usr/bin/env python3
"""What it costs to hand out work: ours, Slurm's, the official worker agent's and the official runners', in one run.

    dispatch.py --command PATH [--runs 10] [--openjd-rust PATH] [--update]

Run it by a Python that has deadline-cloud-worker-agent and openjd-cli (`scripts/compare --dispatch` brings everything).
`--openjd-rust` is the `openjd` of the crate openjd-cli. Slurm is left out where slurm.py cannot start it. The agent talks to the stub of tests/farms, whose
answers come at once, so that its figures are the agent's own. Tasks of agent and runner do nothing (`/bin/true`); ours
render frames of 16x16 pixels (but 640x360 where a worker tells where its own time went), and what a new range costs is the time between two frames on both sides of a border, less
that between two frames of one range, by the ledger's own records. Report only, nothing here is a gate.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import slurm

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- dispatch: begin -->", "<!-- dispatch: end -->"
FRAMES = 600
TASKS = 100


def beside(program):
    """A program that was installed with this Python."""
    return Path(sys.executable).with_name(program)


def submit(command, take, ledger, *more, frames=FRAMES):
    words = [command, "render", "submit", take, "--ledger", ledger, "--frames", f"0-{frames - 1}"]
    return [*words, "--size", "16x16", "--samples", "1", "--quiet", *more]


def host_of(submission):
    """Whether a process that draws runs below process `submission`."""
    parents, hosts = {}, []
    for name in filter(str.isdigit, os.listdir("/proc")):
        if int(name) > submission:
            try:
                parents[name] = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1]
                if b"\0render\0host" in Path("/proc", name, "cmdline").read_bytes():
                    hosts.append(name)
            except OSError:
                pass
    return any(parents.get(parents.get(host)) == str(submission) for host in hosts)


def first_host(command, take, folder, runs):
    """Seconds from the start of `render submit` to that of the first host, for each run."""
    taken = []
    for run in range(runs):
        ledger = folder / f"start-{run}"
        began = time.perf_counter()
        process = subprocess.Popen(submit(command, take, ledger, "--workers", "1", frames=2), stdout=subprocess.DEVNULL)
        while not host_of(process.pid) and process.poll() is None:
            # Whoever looks all the time takes a core away from what is measured.
            time.sleep(0.001)
        taken.append(time.perf_counter() - began)
        process.wait()
    return taken


def per_range(command, take, folder):
    """Seconds that a new range costs, and how many there were."""
    ledger = folder / "ranges"
    subprocess.run(submit(command, take, ledger, "--workers", "1"), check=True, stdout=subprocess.DEVNULL)
    records = [json.loads(path.read_text()) for path in ledger.glob("jobs/*/frames/*.json")]
    records = sorted((record["committed"], record["range"]) for record in records)
    inside, across = [], []
    for (before, last), (now, this) in zip(records, records[1:]):
        (inside if last == this else across).append((now - before) * 1e-9)
    return statistics.median(across) - statistics.median(inside), len(across) + 1, statistics.median(inside)


def of_a_worker(command, take, folder, size="640x360", frames=64):
    """Seconds a worker spends on drawing, checking, committing and scheduling, frames and ranges, by its own report."""
    ledger, bundle = folder / "worker", folder / "worker-bundle"
    words = [command, "render", "submit", take, "--ledger", ledger, "--frames", f"0-{frames - 1}", "--size", size]
    words += ["--samples", "1", "--quiet", "--engine", "deadline", "--detach", f"--engine-option=--bundle={bundle}"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    said = subprocess.run([command, "render", "worker", "--ledger", ledger, "--json"], check=True, capture_output=True, text=True)
    report = json.loads(said.stdout.splitlines()[-1])
    assert report["committed"] == frames, report
    return report["spent"], frames, report["ranges"]


class Stub:
    """The stub of tests/farms with one genuine agent."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        stub = [sys.executable, ROOT / "tests/farms/aws/stub.py", "deadline", folder]
        self.process = subprocess.Popen(stub, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = json.loads(self.process.stdout.readline())
        endpoint = {f"AWS_ENDPOINT_URL_{name}": self.said["endpoint"] for name in ("DEADLINE", "CLOUDWATCH_LOGS")}
        self.environment = {
            **os.environ, **endpoint, "AWS_DISABLE_HOST_PREFIX_INJECTION": "true", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "AKIDSTUDIO", "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-studio",
            "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": str(folder),
        }
        agent = [beside("deadline-worker-agent"), "--farm-id", self.said["farm"], "--fleet-id", self.said["fleet"]]
        agent += ["--run-jobs-as-agent-user", "--no-shutdown", "--no-host-metrics-logging"]
        for option, name in (("--logs-dir", "logs"), ("--persistence-dir", "kept"), ("--session-root-dir", "sessions")):
            (folder / name).mkdir()
            agent += [option, folder / name]
        self.agent = subprocess.Popen(agent, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(5)

    def options(self, *more):
        options = (f"--farm={self.said['farm']}", f"--queue={self.said['queue']}", *more)
        return [f"--engine-option={option}" for option in options]

    def events(self, job=None):
        path = self.folder / "events"
        events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [event for event in events if job is None or event["job"] == job]

    def wait(self, what, times):
        end = time.time() + 300
        while sum(event["what"] == what for event in self.events()) < times:
            assert time.time() < end, f"{what} did not happen {times} times"
            time.sleep(0.05)

    def close(self):
        for process in (self.agent, self.process):
            process.terminate()
            process.wait()


def with_agent(command, take, folder, runs):
    """Seconds from a submission to its first task's start, for each run, and seconds a task costs the agent."""
    stub = Stub(folder / "stub")
    try:
        starts = []
        for run in range(max(3, runs // 2)):
            ledger, done = folder / f"agent-{run}", len(stub.events())
            words = submit(command, take, ledger, "--engine", "deadline", "--workers", "1", frames=2)
            subprocess.run([*words, *stub.options()], env=stub.environment, check=True, stdout=subprocess.DEVNULL)
            stub.wait("SUCCEEDED", run + 1)
            first = {event["what"]: event["at"] for event in reversed(stub.events()[done:])}
            starts.append(first["RUNNING"] - first["submitted"])
        before = sum(event["what"] == "SUCCEEDED" for event in stub.events())
        words = submit(command, take, folder / "noop", "--engine", "deadline", "--detach", "--workers", str(TASKS))
        options = stub.options("--program=/bin/true")
        subprocess.run([*words, *options], env=stub.environment, check=True, stdout=subprocess.DEVNULL)
        events = stub.events()
        submitted = [event for event in events if event["what"] == "submitted"][-1]
        stub.wait("SUCCEEDED", before + submitted["tasks"])
        ends = [event["at"] for event in stub.events(submitted["job"]) if event["what"] == "SUCCEEDED"]
        return starts, (ends[-1] - ends[0]) / (len(ends) - 1)
    finally:
        stub.close()


def bundles(command, take, folder):
    """Bundles of one and of TASKS tasks that do nothing."""
    made = {}
    for tasks in (1, TASKS):
        made[tasks] = folder / f"bundle-{tasks}"
        words = submit(command, take, folder / f"runner-{tasks}", "--engine", "deadline", "--detach", "--workers", str(tasks))
        words += [f"--engine-option={option}" for option in (f"--bundle={made[tasks]}", "--program=/bin/true")]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return made


def with_runner(runner, bundles):
    """Seconds that one more task costs a runner of bundles."""
    taken = []
    for bundle in bundles.values():
        began = time.perf_counter()
        subprocess.run([runner, "run", bundle / "template.json"], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return (taken[1] - taken[0]) / (TASKS - 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--openjd-rust", type=Path, help="the `openjd` of the crate openjd-cli")
    parser.add_argument("--update", action="store_true", help="write the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    command, folder = arguments.command.resolve(), Path(tempfile.mkdtemp())
    try:
        take = folder / "real.take"
        recording = ROOT / "tests/data/mosys_f4/dev_first600.f4"
        subprocess.run([command, "take", "import", "--quiet", "--protocol", "f4", recording, take], check=True, stdout=subprocess.DEVNULL)
        starts = first_host(command, take, folder, arguments.runs)
        border, ranges, frame = per_range(command, take, folder)
        spent, drawn, held = of_a_worker(command, take, folder)
        remote, task = with_agent(command, take, folder, arguments.runs)
        made = bundles(command, take, folder)
        runner = with_runner(beside("openjd"), made)
        rust = with_runner(arguments.openjd_rust, made) if arguments.openjd_rust else None
        arrays = slurm.with_arrays(arguments.runs, TASKS) if slurm.is_here() else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    shown = lambda seconds: f"{statistics.median(seconds) * 1e3:.0f} ({min(seconds) * 1e3:.0f} to {max(seconds) * 1e3:.0f})"
    drawing, each = spent["drawing"], (spent["checking"] + spent["committing"]) / drawn
    commits, all_of_it = ((what + spent["committing"] + spent["scheduling"]) / drawing for what in (0, spent["checking"]))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[0]
    table = [
        f"`scripts/peers/dispatch.py --command {os.path.relpath(command, ROOT)} --runs {arguments.runs}`, "
        f"{datetime.date.today()}, commit {commit}, {os.cpu_count()} cores, load {load:.0f}, Python {platform.python_version()}.",
        "",
        "| from | to | ms |",
        "|---|---|---:|",
        f"| `render submit`, `local`, its own start included | its first host starts, median of {len(starts)} (least to most) | {shown(starts)} |",
        f"| one range | the next, same worker, median of {ranges} (a frame takes {frame * 1e3:.1f} ms there) | {border * 1e3:.1f} |",
        f"| a file of 640x360 is reported | its frame is committed, mean of {drawn} ({each / 0.3 * 100:.1f} % of a frame of 0.3 s) | {each * 1e3:.1f} |",
        f"| the end of a run | the order for the next, mean of {held - 1} | {spent['scheduling'] / max(1, held - 1) * 1e3:.1f} |",
        f"| a job of the `deadline` engine is made | its first task runs under the official agent, median of {len(remote)} (least to most) | {shown(remote)} |",
        f"| one task that does nothing | the next, official agent, mean of {TASKS} | {task * 1e3:.0f} |",
        f"| one task that does nothing | the next, official runner `openjd run` in Python, mean of {TASKS} | {runner * 1e3:.1f} |",
    ]
    if rust is not None:
        table.append(f"| one task that does nothing | the next, official runner `openjd run` in Rust, mean of {TASKS} | {rust * 1e3:.1f} |")
    if arrays is not None:
        table.append(f"| `sbatch` of an array of one task | the task starts, one idle Slurm node, median of {len(arrays[0])} (least to most) | {shown(arrays[0])} |")
        table.append(f"| one task of a Slurm array | the next, one node with one core, mean of {TASKS} | {arrays[1] * 1e3:.0f} |")
    table = "\n".join(table) + (
        f"\n\nThat worker's host was busy for {drawing:.1f} s ({drawing / drawn * 1e3:.0f} ms a frame); scheduling and committing took "
        f"{commits * 100:.1f} % of that, with the checking of each frame {all_of_it * 100:.1f} %; checking and committing go on beside "
        f"the drawing of the next frame."
    )
    print(table)
    if arguments.update:
        page = ROOT / "docs/benchmarks.md"
        text = page.read_text()
        head, rest = text.split(BEGIN)
        page.write_text(f"{head}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
