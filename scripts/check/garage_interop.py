#!/usr/bin/env python3
"""A content store on Garage, an S3 server of other people's that ignores conditions.

    garage_interop.py COMMAND GARAGE

Starts Garage in a folder of its own. A shared store must be refused there, also as the target of an archive; a store of one writer must
take publishes, give them back to the last byte, prove them, and be collected.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
from assets import ACCESS, SECRET, Garage  # noqa: E402

REFUSED = 4


class Command:
    """Our command, on a machine that has seen no store before."""

    def __init__(self, program: str, endpoint: str, home: pathlib.Path):
        self.program = program
        self.env = os.environ | {
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
        }

    def run(self, *words: str, code: int = 0) -> str:
        ended = subprocess.run(
            [self.program, "assets", *words], env=self.env, capture_output=True, text=True, timeout=300, check=False
        )
        if ended.returncode != code:
            sys.exit(f"error: {' '.join(words)} ended with {ended.returncode}, not {code}:\n{ended.stderr}")
        return ended.stdout


def contents(folder: pathlib.Path) -> dict:
    files = (path for path in folder.rglob("*") if path.is_file() and ".cyclorama" not in path.parts)
    return {path.relative_to(folder): path.read_bytes() for path in files}


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as made:
        base = pathlib.Path(made)
        garage = Garage(sys.argv[2], base)
        try:
            return check(Command(sys.argv[1], garage.endpoint, base / "home"), garage, base)
        finally:
            garage.stop()


def check(command: Command, garage: Garage, base: pathlib.Path) -> int:
    for bucket in ["shared", "single"]:
        garage.bucket(bucket)
    command.run("init", "s3://shared/wall", code=REFUSED)
    project, noise = base / "project", random.Random(7)
    (project / "Content").mkdir(parents=True)
    for number in range(40):
        (project / f"Content/{number}.uasset").write_bytes(noise.randbytes(noise.randrange(200_000)))
    local, store = str(base / "local"), "s3://single/wall"
    command.run("init", local)
    command.run("publish", str(project), local)
    command.run("archive", local, "s3://shared/archive", code=REFUSED)
    command.run("init", store, "--single-writer")
    for edit in range(3):
        (project / "Content/0.uasset").write_bytes(noise.randbytes(300_000 + edit))
        command.run("publish", str(project), store)
        there = base / f"there{edit}"
        command.run("hydrate", store, str(there))
        if contents(there) != contents(project):
            sys.exit("error: what came back from Garage is not what was published")
    command.run("verify", store, "--read-data")
    command.run("gc", store, "--keep", "1")
    command.run("verify", store, "--read-data")
    print("Garage: a shared store is refused, a store of one writer gives back what it got")
    return 0


if __name__ == "__main__":
    sys.exit(main())
