#!/usr/bin/env python3
"""Imports a USD stage into Blender and compares the camera with what it should be.

blender --background --python blender_reads_back.py -- STAGE.usda EXPECTED.csv
or, with the PyPI package `bpy`:  python blender_reads_back.py STAGE.usda EXPECTED.csv

EXPECTED.csv is as for usd_reads_back.py. Ends with 0 when all agrees, 5 when something does not.
"""
import csv
import sys

import bpy
from mathutils import Vector

# Blender keeps single precision.
POSITION_M = 2e-5
DIRECTION = 2e-5
LENS_MM = 1e-3


def main(stage_path, expected_path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.usd_import(filepath=stage_path, scale=1.0, set_frame_range=True)
    scene = bpy.context.scene
    with open(expected_path, newline="") as file:
        rows = [[float(word) for word in row] for row in csv.reader(file) if row and not row[0].startswith("frame")]
    faults = []

    def check(name, found, wanted, tolerance):
        if abs(found - wanted) > tolerance:
            faults.append(f"{name}: {found} instead of {wanted}")

    check("first frame", scene.frame_start, rows[0][0], 0)
    check("last frame", scene.frame_end, rows[-1][0], 0)
    cameras = [item for item in bpy.data.objects if item.type == "CAMERA"]
    check("cameras", len(cameras), 1, 0)
    for frame, x, y, z, fx, fy, fz, focal, width, _height in rows:
        scene.frame_set(int(frame))
        camera = cameras[0].evaluated_get(bpy.context.evaluated_depsgraph_get())
        at = camera.matrix_world.translation
        ahead = (camera.matrix_world.to_3x3() @ Vector((0, 0, -1))).normalized()
        check(f"frame {frame:g}: position", (at - Vector((x, y, z))).length, 0, POSITION_M)
        check(f"frame {frame:g}: view", (ahead - Vector((fx, fy, fz))).length, 0, DIRECTION)
        check(f"frame {frame:g}: focal length", camera.data.lens, focal, LENS_MM)
        check(f"frame {frame:g}: width", camera.data.sensor_width, width, LENS_MM)
    meshes = [item for item in bpy.data.objects if item.type == "MESH"]
    # Blender's importer binds materials to meshes only; cubes, spheres and cylinders stay bare there.
    bound = [item for item in meshes if item.material_slots]
    if not bound:
        faults.append("no mesh has its material")
    lights = [item for item in bpy.data.objects if item.type == "LIGHT"]
    print(f"{len(rows)} frames, {len(meshes)} meshes ({len(bound)} with material), {len(lights)} lights, {len(faults)} differences")
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    return 5 if faults else 0


if __name__ == "__main__":
    words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    if len(words) != 2:
        sys.exit(__doc__)
    sys.exit(main(*words))
