"""A Slurm cluster of one node on this machine, as the tests' cluster is (tests/farms/slurm), and what its tasks cost.

Needs root, munge and slurm-wlm, as Debian has them.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[2] / "tests/farms/slurm/slurm.conf.in"
LONGEST = 60.0


def is_here():
    """Whether a cluster can be started here."""
    return os.geteuid() == 0 and all(map(shutil.which, ("munged", "slurmctld", "slurmd", "sbatch")))


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Cluster:
    """A cluster that is idle when `with` begins and gone when it ends."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        configuration = self.folder / "slurm.conf"
        host = socket.gethostname()
        text = TEMPLATE.read_text()
        for name, value in (("host", host), ("port", free_port()), ("folder", self.folder)):
            text = text.replace("{" + name + "}", str(value))
        text += f"NodeName=n0 NodeHostname={host} NodeAddr=127.0.0.1 Port={free_port()} CPUs=1\n"
        configuration.write_text(text)
        self.environment = {**os.environ, "SLURM_CONF": str(configuration)}
        self.daemons = []
        files = [("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed")]
        try:
            self.start("munged", "--force", "--foreground", *(f"--{option}={self.folder}/munge.{end}" for option, end in files))
            self.wait(lambda: (self.folder / "munge.socket").exists(), "munged to listen")
            self.start("slurmctld", "-D", "-i", "-f", configuration)
            self.start("slurmd", "-D", "-N", "n0", "-f", configuration)
            self.wait(lambda: self.say("sinfo", "--noheader", "--format=%T").strip() == "idle", "the node to be idle")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *words):
        out = open(self.folder / f"{words[0]}.out", "wb")
        words = list(map(str, words))
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def say(self, *words, **more):
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, **more).stdout

    def wait(self, true, what, every=0.2):
        end = time.monotonic() + LONGEST
        while not true():
            assert time.monotonic() < end, f"waited in vain for {what}"
            time.sleep(every)

    def array(self, tasks):
        """Seconds from the submission of an array of `tasks` that only tell when they run, to each one's telling."""
        told = self.folder / f"told-{time.monotonic_ns()}"
        told.mkdir()
        script = f"#!/bin/sh\ndate +%s.%N >{told}/$SLURM_ARRAY_TASK_ID.part\nmv {told}/$SLURM_ARRAY_TASK_ID.part {told}/$SLURM_ARRAY_TASK_ID\n"
        words = ["sbatch", "--parsable", f"--array=0-{tasks - 1}", "--output=/dev/null"]
        began = time.time()
        subprocess.run(words, env=self.environment, input=script, text=True, check=True, stdout=subprocess.DEVNULL)
        end = time.monotonic() + LONGEST + tasks
        whole = lambda: [path for path in told.iterdir() if not path.suffix]
        while len(whole()) < tasks:
            assert time.monotonic() < end, f"only {len(whole())} of {tasks} tasks ran"
            time.sleep(0.05)
        return sorted(float(path.read_text()) - began for path in whole())


def with_arrays(runs, tasks):
    """Seconds from `sbatch` to a first task's start, for each run, and seconds that one more task costs."""
    with Cluster() as cluster:
        starts = [cluster.array(1)[0] for _ in range(max(3, runs // 2))]
        told = cluster.array(tasks)
        return starts, (told[-1] - told[0]) / (tasks - 1)
