//! Runs a farm's own command-line tool: arguments as a list, a limit on the wait, its words kept for the error.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::EngineError;
use crate::host::Console;

/// A farm's tool is given up after this long.
const LIMIT: Duration = Duration::from_secs(45);

/// Runs `program` with `input` on its stdin, and gives its stdout.
///
/// # Errors
/// [`EngineError::Start`] when it is not installed, [`EngineError::Farm`] with its own words when it failed,
/// [`EngineError::FarmSilent`] when it did not end in time.
pub(super) async fn run(program: &str, arguments: &[OsString], input: &str) -> Result<String, EngineError> {
    let started = |source| EngineError::Start { program: program.to_owned(), source };
    let mut tool = Command::new(program);
    tool.args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Console::Hidden.of(tool.as_std_mut());
    let mut child = tool.spawn().map_err(started)?;
    let stdin = child.stdin.take();
    let talk = async {
        if let Some(mut stdin) = stdin {
            // A tool that ends without reading its input says why on stderr.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    match tokio::time::timeout(LIMIT, talk).await {
        Err(_) => Err(EngineError::FarmSilent { program: program.to_owned(), seconds: LIMIT.as_secs() }),
        Ok(Err(source)) => Err(started(source)),
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Ok(output)) => Err(EngineError::Farm {
            program: program.to_owned(),
            said: last_words(&String::from_utf8_lossy(&output.stderr), &output.status.to_string()),
        }),
    }
}

/// The last line that says something, shortened; how it ended when it said nothing.
fn last_words(stderr: &str, status: &str) -> String {
    const LONGEST: usize = 300;
    let line = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(status);
    line.trim().chars().take(LONGEST).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[tokio::test]
    async fn a_tool_reads_its_input_and_its_output_comes_back() {
        assert_eq!(run("cat", &[], "hello").await.expect("cat runs"), "hello");
    }

    #[tokio::test]
    async fn a_tool_that_fails_is_quoted() {
        let error =
            run("sh", &words(&["-c", "echo first >&2; echo no such partition >&2; exit 3"]), "").await;
        let error = error.expect_err("it failed").to_string();
        assert!(error.contains("no such partition"), "{error}");
    }

    #[tokio::test]
    async fn a_tool_that_is_not_there_is_named() {
        let error = run("no-such-farm-tool", &[], "").await.expect_err("it is not there");
        assert!(error.to_string().contains("no-such-farm-tool"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_never_ends_is_given_up() {
        let error = run("sleep", &words(&["1000"]), "").await.expect_err("it hangs");
        assert!(matches!(error, EngineError::FarmSilent { .. }));
    }
}
