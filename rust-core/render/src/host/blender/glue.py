"""Blender's side of Cyclorama's `blender` host: builds a scene once and draws frame after frame.

Runs inside Blender (3.4 or later), started with --python-expr. Reads one JSON object a line from stdin and answers
each with one on what was stdout; everything Blender itself prints goes to stderr. Uses nothing but bpy and the
standard library. The camera and whatever moves come with each frame as matrices, so that nothing is interpolated.
"""

import json
import math
import os
import sys
import time

import bpy
from mathutils import Matrix

# Blender prints to stdout whenever it likes: the answers keep the pipe, the chatter goes to the log.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)


def say(**words):
    answers.write(json.dumps(words) + "\n")
    answers.flush()


class Going:
    """Says now and then that a render goes on, when Blender itself says so: a renderer that hangs falls silent."""

    EVERY = 2.0
    said = 0.0

    @classmethod
    def on(cls, *_):
        now = time.monotonic()
        if now - cls.said >= cls.EVERY:
            cls.said = now
            say(working=True)


def matrix(numbers):
    return Matrix([numbers[row * 4 : row * 4 + 4] for row in range(4)])


def put(item, parent, numbers):
    """Places `item` in `parent` by a whole matrix; location, rotation and scale could not hold a shear."""
    item.parent = parent
    item.matrix_parent_inverse = matrix(numbers)


def link(name, data):
    item = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(item)
    return item


class Nodes:
    """Short words for building a node tree."""

    def __init__(self, tree):
        self.tree = tree
        tree.nodes.clear()

    def add(self, kind, inputs=None, **settings):
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        for name, value in (inputs or {}).items():
            self.set(node.inputs[name], value)
        return node

    def set(self, socket, value):
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation, a, b=0.0):
        return self.add("ShaderNodeMath", {0: a, 1: b}, operation=operation).outputs[0]

    def mix(self, factor, a, b, blend="MIX"):
        return self.add("ShaderNodeMixRGB", {0: factor, 1: a, 2: b}, blend_type=blend).outputs[0]

    def span(self, value, low, high, out_low=0.0, out_high=1.0):
        """`value` from low..high brought to out_low..out_high, and kept inside."""
        inputs = {0: value, 1: low, 2: high, 3: out_low, 4: out_high}
        return self.add("ShaderNodeMapRange", inputs, clamp=True).outputs[0]

    def noise(self, at, scale, detail):
        inputs = {"Vector": at, "Scale": scale, "Detail": detail}
        return self.add("ShaderNodeTexNoise", inputs).outputs["Fac"]


def rgba(colour):
    return (*colour, 1.0)


def pattern(nodes, texture, dusk):
    """The colour of a pattern at a point: Blender's own textures in place of the built-in host's."""
    first, second, size = rgba(texture["colour"]), rgba(texture["second"]), max(texture["size"], 1e-6)
    name = texture["pattern"]
    if name == "flat":
        return first
    coordinates = nodes.add("ShaderNodeTexCoord")
    at = coordinates.outputs["Object"]
    if name == "dusk":
        picture = nodes.add("ShaderNodeTexImage", {"Vector": coordinates.outputs["UV"]}, extension="EXTEND")
        picture.image = bpy.data.images.load(dusk, check_existing=True)
        return picture.outputs["Color"]
    if name in ("checker", "panels"):
        # Off the lattice by a hair, so that a flat side does not flicker between two cells.
        at = nodes.add("ShaderNodeVectorMath", {0: at, 1: (0.0005 * size,) * 3}, operation="ADD").outputs[0]
    if name == "checker":
        inputs = {"Vector": at, "Color1": first, "Color2": second, "Scale": 1.0 / size}
        return nodes.add("ShaderNodeTexChecker", inputs).outputs["Color"]
    if name == "panels":
        inputs = {"Vector": at, "Color1": first, "Color2": first, "Mortar": second, "Scale": 1.0 / size}
        inputs.update({"Mortar Size": 0.012, "Brick Width": 1.0, "Row Height": 1.0})
        return nodes.add("ShaderNodeTexBrick", inputs, offset=0.0).outputs["Color"]
    if name == "wood":
        inputs = {"Vector": at, "Scale": 0.5 / size, "Distortion": 2.0, "Detail": 3.0}
        rings = nodes.add("ShaderNodeTexWave", inputs, wave_type="RINGS", rings_direction="X", wave_profile="SAW")
        return nodes.mix(rings.outputs["Fac"], first, second)
    rough = nodes.noise(at, (0.7 if name == "asphalt" else 1.0) / size, 4.0)
    fine = nodes.noise(at, (40.0 if name == "asphalt" else 24.0) / size, 1.0)
    both = nodes.math("ADD", nodes.span(rough, 0.3, 0.7), nodes.span(fine, 0.4, 0.8, 0.0, 0.3))
    return nodes.mix(both, first, second)


