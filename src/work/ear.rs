//! Hearing of new work as soon as it is there.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::store::{StoreError, work};

const CONNECT_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Notifies `told` of new work, as long as the database tells of any.
pub(super) async fn listen(url: SecretString, told: Arc<Notify>) {
    let mut away = false;
    loop {
        let Err(error) = heed(&url, &told, &mut away).await;
        if !std::mem::replace(&mut away, true) {
            let error = anyhow::Error::from(error);
            tracing::warn!("New work is looked for every second, since nobody tells: {error:#}");
        }
        sleep(CONNECT_AGAIN_AFTER).await;
    }
}

async fn heed(
    url: &SecretString,
    told: &Notify,
    away: &mut bool,
) -> Result<Infallible, StoreError> {
    let mut listener = work::listen(url.expose_secret()).await?;
    *away = false;
    loop {
        told.notify_one();
        listener.recv().await?;
    }
}
