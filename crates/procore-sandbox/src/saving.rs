//! Keeps the state in a file, so that a demo that was stopped continues where it was.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::shared::Shared;
use crate::world::State;

/// Changes within this time are written together.
const PAUSE: Duration = Duration::from_millis(100);

/// Reads the state; `None` when there is no file yet.
pub(crate) fn load(path: &Path) -> Result<Option<State>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let state = serde_json::from_slice(&text)
        .with_context(|| format!("{} does not hold a saved state", path.display()))?;
    Ok(Some(state))
}

/// Writes the state beside its file and puts it in place in one step.
pub(crate) fn save(shared: &Shared, path: &Path) -> Result<()> {
    let text = shared.with_world(|world| serde_json::to_vec(&world.state))?;
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, text).with_context(|| format!("cannot write {}", fresh.display()))?;
    std::fs::rename(&fresh, path).with_context(|| format!("cannot replace {}", path.display()))
}

/// Saves after changes until the program ends.
pub(crate) async fn run(shared: Arc<Shared>, path: PathBuf) {
    loop {
        shared.save.notified().await;
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = save(&shared, &path) {
            tracing::error!("The state is not saved: {error:#}");
        }
    }
}
