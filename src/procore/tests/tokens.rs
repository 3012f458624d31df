//! Tokens: fetched once, shared, renewed in time and after one refusal.

use chrono::TimeDelta;
use serde_json::json;

use crate::identity::CredentialId;
use crate::procore::testing::{Fake, SECRET, json, kept_token, reply};
use crate::procore::*;

const JSON: &str = "application/json";

fn accepts(
    token: &'static str,
) -> impl Fn(&crate::procore::testing::Seen) -> Option<axum::response::Response> {
    move |seen| match seen.path.as_str() {
        "/oauth/token" => None,
        _ if seen.headers["authorization"] == format!("Bearer {token}") => json(json!({"id": 1})),
        _ => Some(reply(
            401,
            JSON,
            r#"{"errors":"The access token is invalid"}"#,
        )),
    }
}

#[tokio::test]
async fn the_credentials_go_in_the_body() {
    let fake = Fake::start(|_| None).await;
    fake.api().token().await.unwrap();
    let request = &fake.seen_at("/oauth/token")[0];
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert!(!request.headers.contains_key("authorization"));
    let mut fields: Vec<&str> = request.body.split('&').collect();
    fields.sort_unstable();
    let secret = format!("client_secret={SECRET}");
    assert_eq!(
        fields,
        [
            "client_id=test-client-id",
            &secret,
            "grant_type=client_credentials"
        ]
    );
}

#[tokio::test]
async fn one_token_serves_until_four_fifths_of_its_life_are_over() {
    let fake = Fake::start(|_| None).await;
    let api = fake.api();
    api.token().await.unwrap();
    fake.clock.advance(TimeDelta::seconds(4319));
    api.token().await.unwrap();
    assert_eq!(fake.tokens_fetched(), 1);
    fake.clock.advance(TimeDelta::seconds(1));
    api.token().await.unwrap();
    assert_eq!(fake.tokens_fetched(), 2);
}

