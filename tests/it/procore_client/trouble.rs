//! Rate windows, ordered waits, refusals and outages.

use chrono::TimeDelta;
use concierge::catalog::DataSet;
use concierge::procore::*;

use super::{Process, create_hook, main_read, read_all, request};
use procore_sandbox::testing::{
    CLIENT_ID, CLIENT_SECRET, COMPANY_ID, Fail, Sandbox, SandboxOptions,
};

#[tokio::test]
async fn both_rate_windows_are_kept_to_the_last_call() {
    let sandbox = Sandbox::start(SandboxOptions::default().flag("vendors", 300)).await;
    let process = Process::of(&sandbox);
    let list = request(main_read(DataSet::Companies), 10);
    sandbox.throttle(40, 7).await;

    let mut ids = read_all(&process, &sandbox, list).await;

    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() >= 300);
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn four_readers_at_a_time_keep_to_the_windows_too() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    sandbox.throttle(500, 9).await;
    let api = process.api();
    let readers = (0..12).map(|_| {
        let api = api.clone();
        tokio::spawn(async move { api.me().await })
    });
    let (mut read, mut held_back) = (0, 0);
    for reader in readers.collect::<Vec<_>>() {
        match reader.await.unwrap() {
            Ok(_) => read += 1,
            Err(Error::RateLimited { answer, .. }) => {
                assert_eq!(answer.status, None, "Procore had to refuse");
                held_back += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(read >= 4, "{read} read, {held_back} held back");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_ordered_wait_is_kept_by_reads_writes_and_tokens() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();

    sandbox
        .fail_next(Fail::throttle(20).on("/oauth/token"))
        .await;
    assert!(matches!(
        api.token().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    process.advance(&sandbox, 22).await;

    sandbox.fail_next(Fail::throttle(20).on("/rest/v1.3")).await;
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    assert!(matches!(
        api.company_permissions().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    process.advance(&sandbox, 22).await;

    sandbox
        .fail_next(Fail::busy(30).on("/rest/v2.0").method("DELETE"))
        .await;
    let hook = create_hook(&api).await;
    let busy = api.webhooks().delete_hook(&hook.id).await.unwrap_err();
    assert!(matches!(busy, Error::Busy { .. }), "{busy}");
    process.advance(&sandbox, 32).await;
    api.webhooks().delete_hook(&hook.id).await.unwrap();

    assert!(sandbox.state().await.hooks.is_empty());
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_named() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    let vendors = request(main_read(DataSet::Companies), 100);

    let error = process
        .api_as(CLIENT_ID, "not-the-secret", COMPANY_ID)
        .token()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::BadCredentials(_)), "{error}");

    sandbox.set_level("directory", "None").await;
    let error = api.probe(&vendors, &[]).await.unwrap_err();
    assert!(matches!(error, Error::NotPermitted(_)), "{error}");
    sandbox.set_reduced_views(true).await;
    let probe = api
        .probe(&vendors, &["updated_at", "address"])
        .await
        .unwrap();
    assert!(probe.reduced);
    sandbox.set_level("directory", "Read Only").await;
    let probe = api
        .probe(&vendors, &["updated_at", "address"])
        .await
        .unwrap();
    assert!(!probe.reduced);

    sandbox.set_level("webhooks_api", "None").await;
    let error = api.webhooks().catalog().await.unwrap_err();
    assert!(matches!(error, Error::NotPermitted(_)), "{error}");

    let error = api.project_webhooks(1).catalog().await.unwrap_err();
    assert!(matches!(error, Error::NotVisible(_)), "{error}");

    process.clock.advance(TimeDelta::seconds(1));
    let error = process
        .api_as(CLIENT_ID, CLIENT_SECRET, 77)
        .me()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotVisible(_)), "{error}");

    sandbox.uninstall().await;
    let error = api.me().await.unwrap_err();
    assert!(matches!(error, Error::NotConnected(_)), "{error}");
    let listed = api.companies().await;
    assert!(listed.is_err() || listed.unwrap().companies.is_empty());
    sandbox.reinstall().await;

    sandbox.fail_next(Fail::html(403).on("/rest/v1.3")).await;
    let error = api.me().await.unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");

    sandbox.revoke_secret().await;
    let error = api.me().await.unwrap_err();
    assert!(matches!(error, Error::BadCredentials(_)), "{error}");
    sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn an_outage_is_ridden_out_or_named() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await;
    let process = Process::of(&sandbox);
    let api = process.api();
    api.token().await.unwrap();

    for trouble in [
        Fail::html(502).times(2),
        Fail::reset().times(2),
        Fail::truncated(),
    ] {
        sandbox.fail_next(trouble.on("/rest/v1.3")).await;
        api.me().await.unwrap();
        process.clock.advance(TimeDelta::seconds(10));
    }
    sandbox.down().await;
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    process.clock.advance(TimeDelta::seconds(10));
    sandbox.down_silently().await;
    assert!(matches!(
        api.me().await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    process.clock.advance(TimeDelta::seconds(10));
    let other = process.api_as(CLIENT_ID, "another-secret", COMPANY_ID);
    assert!(matches!(
        other.token().await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    sandbox.up().await;
    process.clock.advance(TimeDelta::seconds(10));
    api.me().await.unwrap();
    sandbox.assert_no_violations().await;
}
