"""Makes the demo stage's assets in your editor: a level, a camera that follows a tracker, and a Live Link preset.

In the editor's Python console, or with Tools, Execute Python Script:

    import cyclorama_build_demo; cyclorama_build_demo.build()

It makes /Game/Cyclorama/Demo, and touches nothing outside it. What is there already is kept. Needs the plugins Python
Editor Script, Live Link and, for the demo stage's geometry, USD Importer; without the last it says so and goes on.
"""

import os

import unreal

FOLDER = "/Game/Cyclorama/Demo"
LEVEL = FOLDER + "/DemoStage"
PRESET = FOLDER + "/TrackerPreset"
CONNECTION = "protocol=freed; bind=40000"
SUBJECT = "freed:1"


def build():
    """Makes what is missing; gives the paths of what is there at the end."""
    made = []
    unreal.EditorAssetLibrary.make_directory(FOLDER)
    level(made)
    geometry(made)
    camera(made)
    preset(made)
    unreal.get_editor_subsystem(unreal.LevelEditorSubsystem).save_current_level()
    unreal.log("Cyclorama: the demo stage is ready: " + ", ".join(made))
    return made


def level(made):
    """The level, opened."""
    levels = unreal.get_editor_subsystem(unreal.LevelEditorSubsystem)
    if unreal.EditorAssetLibrary.does_asset_exist(LEVEL):
        levels.load_level(LEVEL)
    else:
        levels.new_level(LEVEL)
    made.append(LEVEL)


def geometry(made):
    """The demo stage of the plugin, as a USD stage in the level."""
    plugin = os.path.join(os.path.dirname(__file__), "..", "demo_stage.usda")
    file = os.path.normpath(plugin)
    if not hasattr(unreal, "UsdStageActor"):
        unreal.log_warning("Cyclorama: the plugin USD Importer is off: the level stays empty. Enable it and build again.")
        return
    actors = unreal.get_editor_subsystem(unreal.EditorActorSubsystem)
    if any(isinstance(actor, unreal.UsdStageActor) for actor in actors.get_all_level_actors()):
        return
    stage = actors.spawn_actor_from_class(unreal.UsdStageActor, unreal.Vector(0, 0, 0))
    stage.set_editor_property("root_layer", unreal.FilePath(file))
    made.append(file)


def camera(made):
    """A camera whose place and lens are the tracker's."""
    actors = unreal.get_editor_subsystem(unreal.EditorActorSubsystem)
    label = "TrackedCamera"
    if any(actor.get_actor_label() == label for actor in actors.get_all_level_actors()):
        return
    tracked = actors.spawn_actor_from_class(unreal.CineCameraActor, unreal.Vector(0, 0, 150))
    tracked.set_actor_label(label)
    if hasattr(unreal, "LiveLinkComponentController"):
        added = unreal.get_engine_subsystem(unreal.SubobjectDataSubsystem)
        handles = added.k2_gather_subobject_data_for_instance(tracked)
        parameters = unreal.AddNewSubobjectParams(
            parent_handle=handles[0], new_class=unreal.LiveLinkComponentController, blueprint_context=None
        )
        added.add_new_subobject(parameters)
        controller = tracked.get_component_by_class(unreal.LiveLinkComponentController)
        if controller:
            name = unreal.LiveLinkSubjectName(unreal.Name(SUBJECT))
            role = unreal.LiveLinkCameraRole.static_class()
            controller.set_editor_property(
                "subject_representation", unreal.LiveLinkSubjectRepresentation(subject=name, role=role)
            )
    made.append(label)


def preset(made):
    """A Live Link preset of the sources that are there now; one that has some is kept as it is."""
    if not hasattr(unreal, "LiveLinkPreset"):
        unreal.log_warning("Cyclorama: the plugin Live Link is off: no preset is made.")
        return
    if unreal.EditorAssetLibrary.does_asset_exist(PRESET):
        asset = unreal.EditorAssetLibrary.load_asset(PRESET)
    else:
        folder, name = PRESET.rsplit("/", 1)
        tools = unreal.AssetToolsHelpers.get_asset_tools()
        asset = tools.create_asset(name, folder, unreal.LiveLinkPreset, None)
    if not asset:
        unreal.log_warning("Cyclorama: the editor made no preset at " + PRESET)
        return
    if not asset.get_editor_property("sources"):
        asset.build_from_client()
        unreal.EditorAssetLibrary.save_asset(PRESET, only_if_is_dirty=False)
    made.append(PRESET)
    if not asset.get_editor_property("sources"):
        unreal.log_warning(
            "Cyclorama: the preset is empty: add the tracker (" + CONNECTION + ") with the Cyclorama tab's button and build again."
        )
