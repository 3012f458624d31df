//! Delivers an event to ourselves, as Procore delivers one.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::client::Client;
use super::http_clients::BuildError;

/// Why there was no answer. Says nothing of the address, whose end is secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error(transparent)]
    NotSent(#[from] BuildError),
    #[error("the address cannot be reached")]
    Unreachable,
    #[error("the address did not answer in time")]
    TimedOut,
}

impl Client {
    /// Posts an event to an address of ours. Follows no redirect; returns the status of the answer, and
    /// how long it took.
    pub(crate) async fn deliver_to_us(
        &self,
        to: Url,
        authorization: &SecretString,
        event: String,
        patience: Duration,
    ) -> Result<(u16, Duration), NoAnswer> {
        let http = self.inner.http.client_for(&to).await?;
        let began = Instant::now();
        let mut request = http.post(to).timeout(patience).body(event);
        if let Ok(mut value) = HeaderValue::from_str(authorization.expose_secret()) {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let answer = request
            .header(CONTENT_TYPE, "application/json")
            .send()
            .await;
        match answer {
            Ok(answer) => Ok((answer.status().as_u16(), began.elapsed())),
            Err(error) if error.is_timeout() => Err(NoAnswer::TimedOut),
            Err(_) => Err(NoAnswer::Unreachable),
        }
    }
}
