#!/usr/bin/env python3
"""Holds our lens model against OpenCV's own projectPoints and undistortPoints.

Random calibrations (wide to long lenses, one to six radial terms, tangential terms, unequal focal lengths) and points
over the whole picture. The points that OpenCV projects must come out of our model at the same pixel, and pixels must
give the same ray, within 1e-5 pixels of a 4096 pixel picture. Where our model ends (it folds back before the point)
it must refuse; such points are counted, and most points must not be refused.

Ends with 0 when all agree, 1 when not, 2 when OpenCV is missing (pip install opencv-python-headless) or our side
cannot be built. Our side is `cargo run -p cyclorama-space --example opencv_points`, or a program named as the only
argument. Nothing is installed or fetched.
"""

import json
import pathlib
import random
import subprocess
import sys

CAMERAS = 200
POINTS = 200
IMAGE = (4096, 2304)
SENSOR = (36.0, 20.25)
ALLOWED_PX = 1e-5


def main() -> int:
    try:
        import cv2
        import numpy
    except ImportError as error:
        print(f"missing: {error.name}. pip install opencv-python-headless", file=sys.stderr)
        return 2
    dice = random.Random(7)
    asked = [calibration(dice) for _ in range(CAMERAS)]
    lines = []
    for camera in asked:
        rays = []
        for _ in range(POINTS):
            x, y = dice.uniform(0, IMAGE[0]), dice.uniform(0, IMAGE[1])
            rays.append([(x - camera["cx"]) / camera["fx"], (y - camera["cy"]) / camera["fy"]])
        solid = numpy.array([[x, y, 1.0] for x, y in rays])
        pixels = cv2.projectPoints(solid, numpy.zeros(3), numpy.zeros(3), matrix(camera), coefficients(camera))[0]
        lines.append({"camera": camera, "sensor": SENSOR, "rays": rays, "pixels": pixels.reshape(-1, 2).tolist()})
    root = pathlib.Path(__file__).resolve().parents[2]
    command = sys.argv[1:2] or ["cargo", "run", "--quiet", "-p", "cyclorama-space", "--example", "opencv_points"]
    ours = subprocess.run(
        command, cwd=root, text=True, stdout=subprocess.PIPE, check=False,
        input="".join(json.dumps(line) + "\n" for line in lines),
    )
    answers = [json.loads(line) for line in ours.stdout.splitlines()]
    if ours.returncode != 0 or len(answers) != len(lines):
        print("our side could not be run to its end", file=sys.stderr)
        return 2
    return judge(cv2, numpy, lines, answers)


def judge(cv2, numpy, lines, answers) -> int:
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 500, 1e-15)
    forward, back, theirs, refused, unsettled, points = 0.0, 0.0, 0.0, 0, 0, 0
    for line, answer in zip(lines, answers):
        camera = line["camera"]
        # OpenCV 5 takes the criteria where OpenCV 4 had a function of another name.
        iterate = getattr(cv2, "undistortPointsIter", cv2.undistortPoints)
        undistorted = iterate(
            numpy.array(line["pixels"]).reshape(-1, 1, 2), matrix(camera), coefficients(camera),
            R=numpy.eye(3), P=numpy.eye(3), criteria=criteria,
        ).reshape(-1, 2)
        for ray, pixel, projected, slopes, known in zip(
            line["rays"], line["pixels"], answer["projected"], answer["slopes"], undistorted
        ):
            points += 1
            if projected is None or slopes is None:
                refused += 1
                continue
            forward = max(forward, abs(projected[0] - pixel[0]), abs(projected[1] - pixel[1]))
            # The ray that was projected is the truth; OpenCV's own iteration is a second opinion.
            back = max(back, abs(slopes[0] - ray[0]) * camera["fx"], abs(slopes[1] - ray[1]) * camera["fy"])
            off = max(abs(known[0] - ray[0]) * camera["fx"], abs(known[1] - ray[1]) * camera["fy"])
            if off > ALLOWED_PX:
                unsettled += 1
                continue
            theirs = max(theirs, abs(slopes[0] - known[0]) * camera["fx"], abs(slopes[1] - known[1]) * camera["fy"])
    print(f"OpenCV {cv2.__version__}: {len(lines)} calibrations, {points} points, {refused} beyond the model's field")
    print(f"projectPoints     largest difference {forward:.3g} px")
    print(f"undistortPoints   largest difference {theirs:.3g} px ({unsettled} points where OpenCV's iteration does not settle)")
    print(f"there and back    largest difference {back:.3g} px")
    good = max(forward, theirs, back) <= ALLOWED_PX and refused <= points // 20 and unsettled <= points // 20
    print("agrees" if good else "DOES NOT AGREE")
    return 0 if good else 1


def calibration(dice):
    focal = dice.uniform(0.6, 4.0) * IMAGE[0]
    edge = IMAGE[0] / 2 / focal
    terms = dice.randint(1, 6)
    strength = [0.15, 0.05, 0.02, 0.05, 0.02, 0.01]
    order = [0, 1, 2, 0, 1, 2]
    # Terms act on slopes: the same bend at the edge of the picture for every focal length.
    k = [
        dice.uniform(-size, size) / edge ** (2 * power + 2) if index < terms else 0.0
        for index, (size, power) in enumerate(zip(strength, order))
    ]
    return {
        "fx": focal * dice.choice([1.0, dice.uniform(0.99, 1.01)]),
        "fy": focal,
        "cx": IMAGE[0] / 2 + dice.uniform(-60, 60),
        "cy": IMAGE[1] / 2 + dice.uniform(-60, 60),
        "k": k,
        "p": [dice.uniform(-0.003, 0.003) / edge for _ in range(2)],
        "image": list(IMAGE),
    }


def matrix(camera):
    import numpy

    return numpy.array([[camera["fx"], 0, camera["cx"]], [0, camera["fy"], camera["cy"]], [0, 0, 1.0]])


def coefficients(camera):
    import numpy

    k1, k2, k3, k4, k5, k6 = camera["k"]
    return numpy.array([k1, k2, *camera["p"], k3, k4, k5, k6])


if __name__ == "__main__":
    sys.exit(main())
