//! Reading: who we are, lists, tokens.

use std::sync::Arc;

use concierge::catalog::{DataSet, Level, Tool};
use concierge::procore::*;

use super::{Process, main_read, read_all, request};
use procore_sandbox::testing::{COMPANY_ID, COMPANY_NAME, Sandbox, SandboxOptions};

#[tokio::test]
async fn who_we_are_and_where_is_read_without_breaking_a_rule() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let api = Process::of(&sandbox).api();

    api.token().await.unwrap();
    let companies = api.companies().await.unwrap().companies;
    let me = api.me().await.unwrap();
    let manifest = api.company_permissions().await.unwrap();
    let web = api.company_base_url().await.unwrap();

    assert_eq!(companies[0].name, COMPANY_NAME);
    assert_eq!(companies[0].id.get(), COMPANY_ID);
    assert!(me.is_active);
    assert_eq!(manifest.level(Tool::WebhooksApi), Some(Level::Standard));
    assert!(manifest.find(Tool::Directory).is_some());
    assert_eq!(web.as_str().trim_end_matches('/'), sandbox.url);
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 1);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn every_list_of_the_catalog_is_probed_and_read() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    for data_set in DataSet::OF_COMPANY {
        for read in data_set.entry().reads_for(true) {
            let mut list = request(read, read.page_size);
            if let Some(parent) = &read.per {
                let parents = data_set
                    .entry()
                    .reads
                    .iter()
                    .find(|other| other.name == parent.read);
                let parents = request(parents.unwrap(), 100);
                let first = process.api().list_page(&parents).await.unwrap().records[0].id;
                list.query.push((parent.param, first.to_string()));
            }
            let probe = process.api().probe(&list, &[]).await.unwrap();
            let page = process.api().list_page(&list).await.unwrap();
            assert_eq!(probe.total, page.total, "{}", read.name);
            assert_eq!(page.next, None, "{}", read.name);
            assert_eq!(
                page.records.len() as u64,
                page.total.unwrap(),
                "{}",
                read.name
            );
        }
    }
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_long_list_is_read_in_the_fewest_calls() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("vendors", 2500)).await;
    let process = Process::of(&sandbox);
    let vendors = main_read(DataSet::Companies);
    let list = request(vendors, 500);
    let total = process.api().list_page(&list).await.unwrap().total.unwrap();
    sandbox.reset_requests().await;

    let mut ids = read_all(&process, &sandbox, list).await;

    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len() as u64, total);
    assert_eq!(
        sandbox.requests("GET", vendors.path).await,
        total.div_ceil(500)
    );
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn tokens_are_shared_renewed_and_revoked() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("token-life", 1000)).await;
    let tokens = Arc::<MemoryTokens>::default();
    let first = Process::keeping(&sandbox, tokens.clone());
    first.api().me().await.unwrap();

    // A restarted process goes on with the kept token.
    let second = Process::keeping(&sandbox, tokens);
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 1);

    second.advance(&sandbox, 801).await;
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 2);

    sandbox.expire_tokens().await;
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 3);

    second.api().revoke_token().await.unwrap();
    second.api().me().await.unwrap();
    assert_eq!(sandbox.requests("POST", "/oauth/token").await, 4);
    sandbox.assert_no_violations().await;
}