#[tokio::test]
async fn a_token_that_another_process_kept_is_used() {
    let fake = Fake::start(accepts("kept")).await;
    fake.tokens
        .save(CredentialId::NIL, &kept_token(&fake, TimeDelta::minutes(5)))
        .await
        .unwrap();
    fake.api().me().await.unwrap();
    assert_eq!(fake.tokens_fetched(), 0);
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let fake = Fake::start(accepts("token-1")).await;
    let api = fake.api();
    let calls = (0..4).map(|_| {
        let api = api.clone();
        tokio::spawn(async move { api.me().await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fake.tokens_fetched(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let fake = Fake::start(accepts("token-1")).await;
    fake.tokens
        .save(CredentialId::NIL, &kept_token(&fake, TimeDelta::minutes(5)))
        .await
        .unwrap();
    fake.api().me().await.unwrap();
    assert_eq!(fake.tokens_fetched(), 1);
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_too_ends_it() {
    let fake = Fake::start(accepts("none")).await;
    fake.tokens
        .save(CredentialId::NIL, &kept_token(&fake, TimeDelta::minutes(5)))
        .await
        .unwrap();
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::TokenRejected(_)), "{error}");
    assert_eq!(fake.tokens_fetched(), 1);
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn a_stored_token_that_is_good_is_not_renewed_when_a_company_refuses_it() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/oauth/token" => None,
        "/oauth/token/info" => json(json!({"expires_in_seconds": 5400})),
        _ => Some(reply(401, JSON, r#"{"error":"invalid_token"}"#)),
    })
    .await;
    let api = fake.api();
    api.token().await.unwrap();
    for refused in 1..=2 {
        let error = api.me().await.unwrap_err();
        assert!(matches!(error, Error::TokenRejected(_)), "{error}");
        assert_eq!((fake.tokens_fetched(), fake.calls().len()), (1, refused));
    }
}

#[tokio::test]
async fn a_token_fetched_for_this_very_call_is_not_fetched_again() {
    let fake = Fake::start(accepts("none")).await;
    let error = fake.api().me().await.unwrap_err();
    assert!(matches!(error, Error::TokenRejected(_)), "{error}");
    assert_eq!((fake.tokens_fetched(), fake.calls().len()), (1, 1));
}

#[tokio::test]
async fn calls_refused_together_cause_one_renewal() {
    let fake = Fake::start(|_| None).await;
    let (old, new) = (
        kept_token(&fake, TimeDelta::minutes(5)),
        kept_token(&fake, TimeDelta::zero()),
    );
    let new = Token {
        access_token: "new".into(),
        ..new
    };
    fake.tokens.save(CredentialId::NIL, &new).await.unwrap();
    fake.tokens.forget(CredentialId::NIL, &old).await.unwrap(); // the second of the two
    assert!(
        fake.tokens
            .load(CredentialId::NIL)
            .await
            .unwrap()
            .is_some_and(|kept| kept.is_same(&new))
    );
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_an_outage() {
    let refusal =
        r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#;
    let fake = Fake::start(move |_| Some(reply(401, JSON, refusal))).await;
    let error = fake.api().token().await.unwrap_err();
    assert!(matches!(error, Error::BadCredentials(_)), "{error}");
    assert_eq!(fake.tokens_fetched(), 1);

    let fake = Fake::start(|_| Some(reply(500, "text/html", "<h1>We are down</h1>"))).await;
    let error = fake.api().token().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    assert_eq!(fake.tokens_fetched(), 3);
}

#[tokio::test]
async fn a_token_answer_that_is_none_is_unexpected() {
    let bodies = [
        ("text/html", "<h1>Welcome to the guest network</h1>"),
        (JSON, "not json"),
        (JSON, r#"{"token_type":"bearer"}"#),
    ];
    for (content_type, body) in bodies {
        let fake = Fake::start(move |_| Some(reply(200, content_type, body))).await;
        let error = fake.api().token().await.unwrap_err();
        assert!(matches!(error, Error::Unexpected(_)), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_token_is_read_in_every_usual_spelling() {
    for (status, body, life) in [
        (200, r#"{"access_token":"a","expires_in":5400}"#, 5400),
        (201, r#"{"access_token":"a","expires_in":"5400"}"#, 5400),
        (200, r#"{"access_token":"a","expires_in":5400.0}"#, 5400),
        (200, r#"{"access_token":"a","expires_in":-1}"#, 900),
        (200, r#"{"access_token":"a","expires_in":1e300}"#, 86_400),
        (
            200,
            "\u{feff}{\"access_token\":\"a\",\"scope\":\"\\ud83d\"}",
            900,
        ),
    ] {
        let fake = Fake::start(move |_| Some(reply(status, JSON, body))).await;
        fake.api().token().await.unwrap();
        let token = fake.tokens.load(CredentialId::NIL).await.unwrap().unwrap();
        let lived = token.expires_at - token.minted_at;
        assert_eq!(lived, TimeDelta::seconds(life), "{body}");
    }
}

#[tokio::test]
async fn a_failed_fetch_lets_the_next_caller_try() {
    let fake = Fake::start(|seen| (seen.before == 0).then(|| reply(400, JSON, "{}"))).await;
    fake.api().token().await.unwrap_err();
    fake.api().token().await.unwrap();
}

#[tokio::test]
async fn a_process_that_died_while_fetching_holds_nobody_up_for_long() {
    let fake = Fake::start(|_| None).await;
    let now = fake.clock.now();
    assert!(matches!(
        fake.tokens.claim(CredentialId::NIL, now).await.unwrap(),
        Claim::Mint
    ));
    assert!(matches!(
        fake.tokens.claim(CredentialId::NIL, now).await.unwrap(),
        Claim::Wait
    ));
    fake.clock.advance(MINT_LEASE);
    fake.api().token().await.unwrap();
}

#[tokio::test]
async fn revoking_forgets_the_token_on_both_sides() {
    let fake =
        Fake::start(|seen| (seen.path == "/oauth/revoke").then(|| reply(200, JSON, "{}"))).await;
    fake.api().revoke_token().await.unwrap();
    assert!(
        fake.seen_at("/oauth/revoke").is_empty(),
        "nothing to revoke yet"
    );

    fake.tokens
        .save(CredentialId::NIL, &kept_token(&fake, TimeDelta::zero()))
        .await
        .unwrap();
    fake.api().revoke_token().await.unwrap();
    assert!(fake.seen_at("/oauth/revoke")[0].body.contains("token=kept"));
    assert!(fake.tokens.load(CredentialId::NIL).await.unwrap().is_none());
}

#[test]
fn a_token_never_shows_itself() {
    let token = Token {
        access_token: "very-secret".into(),
        minted_at: chrono::DateTime::UNIX_EPOCH,
        expires_at: chrono::DateTime::UNIX_EPOCH,
    };
    assert!(!format!("{token:?}").contains("very-secret"));
}
