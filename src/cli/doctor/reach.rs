//! Whether an address can be reached. Sends no secret and follows no redirect.

#![expect(
    clippy::disallowed_types,
    reason = "asks whether hosts can be reached; Procore's API is not called"
)]

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

pub(crate) struct Reach {
    http: reqwest::Client,
    patience: Duration,
}

impl Reach {
    pub(super) fn new(patience: Duration) -> Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(patience)
            .build()?;
        Ok(Self { http, patience })
    }

    /// Whether a connection succeeds, with TLS if the address is https. Any response will do.
    pub(super) async fn connects(&self, url: &Url) -> Result<()> {
        if url.scheme() == "https" {
            // Any response proves that the TLS connection works.
            self.http
                .head(url.clone())
                .send()
                .await
                .map_err(reqwest::Error::without_url)?;
            return Ok(());
        }
        let host = url.host_str().context("there is no host in it")?;
        let host = host.trim_matches(['[', ']']);
        let port = url
            .port_or_known_default()
            .context("there is no port in it")?;
        let connected = timeout(self.patience, TcpStream::connect((host, port))).await;
        connected
            .context("no answer in time")?
            .context("no connection")?;
        Ok(())
    }

    /// Whether the address answers 200 with a text that begins with `expected`.
    pub(super) async fn says(&self, url: &Url, expected: &str) -> Result<()> {
        let answer = self
            .http
            .get(url.clone())
            .send()
            .await
            .map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        if !status.is_success() {
            bail!("something answers {status} there");
        }
        let text = answer.text().await.map_err(reqwest::Error::without_url)?;
        if !text.starts_with(expected) {
            bail!("something else answers there");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    /// A server on this machine; it lives as long as the test's runtime.
    async fn serving() -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/other", get(|| async { "hello" }))
            .route("/ill", get(|| async { StatusCode::BAD_GATEWAY }));
        tokio::spawn(axum::serve(listener, router).into_future());
        Url::parse(&format!("http://{address}/")).unwrap()
    }

    #[tokio::test]
    async fn what_answers_is_told_from_what_does_not() {
        let reach = Reach::new(Duration::from_secs(5)).unwrap();
        let url = serving().await;

        reach.connects(&url).await.unwrap();
        reach
            .says(&url.join("healthz").unwrap(), "alive")
            .await
            .unwrap();
        let other = reach
            .says(&url.join("other").unwrap(), "alive")
            .await
            .unwrap_err();
        assert_eq!(other.to_string(), "something else answers there");
        let ill = reach
            .says(&url.join("ill").unwrap(), "alive")
            .await
            .unwrap_err();
        assert_eq!(ill.to_string(), "something answers 502 Bad Gateway there");

        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = format!("http://{}/", nobody.local_addr().unwrap());
        drop(nobody);
        assert!(reach.connects(&Url::parse(&closed).unwrap()).await.is_err());
    }
}
