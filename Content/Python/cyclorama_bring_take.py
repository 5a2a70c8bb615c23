"""Brings a take's camera into a level sequence: where it stood, how it was turned and its focal length, frame by frame.

In the editor's Python console:

    import cyclorama_bring_take
    cyclorama_bring_take.bring("D:/Takes/A101_t007.take", "/Game/Shots/A101")

The sequence gets the take's rate and its frame numbers, so that frames of a render are frames of the take, and a camera
cut over all of them. Places are those of Live Link: what a tracker showed live and what the sequence shows is the same
spot. A sequence that is there already is left alone. Needs the plugins Python Editor Script and Sequencer Scripting, and
the cyclorama command.
"""

import csv
import io
import json
import subprocess
from fractions import Fraction

import unreal


def bring(take, asset, command="cyclorama"):
    """Makes the sequence `asset` of the take, a file or a name; gives its path."""
    if unreal.EditorAssetLibrary.does_asset_exist(asset):
        raise RuntimeError("%s is there already: name another, or delete it" % asset)
    shown = json.loads(told(command, "take", "show", take, "--json"))
    frames = list(csv.DictReader(io.StringIO(told(command, "take", "export", "--format", "csv", take))))
    if not frames:
        raise RuntimeError("%s has no frame of a camera" % take)
    rate = Fraction(shown["path"]["rate"])
    first, end = int(frames[0]["frame"]), int(frames[-1]["frame"]) + 1

    folder, name = asset.rsplit("/", 1)
    tools = unreal.AssetToolsHelpers.get_asset_tools()
    sequence = tools.create_asset(name, folder, unreal.LevelSequence, unreal.LevelSequenceFactoryNew())
    sequence.set_display_rate(unreal.FrameRate(rate.numerator, rate.denominator))
    sequence.set_playback_start(first)
    sequence.set_playback_end(end)
    camera = sequence.add_spawnable_from_class(unreal.CineCameraActor)
    place(camera, frames, first, end)
    lens(sequence, camera, frames, first, end)
    cut = sequence.add_track(unreal.MovieSceneCameraCutTrack).add_section()
    cut.set_range(first, end)
    cut.set_camera_binding_id(sequence.get_binding_id(camera))
    unreal.EditorAssetLibrary.save_loaded_asset(sequence)
    unreal.log("Cyclorama: %s has frames %d to %d of %s" % (asset, first, end - 1, take))
    return asset


def told(command, *words):
    """What the command prints."""
    done = subprocess.run([command, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("failed to read the take: " + done.stderr.strip())
    return done.stdout


def transform(frame):
    """Location in cm and roll, pitch, yaw in degrees, in Unreal's axes, of a row: metres, X right, Y forward, Z up; pan is
    positive to the left."""
    right, forward, up = (float(frame[axis]) * 100.0 for axis in "xyz")
    return [forward, right, up, float(frame["roll"]), float(frame["tilt"]), -float(frame["pan"])]


def place(camera, frames, first, end):
    """A key in each channel for each frame."""
    section = camera.add_track(unreal.MovieScene3DTransformTrack).add_section()
    section.set_range(first, end)
    # Location X, Y, Z, then rotation X, Y, Z, which are roll, pitch and yaw.
    channels = section.get_all_channels()
    last = None
    for frame in frames:
        values = transform(frame)
        if last:
            # The short way round: between two keys a camera must not spin.
            values[3:] = [angle - 360.0 * round((angle - before) / 360.0) for angle, before in zip(values[3:], last[3:])]
        for channel, value in zip(channels, values):
            key(channel, frame, value)
        last = values


def lens(sequence, camera, frames, first, end):
    """Focal length frame by frame, where the tracker knows it; the sensor's size once."""
    if not frames[0]["focal_length_mm"]:
        return
    component = camera.get_object_template().get_cine_camera_component()
    if frames[0]["sensor_width_mm"]:
        filmback = component.get_editor_property("filmback")
        filmback.set_editor_property("sensor_width", float(frames[0]["sensor_width_mm"]))
        filmback.set_editor_property("sensor_height", float(frames[0]["sensor_height_mm"]))
        component.set_editor_property("filmback", filmback)
    bound = sequence.add_possessable(component)
    bound.set_parent(camera)
    track = bound.add_track(unreal.MovieSceneFloatTrack)
    track.set_property_name_and_path("CurrentFocalLength", "CurrentFocalLength")
    section = track.add_section()
    section.set_range(first, end)
    channel = section.get_all_channels()[0]
    for frame in frames:
        if frame["focal_length_mm"]:
            key(channel, frame, float(frame["focal_length_mm"]))


def key(channel, frame, value):
    """Frames are of the display rate; a camera moves straight between two of them."""
    number = unreal.FrameNumber(int(frame["frame"]))
    channel.add_key(number, value, 0.0, unreal.MovieSceneTimeUnit.DISPLAY_RATE, unreal.MovieSceneKeyInterpolation.LINEAR)
