#!/usr/bin/env python3
"""Tracks a camera by printed ArUco markers and sends its pose as OpenTrackIO JSON over UDP.

For a stage without a tracker: markers at known places, a camera (or a small witness camera beside it) that sees a few
of them, OpenCV. README.md beside this file says how to set it up. It needs `pip install opencv-contrib-python-headless`.

  sender.py --camera 0 --layout layout.json --lens lens.json --to 127.0.0.1:55555
  sender.py --camera shot.mp4 --layout layout.json --lens lens.json --to 239.135.1.1:55555

Everything is in metres on the stage's axes: X right, Y forward, Z up. A frame with too few markers is sent without a
pose and with the status "Lost": a tracker that sees nothing never makes one up.
"""

import argparse
import json
import math
import pathlib
import socket
import struct
import sys
import time
import uuid

import cv2
import numpy as np

# Rows: the stage-like axes of a camera (X right, Y forward, Z up) in OpenCV's (X right, Y down, Z forward).
OPENCV_FROM_STAGE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
LEAP_SECONDS = 37  # TAI is ahead of UTC by this since 2017.
LONGEST_PAYLOAD = 1456  # One Ethernet frame, less the headers.


class Layout:
    """Corners of the markers on the stage, metres: for each id four points, clockwise from the top left."""

    def __init__(self, document):
        self.dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, document["dictionary"]))
        self.corners = {}
        for marker in document["markers"]:
            corners = np.array(marker["corners"], dtype=np.float64)
            if corners.shape != (4, 3) or not np.isfinite(corners).all():
                raise ValueError(f"marker {marker['id']}: wanted four corners of three numbers")
            self.corners[int(marker["id"])] = corners


class Lens:
    """Pinhole and distortion as OpenCV calibrates them, for one focus and zoom."""

    def __init__(self, document):
        width, height = document["resolution"]
        self.size = (int(width), int(height))
        self.matrix = np.array(document["matrix"], dtype=np.float64)
        self.distortion = np.array(document.get("distortion", [0.0] * 5), dtype=np.float64)
        self.sensor_mm = [float(mm) for mm in document["sensor_mm"]]
        if self.matrix.shape != (3, 3):
            raise ValueError("matrix: wanted three rows of three numbers")

    def focal_mm(self):
        """Focal length, from the horizontal one in pixels."""
        return float(self.matrix[0, 0]) * self.sensor_mm[0] / self.size[0]


class Tracker:
    """Finds the camera in one picture after another."""

    def __init__(self, layout, lens, fewest=2):
        parameters = cv2.aruco.DetectorParameters()
        parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
        self.detector = cv2.aruco.ArucoDetector(layout.dictionary, parameters)
        self.layout, self.lens, self.fewest = layout, lens, fewest

    def pose(self, picture):
        """(position, rotation matrix, markers, error in pixels), or None. The rotation takes the camera's axes
        (X right, Y forward, Z up) to the stage's."""
        found, ids, _ = self.detector.detectMarkers(picture)
        seen = [] if ids is None else [(int(i), c) for i, c in zip(ids.flatten(), found) if int(i) in self.layout.corners]
        if len({number for number, _ in seen}) < self.fewest:
            return None
        stage = np.concatenate([self.layout.corners[number] for number, _ in seen])
        image = np.concatenate([corners.reshape(4, 2) for _, corners in seen]).astype(np.float64)
        matrix, distortion = self.lens.matrix, self.lens.distortion
        good, turn, shift = cv2.solvePnP(stage, image, matrix, distortion, flags=cv2.SOLVEPNP_SQPNP)
        if not good:
            return None
        turn, shift = cv2.solvePnPRefineLM(stage, image, matrix, distortion, turn, shift)
        again, _ = cv2.projectPoints(stage, turn, shift, matrix, distortion)
        error = float(np.sqrt(np.mean(np.sum((again.reshape(-1, 2) - image) ** 2, axis=1))))
        camera_from_stage, _ = cv2.Rodrigues(turn)
        position = -camera_from_stage.T @ shift.reshape(3)
        if not np.isfinite(position).all() or error > 5.0:
            return None
        return position, camera_from_stage.T @ OPENCV_FROM_STAGE, len(seen), error


def pan_tilt_roll(rotation):
    """Degrees; rotation = Rz(pan) Rx(tilt) Ry(roll), pan positive to the left, tilt up, roll clockwise from behind."""
    right, forward, up = rotation[:, 0], rotation[:, 1], rotation[:, 2]
    tilt = math.asin(max(-1.0, min(1.0, forward[2])))
    pan, roll = math.atan2(-forward[0], forward[1]), math.atan2(-right[2], up[2])
    return tuple(math.degrees(angle) for angle in (pan, tilt, roll))


