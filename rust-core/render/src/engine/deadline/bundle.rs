//! A job bundle: the folder that `deadline bundle submit` and its graphical siblings take.

use std::path::Path;

use serde_json::json;

use super::super::collect::write_whole;
use super::EngineError;
use super::template::Template;

/// What is no part of the template.
pub(super) struct Settings {
    pub(super) priority: u32,
    pub(super) failed: u32,
    pub(super) retries: u32,
}

/// Writes template and settings into `folder`, which is made when it is not there.
///
/// # Errors
/// [`EngineError::Bundle`] when that cannot be written.
pub(super) async fn write(
    folder: &Path,
    template: &Template,
    settings: &Settings,
) -> Result<(), EngineError> {
    let values = json!({ "parameterValues": [
        { "name": "deadline:priority", "value": settings.priority },
        { "name": "deadline:maxFailedTasksCount", "value": settings.failed },
        { "name": "deadline:maxRetriesPerTask", "value": settings.retries },
    ]});
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| EngineError::Bundle { path, source }
    };
    tokio::fs::create_dir_all(folder).await.map_err(failed(folder))?;
    for (name, text) in [("parameter_values.json", values.to_string()), ("template.json", template.text())] {
        let path = folder.join(name);
        write_whole(&path, text.into()).await.map_err(failed(&path))?;
    }
    Ok(())
}
