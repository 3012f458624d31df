//! The HTTP clients of a process.
//!
//! Building one reads the machine's certificates, which is the slowest part of startup, so each is
//! built on first use.

#![expect(
    clippy::disallowed_types,
    reason = "the clients that Procore is called with"
)]

use std::time::Duration;

use tokio::sync::OnceCell;
use url::Url;

use super::environment::is_loopback;

/// An HTTP client could not be built (TLS).
#[derive(Debug, thiserror::Error)]
#[error("could not set up the HTTP client for Procore")]
pub struct BuildError(#[from] reqwest::Error);

pub(super) struct HttpClients {
    user_agent: String,
    connect: Duration,
    /// Uses the system proxy, if one is set.
    outside: OnceCell<reqwest::Client>,
    /// Never uses a proxy; for simulators on this machine.
    local: OnceCell<reqwest::Client>,
}

impl HttpClients {
    /// Clients with `product_name` in their user agent and `connect` as connect timeout.
    pub(super) fn new(product_name: &str, connect: Duration) -> Self {
        Self {
            user_agent: user_agent(product_name),
            connect,
            outside: OnceCell::new(),
            local: OnceCell::new(),
        }
    }

    /// The client for an address.
    pub(crate) async fn client_for(&self, url: &Url) -> Result<&reqwest::Client, BuildError> {
        if url.host().is_some_and(|host| is_loopback(&host)) {
            let local = || self.build(|builder| builder.no_proxy());
            self.local.get_or_try_init(local).await
        } else {
            self.outside().await
        }
    }

    /// The client for Procore itself.
    pub(super) async fn outside(&self) -> Result<&reqwest::Client, BuildError> {
        let outside = || self.build(|builder| builder);
        self.outside.get_or_try_init(outside).await
    }

    async fn build(
        &self,
        finish: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<reqwest::Client, BuildError> {
        let builder = finish(reqwest::Client::builder())
            .user_agent(self.user_agent.as_str())
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect);
        match tokio::task::spawn_blocking(|| builder.build()).await {
            Ok(built) => Ok(built?),
            Err(broken) => std::panic::resume_unwind(broken.into_panic()),
        }
    }
}

/// Replaces characters that a header cannot carry by `-`.
fn user_agent(product_name: &str) -> String {
    let name: String = product_name
        .trim()
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = if name.is_empty() {
        "Concierge".to_owned()
    } else {
        name
    };
    format!("{name} (concierge {})", env!("CARGO_PKG_VERSION"))
}