def sample(found, lens, source, source_number, sequence, unix_seconds, with_static):
    """One OpenTrackIO 1.0.1 sample."""
    nanos = int(round(unix_seconds * 1e9)) + LEAP_SECONDS * 1_000_000_000
    tai = {"seconds": nanos // 1_000_000_000, "nanoseconds": nanos % 1_000_000_000}
    status = "Lost" if found is None else ("Good" if found[3] < 1.0 else "Caution")
    document = {
        "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
        "sampleId": uuid.uuid4().urn,
        "sourceId": source,
        "sourceNumber": source_number,
        "tracker": {"status": status},
        "timing": {"mode": "internal", "sampleTimestamp": tai, "sequenceNumber": sequence},
        "lens": {"pinholeFocalLength": lens.focal_mm()},
    }
    if found is not None:
        position, rotation, _, _ = found
        pan, tilt, roll = pan_tilt_roll(rotation)
        x, y, z = (float(value) for value in position)
        document["transforms"] = [
            {"id": "Camera", "translation": {"x": x, "y": y, "z": z}, "rotation": {"pan": pan, "tilt": tilt, "roll": roll}}
        ]
    if with_static:
        width, height = lens.sensor_mm
        size = {"activeSensorPhysicalDimensions": {"width": width, "height": height}}
        document["static"] = {"camera": size, "tracker": {"make": "OpenCV", "model": "ArUco"}}
    return document


def fletcher_16(data):
    """Modulo 256, as OpenTrackIO wants it: the second sum in the high byte."""
    first = second = 0
    for byte in data:
        first = (first + byte) & 0xFF
        second = (second + first) & 0xFF
    return second << 8 | first


def packet(document, sequence):
    """The sample as one datagram: header of 16 bytes, then JSON."""
    payload = json.dumps(document, separators=(",", ":")).encode()
    if len(payload) > LONGEST_PAYLOAD:
        raise ValueError(f"the sample has {len(payload)} bytes, more than one datagram takes")
    header = struct.pack(">4sBBHIH", b"OTrk", 0, 1, sequence & 0xFFFF, 0, 0x8000 | len(payload))
    return header + struct.pack(">H", fletcher_16(header + payload)) + payload


class Sender:
    """Sends samples to one address, unicast or multicast."""

    def __init__(self, target, lens, source_number=1, interface=None):
        host, _, port = target.rpartition(":")
        self.address = (host, int(port))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        if interface:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        # The same machine is the same source each time.
        self.source = uuid.uuid5(uuid.NAMESPACE_DNS, f"aruco.{uuid.getnode():x}.{source_number}").urn
        self.lens, self.number, self.sequence, self.static_at = lens, source_number, 0, None

    def send(self, found, unix_seconds):
        """Sends one frame; what rarely changes goes along every two seconds."""
        with_static = self.static_at is None or unix_seconds - self.static_at >= 2.0
        if with_static:
            self.static_at = unix_seconds
        document = sample(found, self.lens, self.source, self.number, self.sequence, unix_seconds, with_static)
        self.socket.sendto(packet(document, self.sequence), self.address)
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF


def load(path, kind):
    """Reads a JSON file as a Layout or Lens; ends the program with a sentence when it is none."""
    try:
        return kind(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f"error: {path} is no {kind.__name__.lower()}: {error!r}")


def main():
    parser = argparse.ArgumentParser(description="Send a camera's pose, seen by ArUco markers, as OpenTrackIO.")
    parser.add_argument("--camera", required=True, help="number of the camera, or a video file")
    parser.add_argument("--layout", required=True, help="where the markers are, JSON")
    parser.add_argument("--lens", required=True, help="calibration of the lens, JSON")
    parser.add_argument("--to", default="127.0.0.1:55555", help="HOST:PORT, unicast or multicast")
    parser.add_argument("--interface", help="address of the network card multicast leaves by")
    parser.add_argument("--source-number", type=int, default=1, help="1 to 200")
    parser.add_argument("--fewest", type=int, default=2, help="markers it takes at least")
    arguments = parser.parse_args()
    lens = load(arguments.lens, Lens)
    tracker = Tracker(load(arguments.layout, Layout), lens, arguments.fewest)
    live = arguments.camera.isdigit()
    capture = cv2.VideoCapture(int(arguments.camera) if live else arguments.camera)
    if not capture.isOpened():
        sys.exit(f"error: cannot open {arguments.camera}")
    sender = Sender(arguments.to, lens, arguments.source_number, arguments.interface)
    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    begun, frames, lost = time.time(), 0, 0
    try:
        while True:
            good, picture = capture.read()
            if not good:
                break
            # A video plays at its own pace; a camera's frame was exposed just now, less its own delay.
            now = time.time() if live else begun + frames / rate
            found = tracker.pose(picture)
            if not live:
                time.sleep(max(0.0, now - time.time()))
            sender.send(found, now)
            frames, lost = frames + 1, lost + (found is None)
    except KeyboardInterrupt:
        pass
    print(f"{frames} frames sent, {lost} without enough markers", file=sys.stderr)


if __name__ == "__main__":
    main()
