//! `concierge keys`.

use concierge::vault::{KeyRing, Purpose, Sealed, Vault};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::db::TestDb;
use crate::harness::program::{Program, key};

fn vault(keys: &str) -> Vault {
    Vault::new(KeyRing::parse(keys).unwrap())
}

/// Sets up a second factor, sealed with `keys`, for `count` people.
async fn people(db: &PgPool, keys: &str, count: usize) {
    let vault = vault(keys);
    for number in 0..count {
        let id = Uuid::new_v4();
        let secret = SecretString::from(format!("secret-{number}"));
        let sealed = vault.seal(Purpose::SecondFactor, id, &secret).unwrap();
        sqlx::query(
            "insert into person (person_id, name, second_factor, created_at)
             values ($1, 'Ada', $2, now())",
        )
        .bind(id)
        .bind(sealed.as_bytes())
        .execute(db)
        .await
        .unwrap();
    }
}

/// What opens with `keys` alone, in order.
async fn opened(db: &PgPool, keys: &str) -> Vec<String> {
    let vault = vault(keys);
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as("select person_id, second_factor from person")
        .fetch_all(db)
        .await
        .unwrap();
    let mut secrets: Vec<String> = rows
        .into_iter()
        .filter_map(|(id, sealed)| {
            vault
                .open(Purpose::SecondFactor, id, &Sealed::from_bytes(sealed))
                .ok()
        })
        .map(|secret| secret.expose_secret().to_owned())
        .collect();
    secrets.sort();
    secrets
}

fn rotate(db: &TestDb, keys: &str) -> Program {
    Program::new(&["keys", "rotate", "--json"]).configured(&db.serving_url(), keys)
}

#[tokio::test]
async fn a_generated_line_is_usable_and_never_the_same() {
    let one = Program::new(&["keys", "generate"]).run().await;
    let other = Program::new(&["keys", "generate", "--id", "mine", "--json"])
        .run()
        .await;

    assert!(KeyRing::parse(one.stdout.trim()).is_ok());
    assert_eq!(other.json()["id"], "mine");
    let line = other.json()["line"].as_str().unwrap().to_owned();
    assert!(KeyRing::parse(&line).is_ok());
    assert_ne!(one.stdout.split(':').nth(1), line.split(':').nth(1));

    let refused = Program::new(&["keys", "generate", "--id", "Mine!"])
        .run()
        .await;
    assert_eq!(refused.code, 1);
}

#[tokio::test]
async fn rotating_reseals_everything_so_that_the_old_key_can_go() {
    let db = TestDb::create().await;
    let (old, new) = (key("old"), key("new"));
    people(db.pool(), &old, 450).await; // more than two batches
    let before = opened(db.pool(), &old).await;

    let ran = rotate(&db, &format!("{new},{old}")).run().await;

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["ok"], true);
    assert_eq!(opened(db.pool(), &new).await, before);
    assert!(opened(db.pool(), &old).await.is_empty());
    for secret in [before[0].as_str(), new.split(':').nth(1).unwrap()] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret));
    }
}

#[tokio::test]
async fn a_second_run_goes_on_with_what_is_left() {
    let db = TestDb::create().await;
    let (old, new) = (key("old"), key("new"));
    people(db.pool(), &new, 3).await; // as a run that was broken off leaves it
    people(db.pool(), &old, 2).await;

    let ran = rotate(&db, &format!("{new},{old}")).run().await;

    let columns = ran.json()["columns"].clone();
    let person = columns
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["column"] == "person.second_factor");
    assert_eq!(person.unwrap()["resealed"], 2);
    assert_eq!(opened(db.pool(), &new).await.len(), 5);
}

#[tokio::test]
async fn a_key_with_the_right_id_and_other_bytes_is_noticed() {
    let db = TestDb::create().await;
    people(db.pool(), &key("k1"), 2).await;

    let ran = rotate(&db, &key("k1")).run().await;

    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert_eq!(ran.json()["ok"], false);
    assert!(
        ran.stdout.contains("its key has other bytes"),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn ids_made_on_one_day_differ() {
    let generate = async || Program::new(&["keys", "generate", "--json"]).run().await;
    let (one, other) = (generate().await, generate().await);
    assert_ne!(one.json()["id"], other.json()["id"]);
}

#[tokio::test]
async fn what_does_not_open_is_left_alone_and_said() {
    let db = TestDb::create().await;
    let (lost, old, new) = (key("lost"), key("old"), key("new"));
    people(db.pool(), &lost, 1).await;
    people(db.pool(), &old, 2).await;

    let ran = rotate(&db, &format!("{new},{old}")).run().await;

    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["ok"], false);
    assert!(ran.stdout.contains("lost"), "{}", ran.stdout);
    assert_eq!(opened(db.pool(), &new).await.len(), 2);
    assert_eq!(opened(db.pool(), &lost).await.len(), 1);
}

#[tokio::test]
async fn every_sealed_column_of_the_schema_is_on_the_list() {
    use concierge::store::sealed::Column;

    let db = TestDb::create().await;
    let known: Vec<String> = Column::ALL.iter().map(|column| column.name()).collect();
    // Bytes that are no hash, and not what Procore sent, are sealed.
    let mut bytes: Vec<String> = sqlx::query_scalar(
        "select table_name || '.' || column_name from information_schema.columns
         where table_schema = 'public' and data_type = 'bytea'
             and column_name not like '%hash' and table_name not like '\\_sqlx%'
             and table_name || '.' || column_name not in ('throttle.subject', 'unread_event.body')
             and table_name not in (
                 select inhrelid::regclass::text from pg_inherits
             )",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    bytes.sort();
    let mut known_sorted = known.clone();
    known_sorted.sort();
    assert_eq!(bytes, known_sorted);
}
