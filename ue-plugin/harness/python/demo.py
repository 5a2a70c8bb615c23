"""Runs Content/Python/cyclorama_build_demo.py against a stand-in for the editor's Python module: everything, a second time
over what is there, and with the plugins off that it can do without.

  https://dev.epicgames.com/documentation/en-us/unreal-engine/python-api/class/EditorAssetLibrary (5.4)
  .../python-api/class/LevelEditorSubsystem, EditorActorSubsystem, SubobjectDataSubsystem, LiveLinkPreset (5.4, from notes)

It proves what the script asks for, in which order and how often; not that an editor has it.
"""

import os
import sys
import types


class Editor:
    """What the calls leave behind."""

    def __init__(self, off=(), sources=("freed",)):
        self.assets, self.actors, self.folders, self.saved, self.said = {}, [], [], 0, []
        self.open, self.sources = None, list(sources)
        self.module = types.ModuleType("unreal")
        for name, value in self.names().items():
            if name not in off:
                setattr(self.module, name, value)

    def names(self):
        editor = self

        class Named:
            def __init__(self, *values, **named):
                self.values, self.named = values, named

        class Properties:
            def __init__(self):
                self.set = {}

            def get_editor_property(self, name):
                return self.set[name]

            def set_editor_property(self, name, value):
                self.set[name] = value

        class Actor(Properties):
            def __init__(self):
                super().__init__()
                self.label, self.components = type(self).__name__, []

            def get_actor_label(self):
                return self.label

            def set_actor_label(self, label):
                self.label = label

            def get_component_by_class(self, kind):
                return next((one for one in self.components if isinstance(one, kind)), None)

        class Preset(Properties):
            def __init__(self):
                super().__init__()
                self.set["sources"] = []

            def build_from_client(self):
                self.set["sources"] = list(editor.sources)

        class Controller(Properties):
            pass

        class Role:
            @staticmethod
            def static_class():
                return Role

        def new_level(path):
            assert path not in editor.assets
            editor.assets[path], editor.actors, editor.open = "level", [], path

        def load_level(path):
            assert editor.assets[path] == "level"
            editor.open = path

        def spawn(kind, place):
            assert editor.open, "no level is open"
            editor.actors.append(kind())
            editor.actors[-1].place = place
            return editor.actors[-1]

        def create_asset(name, folder, kind, _factory):
            assert folder in editor.folders
            return editor.assets.setdefault(folder + "/" + name, kind())

        def save_current_level():
            editor.saved += 1

        def add_subobject(parameters):
            actor = parameters.named["parent_handle"]
            actor.components.append(parameters.named["new_class"]())

        subsystems = {
            "levels": types.SimpleNamespace(new_level=new_level, load_level=load_level, save_current_level=save_current_level),
            "actors": types.SimpleNamespace(get_all_level_actors=lambda: list(editor.actors), spawn_actor_from_class=spawn),
            "parts": types.SimpleNamespace(k2_gather_subobject_data_for_instance=lambda actor: [actor], add_new_subobject=add_subobject),
        }
        return {
            "EditorAssetLibrary": types.SimpleNamespace(
                make_directory=editor.folders.append,
                does_asset_exist=lambda path: path in editor.assets,
                load_asset=editor.assets.get,
                save_asset=lambda path, only_if_is_dirty: editor.said.append("saved " + path),
            ),
            "AssetToolsHelpers": types.SimpleNamespace(get_asset_tools=lambda: types.SimpleNamespace(create_asset=create_asset)),
            "get_editor_subsystem": subsystems.__getitem__,
            "get_engine_subsystem": subsystems.__getitem__,
            "LevelEditorSubsystem": "levels",
            "EditorActorSubsystem": "actors",
            "SubobjectDataSubsystem": "parts",
            "UsdStageActor": type("UsdStageActor", (Actor,), {}),
            "CineCameraActor": type("CineCameraActor", (Actor,), {}),
            "LiveLinkComponentController": Controller,
            "LiveLinkPreset": Preset,
            "LiveLinkCameraRole": Role,
            "LiveLinkSubjectName": Named,
            "LiveLinkSubjectRepresentation": Named,
            "AddNewSubobjectParams": Named,
            "FilePath": Named,
            "Name": str,
            "Vector": lambda x, y, z: (x, y, z),
            "log": editor.said.append,
            "log_warning": lambda text: editor.said.append("warning: " + text),
        }

    def build(self):
        sys.modules["unreal"] = self.module
        sys.modules.pop("cyclorama_build_demo", None)
        import cyclorama_build_demo

        return cyclorama_build_demo.build()

    def warnings(self):
        return [line for line in self.said if line.startswith("warning: ")]


LEVEL, PRESET = "/Game/Cyclorama/Demo/DemoStage", "/Game/Cyclorama/Demo/TrackerPreset"

whole = Editor()
made = whole.build()
stage, camera = whole.actors
root = stage.set["root_layer"].values[0]
assert made == [LEVEL, root, "TrackedCamera", PRESET] and whole.saved == 1 and not whole.warnings(), (made, whole.said)
assert os.path.isabs(root) and os.path.isfile(root), root
assert camera.label == "TrackedCamera"
(controller,) = camera.components
subject = controller.set["subject_representation"].named["subject"].values[0]
assert subject == "freed:1" and whole.assets[PRESET].set["sources"] == ["freed"]
assert all(path.startswith("/Game/Cyclorama/Demo/") for path in whole.assets)

# Again: what is there is kept, a preset with its sources too.
whole.sources = ["another"]
made = whole.build()
assert len(whole.actors) == 2 and made == [LEVEL, PRESET] and whole.assets[PRESET].set["sources"] == ["freed"]

# Without USD, Live Link or a source: it says so and goes on.
bare = Editor(off=("UsdStageActor", "LiveLinkPreset", "LiveLinkComponentController"))
assert bare.build() == [LEVEL, "TrackedCamera"] and len(bare.warnings()) == 2 and bare.saved == 1
empty = Editor(sources=())
assert empty.build()[-1] == PRESET and "the preset is empty" in empty.warnings()[0]
# And once the tracker is there, it is filled.
empty.sources = ["freed"]
empty.build()
assert empty.assets[PRESET].set["sources"] == ["freed"] and len(empty.warnings()) == 1