def surface(material, dusk):
    made = bpy.data.materials.new(material["name"])
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    base, roughness = pattern(nodes, material["base"], dusk), material["roughness"]
    shown = material["base"]["colour"]
    if material["wetness"] > 0.0:
        at = nodes.add("ShaderNodeTexCoord").outputs["Object"]
        low = nodes.noise(at, 0.55 / max(material["base"]["size"], 1e-6), 3.0)
        wet = nodes.math("MULTIPLY", nodes.span(low, 0.45, 0.60), material["wetness"])
        base = nodes.mix(nodes.math("MULTIPLY", wet, 0.55), base, (0.0, 0.0, 0.0, 1.0))
        roughness = nodes.span(wet, 0.0, 1.0, roughness, 0.05)
    inputs = {"Base Color": base, "Roughness": roughness, "Metallic": material["metallic"]}
    shader = nodes.add("ShaderNodeBsdfPrincipled", inputs).outputs[0]
    emission = material["emission"]
    if emission:
        inputs = {"Color": pattern(nodes, emission["texture"], dusk), "Strength": emission["strength"]}
        glow = nodes.add("ShaderNodeEmission", inputs).outputs[0]
        shader = nodes.add("ShaderNodeAddShader", {0: shader, 1: glow}).outputs[0]
        shown = [min(1.0, value * emission["strength"]) for value in emission["texture"]["colour"]]
    nodes.add("ShaderNodeOutputMaterial", {"Surface": shader})
    # What Workbench shows, which knows no nodes.
    made.diffuse_color, made.roughness, made.metallic = rgba(shown), material["roughness"], material["metallic"]
    return made


def ring(count, radius, z):
    turns = (2.0 * math.pi * step / count for step in range(count))
    return [(radius * math.cos(turn), radius * math.sin(turn), z) for turn in turns]


def form(shape):
    """Points, faces and whether it is smooth."""
    kind = shape["kind"]
    if kind == "cube":
        h = shape["size"] / 2.0
        points = [(x, y, z) for z in (-h, h) for y in (-h, h) for x in (-h, h)]
        faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
        return points, faces, False
    if kind == "cylinder":
        count, h = 48, shape["height"] / 2.0
        points = ring(count, shape["radius"], -h) + ring(count, shape["radius"], h)
        faces = [(i, (i + 1) % count, count + (i + 1) % count, count + i) for i in range(count)]
        return points, [*faces, tuple(reversed(range(count))), tuple(range(count, 2 * count))], True
    if kind == "sphere":
        count, rows, radius = 48, 24, shape["radius"]
        points = [(0.0, 0.0, -radius)]
        for row in range(1, rows):
            tilt = math.pi * row / rows
            points += ring(count, radius * math.sin(tilt), -radius * math.cos(tilt))
        points.append((0.0, 0.0, radius))
        top = len(points) - 1
        faces = [(0, 1 + (i + 1) % count, 1 + i) for i in range(count)]
        for row in range(rows - 2):
            a, b = 1 + row * count, 1 + (row + 1) * count
            faces += [(a + i, a + (i + 1) % count, b + (i + 1) % count, b + i) for i in range(count)]
        faces += [(top - count + i, top - count + (i + 1) % count, top) for i in range(count)]
        return points, faces, True
    return shape["points"], shape["triangles"], bool(shape["normals"])


def mesh(name, part):
    shape, scale = part["shape"], part["scale"]
    points, faces, smooth = form(shape)
    made = bpy.data.meshes.new(name)
    made.from_pydata([[c * s for c, s in zip(point, scale)] for point in points], [], faces)
    made.polygons.foreach_set("use_smooth", [smooth] * len(made.polygons))
    if hasattr(made, "use_auto_smooth"):
        made.use_auto_smooth, made.auto_smooth_angle = True, math.radians(60.0)
    if shape.get("uvs"):
        layer = made.uv_layers.new(name="st")
        for loop in made.loops:
            layer.data[loop.index].uv = shape["uvs"][loop.vertex_index]
    if shape.get("normals"):
        made.normals_split_custom_set_from_vertices(shape["normals"])
    return made


def lamp(light):
    kind = light["kind"]
    made = bpy.data.lights.new(light["name"], {"sun": "SUN", "rect": "AREA", "sphere": "POINT"}[kind])
    made.color = light["colour"]
    item = link(light["name"], made)
    item.matrix_world = matrix(light["matrix"])
    intensity = light["intensity"]
    if kind == "sun":
        made.energy, made.angle = intensity, math.radians(light["degrees"])
    elif kind == "rect":
        # Radiance to watts as Blender counts them for an even rectangle and, below, for a ball.
        made.shape, made.size, made.size_y = "RECTANGLE", light["width"], light["height"]
        made.energy = intensity * 4.0 * light["width"] * light["height"]
    else:
        made.shadow_soft_size = light["radius"]
        made.energy = intensity * 4.0 * math.pi**2 * light["radius"] ** 2


