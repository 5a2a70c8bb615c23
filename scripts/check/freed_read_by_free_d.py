#!/usr/bin/env python3
"""FreeD that we send, read by somebody else's library: jwetzell/free-d-js, of which you have a checkout.

    freed_read_by_free_d.py COMMAND CHECKOUT

COMMAND is our `cyclorama`; node and npm must be there (npm brings esbuild, which makes one file of the library). The
real Mo-Sys recording in tests/data, as a take, is sent as FreeD over UDP on this machine; what the library reads of each
message is held against the recording. The library is on no registry that we know, hence the checkout.

Ends with 0 when they agree, 1 when not, 2 when something is missing.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from psn_read_by_pypsn import RECORDING, bound, received  # noqa: E402

READER = """
import { decode } from "LIBRARY";
const lines = require("fs").readFileSync(0, "utf8").split("\\n").filter(Boolean);
for (const line of lines) console.log(JSON.stringify(decode(new Uint8Array(Buffer.from(line, "hex")))));
"""
# Half a count of the wire: 1/32768 degree, 1/64 mm.
CLOSE = (0.5 / 32768, 0.5 / 64)


def main() -> int:
    if len(sys.argv) != 3 or not shutil.which("npm"):
        print(__doc__, file=sys.stderr)
        return 2
    command, checkout = sys.argv[1], pathlib.Path(sys.argv[2])
    with bound() as receiver, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        quiet = {"check": True, "capture_output": True, "timeout": 60}
        take = folder / "real.take"
        subprocess.run([command, "take", "import", "--protocol", "f4", str(RECORDING), str(take)], **quiet)
        to = f"127.0.0.1:{receiver.getsockname()[1]}"
        subprocess.run([command, "track", "send", "--protocol", "freed", "--to", to, "--speed", "8", str(take)], **quiet)
        packets = received(receiver) or []
        read = by_library(folder, checkout, packets)
        decoded = subprocess.run([command, "track", "decode", "--protocol", "f4", str(RECORDING)], **quiet).stdout
    expected = [values_of(json.loads(line)) for line in decoded.splitlines()]
    angles = places = 0.0
    for truth, seen in zip(expected, read):
        off = [abs(a - b) for a, b in zip(truth, (seen[name] for name in NAMES))]
        angles, places = max(angles, *off[:3]), max(places, *off[3:])
    print(f"free-d-js: {len(read)} of {len(expected)} messages read, within {angles:.1e} degrees and {places:.1e} mm")
    whole = len(read) == len(packets) == len(expected)
    return 0 if whole and angles <= CLOSE[0] + 1e-9 and places <= CLOSE[1] + 1e-9 else 1


def by_library(folder, checkout, packets):
    source = (checkout / "packages/free-d/src/decode.ts").resolve()
    (folder / "reader.js").write_text(READER.replace("LIBRARY", str(source)), encoding="utf-8")
    quiet = {"cwd": folder, "check": True, "capture_output": True, "timeout": 300}
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "esbuild"], **quiet)
    bundle = ["npx", "esbuild", "reader.js", "--bundle", "--platform=node", "--format=cjs", "--outfile=bundle.cjs"]
    subprocess.run(bundle, **quiet)
    hexadecimal = "\n".join(packet.hex() for packet in packets).encode()
    run = subprocess.run(["node", "bundle.cjs"], input=hexadecimal, **quiet)
    return [json.loads(line) for line in run.stdout.splitlines()]


NAMES = ("pan", "tilt", "roll", "posX", "posY", "posZ")


def values_of(sample):
    """Pan (to the right there, to the left here), tilt, roll in degrees; x, y, z in mm."""
    transform = sample["transforms"][-1]
    turned, place = transform["rotation"], transform["translation"]
    return [-turned["pan"], turned["tilt"], turned["roll"], *(place[axis] * 1000 for axis in "xyz")]


if __name__ == "__main__":
    sys.exit(main())
