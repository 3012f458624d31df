//! Access tokens in Postgres: fetched once for all replicas, sealed, renewed once.

use chrono::{DateTime, TimeDelta, Utc};
use concierge::app::tokens::Tokens;
use concierge::procore::{Claim, MINT_LEASE, Token, TokenCache};
use concierge::vault::{KeyRing, Vault, generate_key_line};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::db::TestDb;
use concierge::clock::Clock;
use concierge::identity::CredentialId;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

/// A token with a life of 90 minutes.
fn token(text: &str, minted_at: DateTime<Utc>) -> Token {
    Token {
        access_token: SecretString::from(text),
        minted_at,
        expires_at: minted_at + TimeDelta::minutes(90),
    }
}

fn vault() -> Vault {
    let line = generate_key_line("k1").unwrap();
    Vault::new(KeyRing::parse(line.expose_secret()).unwrap())
}

/// A firm with an onboarding and a credential; gives the credential's id.
async fn stored_credential(db: &PgPool) -> CredentialId {
    let [firm, connection, credential] = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
    let now = at(0);
    sqlx::query("insert into firm (firm_id, name, created_at) values ($1, 'Acme', $2)")
        .bind(firm)
        .bind(now)
        .execute(db)
        .await
        .unwrap();
    sqlx::query(
        "insert into connection (firm_id, connection_id, environment, company_id, access_way, state,
             created_at)
         values ($1, $2, 'production', 1, 'own_app', 'setting_up', $3)",
    )
    .bind(firm)
    .bind(connection)
    .bind(now)
    .execute(db)
    .await
    .unwrap();
    sqlx::query(
        "insert into credential (firm_id, credential_id, connection_id, client_id, secret,
             fingerprint, state, created_by, created_at)
         values ($1, $2, $3, 'client', '\\x00', 'abcdef', 'current', 'test', $4)",
    )
    .bind(firm)
    .bind(credential)
    .bind(connection)
    .bind(now)
    .execute(db)
    .await
    .unwrap();
    CredentialId(credential)
}

fn is_good(claim: &Claim, text: &str) -> bool {
    match claim {
        Claim::Good(token) => token.access_token.expose_secret() == text,
        Claim::Mint | Claim::Wait => false,
    }
}

#[tokio::test]
async fn one_of_two_replicas_fetches_and_both_use_the_token() {
    let db = TestDb::create().await;
    let credential = stored_credential(db.pool()).await;
    let vault = vault();
    let one = Tokens::new(db.pool().clone(), vault.clone(), Clock::system());
    let other = Tokens::new(db.pool().clone(), vault, Clock::system());

    assert!(matches!(
        one.claim(credential, at(0)).await,
        Ok(Claim::Mint)
    ));
    assert!(matches!(
        other.claim(credential, at(0)).await,
        Ok(Claim::Wait)
    ));

    one.save(credential, &token("t-1", at(0))).await.unwrap();
    for replica in [&one, &other] {
        let claim = replica.claim(credential, at(71)).await.unwrap();
        assert!(is_good(&claim, "t-1"), "{claim:?}");
        let claim = replica.claim(credential, at(73)).await.unwrap();
        assert!(
            !is_good(&claim, "t-1"),
            "past four fifths of its life: {claim:?}"
        );
    }
}

#[tokio::test]
async fn many_at_once_are_told_to_fetch_exactly_once() {
    let db = TestDb::create().await;
    let credential = stored_credential(db.pool()).await;
    let vault = vault();
    let replicas: Vec<_> = (0..12)
        .map(|_| Tokens::new(db.pool().clone(), vault.clone(), Clock::system()))
        .collect();

    let claims = replicas
        .iter()
        .map(|replica| replica.claim(credential, at(0)));
    let claims = futures_util::future::join_all(claims).await;

    let mints = claims
        .iter()
        .filter(|claim| matches!(claim, Ok(Claim::Mint)))
        .count();
    let waits = claims
        .iter()
        .filter(|claim| matches!(claim, Ok(Claim::Wait)))
        .count();
    assert_eq!((mints, waits), (1, 11));
}

#[tokio::test]
async fn a_claim_ends_by_release_or_when_its_holder_is_gone() {
    let db = TestDb::create().await;
    let credential = stored_credential(db.pool()).await;
    let tokens = Tokens::new(db.pool().clone(), vault(), Clock::system());

    assert!(matches!(
        tokens.claim(credential, at(0)).await,
        Ok(Claim::Mint)
    ));
    tokens.release(credential).await.unwrap();
    assert!(matches!(
        tokens.claim(credential, at(0)).await,
        Ok(Claim::Mint)
    ));

    let late = at(0) + MINT_LEASE;
    assert!(matches!(
        tokens.claim(credential, late).await,
        Ok(Claim::Mint)
    ));
}

#[tokio::test]
async fn a_refused_token_is_dropped_once_for_all_replicas() {
    let db = TestDb::create().await;
    let credential = stored_credential(db.pool()).await;
    let vault = vault();
    let one = Tokens::new(db.pool().clone(), vault.clone(), Clock::system());
    let other = Tokens::new(db.pool().clone(), vault, Clock::system());
    let refused = token("t-1", at(0));
    one.save(credential, &refused).await.unwrap();
    assert!(is_good(
        &other.claim(credential, at(1)).await.unwrap(),
        "t-1"
    ));

    one.forget(credential, &refused).await.unwrap();
    assert!(matches!(
        one.claim(credential, at(2)).await,
        Ok(Claim::Mint)
    ));
    one.save(credential, &token("t-2", at(2))).await.unwrap();

    other.forget(credential, &refused).await.unwrap();
    let claim = other.claim(credential, at(3)).await.unwrap();
    assert!(is_good(&claim, "t-2"), "the newer one stays: {claim:?}");
}

#[tokio::test]
async fn a_token_lies_sealed_and_one_that_does_not_open_is_fetched_again() {
    let db = TestDb::create().await;
    let credential = stored_credential(db.pool()).await;
    let tokens = Tokens::new(db.pool().clone(), vault(), Clock::system());
    tokens
        .save(credential, &token("very-secret-token", at(0)))
        .await
        .unwrap();

    let stored: Vec<u8> = sqlx::query_scalar("select token from procore_token")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains("very-secret-token"));

    let without_key = Tokens::new(db.pool().clone(), vault(), Clock::system());
    assert!(without_key.load(credential).await.unwrap().is_none());
    assert!(matches!(
        without_key.claim(credential, at(1)).await,
        Ok(Claim::Mint)
    ));
    assert!(tokens.load(credential).await.unwrap().is_some());
}

#[tokio::test]
async fn an_unknown_credential_is_an_error_not_a_wait() {
    let db = TestDb::create().await;
    let tokens = Tokens::new(db.pool().clone(), vault(), Clock::system());
    assert!(
        tokens
            .claim(CredentialId(Uuid::new_v4()), at(0))
            .await
            .is_err()
    );
}
