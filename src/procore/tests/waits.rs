//! Rate windows and throttling, as a caller meets them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::clock::Clock;
use crate::procore::testing::{COMPANY, Fake, access, json, json_with, quick, reply};
use crate::procore::*;

fn throttled(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
) -> axum::response::Response {
    let mut response = reply(status, "application/json", "{}");
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

#[tokio::test]
async fn a_429_names_the_time_and_stops_everybody_until_then() {
    let fake = Fake::start(|seen| match (seen.path.as_str(), seen.before) {
        ("/oauth/token", _) => None,
        (_, 0) => Some(throttled(429, &[("retry-after", "30")])),
        _ => json(json!({"id": 1})),
    })
    .await;
    let until = fake.clock.now() + TimeDelta::seconds(30);

    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error}");
    assert_eq!(error.until(), Some(until));
    assert_eq!(error.answer().unwrap().status, Some(429));

    let held_back = fake.api().me().await.unwrap_err();
    assert_eq!(held_back.until(), Some(until));
    assert_eq!(held_back.answer().unwrap().status, None);
    assert_eq!(fake.calls().len(), 1);

    fake.clock.advance(TimeDelta::seconds(30));
    fake.api().me().await.unwrap();
}

#[tokio::test]
async fn a_busy_procore_is_waited_for_as_it_asks() {
    let fake = Fake::answering(503, "application/json", "{}").await;
    assert!(matches!(
        fake.api().me().await.unwrap_err(),
        Error::Unavailable { .. }
    ));

    let fake = Fake::start(|seen| {
        (seen.path != "/oauth/token").then(|| throttled(503, &[("retry-after", "20")]))
    })
    .await;
    let error = fake.api().webhooks().delete_hook("1").await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert_eq!(
        error.until(),
        Some(fake.clock.now() + TimeDelta::seconds(20))
    );
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test]
async fn a_window_that_is_used_up_is_not_touched_again() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/oauth/token" => None,
        _ => Some(json_with(
            json!({"id": 1}),
            &[
                ("x-rate-limit-limit", "25".into()),
                ("x-rate-limit-remaining", "0".into()),
                ("x-rate-limit-reset", "1000000007".into()),
                ("date", "Sun, 09 Sep 2001 01:46:40 GMT".into()),
            ],
        )),
    })
    .await;
    fake.api().me().await.unwrap();
    let error = fake.api().me().await.unwrap_err();
    assert_eq!(
        error.until(),
        Some(fake.clock.now() + TimeDelta::seconds(7))
    );
    assert_eq!(fake.calls().len(), 1);
}

/// Says no once, and to come back in a moment.
#[derive(Default)]
struct NotYet(AtomicUsize);

#[async_trait::async_trait]
impl RateGate for NotYet {
    async fn acquire(
        &self,
        _: &RateKey,
        _: Urgency,
        now: DateTime<Utc>,
    ) -> Result<Admission, PortError> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(Admission::Wait(rate(now + TimeDelta::milliseconds(1)))),
            _ => Ok(Admission::Go),
        }
    }

    async fn observe(
        &self,
        _: &RateKey,
        _: RateHeaders,
        _: DateTime<Utc>,
    ) -> Result<(), PortError> {
        Ok(())
    }

    async fn block(&self, _: &RateKey, _: Wait) -> Result<(), PortError> {
        Ok(())
    }
}

fn rate(until: DateTime<Utc>) -> Wait {
    let reason = WaitReason::Rate;
    Wait { until, reason }
}

#[tokio::test]
async fn a_short_wait_is_waited_inside_the_call() {
    let fake = Fake::answering(200, "application/json", r#"{"id":1}"#).await;
    let gate = Arc::new(NotYet::default());
    let policy = Policy {
        patience: Duration::from_secs(1),
        ..quick()
    };
    let client = Client::with_policy(
        "Test",
        Clock::system(),
        fake.tokens.clone(),
        gate.clone(),
        policy,
    );
    client
        .company(access(fake.url()), Urgency::Background)
        .me()
        .await
        .unwrap();
    assert_eq!(
        gate.0.load(Ordering::SeqCst),
        3,
        "twice for the token, once for the call"
    );
}

#[tokio::test]
async fn a_clock_that_stands_still_is_not_waited_for() {
    let fake = Fake::start(|_| None).await;
    let key = RateKey {
        environment: "test".into(),
        client_id: ClientId::parse("test-client-id").unwrap(),
        company_id: CompanyId::trusted(COMPANY),
    };
    fake.rates
        .block(&key, rate(fake.clock.now() + TimeDelta::milliseconds(5)))
        .await
        .unwrap();
    let policy = Policy {
        patience: Duration::from_secs(2),
        ..quick()
    };
    let error = fake.api_with(policy).me().await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error}");
}

#[tokio::test]
async fn background_work_leaves_a_reserve_for_people() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/oauth/token" => None,
        _ => Some(json_with(
            json!({"id": 1}),
            &[
                ("x-rate-limit-limit", "10".into()),
                ("x-rate-limit-remaining", "1".into()),
                ("x-rate-limit-reset", "1000000060".into()),
                ("date", "Sun, 09 Sep 2001 01:46:40 GMT".into()),
            ],
        )),
    })
    .await;
    fake.api().me().await.unwrap();
    let client = Client::with_policy(
        "Test",
        fake.clock.clone(),
        fake.tokens.clone(),
        fake.rates.clone(),
        quick(),
    );
    let background = client.company(access(fake.url()), Urgency::Background);
    assert!(matches!(
        background.me().await.unwrap_err(),
        Error::RateLimited { .. }
    ));
    fake.api().me().await.unwrap();
}
