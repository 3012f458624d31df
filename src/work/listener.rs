//! Listens for new work, so that it starts at once.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::store::{StoreError, work};

const CONNECT_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Notifies `told` whenever the database announces new work; reconnects as long as it runs.
pub(super) async fn listen(url: SecretString, told: Arc<Notify>) {
    let mut away = false;
    loop {
        let Err(error) = wait_for_work(&url, &told, &mut away).await;
        if !std::mem::replace(&mut away, true) {
            let error = anyhow::Error::from(error);
            tracing::warn!(
                "The database announces no work, so it is looked for every second: {error:#}"
            );
        }
        sleep(CONNECT_AGAIN_AFTER).await;
    }
}

async fn wait_for_work(
    url: &SecretString,
    told: &Notify,
    away: &mut bool,
) -> Result<Infallible, StoreError> {
    let mut listener = work::listen(url).await?;
    *away = false;
    loop {
        told.notify_one();
        listener.recv().await?;
    }
}
