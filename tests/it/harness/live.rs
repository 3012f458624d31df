//! A connected firm whose webhook leads to a real web server.

use concierge::connection::Settings;
use concierge::ledger::RunState;
use concierge::web;
use http::header::AUTHORIZATION;
use procore_sandbox::testing::SandboxOptions;
use sqlx::PgPool;
use tokio::net::TcpListener;

use super::app::work_until_nothing_is_due;
use super::site::Site;

pub(crate) struct Live {
    pub site: Site,
    /// Where Procore delivers, and what it proves itself with.
    pub address: String,
    pub authorization: String,
    pub client: reqwest::Client,
}

impl Live {
    /// A firm whose first reading is done.
    pub(crate) async fn connected(settings: Settings, options: SandboxOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let public = format!("http://127.0.0.1:{port}");
        let site = Site::confirmed_at(&public, settings, options).await;
        let router = web::router(site.app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        assert_eq!(site.work_to_the_end().await, RunState::Done);
        let hook = site.sandbox.state().await.hooks.remove(0);
        assert!(hook.destination_url.starts_with(&public));
        Self {
            site,
            address: hook.destination_url,
            authorization: hook.authorization.unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// Delivers a body; returns the status of the answer.
    pub(crate) async fn deliver(&self, address: &str, authorization: &str, body: &str) -> u16 {
        let request = self.client.post(address).body(body.to_owned());
        let answer = request.header(AUTHORIZATION, authorization).send();
        answer.await.unwrap().status().as_u16()
    }

    /// Lets everything that Procore announced arrive, and does what is due then.
    pub(crate) async fn catch_up(&self) {
        self.site.sandbox.settled_deliveries().await;
        work_until_nothing_is_due(&self.site.app).await;
    }

    pub(crate) fn db(&self) -> &PgPool {
        self.site.db.pool()
    }
}
