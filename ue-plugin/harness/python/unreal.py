"""A stand-in for the editor's Python module, as far as Content/Python/cyclorama_bring_take.py needs it.

  https://dev.epicgames.com/documentation/en-us/unreal-engine/python-api/class/MovieSceneScriptingDoubleChannel (5.4)
  .../python-api/class/LevelSequenceEditorSubsystem (5.7)
  .../API/Plugins/SequencerScripting/ExtensionLibraries/UMovieSceneSequenceExtensions (5.5)

Run as a program it brings a take and writes the camera's keys, a line a frame: frame, location, roll, pitch, yaw, focal
length.
"""

import sys
import types


class FrameNumber(int):
    pass


class FrameRate:
    def __init__(self, numerator, denominator):
        self.numerator, self.denominator = numerator, denominator


class MovieSceneTimeUnit:
    DISPLAY_RATE = "display"


class MovieSceneKeyInterpolation:
    LINEAR = "linear"


class CineCameraActor:
    pass


class LevelSequenceFactoryNew:
    pass


class MovieScene3DTransformTrack:
    channels = 9


class MovieSceneFloatTrack:
    channels = 1


class MovieSceneCameraCutTrack:
    channels = 0


class Properties:
    def __init__(self, **known):
        self.known = known

    def get_editor_property(self, name):
        return self.known[name]

    def set_editor_property(self, name, value):
        assert name in self.known, name
        self.known[name] = value


class Channel:
    def __init__(self):
        self.keys = {}

    def add_key(self, time, value, sub_frame, time_unit, interpolation):
        assert isinstance(time, FrameNumber) and sub_frame == 0.0 and time not in self.keys
        assert time_unit == MovieSceneTimeUnit.DISPLAY_RATE and interpolation == MovieSceneKeyInterpolation.LINEAR
        self.keys[int(time)] = value


class Section:
    def __init__(self, count):
        self.channels, self.range, self.camera = [Channel() for _ in range(count)], None, None

    def get_all_channels(self):
        return self.channels

    def set_range(self, start, end):
        self.range = (start, end)

    def set_camera_binding_id(self, camera):
        self.camera = camera


class Track:
    def __init__(self, kind):
        self.kind, self.sections, self.path = kind, [], None

    def add_section(self):
        self.sections.append(Section(self.kind.channels))
        return self.sections[-1]

    def set_property_name_and_path(self, name, path):
        assert name == path
        self.path = path


class Binding:
    def __init__(self, of):
        self.of, self.tracks, self.parent = of, [], None

    def add_track(self, kind):
        self.tracks.append(Track(kind))
        return self.tracks[-1]

    def get_object_template(self):
        return self

    def get_cine_camera_component(self):
        return self.of

    def set_parent(self, parent):
        self.parent = parent


class LevelSequence:
    def __init__(self):
        self.bindings, self.tracks = [], []

    def set_display_rate(self, rate):
        self.rate = rate

    def set_playback_start(self, frame):
        self.start = frame

    def set_playback_end(self, frame):
        self.end = frame

    def add_spawnable_from_class(self, kind):
        assert kind is CineCameraActor
        filmback = Properties(sensor_width=24.0, sensor_height=13.5)
        self.bindings.append(Binding(Properties(filmback=filmback)))
        return self.bindings[-1]

    def add_possessable(self, of):
        self.bindings.append(Binding(of))
        return self.bindings[-1]

    def get_binding_id(self, binding):
        return self.bindings.index(binding)

    add_track = Binding.add_track


_assets = {}


def _create_asset(name, folder, kind, _factory):
    return _assets.setdefault(folder + "/" + name, kind())


AssetToolsHelpers = types.SimpleNamespace(
    get_asset_tools=lambda: types.SimpleNamespace(create_asset=_create_asset)
)
EditorAssetLibrary = types.SimpleNamespace(
    does_asset_exist=lambda path: path in _assets, save_loaded_asset=lambda asset: True
)


def log(text):
    sys.stderr.write(text + "\n")


def _main(command, take, asset, out):
    sys.modules["unreal"] = sys.modules["__main__"]
    import cyclorama_bring_take

    cyclorama_bring_take.bring(take, asset, command)
    sequence = _assets[asset]
    camera, lens = sequence.bindings
    (cut,) = sequence.tracks[0].sections
    assert cut.camera == 0 and cut.range == (sequence.start, sequence.end) and lens.parent is camera
    assert lens.tracks[0].path == "CurrentFocalLength"
    film = camera.of.get_editor_property("filmback").known
    channels = camera.tracks[0].sections[0].channels[:6] + lens.tracks[0].sections[0].channels
    with open(out, "w", encoding="ascii") as keys:
        rate = sequence.rate
        keys.write("%d %d %d %d %r %r\n" % (sequence.start, sequence.end, rate.numerator, rate.denominator, film["sensor_width"], film["sensor_height"]))
        for frame in range(sequence.start, sequence.end):
            keys.write("%d %s\n" % (frame, " ".join(repr(channel.keys[frame]) for channel in channels)))
    try:
        cyclorama_bring_take.bring(take, asset, command)
    except RuntimeError:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
