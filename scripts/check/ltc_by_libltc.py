#!/usr/bin/env python3
"""LTC that somebody else's library made, heard by us: libltc, as Debian has it (libltc11).

    ltc_by_libltc.py COMMAND

COMMAND is our `cyclorama`. libltc encodes ten seconds at each rate LTC knows, at several sample rates and levels, clean and
with noise; `track timecode` must say every label but the first and the last, each with the moment its frame began. Then
`track listen --house` labels a take by such a line. Ends with 0 when all agree, 1 when not, 2 without libltc.
"""

import array
import ctypes
import ctypes.util
import json
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import wave

# Rate as we are told it, as libltc is, and its name for the television standard of it.
RATES = [("24", 24.0, 3), ("25", 25.0, 1), ("29.97", 30000 / 1001, 0), ("30", 30.0, 0)]
# Sample rate, level in dB of full scale, and noise in parts of the signal.
LINES = [(48_000, -3.0, 0.0), (44_100, -3.0, 0.0), (96_000, -20.0, 0.0), (48_000, -30.0, 0.0), (48_000, -6.0, 0.1)]
SECONDS = 10
FIRST = (10, 0, 58, 0)
# Its edges rise within 40 us, and a sample at 44.1 kHz is 23 us.
CLOSE = 60e-6


class Smpte(ctypes.Structure):
    _fields_ = [("timezone", ctypes.c_char * 6)] + [
        (name, ctypes.c_ubyte) for name in ("years", "months", "days", "hours", "mins", "secs", "frame")
    ]


def library():
    for name in ("libltc.so.11", ctypes.util.find_library("ltc")):
        try:
            ltc = ctypes.CDLL(name)
            break
        except (OSError, TypeError):
            continue
    else:
        return None
    ltc.ltc_encoder_create.restype = ctypes.c_void_p
    ltc.ltc_encoder_create.argtypes = [ctypes.c_double, ctypes.c_double, ctypes.c_int, ctypes.c_int]
    for name in ("set_timecode", "get_timecode"):
        getattr(ltc, f"ltc_encoder_{name}").argtypes = [ctypes.c_void_p, ctypes.POINTER(Smpte)]
    for name in ("encode_frame", "inc_timecode", "free"):
        getattr(ltc, f"ltc_encoder_{name}").argtypes = [ctypes.c_void_p]
    ltc.ltc_encoder_get_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    ltc.ltc_encoder_set_volume.argtypes = [ctypes.c_void_p, ctypes.c_double]
    return ltc


def encoded(ltc, path, rate, standard, sample_rate, level, noise):
    """Writes a line; each label as libltc counts, and the sample its frame begins at."""
    encoder = ltc.ltc_encoder_create(sample_rate, rate, standard, 0)
    ltc.ltc_encoder_set_volume(encoder, level)
    now = Smpte(hours=FIRST[0], mins=FIRST[1], secs=FIRST[2], frame=FIRST[3], timezone=b"+0000")
    ltc.ltc_encoder_set_timecode(encoder, ctypes.byref(now))
    chunk, samples, labels = ctypes.create_string_buffer(65_536), array.array("h"), []
    dice = random.Random(1)
    for _ in range(int(SECONDS * rate)):
        ltc.ltc_encoder_get_timecode(encoder, ctypes.byref(now))
        labels.append(((now.hours, now.mins, now.secs, now.frame), len(samples)))
        ltc.ltc_encoder_encode_frame(encoder)
        count = ltc.ltc_encoder_get_buffer(encoder, chunk)
        loud = max(abs(byte - 128) for byte in chunk.raw[:count]) * 256
        for byte in chunk.raw[:count]:
            sample = (byte - 128) * 256 + int(dice.gauss(0.0, noise) * loud) if noise else (byte - 128) * 256
            samples.append(max(-32_768, min(32_767, sample)))
        ltc.ltc_encoder_inc_timecode(encoder)
    ltc.ltc_encoder_free(encoder)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.tobytes())
    return labels


def heard(command, path, rate):
    line = [command, "track", "timecode", "--json", "--rate", rate, f"ltc:{path}"]
    lines = subprocess.run(line, capture_output=True, check=True, timeout=120).stdout.splitlines()
    return [json.loads(line) for line in lines]


def told(text):
    return tuple(int(part) for part in text.split("@")[0].replace(";", ":").split(":"))


def take_is_labelled(command, folder, line):
    """Whether a take that `track listen` records beside the line has its labels."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        at = "127.0.0.1:%d" % probe.getsockname()[1]
    take = folder / "house.take"
    listen = [command, "track", "listen", "--protocol", "freed", "--bind", at, "--record", str(take), "--seconds", "5"]
    listening = subprocess.Popen(
        listen + ["--house", f"ltc:{line}", "--house-rate", "25"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    time.sleep(1.0)
    send = [command, "track", "send", "--protocol", "freed", "--to", at, "--simulate", "crane", "--count", "150"]
    subprocess.run(send, stdout=subprocess.DEVNULL, check=True, timeout=60)
    listening.communicate(timeout=60)
    show = [command, "take", "show", "--json", "--rate", "25", str(take)]
    shown = json.loads(subprocess.run(show, capture_output=True, check=True, timeout=60).stdout.splitlines()[0])
    first, last = told(shown["first_timecode"]), told(shown["last_timecode"])
    print(f"a take beside the line: {shown['first_timecode']} to {shown['last_timecode']}")
    return FIRST < first < last <= (10, 1, 8, 0)


def main():
    ltc, command, faults = library(), sys.argv[1], 0
    if ltc is None:
        print("libltc is missing: apt-get install libltc11", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for rate, exact, standard in RATES:
            for sample_rate, level, noise in LINES:
                path = folder / f"{rate}.wav"
                expected = encoded(ltc, path, exact, standard, sample_rate, level, noise)[1:-1]
                labels = heard(command, path, rate)
                same = [told(label["timecode"]) for label in labels] == [label for label, _ in expected]
                pairs = zip(labels, expected)
                worst = max((abs(label["begins_s"] - at / sample_rate) for label, (_, at) in pairs), default=9.0)
                good = same and worst <= CLOSE
                faults += not good
                print(
                    f"{rate:>5} frames/s at {sample_rate} Hz, {level:.0f} dB, noise {noise}: {len(labels)} of "
                    f"{len(expected)} labels, begins within {worst * 1e6:.0f} us{'' if good else '  WRONG'}"
                )
        encoded(ltc, folder / "25.wav", 25.0, 1, 48_000, -3.0, 0.0)
        faults += not take_is_labelled(command, folder, folder / "25.wav")
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
