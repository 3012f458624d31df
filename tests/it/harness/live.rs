//! A connected firm whose webhook leads to a real web server.

use std::collections::BTreeMap;

use axum::Router;
use concierge::app::App;
use concierge::catalog::Ids;
use concierge::connection::Settings;
use concierge::ledger::RunState;
use concierge::procore::{ListRequest, PageCursor};
use concierge::web;
use http::header::AUTHORIZATION;
use procore_sandbox::testing::{COMPANY_ID, SandboxOptions};
use serde_json::Value;
use sqlx::PgPool;
use tokio::net::TcpListener;

use super::app::work_until_nothing_is_due;
use super::site::Site;

/// Answers at an address as a server does.
pub(crate) fn serve(listener: TcpListener, app: App) {
    let router = Router::new().fallback_service(web::front(app));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}

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
        serve(listener, site.app.clone());
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
        let status = answer.await.unwrap().status().as_u16();
        self.site.app.deliveries.put_work().await;
        status
    }

    /// Lets everything that Procore announced arrive, and does what is due then.
    pub(crate) async fn catch_up(&self) {
        self.site.sandbox.settled_deliveries().await;
        work_until_nothing_is_due(&self.site.app).await;
    }

    pub(crate) fn db(&self) -> &PgPool {
        self.site.db.pool()
    }

    /// Every record that Procore lists of what was chosen, by kind and id.
    pub(crate) async fn procores(&self, settings: &Settings) -> BTreeMap<(String, i64), Value> {
        let mut records = BTreeMap::new();
        for choice in settings.choices() {
            for read in choice.reads() {
                let parents: Vec<Option<i64>> = match read.per {
                    None => vec![None],
                    Some(_) => sqlx::query_scalar(
                        "select procore_id from record \
                         where kind = 'standard_cost_code_lists' and gone_at is null",
                    )
                    .fetch_all(self.db())
                    .await
                    .unwrap(),
                };
                for parent in parents {
                    let mut query =
                        read.query(Ids::of_company(COMPANY_ID), choice.include_inactive);
                    if let (Some(per), Some(parent)) = (read.per, parent) {
                        query.push((per.param, parent.to_string()));
                    }
                    let mut request = ListRequest {
                        action: read.name,
                        path: read.path_for(Ids::of_company(COMPANY_ID)),
                        query,
                        page: PageCursor::first(),
                        per_page: Some(read.page_size),
                        grouped_in: read.grouped_in,
                    };
                    loop {
                        let page = self.site.api().list_page(&request).await.unwrap();
                        for record in page.records {
                            let body = serde_json::from_str(record.body.get()).unwrap();
                            records.insert((read.kind.to_owned(), record.id), body);
                        }
                        match page.next {
                            Some(next) => request.page = next,
                            None => break,
                        }
                    }
                }
            }
        }
        records
    }

    /// Every record of our copy that is neither gone nor hidden, likewise.
    pub(crate) async fn ours(&self) -> BTreeMap<(String, i64), Value> {
        let rows: Vec<(String, i64, Value)> = sqlx::query_as(
            "select kind, procore_id, body from record \
                 where gone_at is null and unavailable_at is null",
        )
        .fetch_all(self.db())
        .await
        .unwrap();
        rows.into_iter()
            .map(|(kind, id, body)| ((kind, id), body))
            .collect()
    }
}
