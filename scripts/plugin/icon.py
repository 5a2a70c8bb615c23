#!/usr/bin/env python3
"""Draws Resources/Icon128.png: a curved wall with a camera's frustum. Only the standard library.

    scripts/plugin/icon.py [--check]

--check says whether the picture in the repository is the one that this draws.
"""

import math
import pathlib
import struct
import sys
import zlib

SIZE = 128
SMOOTH = 4
INTO = pathlib.Path(__file__).resolve().parents[2] / "Resources" / "Icon128.png"
BACK, WALL, INNER, CAMERA = (24, 27, 34), (72, 84, 104), (86, 190, 255), (255, 255, 255)


def colour(x, y):
    """The colour at a point, both from 0 to 1."""
    # The wall: an arc about a point below.
    dx, dy = x - 0.5, y - 0.78
    away, turn = math.hypot(dx, dy), math.degrees(math.atan2(dx, -dy))
    if 0.50 < away < 0.62 and abs(turn) < 52:
        return INNER if abs(turn - 8) < 19 else WALL
    # The frustum's two edges, and the camera they start from.
    if away < 0.07:
        return CAMERA
    if 0.07 < away <= 0.50 and min(abs(turn + 11), abs(turn - 27)) < 1.6:
        return INNER
    return BACK


def pixel(column, row):
    """Mean of the points within a pixel."""
    points = [
        colour((column + (i + 0.5) / SMOOTH) / SIZE, (row + (j + 0.5) / SMOOTH) / SIZE)
        for i in range(SMOOTH)
        for j in range(SMOOTH)
    ]
    return bytes(round(sum(point[band] for point in points) / len(points)) for band in range(3)) + b"\xff"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def picture():
    rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def pixels(png):
    """What is drawn, whatever the packing."""
    return zlib.decompress(png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8])


def main():
    drawn = picture()
    if sys.argv[1:] == ["--check"]:
        if not INTO.is_file() or pixels(INTO.read_bytes()) != pixels(drawn):
            sys.exit(f"{INTO.name} is not what scripts/plugin/icon.py draws")
        return
    INTO.parent.mkdir(exist_ok=True)
    INTO.write_bytes(drawn)


if __name__ == "__main__":
    main()
