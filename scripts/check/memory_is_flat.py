#!/usr/bin/env python3
"""Publishing and hydrating twice as much takes no more memory.

    memory_is_flat.py COMMAND [FOLDER]

Makes projects of 300 and 600 MB that do not pack, in a few files each, publishes each into a store in a folder and hydrates it, and
looks at the most memory that each run had. Needs 2.5 GB below FOLDER (else where temporary files go).
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

SIZES, FILES = [300, 600], 12
# What either may take at all, and by how much the larger run may be above the smaller one: threads meet differently each time.
MOST_MB, MORE = 300, 1.5


def project(folder: pathlib.Path, megabytes: int) -> None:
    noise = random.Random(megabytes)
    (folder / "Content").mkdir(parents=True)
    # As many files in each, for as many threads.
    for number in range(FILES):
        with (folder / f"Content/{number}.ubulk").open("wb") as file:
            for _ in range(megabytes // FILES):
                file.write(noise.randbytes(1_000_000))


def peak(words: list, home: pathlib.Path) -> float:
    """The most megabytes of memory that the command had."""
    env = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(words)} ended with {process.returncode}")
    return usage.ru_maxrss / 1024


def main() -> int:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    command, found = sys.argv[1], {}
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as made:
        base = pathlib.Path(made)
        for size in SIZES:
            folder, store, there = (str(base / f"{name}{size}") for name in ["project", "store", "there"])
            project(pathlib.Path(folder), size)
            peak([command, "assets", "init", store], base)
            found["publish", size] = peak([command, "assets", "publish", folder, store], base)
            found["hydrate", size] = peak([command, "assets", "hydrate", store, there], base)
    good = True
    for what in ["publish", "hydrate"]:
        less, more = (found[what, size] for size in SIZES)
        fits = more <= min(MORE * less + 10, MOST_MB)
        good &= fits
        print(f"{what}: {less:.0f} MB of memory for {SIZES[0]} MB, {more:.0f} MB for {SIZES[1]} MB{'' if fits else ': too much'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
