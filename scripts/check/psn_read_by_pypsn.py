#!/usr/bin/env python3
"""PosiStageNet that we send, read by somebody else's library: pypsn, from PyPI.

    psn_read_by_pypsn.py COMMAND

COMMAND is our `cyclorama`. It relays the real Mo-Sys recording in tests/data as PosiStageNet over UDP on this machine;
the positions that pypsn reads are held against those of the recording, with the axes of the standard: x to the right,
y up, z away. Ends with 0 when they agree, 1 when not, 2 without pypsn.
"""

import json
import pathlib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests/data/mosys_f4/dev_first600.f4"
SENT = 200
PATIENCE = 30.0
# Positions are 32 bit floats there, a few metres from the zero.
CLOSE = 1e-6


def main() -> int:
    try:
        import pypsn
    except ImportError:
        print("the Python package `pypsn` is missing: pip install pypsn", file=sys.stderr)
        return 2
    command = sys.argv[1]
    decode = [command, "track", "decode", "--protocol", "f4", str(RECORDING)]
    lines = subprocess.run(decode, capture_output=True, check=True, timeout=60).stdout.splitlines()
    expected = [[json.loads(line)["transforms"][-1]["translation"][axis] for axis in "xzy"] for line in lines]
    packets = eventually(lambda: relayed(command))
    positions, at, worst = [], 0, 0.0
    for packet in packets:
        data = pypsn.parse_psn_packet(packet)
        if isinstance(data, pypsn.psn_data_packet):
            positions += [list(tracker.pos) for tracker in data.trackers]
    for position in positions:
        # The relay may begin with a later frame, never with an earlier one than before.
        near = min(range(at, min(at + 100, len(expected))), key=lambda index: apart(position, expected[index]))
        worst, at = max(worst, apart(position, expected[near])), near
    print(f"pypsn {pypsn.__version__}: {len(positions)} positions read from {len(packets)} packets, within {worst:.1e} m")
    return 0 if len(positions) >= SENT // 2 and worst <= CLOSE else 1


def apart(a, b):
    return max(abs(p - q) for p, q in zip(a, b))


def relayed(command):
    """What our relay sends on while the recording is sent to it once; None when nobody listens yet."""
    with bound() as probe:
        port = probe.getsockname()[1]
    with bound() as receiver:
        to = f"psn:127.0.0.1:{receiver.getsockname()[1]}"
        relay = [command, "track", "relay", "--protocol", "f4", "--bind", f"127.0.0.1:{port}", "--to", to]
        with subprocess.Popen(relay, stderr=subprocess.DEVNULL) as running:
            try:
                time.sleep(0.5)
                send = [command, "track", "send", "--protocol", "f4", "--to", f"127.0.0.1:{port}", "--rate", "100"]
                subprocess.run([*send, "--count", str(SENT), str(RECORDING)], check=True, capture_output=True, timeout=60)
                return received(receiver)
            finally:
                running.terminate()


def received(receiver):
    packets = []
    try:
        while True:
            packets.append(receiver.recv(65535))
    except TimeoutError:
        return packets if len(packets) > SENT // 2 else None


def bound():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(1.0)
    return receiver


def eventually(attempt):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = attempt()
        if found:
            return found
    raise SystemExit("nothing arrived in time")


if __name__ == "__main__":
    sys.exit(main())