def sky(colours):
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    nodes = Nodes(world.node_tree)
    along = nodes.add("ShaderNodeTexCoord").outputs["Generated"]
    z = nodes.add("ShaderNodeSeparateXYZ", {0: along}).outputs["Z"]
    end = nodes.mix(nodes.math("GREATER_THAN", z, 0.0), rgba(colours["ground"]), rgba(colours["zenith"]))
    height = nodes.math("POWER", nodes.math("ABSOLUTE", z), 0.5)
    colour = nodes.mix(height, rgba(colours["horizon"]), end)
    nodes.add("ShaderNodeOutputWorld", {"Surface": nodes.add("ShaderNodeBackground", {"Color": colour}).outputs[0]})
    world.color = colours["horizon"]
    bpy.context.scene.world = world


def engine(scene, name, samples):
    known = [item.identifier for item in scene.render.bl_rna.properties["engine"].enum_items]
    if name == "cycles":
        scene.render.engine = "CYCLES"
        cycles = scene.cycles
        cycles.device, cycles.samples, cycles.use_denoising = "CPU", samples, False
        cycles.use_adaptive_sampling, cycles.sample_clamp_indirect = False, 6.0
        # Materials and geometry stay between frames; only what moves is sent again.
        scene.render.use_persistent_data = True
    elif name == "eevee":
        scene.render.engine = "BLENDER_EEVEE" if "BLENDER_EEVEE" in known else "BLENDER_EEVEE_NEXT"
        scene.eevee.taa_render_samples = samples
        for wish in ("use_gtao", "use_ssr", "use_soft_shadows"):
            if hasattr(scene.eevee, wish):
                setattr(scene.eevee, wish, True)
    else:
        scene.render.engine = "BLENDER_WORKBENCH"
        steps = [16, 11, 8, 5]
        scene.display.render_aa = str(next((step for step in steps if step <= max(samples, 5)), 5))
        shading = scene.display.shading
        shading.light, shading.color_type, shading.show_cavity = "STUDIO", "MATERIAL", False


class Stage:
    """The open scene."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        bpy.ops.wm.read_factory_settings(use_empty=True)
        # Loading settings forgets handlers.
        if Going.on not in bpy.app.handlers.render_stats:
            bpy.app.handlers.render_stats.append(Going.on)
        scene = bpy.context.scene
        render, picture = scene.render, scene.render.image_settings
        engine(scene, told["engine"], told["samples"])
        render.resolution_x, render.resolution_y, render.resolution_percentage = told["width"], told["height"], 100
        render.pixel_aspect_x = render.pixel_aspect_y = 1.0
        render.use_compositing = render.use_sequencer = render.use_file_extension = False
        picture.file_format, picture.color_mode, picture.color_depth, picture.exr_codec = "OPEN_EXR", "RGB", "16", "NONE"
        layer = bpy.context.view_layer
        layer.use_pass_z, layer.use_pass_normal = told["depth"], told["normal"]
        if told["depth"] or told["normal"]:
            # One file with a channel for each; half floats would end at 65504 m.
            if hasattr(picture, "media_type"):
                # Blender 5 asks for this first.
                picture.media_type = "MULTI_LAYER_IMAGE"
            picture.file_format, picture.color_depth = "OPEN_EXR_MULTILAYER", "32"
        sky(told["sky"])
        materials = [surface(material, told["dusk"]) for material in told["materials"]]
        # A whole matrix is only heard below a parent, and forgotten when a parent is set.
        root = link("stage", None)
        self.groups = []
        for group in told["groups"]:
            empty = link(group["name"], None)
            put(empty, root, group["matrix"])
            self.groups.append(empty)
            for part in group["parts"]:
                item = link(part["name"], mesh(part["name"], part))
                if part["material"] < len(materials):
                    item.data.materials.append(materials[part["material"]])
                put(item, empty, part["matrix"])
        for light in told["lights"]:
            lamp(light)
        self.camera = link("camera", bpy.data.cameras.new("camera"))
        self.camera.parent = root
        scene.camera = self.camera

    def draw(self, told):
        scene, lens = bpy.context.scene, self.camera.data
        for index, numbers in told["groups"]:
            self.groups[index].matrix_parent_inverse = matrix(numbers)
        self.camera.matrix_parent_inverse = matrix(told["camera"])
        lens.sensor_fit, lens.sensor_width, lens.lens = "HORIZONTAL", told["width_mm"], told["focal_mm"]
        lens.shift_x, lens.shift_y = told["shift"]
        lens.clip_start, lens.clip_end = 0.01, 10000.0
        lens.dof.use_dof = told["f_stop"] is not None
        if lens.dof.use_dof:
            lens.dof.aperture_fstop, lens.dof.focus_distance = told["f_stop"], told["focus_m"]
        if scene.render.engine == "CYCLES":
            scene.cycles.seed = told["frame"] & 0x7FFFFFFF
        bpy.context.view_layer.update()
        if told.get("path"):
            scene.render.filepath = told["path"]
            bpy.ops.render.render(write_still=True)
        else:
            bpy.ops.render.render()


def main():
    stage = None
    say(glue=1, blender=bpy.app.version_string)
    for line in sys.stdin:
        told = json.loads(line)
        try:
            if "open" in told:
                stage = Stage(told["open"])
            else:
                stage.draw(told)
            say(done=True)
        except Exception as error:  # Whatever it is, it belongs to this request and is told.
            say(error=f"{type(error).__name__}: {error}")


main()
