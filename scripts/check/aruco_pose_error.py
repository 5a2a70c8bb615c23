#!/usr/bin/env python3
"""Draws ArUco markers as a moving camera sees them, runs scripts/aruco/sender.py on the pictures, receives what it
sends with the command, and holds the poses against the truth.

  scripts/check/aruco_pose_error.py COMMAND

Ends with 0 when the error is within limits, 1 when it is not, 2 when OpenCV with ArUco is missing (it says so).
Nothing is installed or fetched.
"""

import json
import math
import pathlib
import socket
import subprocess
import sys
import time

FRAMES = 60
SIZE = (1280, 720)
LIMIT_MM, LIMIT_DEGREES = 5.0, 0.1  # 95 of 100 frames, camera 3 m from the markers.


def main() -> int:
    try:
        import cv2
        import numpy as np

        cv2.aruco.ArucoDetector  # noqa: B018
    except (ImportError, AttributeError):
        print("OpenCV with ArUco is missing: pip install opencv-contrib-python-headless", file=sys.stderr)
        return 2
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "aruco"))
    import sender

    layout_document = layout()
    lens = sender.Lens(
        {
            "resolution": SIZE,
            "sensor_mm": [24.0, 13.5],
            "matrix": [[1100.0, 0.0, 640.0], [0.0, 1100.0, 360.0], [0.0, 0.0, 1.0]],
            "distortion": [-0.08, 0.02, 0.0005, -0.0003, 0.0],
        }
    )
    markers = sender.Layout(layout_document)
    tracker = sender.Tracker(markers, lens)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.argv[1], "track", "listen", "--protocol", "opentrackio", "--bind", f"127.0.0.1:{port}"]
    listener = subprocess.Popen([*command, "--count", str(FRAMES + 1)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # It says where it listens before anything else.
    heard = listener.stderr.readline().decode(errors="replace")
    if not heard.startswith("listening"):
        print(f"the command does not listen: {heard.strip()}", file=sys.stderr)
        return 1
    out = sender.Sender(f"127.0.0.1:{port}", lens)
    truths, noise = [], np.random.default_rng(7)
    for frame in range(FRAMES):
        truth = camera(frame / FRAMES)
        truths.append(truth)
        out.send(tracker.pose(draw(cv2, np, sender, markers, lens, truth, noise)), time.time())
    out.send(tracker.pose(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)), time.time())
    try:
        printed, said = listener.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        listener.kill()
        print("the command did not receive every sample", file=sys.stderr)
        return 1
    if listener.returncode != 0:
        print(said.decode(errors="replace"), file=sys.stderr)
        return 1
    return judge(np, [json.loads(line) for line in printed.splitlines()], truths)


def layout():
    """Twelve markers of 30 cm on two walls at a right angle."""
    markers = []
    for number in range(12):
        column, row = number % 4, number // 4
        if column < 2:
            x, y, across = -1.2 + 0.9 * column, 3.0, (1.0, 0.0)
        else:
            x, y, across = 1.0, 2.6 - 0.9 * (column - 2), (0.0, -1.0)
        top = 2.4 - 0.6 * row
        left, right = (x, y), (x + 0.3 * across[0], y + 0.3 * across[1])
        corners = [[*left, top], [*right, top], [*right, top - 0.3], [*left, top - 0.3]]
        markers.append({"id": number, "corners": corners})
    return {"dictionary": "DICT_4X4_50", "markers": markers}


def camera(part):
    """Position in metres and pan, tilt, roll in degrees, a part of the way along the move."""
    wave = math.sin(2 * math.pi * part)
    return (-0.4 + 0.5 * part, -0.3 + 0.2 * wave, 1.5 + 0.15 * wave), (-6.0 - 8.0 * part, 2.0 * wave, 1.5 * wave)


def rotation(np, angles):
    """Rz(pan) Rx(tilt) Ry(roll), from the definition and nothing of the sender's."""
    (sp, cp), (st, ct), (sr, cr) = ((math.sin(math.radians(a)), math.cos(math.radians(a))) for a in angles)
    about_z = np.array([[cp, -sp, 0], [sp, cp, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, ct, -st], [0, st, ct]])
    about_y = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
    return about_z @ about_x @ about_y


def draw(cv2, np, sender, markers, lens, truth, noise):
    """The picture such a camera takes: four times as large, then brought down, blurred, with noise."""
    scale = 4
    position, angles = truth
    turned = rotation(np, angles)
    big = np.full((SIZE[1] * scale, SIZE[0] * scale), 150, np.uint8)
    right, forward, up = turned[:, 0], turned[:, 1], turned[:, 2]
    view = np.stack([right, -up, forward])  # OpenCV's axes: X right, Y down, Z forward
    turn, _ = cv2.Rodrigues(view)
    shift = -view @ np.array(position)
    for number, corners in markers.corners.items():
        if ((corners - np.array(position)) @ forward).min() < 0.2:
            continue
        # A white border of one module of six, as printed; drawn in small tiles, so that distortion bends it too.
        art = np.full((8 * 20, 8 * 20), 255, np.uint8)
        art[20:140, 20:140] = cv2.aruco.generateImageMarker(markers.dictionary, number, 120)
        origin, across, down = corners[0], (corners[1] - corners[0]) / 6, (corners[3] - corners[0]) / 6
        for row in range(8):
            for column in range(8):
                tile = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
                points = np.array([origin + across * (c - 1) + down * (r - 1) for c, r in tile])
                seen, _ = cv2.projectPoints(points, turn, shift, lens.matrix, lens.distortion)
                shade = int(art[row * 20 + 10, column * 20 + 10])
                # Pixel centres are at whole numbers: (x + .5) * scale - .5 in the large picture; 1/16 pixel steps.
                at = np.round(((seen.reshape(4, 2) + 0.5) * scale - 0.5) * 16).astype(np.int32)
                cv2.fillConvexPoly(big, at, shade, lineType=cv2.LINE_AA, shift=4)
    small = cv2.resize(big, SIZE, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.7).astype(np.float64) + noise.normal(0.0, 3.0, (SIZE[1], SIZE[0]))
    return cv2.cvtColor(np.clip(small, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def judge(np, samples, truths):
    """Compares what was received with the truth."""
    if len(samples) != len(truths) + 1:
        print(f"{len(samples)} samples were received, {len(truths) + 1} were sent", file=sys.stderr)
        return 1
    last = samples.pop()
    if last.get("transforms") or last["tracker"]["status"] != "Lost":
        print("a picture without markers came with a pose", file=sys.stderr)
        return 1
    millimetres, degrees = [], []
    for sample, (position, angles) in zip(samples, truths):
        if not sample.get("transforms"):
            print("a picture full of markers came without a pose", file=sys.stderr)
            return 1
        transform = sample["transforms"][0]
        there = np.array([transform["translation"][axis] for axis in "xyz"])
        turned = rotation(np, [transform["rotation"][name] for name in ("pan", "tilt", "roll")])
        millimetres.append(float(np.linalg.norm(there - np.array(position))) * 1e3)
        cosine = (np.trace(turned.T @ rotation(np, angles)) - 1) / 2
        degrees.append(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    position, turn = np.percentile(millimetres, 95), np.percentile(degrees, 95)
    print(
        f"{len(samples)} frames: position off by {np.mean(millimetres):.2f} mm in the mean, {position:.2f} mm in 95 of 100; "
        f"rotation by {np.mean(degrees):.4f} and {turn:.4f} degrees"
    )
    return 0 if position <= LIMIT_MM and turn <= LIMIT_DEGREES else 1


if __name__ == "__main__":
    sys.exit(main())
