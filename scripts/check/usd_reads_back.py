#!/usr/bin/env python3
"""Opens a USD stage with Pixar's own library and compares the camera with what it should be.

usd_reads_back.py STAGE.usda EXPECTED.csv

Needs the PyPI package `usd-core`. EXPECTED.csv has one line per frame:
frame,x,y,z,fx,fy,fz,focal_mm,width_mm,height_mm (position in metres, unit view direction, stage frame).
Ends with 0 when all agrees, 5 when something does not.
"""
import csv
import math
import sys

from pxr import Gf, Usd, UsdGeom, UsdLux, UsdShade

POSITION_M = 1e-6
DIRECTION = 1e-6
LENS_MM = 1e-4


def main(stage_path, expected_path):
    stage = Usd.Stage.Open(stage_path)
    with open(expected_path, newline="") as file:
        rows = [[float(word) for word in row] for row in csv.reader(file) if row and not row[0].startswith("frame")]
    faults = []

    def check(name, found, wanted, tolerance=0.0):
        same = abs(found - wanted) <= tolerance if isinstance(wanted, float) else found == wanted
        if not same:
            faults.append(f"{name}: {found} instead of {wanted}")

    check("metersPerUnit", UsdGeom.GetStageMetersPerUnit(stage), 0.01, 1e-12)
    check("upAxis", UsdGeom.GetStageUpAxis(stage), "Z")
    check("first frame", stage.GetStartTimeCode(), rows[0][0])
    check("last frame", stage.GetEndTimeCode(), rows[-1][0])
    check("rate", stage.GetFramesPerSecond(), stage.GetTimeCodesPerSecond(), 0.0)
    prims = list(stage.Traverse())
    cameras = [prim for prim in prims if prim.IsA(UsdGeom.Camera)]
    check("cameras", len(cameras), 1)
    camera = UsdGeom.Camera(cameras[0])
    for frame, x, y, z, fx, fy, fz, focal, width, height in rows:
        view = camera.GetCamera(Usd.TimeCode(frame))
        at = view.transform.ExtractTranslation() * UsdGeom.GetStageMetersPerUnit(stage)
        ahead = view.transform.TransformDir(Gf.Vec3d(0, 0, -1)).GetNormalized()
        check(f"frame {frame:g}: position", (at - Gf.Vec3d(x, y, z)).GetLength(), 0.0, POSITION_M)
        check(f"frame {frame:g}: view", (ahead - Gf.Vec3d(fx, fy, fz)).GetLength(), 0.0, DIRECTION)
        check(f"frame {frame:g}: focal length", view.focalLength, focal, LENS_MM)
        check(f"frame {frame:g}: width", view.horizontalAperture, width, LENS_MM)
        check(f"frame {frame:g}: height", view.verticalAperture, height, LENS_MM)
        field = 2 * math.degrees(math.atan(width / (2 * focal)))
        check(f"frame {frame:g}: field of view", view.GetFieldOfView(Gf.Camera.FOVHorizontal), field, 1e-4)
    shapes = [prim for prim in prims if prim.IsA(UsdGeom.Gprim)]
    unbound = [prim for prim in shapes if not UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()[0]]
    check("shapes without material", [str(prim.GetPath()) for prim in unbound], [])
    lights = [prim for prim in prims if prim.HasAPI(UsdLux.LightAPI)]
    print(f"{len(rows)} frames, {len(shapes)} shapes, {len(lights)} lights, {len(faults)} differences")
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    return 5 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
