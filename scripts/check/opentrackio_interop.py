#!/usr/bin/env python3
"""OpenTrackIO between us and other people's software, both ways, over UDP on this machine.

    opentrackio_interop.py COMMAND [--camdkit DIR] [--opentrackio-cpp DIR]

COMMAND is our `cyclorama`. DIR are checkouts that you have: SMPTE/ris-osvp-metadata-camdkit (its Python receiver and
sender; needs the packages cbor2, jsonschema and ntplib) and mosys/opentrackio-cpp (its C++ library, built here into a
temporary folder; needs g++). What we send is the real Mo-Sys recording in tests/data, as JSON and as CBOR.

Ends with 0 when everything was understood, 1 when something was not, 2 when there was nothing to check with.
"""

import argparse
import json
import math
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests/data/mosys_f4/dev_first600.f4"
SCHEMA = ROOT / "tests/data/opentrackio/schema_generated.json"
SENT = 200
PATIENCE = 30.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("command")
    options.add_argument("--camdkit", type=pathlib.Path, metavar="DIR")
    options.add_argument("--opentrackio-cpp", type=pathlib.Path, metavar="DIR")
    asked = options.parse_args()
    if not (asked.camdkit or asked.opentrackio_cpp):
        print("name at least one checkout, see --help", file=sys.stderr)
        return 2
    expected = by_timecode(decoded(asked.command, "f4", RECORDING.read_bytes()))
    ours = relayed(asked.command)
    faults = []
    if asked.camdkit:
        faults += smpte_reads(asked.camdkit, ours, expected)
        faults += we_read_smpte(asked.command, asked.camdkit)
    if asked.opentrackio_cpp:
        faults += mosys_reads(asked.command, asked.opentrackio_cpp, ours, expected)
    for fault in faults[:20]:
        print(f"fault: {fault}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


def decoded(command, protocol, data):
    """Samples that `track decode` prints for recorded messages."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        run = subprocess.run(
            [command, "track", "decode", "--protocol", protocol, file.name], capture_output=True, check=True, timeout=60
        )
    return [json.loads(line) for line in run.stdout.splitlines()]


def by_timecode(samples):
    """Translation and rotation, by timecode."""
    return {timecode(sample["timing"]["timecode"]): pose(sample) for sample in samples}


def timecode(value):
    return tuple(value[part] for part in ("hours", "minutes", "seconds", "frames"))


def pose(sample):
    transform = sample["transforms"][-1]
    return [transform["translation"][axis] for axis in "xyz"] + [
        transform["rotation"][axis] for axis in ("pan", "tilt", "roll")
    ]


def differ(a, b):
    """How far two poses are apart: metres, or the largest difference in a rotation's matrix. Angles alone do not tell:
    beyond 90 degrees of tilt there are two ways to write each rotation."""
    turned = zip(matrix(*a[3:]), matrix(*b[3:]))
    return max([abs(p - q) for p, q in zip(a[:3], b[:3])] + [abs(p - q) for p, q in turned])


def matrix(pan, tilt, roll):
    """Rz(pan) Rx(tilt) Ry(roll), row by row."""
    (cp, sp), (ct, st), (cr, sr) = ((math.cos(v), math.sin(v)) for v in map(math.radians, (pan, tilt, roll)))
    return [
        cp * cr - sp * st * sr, -sp * ct, cp * sr + sp * st * cr,
        sp * cr + cp * st * sr, cp * ct, sp * sr - cp * st * cr,
        -ct * sr, st, ct * cr,
    ]  # fmt: skip


def bound():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(1.0)
    return receiver


def free_port():
    with bound() as probe:
        return probe.getsockname()[1]


def relayed(command):
    """The recording as our relay sends it: datagrams by encoding."""
    receivers = {"json": bound(), "cbor": bound()}
    port = free_port()
    names = {"json": "opentrackio", "cbor": "opentrackio-cbor"}
    targets = []
    for encoding, receiver in receivers.items():
        targets += ["--to", f"{names[encoding]}:127.0.0.1:{receiver.getsockname()[1]}"]
    relay = subprocess.Popen(
        [command, "track", "relay", "--protocol", "f4", "--bind", f"127.0.0.1:{port}", *targets], stderr=subprocess.DEVNULL
    )
    try:
        send = [command, "track", "send", "--protocol", "f4", "--to", f"127.0.0.1:{port}", "--rate", "100", str(RECORDING)]
        return eventually(lambda: sent_through(send, receivers))
    finally:
        relay.terminate()
        relay.wait(timeout=10)
        for receiver in receivers.values():
            receiver.close()


def sent_through(send, receivers):
    """What arrives while the recording is sent once; None when nothing does, because nobody listens yet."""
    subprocess.run([*send, "--count", str(SENT)], check=True, capture_output=True, timeout=60)
    found = {}
    for encoding, receiver in receivers.items():
        found[encoding] = []
        try:
            while len(found[encoding]) < SENT:
                found[encoding].append(receiver.recv(65535))
        except TimeoutError:
            pass
    return found if all(len(packets) > SENT // 2 for packets in found.values()) else None


def eventually(attempt):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = attempt()
        if found:
            return found
    raise SystemExit("fault: nothing arrived in time")


def smpte_reads(checkout, ours, expected):
    """SMPTE's receiver reads our datagrams, header, checksum, schema and all."""
    sys.path.insert(0, str(checkout / "src/test/python/parser"))
    import opentrackio_receiver

    faults = []
    for encoding, packets in ours.items():
        receiver = opentrackio_receiver.OpenTrackIOPacketReceiver(
            {"verbose": False, "multicast_group": "239.135.1.1", "port": 55555, "schema_text": SCHEMA.read_text()}
        )
        worst, read = 0.0, 0
        for number, packet in enumerate(packets):
            if packet[6:8] == b"\0\0" and number == 0:
                receiver._prev_sequence_number = -1  # It starts at 0 and takes a first packet of 0 for a repetition.
            if not receiver._parse_packet(packet):
                faults.append(f"SMPTE's receiver refused {encoding} packet {number}")
                continue
            seen = receiver.protocol
            at = tuple(int(part) for part in (seen.get_timecode() or "0:0:0:0").split(":"))
            if at not in expected:
                faults.append(f"SMPTE's receiver read the timecode {at} from {encoding} packet {number}")
                continue
            # It gives metres and degrees unless asked otherwise.
            read += 1
            worst = max(worst, differ([*seen.get_camera_translations(), *seen.get_camera_rotations()], expected[at]))
        if worst > 1e-6 or read == 0:
            faults.append(f"SMPTE's receiver read poses from {encoding} that are off by {worst}")
        print(f"SMPTE's receiver: {read} of {len(packets)} {encoding} packets read, poses within {worst:.1e}")
    return faults


def we_read_smpte(command, checkout):
    """Our listener reads what SMPTE's sender makes, whole and in three segments."""
    sys.path.insert(0, str(checkout / "src/test/python/parser"))
    import opentrackio_lib
    import opentrackio_sender

    faults = []
    for encoding, segments in (("JSON", 0), ("CBOR", 0), ("JSON", 3), ("CBOR", 3)):
        sender = opentrackio_sender.OpenTrackIOPacketTransmitter(
            {
                "source_number": 7,
                "port": 55555,
                "multicast_group": "239.135.1.7",
                "format": opentrackio_lib.PayloadFormat[encoding],
                "time_source": opentrackio_lib.TimeSource.GENLOCK,
                "debug": False,
                "num-segments": segments,
            }
        )
        port = free_port()
        listen = subprocess.Popen(
            [command, "track", "listen", "--protocol", "opentrackio", "--bind", f"127.0.0.1:{port}", "--count", str(20 * max(segments, 1))],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made, end = {}, time.monotonic() + PATIENCE
        while listen.poll() is None and time.monotonic() < end:
            packets = sender._create_opentrackio_packet()
            payload = b"".join(packet[16:] for packet in packets)
            said = json.loads(payload) if encoding == "JSON" else opentrackio_lib.loads(payload)
            made[timestamp(said)] = pose(said)
            for packet in packets:
                out.sendto(packet, ("127.0.0.1", port))
            sender._increment_sequence_number()
            time.sleep(0.01)
        out.close()
        listen.terminate()
        lines = listen.communicate(timeout=10)[0].splitlines()
        read = [json.loads(line) for line in lines if b'"transforms"' in line]
        worst = max((differ(pose(sample), made.get(timestamp(sample), [1e9] * 6)) for sample in read), default=1e9)
        what = f"{encoding}, {segments or 1} to a sample"
        print(f"our listener: {len(read)} samples of SMPTE's sender read ({what}), poses within {worst:.1e}")
        if len(read) < 10 or worst > 1e-6:
            faults.append(f"our listener read {len(read)} samples of SMPTE's sender ({what}), off by {worst}")
    return faults


def timestamp(sample):
    at = sample["timing"]["sampleTimestamp"]
    return at["seconds"], at["nanoseconds"]


def mosys_reads(command, checkout, ours, expected):
    """Mo-Sys's library reads our payloads; what it writes again, we read."""
    with tempfile.TemporaryDirectory() as folder:
        program = built(checkout, pathlib.Path(folder))
        faults = []
        for encoding, packets in ours.items():
            letter = b"C" if encoding == "cbor" else b"J"
            wire = b"".join(letter + struct.pack(">I", len(packet) - 16) + packet[16:] for packet in packets)
            run = subprocess.run([program], input=wire, capture_output=True, check=True, timeout=120)
            read = [json.loads(line) for line in run.stdout.splitlines()]
            worst, again, warned = 0.0, 0.0, set()
            for number, seen in enumerate(read):
                if not seen["understood"] or seen["errors"]:
                    faults.append(f"Mo-Sys's library, {encoding} {number}: {seen['errors']}")
                    continue
                warned.update(seen["warnings"])
                truth = expected[tuple(seen["timecode"])]
                worst = max(worst, differ(seen["translation"] + seen["rotation"], truth))
                packet = framed(json.dumps(seen["again"]).encode())
                for sample in decoded(command, "opentrackio", packet) if number % 20 == 0 else []:
                    again = max(again, differ(pose(sample), truth))
            if worst > 1e-6 or again > 1e-6 or len(read) != len(packets):
                faults.append(f"Mo-Sys's library, {encoding}: {len(read)} read, off by {worst}; written again off by {again}")
            print(
                f"Mo-Sys's library: {len(read)} of {len(packets)} {encoding} payloads read, poses within {worst:.1e}; "
                f"written by it and read by us within {again:.1e}; warnings: {sorted(warned) or 'none'}"
            )
        return faults


def built(checkout, folder):
    """Their library and our reader as one program. A compiler without <format> gets the few lines they need of it."""
    probe = folder / "probe.cpp"
    probe.write_text("#include <format>\nint main() { return std::format(\"{}\", 1).empty(); }\n")
    includes = []
    if subprocess.run(["g++", "-std=c++20", "-fsyntax-only", probe], capture_output=True).returncode:
        (folder / "shim").mkdir()
        (folder / "shim/format").write_text(
            "#pragma once\n#include <sstream>\n#include <string>\nnamespace std { template <class... T> string "
            "format(string text, T&&... values) { auto put = [&](auto&& value) { ostringstream out; out << value; auto at "
            "= text.find(\"{}\"); if (at != string::npos) text.replace(at, 2, out.str()); }; (put(values), ...); return "
            "text; } }\n"
        )
        includes = ["-I", folder / "shim"]
    program = folder / "reads"
    sources = [ROOT / "scripts/check/opentrackio_reads.cpp", *sorted((checkout / "src").glob("*.cpp"))]
    includes += ["-I", checkout / "include", "-I", checkout / "external"]
    subprocess.run(["g++", "-std=c++20", "-O1", *includes, "-o", program, *sources], check=True, timeout=900)
    return program


def framed(payload):
    """One OpenTrackIO packet of JSON."""
    head = b"OTrk" + bytes([0, 1]) + struct.pack(">HIH", 7, 0, 0x8000 | len(payload))
    first = second = 0
    for byte in head + payload:
        first = (first + byte) & 0xFF
        second = (second + first) & 0xFF
    return head + bytes([second, first]) + payload


if __name__ == "__main__":
    sys.exit(main())
