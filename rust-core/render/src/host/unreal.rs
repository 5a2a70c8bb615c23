//! An Unreal project as a host: how it is started. What runs inside is the plugin's executor for workers.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Channel, HostCommand, safe_environment};
use crate::content::ContentName;
use crate::plan::UnrealScene;

/// The plugin's executor, as Movie Render Queue is told it.
const EXECUTOR: &str = "/Script/CycloramaRender.CycloramaWorkerExecutor";

/// Starts `program` (UnrealEditor-Cmd: the executor is of a module that cooked games have not) without a window, to render `scene` of `project`.
pub fn command(program: &OsStr, project: &Path, scene: &UnrealScene) -> HostCommand {
    let mut arguments = vec![project.as_os_str().to_owned(), OsString::from(&scene.map)];
    let words = [
        "-game",
        "-RenderOffscreen",
        "-Unattended",
        "-NoLoadingScreen",
        "-NoSplash",
        "-NoSound",
        "-NoPause",
        "-windowed",
        "-log",
        // Windows writes none of it there unless it is told to.
        "-stdout",
        "-FullStdOutLogOutput",
    ];
    arguments.extend(words.map(OsString::from));
    arguments.push(OsString::from(format!("-MoviePipelineLocalExecutorClass={EXECUTOR}")));
    arguments.push(OsString::from(format!("-LevelSequence={}", scene.sequence)));
    arguments.push(OsString::from(format!("-MoviePipelineConfig={}", scene.preset)));
    let program = with_console(program, Path::exists).unwrap_or_else(|| program.to_owned());
    let environment = safe_environment();
    // Unreal writes its log to its standard output.
    HostCommand { program, arguments, environment, channel: Channel::Socket }
}

/// The program beside the editor of Windows that has a console, and opens no window; none for another program, or where it is not there.
fn with_console(program: &OsStr, is_there: impl Fn(&Path) -> bool) -> Option<OsString> {
    let path = Path::new(program);
    let stem = path.file_stem()?.to_str()?;
    let is_editor = path.extension()?.eq_ignore_ascii_case("exe") && stem.starts_with("UnrealEditor");
    let twin = path.with_file_name(format!("{stem}-Cmd.exe"));
    (is_editor && !stem.ends_with("-Cmd") && is_there(&twin)).then(|| twin.into_os_string())
}

/// What tells Unreal where warm derived data lies, where a job brings a pack called `ddc`: its own variable for a cache that is shared.
pub fn warm_cache(content: &BTreeMap<ContentName, PathBuf>) -> Option<(OsString, OsString)> {
    let (_, folder) = content.iter().find(|(name, _)| name.as_str() == WARM)?;
    Some((SHARED_CACHE.into(), folder.clone().into_os_string()))
}

/// The pack of derived data.
const WARM: &str = "ddc";
/// Unreal's variable.
const SHARED_CACHE: &str = "UE-SharedDataCachePath";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_of_windows_is_started_by_the_program_with_a_console() {
        let of = |program: &str, is_there: bool| with_console(OsStr::new(program), |_| is_there);
        assert_eq!(of("UE/UnrealEditor.exe", true), Some("UE/UnrealEditor-Cmd.exe".into()));
        assert_eq!(
            of("UE/UnrealEditor-Win64-Debug.exe", true),
            Some("UE/UnrealEditor-Win64-Debug-Cmd.exe".into())
        );
        for other in ["UE/UnrealEditor-Cmd.exe", "UE/UnrealEditor", "UnrealEditor-Cmd", "Game.exe"] {
            assert_eq!(of(other, true), None, "{other}");
        }
        assert_eq!(of("UE/UnrealEditor.exe", false), None);
    }

    #[test]
    fn it_is_started_with_the_project_the_map_and_our_executor() {
        let (map, sequence) = ("/Game/Maps/Stage".to_owned(), "/Game/Shots/A".to_owned());
        let scene = UnrealScene { map, sequence, preset: "/Game/Fine".to_owned() };
        let command = command(OsStr::new("UnrealEditor-Cmd"), Path::new("a b/Stage.uproject"), &scene);
        assert_eq!(command.arguments[..3], ["a b/Stage.uproject", "/Game/Maps/Stage", "-game"]);
        let last = &command.arguments[command.arguments.len() - 3..];
        assert!(last[0].to_string_lossy().ends_with("CycloramaRender.CycloramaWorkerExecutor"));
        assert_eq!(last[1..], ["-LevelSequence=/Game/Shots/A", "-MoviePipelineConfig=/Game/Fine"]);
        assert_eq!(command.channel, Channel::Socket);
    }
}
