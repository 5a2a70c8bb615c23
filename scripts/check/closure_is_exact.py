#!/usr/bin/env python3
"""What a map needs, as `assets deps` finds it, is exactly what the packages of a made project refer to.

    closure_is_exact.py COMMAND [SEED...]

Makes projects of two hundred packages in every layout of headers that matters here, with the traps that real ones have, and knows
what refers to what. For each map the answer must be the one that follows from that by the rules of docs/unreal-packages.md: in the
folder, in a store, again after a day of edits, and for the files that `assets hydrate --map` brings. The headers are written from the
format's description; nothing of the reader is used.
"""

import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

DONE, PARTIAL = 0, 8
SEEDS = [1, 2, 3]
# Layout, Unreal 4's and Unreal 5's object version: 4.27, 5.0, 5.4, 5.6.
LAYOUTS = [(-7, 522, 0), (-8, 522, 1004), (-8, 522, 1012), (-9, 522, 1017)]
COMPANIONS = [".uexp", ".ubulk", ".uptnl", ".m.ubulk"]
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


def number(value: int) -> bytes:
    return struct.pack("<i", value)


def text(words: str) -> bytes:
    if words.isascii():
        return number(len(words) + 1) + words.encode() + b"\0"
    units = (words + "\0").encode("utf-16-le")
    return number(-(len(units) // 2)) + units


class Names:
    """A table of names. One that ends in `_7` is kept as what stands before and the number 8, as the engine does."""

    def __init__(self):
        self.known: dict = {}

    def put(self, name: str) -> bytes:
        stem, _, digits = name.rpartition("_")
        shown = 0
        if stem and digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0"):
            name, shown = stem, int(digits) + 1
        return number(self.known.setdefault(name, len(self.known))) + number(shown)

    def bytes(self) -> bytes:
        return b"".join(text(name) + bytes(4) for name in self.known)


def package(name: str, hard: list, soft: list, rng: random.Random) -> bytes:
    """A package of some layout: summary, names, imports, soft references, and a body that means nothing."""
    legacy, ue4, ue5 = rng.choice(LAYOUTS)
    names = Names()
    for at in range(5000 if rng.random() < 0.05 else 5):  # a header of more than a reader takes at first
        names.put(f"Unused{at}")
    imports, count = b"", 0

    def refer(kind: str, outer: int, what: str, package_of: str) -> None:
        nonlocal imports, count
        imports += names.put("/Script/CoreUObject") + names.put(kind) + number(outer) + names.put(what)
        imports += names.put(package_of) + (number(0) if ue5 >= 1003 else b"")
        count += 1

    refer("Class", 0, "StaticMesh", "/Script/Engine")
    for other in hard:
        if rng.random() < 0.3:  # by the package that an import names, without that package among the imports
            refer("Object", 0, other.rsplit("/", 1)[1], other)
        else:
            refer("Package", 0, other, "None")
            refer("Object", -count, other.rsplit("/", 1)[1], "None")
    softs = b"".join(names.put(other) for other in soft)
    table = names.bytes()

    def summary(names_at: int, end: int) -> bytes:
        soft_at = names_at + len(table) + len(imports)
        is_hashed = ue5 >= 1016
        out = struct.pack("<Iiii", 0x9E2A83C1, legacy, 864, ue4) + (number(ue5) if legacy <= -8 else b"") + number(0)
        out += bytes(20) + number(end) if is_hashed else b""
        out += number(1) + bytes(20) + (b"" if is_hashed else number(end))
        out += text(name) + number(0)
        out += number(len(names.known)) + number(names_at) + (bytes(8) if ue5 >= 1008 else b"")
        out += text("") + bytes(8)  # localization, gatherable text
        out += bytes(8) + number(count) + number(names_at + len(table))  # no exports
        out += (bytes(16) if ue5 >= 1015 else b"") + (number(0) if ue5 >= 1014 else b"") + number(0)
        out += number(len(soft)) + number(soft_at) + bytes(8)  # searchable names, thumbnails
        out += (b"" if is_hashed else rng.randbytes(16)) + rng.randbytes(16)
        out += number(1) + bytes(8)
        engine = struct.pack("<HHHI", 5 if ue5 else 4, 4, 1, 7) + text("++UE+Release")
        return out + engine * 2 + bytes(16) + number(0) + bytes(40)

    start = len(summary(0, 0))
    end = start + len(table) + len(imports) + len(softs)
    return summary(start, end) + table + imports + softs + rng.randbytes(rng.randint(10, 3000))


class Project:
    """Packages by name: what they refer to, whose they are, and what lies beside them."""

    def __init__(self, root: pathlib.Path, seed: int):
        self.root, self.rng, self.step = root, random.Random(seed), 0
        self.packages: dict = {}
        self.broken = "/Game/Props/Lost_1"
        for path in ["Show.uproject", "Plugins/Looks/Looks.uplugin"]:
            self.write(path, b"{}")
        self.write("Config/DefaultEngine.ini", b"[/Script/Engine]\n")
        places = ["/Game/Props", "/Game/Bühne/Wall", "/Game/Maps", "/Looks/Grade", "/Bare"]
        assets = [f"{self.rng.choice(places)}/{self.rng.choice(['Rock', 'M_Wall', 'T'])}_{at}" for at in range(120)]
        assets += ["/Game/Props/Take_007", "/Game/Props/Take_7", self.broken]
        maps = ["/Game/Maps/Stage", "/Game/Maps/Stage2", "/Game/Maps/Night", "/Game/Maps/Lights", "/Looks/Maps/Lit"]
        for name in assets + maps:
            beside = [end for end in COMPANIONS if self.rng.random() < 0.1]
            self.packages[name] = {"map": name in maps, "beside": beside}
        for at in range(90):
            of = self.rng.choice(maps[:3] + maps[4:])
            mount, rest = of[1:].split("/", 1)
            kind = self.rng.choice(["Actors", "Actors", "Objects"])
            name = f"/{mount}/__External{kind}__/{rest}/{at % 16:X}/{at // 16:02X}/{self.rng.getrandbits(80):020X}"
            self.packages[name] = {"map": False, "beside": [], "of": of}
        for name in self.packages:
            self.refer(name)
        # Sub-levels, one of them in a plugin; and a map that only an asset mentions, which is none.
        self.packages[maps[0]]["soft"] += [maps[3], maps[4]]
        self.packages[assets[0]]["soft"] += [maps[2]]
        for name in self.packages:
            self.save(name)

    def refer(self, name: str) -> None:
        """Draws what a package refers to: few others, so that not all is reached from everywhere."""
        rng, this = self.rng, self.packages[name]
        plain = [other for other, what in self.packages.items() if "of" not in what and not what["map"]]
        some = rng.sample(plain, rng.choice([0, 0, 1, 1, 2, 3]) if not this["map"] else 8)
        # Names mean the same in any mix of capital letters.
        hard = [other.swapcase() if rng.random() < 0.1 and other.isascii() else other for other in some]
        soft = rng.sample(plain, rng.choice([0, 0, 1]))
        if "of" in this:
            hard.append(this["of"])
        for chance, where, more in [
            (0.1, hard, f"/Game/Gone/X{rng.randint(0, 5)}"),
            (0.05, soft, "/Looks/Gone/Y"),
            (0.1, hard, "/Engine/BasicShapes/Cube"),
            (0.05, soft, "/Niagara/Default/Smoke"),
            (0.3, hard, "/Script/Engine"),
        ]:
            if rng.random() < chance:
                where.append(more)
        own = name.casefold()
        this["hard"] = [other for other in hard if other.casefold() != own]
        this["soft"] = [other for other in soft if other.casefold() != own]

    def path(self, name: str) -> str:
        mount, rest = name[1:].split("/", 1)
        folder = {"Game": "Content", "Looks": "Plugins/Looks/Content", "Bare": "Plugins/Bare/Content"}[mount]
        return f"{folder}/{rest}.{'umap' if self.packages[name]['map'] else 'uasset'}"

    def files(self, name: str) -> list:
        stem = self.path(name).rsplit(".", 1)[0]
        return [self.path(name)] + [stem + end for end in self.packages[name]["beside"]]

    def save(self, name: str) -> None:
        this = self.packages[name]
        data = LFS if name == self.broken else package(name, this["hard"], this["soft"], self.rng)
        for path in self.files(name):
            self.write(path, data if path == self.path(name) else self.rng.randbytes(500))

    def write(self, path: str, data: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        os.utime(file, (1_700_000_000 + self.step, 1_700_000_000 + self.step))

    def edit(self) -> None:
        """A day's work: some packages refer to others, some actors are gone, some are new."""
        self.step += 86_400
        actors = [name for name, what in self.packages.items() if "of" in what]
        for name in self.rng.sample(actors, 10):
            for path in self.files(name):
                (self.root / path).unlink()
            gone = self.packages.pop(name)
            new = name[:-20] + f"{self.rng.getrandbits(80):020X}"
            self.packages[new] = gone
            self.save(new)
        for name in self.rng.sample(sorted(set(self.packages) - {self.broken}), 30):
            kept = [other for other in self.packages[name]["soft"] if self.is_map(other)]
            self.refer(name)
            self.packages[name]["soft"] += kept
            self.save(name)

    def is_map(self, name: str) -> bool:
        return self.packages.get(name, {"map": False})["map"]

    def truth(self, start: str, later: bool) -> dict:
        """What must be found, from what was written and nothing else."""
        by_name = {name.casefold(): name for name in self.packages}
        seen, waiting, missing, outside, softly = set(), [start], {}, set(), set()

        def follow(by: str, name: str) -> None:
            mount = name.split("/")[1]
            if name.casefold() in by_name:
                waiting.append(by_name[name.casefold()])
            elif mount in ("Game", "Looks", "Bare"):
                missing.setdefault(name, set()).add(by)
            elif mount != "Script":
                outside.add(f"/{mount}")

        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            this = self.packages[name]
            if this["map"]:
                waiting += [other for other, what in self.packages.items() if what.get("of") == name]
            if name == self.broken:
                continue
            for other in this["hard"]:
                follow(name, other)
            for other in this["soft"]:
                if later or (this["map"] and self.is_map(other)):
                    follow(name, other)
                elif other.casefold() in by_name:
                    softly.add(by_name[other.casefold()])
        return {
            "packages": len(seen),
            "files": sorted(file for name in seen for file in self.files(name)),
            "missing": [{"package": name, "needed_by": sorted(missing[name])} for name in sorted(missing)],
            "unread": [self.path(self.broken)] if self.broken in seen else [],
            "outside": sorted(outside),
            "later": sorted(softly - seen),
        }


class Command:
    """Our command, on a machine of its own."""

    def __init__(self, program: str, home: pathlib.Path):
        self.program, self.env = program, os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def run(self, *words: str, codes: tuple = (DONE,)) -> tuple:
        words = [self.program, "assets", *words]
        ended = subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=300, check=False)
        if ended.returncode not in codes:
            sys.exit(f"error: {' '.join(words)} ended with {ended.returncode}\n{ended.stderr}")
        return ended.returncode, ended.stdout

    def needs(self, place: str, name: str, later: bool) -> dict:
        """What `assets deps` says, without why something could not be read."""
        words = ["deps", place, name, "--json"] + (["--later"] if later else [])
        code, out = self.run(*words, codes=(DONE, PARTIAL))
        found = json.loads(out.splitlines()[-1])
        if found.pop("schema") != "cyclorama.deps/1" or code != (PARTIAL if found["missing"] or found["unread"] else DONE):
            sys.exit(f"error: {name} in {place} ended with {code} and said {out}")
        found["unread"] = [unread["file"] for unread in found["unread"]]
        return found


def differences(found: dict, truth: dict) -> list:
    told = []
    for field in sorted(set(found) | set(truth)):
        here, there = found.get(field), truth.get(field)
        if here == there:
            continue
        if isinstance(here, list) and isinstance(there, list):
            too_many, too_few = ([x for x in a if x not in b] for a, b in ((here, there), (there, here)))
            told.append(f"{field}: not needed {too_many[:5]}, not found {too_few[:5]}")
        else:
            told.append(f"{field}: {here}, not {there}")
    return told


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    checked, wrong, kinds = 0, 0, set()
    for seed in [int(seed) for seed in sys.argv[2:]] or SEEDS:
        with tempfile.TemporaryDirectory() as made:
            home = pathlib.Path(made)
            command, project, store = Command(sys.argv[1], home), Project(home / "project", seed), str(home / "store")
            command.run("init", store)
            for day in range(2):
                if day:
                    project.edit()
                command.run("publish", str(project.root), store)
                for name in [name for name in project.packages if project.is_map(name)]:
                    for later in (False, True):
                        truth = project.truth(name, later)
                        kinds |= {field for field, what in truth.items() if what}
                        for place in (str(project.root), store):
                            told = differences(command.needs(place, name, later), truth)
                            checked, wrong = checked + 1, wrong + bool(told)
                            for line in told:
                                print(f"seed {seed}, day {day}, {name}, later {later}, {place}: {line}", file=sys.stderr)
                name = "/Game/Maps/Stage"
                there = home / f"there{day}"
                command.run("hydrate", store, str(there), "--map", name, codes=(DONE, PARTIAL))
                brought = [file.relative_to(there) for file in there.rglob("*") if file.is_file()]
                brought = sorted(str(path) for path in brought if path.parts[0] != ".cyclorama")
                told = differences({"files": brought}, {"files": project.truth(name, False)["files"]})
                checked, wrong = checked + 1, wrong + bool(told)
                for line in told:
                    print(f"seed {seed}, day {day}, {name}, hydrated: {line}", file=sys.stderr)
    if len(kinds) < 6:
        sys.exit(f"error: the projects are too easy: only {sorted(kinds)} occurred")
    print(f"{checked - wrong} of {checked} answers are exact")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
