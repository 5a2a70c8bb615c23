#!/usr/bin/env python3
"""A project tree for comparing tools, and one working day's edits of it. The same tree for the same seed.

    workload.py make DIR [--gb 1.5] [--seed 1]
    workload.py edit DIR [--seed 1]

Many small files, some hundreds of middle size, a few large ones and one huge, of bytes that compress a little, as
engine assets do. An edit re-saves files in front to back with their content moved, adds, removes and renames.
"""

import argparse
import os
import pathlib
import random
import zlib

SMALL, MIDDLE, LARGE = 15000, 1300, 20


def body(rng: random.Random, size: int) -> bytes:
    """About a fifth repeats, the rest does not compress."""
    out = bytearray()
    while len(out) < size:
        noise = rng.randbytes(min(3072, size))
        out += noise + (noise[:64] * 16)
    return bytes(out[:size])


def seeded(seed: int, name: str) -> random.Random:
    return random.Random(zlib.crc32(f"{seed}/{name}".encode()))


def plan(gb: float) -> list[tuple[str, int]]:
    """Names and sizes. The number of files falls with the size below one gigabyte and a half."""
    scale = gb / 1.5
    count = min(1.0, scale)
    files = []
    for at in range(max(50, int(SMALL * count))):
        files.append((f"Content/__ExternalActors__/{at % 16:X}/{at // 16 % 64:02X}/{at:06d}.uasset", 6000 + at * 37 % 8000))
    for at in range(max(10, int(MIDDLE * count))):
        files.append((f"Content/Props/Set{at % 20:02d}/P{at:05d}.uasset", 100_000 + at * 991 % 420_000))
    each = max(1.0, scale / count)
    for at in range(LARGE):
        files.append((f"Content/Textures/T{at:03d}.uasset", int(30_000_000 * each * min(1.0, scale))))
    files.append(("Content/Scans/Stage.ubulk", int(375_000_000 * each * min(1.0, scale))))
    return files


def write(path: pathlib.Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def make(root: pathlib.Path, gb: float, seed: int) -> None:
    for name, size in plan(gb):
        write(root / name, body(seeded(seed, name), size))


def resave(path: pathlib.Path, rng: random.Random) -> None:
    """The header grows, everything behind it moves, and one stretch changes."""
    data = bytearray(path.read_bytes())
    at = rng.randrange(max(1, len(data)))
    fresh = rng.randbytes(min(2048, len(data)))
    data[at : at + len(fresh)] = fresh
    path.write_bytes(data[:64] + rng.randbytes(37) + data[64:])


def edit(root: pathlib.Path, seed: int) -> None:
    rng = random.Random(seed + 1)
    small = sorted((root / "Content/__ExternalActors__").rglob("*.uasset"))
    middle = sorted((root / "Content/Props").rglob("*.uasset"))
    large = sorted((root / "Content/Textures").rglob("*.uasset"))
    for path in rng.sample(small, len(small) // 25) + rng.sample(middle, len(middle) // 6) + large[:1]:
        resave(path, rng)
    for path in rng.sample(small, len(small) // 200):
        path.unlink(missing_ok=True)
    for at in range(len(small) // 100):
        write(root / f"Content/__ExternalActors__/new/{at:05d}.uasset", body(seeded(seed + 2, str(at)), 9000))
    (root / "Content/Props/Set03").rename(root / "Content/Props/Set03_moved")
    bulk = root / "Content/Scans/Stage.ubulk"
    with bulk.open("r+b") as handle:
        handle.seek(bulk.stat().st_size // 2)
        handle.write(rng.randbytes(65536))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "edit"])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--gb", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.what == "make":
        if arguments.root.exists() and os.listdir(arguments.root):
            raise SystemExit(f"error: {arguments.root} is not empty")
        make(arguments.root, arguments.gb, arguments.seed)
    else:
        edit(arguments.root, arguments.seed)


if __name__ == "__main__":
    main()
