#!/usr/bin/env python3
"""Headers of frames that we render, read by OpenEXR's own exrheader.

    exr_read_by_openexr.py COMMAND [HOST]

COMMAND is our `cyclorama`, HOST what draws (builtin). Two frames of the real Mo-Sys recording are rendered with
every pass that the host draws; what exrheader prints of them, in OpenEXR's standard attributes and in ours, is held against
the take's own CSV export, with the camera matrix computed here from pan, tilt and roll. Ends with 0 when all agrees, 1 when not, 2 without exrheader.
"""

import csv
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests/data/mosys_f4/dev_first600.f4"
FIRST, LAST = 299, 300
SHOT = "12A"
# What Workbench cannot draw.
PASSES = {"blender-workbench": "beauty,depth"}
WIDTH, HEIGHT = 64, 36
# exrheader prints six digits.
CLOSE = 2e-5


def main():
    if not shutil.which("exrheader"):
        print("exrheader is missing: apt-get install openexr", file=sys.stderr)
        return 2
    command, host = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "builtin"
    passes = PASSES.get(host, "beauty,depth,normal")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        take, ledger, frames = folder / "A003.take", folder / "ledger", folder / "frames"

        def run(*words):
            subprocess.run([command, *map(str, words)], check=True, timeout=300, stdout=subprocess.DEVNULL)

        run("take", "import", "--protocol", "f4", "--slate", SHOT, RECORDING, take)
        run("take", "export", "--format", "csv", "--out", folder / "camera.csv", take)
        run("render", "submit", take, "--host", host, "--frames", f"{FIRST}-{LAST}", "--size", f"{WIDTH}x{HEIGHT}",
            "--passes", passes, "--samples", "1", "--workers", "1", "--ledger", ledger, "--quiet")
        run("render", "frames", "--ledger", ledger, "--out", frames)
        with open(folder / "camera.csv", newline="") as file:
            rows = {int(row["frame"]): row for row in csv.DictReader(file)}
        faults, read = [], 0
        for frame in range(FIRST, LAST + 1):
            printed = subprocess.run(["exrheader", frames / f"A003.{frame:06}.exr"], capture_output=True, text=True, timeout=30)
            found = attributes(printed.stdout)
            wanted = expected(frame, rows[frame], passes)
            read += len(found)
            faults += [f"frame {frame}: {fault}" for fault in differences(found, wanted)]
            drew = found.get("software", "")
            if host.split("-")[0] not in drew.lower():
                faults.append(f"frame {frame}: software is {drew}, drawn by {host}")
    print(f"exrheader: {read} attributes of {LAST - FIRST + 1} frames by {host}, {len(faults)} differences")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def attributes(printed):
    """Name to value, as text; what goes on over several lines is joined by spaces."""
    found, name = {}, None
    for line in printed.splitlines():
        begun = re.match(r"^(\S+) \(type [^)]*\): ?(.*)$", line)
        again = re.match(r"^(\S+) \(type [^)]*\):$", line)
        if begun or again:
            name = (begun or again).group(1)
            found[name] = begun.group(2).strip() if begun else ""
        elif name and line.startswith(" "):
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def channels(passes):
    """The channels of these passes as exrheader prints them, in the order of their names."""
    halves = ["B", "G", "R"] + (["N.X", "N.Y", "N.Z"] if "normal" in passes else [])
    kinds = {name: "16-bit" for name in halves} | ({"Z": "32-bit"} if "depth" in passes else {})
    # A surface's direction is no light: lossy compressions are told so.
    linear = {name: ", plinear" if name.startswith("N.") else "" for name in kinds}
    return " ".join(f"{name}, {kinds[name]} floating-point, sampling 1 1{linear[name]}" for name in sorted(kinds))


def expected(frame, row, passes):
    """What exrheader must print: text exactly, numbers in order within CLOSE."""
    number = {name: float(row[name]) for name in ("x", "y", "z", "qw", "qx", "qy", "qz", "focal_length_mm")}
    width, height = float(row["sensor_width_mm"]), float(row["sensor_height_mm"])
    opening = math.degrees(2.0 * math.atan(width / 2.0 / number["focal_length_mm"]))
    return {
        "channels": channels(passes),
        "compression": "zip, multi-scanline blocks",
        "dataWindow": [0, 0, WIDTH - 1, HEIGHT - 1],
        "displayWindow": [0, 0, WIDTH - 1, HEIGHT - 1],
        "chromaticities": [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329],
        "timeCode": f"time {row['timecode']} drop frame 0, color frame 0, field/phase 0 bgf0 0, bgf1 0, bgf2 0 user data 0x0",
        "framesPerSecond": "25/1 (25)",
        "imageCounter": [frame],
        "reelName": '"A003"',
        "fieldOfViewHorizontal": [opening],
        "pinholeFocalLength": [number["focal_length_mm"]],
        "worldToCamera": world_to_camera(row),
        "cyclorama.version": [1],
        "cyclorama.take": '"A003"',
        "cyclorama.shot": f'"{SHOT}"',
        "cyclorama.frame": f'"{frame}"',
        "cyclorama.rate": '"25"',
        "cyclorama.timecode": f'"{row["timecode"]}@25"',
        "cyclorama.colourSpace": '"lin_rec709_scene"',
        "cyclorama.position": [number["x"], number["y"], number["z"]],
        "cyclorama.rotation": [number["qx"], number["qy"], number["qz"], number["qw"]],
        "cyclorama.panTiltRoll": [float(row["pan"]), float(row["tilt"]), float(row["roll"])],
        "cyclorama.focalLength": [number["focal_length_mm"]],
        "cyclorama.sensor": [width, height],
    }


def world_to_camera(row):
    """Row vectors, metres; the camera looks along its -Z with +Y up. From the angles, not from our quaternion."""
    pan, tilt, roll = (math.radians(float(row[name])) for name in ("pan", "tilt", "roll"))
    ahead = (-math.sin(pan) * math.cos(tilt), math.cos(pan) * math.cos(tilt), math.sin(tilt))
    level = (math.cos(pan), math.sin(pan), 0.0)
    above = cross(level, ahead)
    right = [math.cos(roll) * a - math.sin(roll) * b for a, b in zip(level, above)]
    up = [math.sin(roll) * a + math.cos(roll) * b for a, b in zip(level, above)]
    axes = (right, up, [-a for a in ahead])
    at = [float(row[name]) for name in "xyz"]
    numbers = []
    for axis in range(3):
        numbers += [way[axis] for way in axes] + [0.0]
    return numbers + [-sum(a * b for a, b in zip(way, at)) for way in axes] + [1.0]


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def differences(found, wanted):
    for name, value in wanted.items():
        if name not in found:
            yield f"{name} is missing"
        elif isinstance(value, str):
            if found[name] != value:
                yield f"{name} is {found[name]}, wanted is {value}"
        else:
            numbers = [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", found[name])]
            if len(numbers) != len(value) or any(abs(a - b) > CLOSE * max(1.0, abs(b)) for a, b in zip(numbers, value)):
                yield f"{name} is {numbers}, wanted is {value}"


if __name__ == "__main__":
    sys.exit(main())
