//! A host product that follows what was copied, by the example of `docs/HOST.md`.

use sqlx::PgPool;
use tokio::process::Command;
use uuid::Uuid;

use super::db::{READER_ROLE, TestDb};

/// A record: firm, connection, kind, id, hash of the body, whether Procore shows it, number of its last change.
pub(crate) type Followed = (String, Uuid, String, i64, String, bool, i64);

pub(crate) struct HostProduct {
    db: TestDb,
}

impl HostProduct {
    pub(crate) async fn new() -> Self {
        Self {
            db: TestDb::create().await,
        }
    }

    /// Follows what is new, `at_a_time` changes in one step.
    pub(crate) async fn follow(&self, concierge: &TestDb, at_a_time: u32) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/follow.sh");
        let ran = Command::new(script)
            .args([
                concierge.psql_url(Some(READER_ROLE)),
                self.db.psql_url(None),
            ])
            .env("AT_A_TIME", at_a_time.to_string())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
    }

    /// What it has by now.
    pub(crate) async fn records(&self) -> Vec<Followed> {
        sqlx::query_as(
            "select firm, connection_id, kind, procore_id, md5(body::text), is_there, change \
             from procore_record order by connection_id, kind, project_id, procore_id",
        )
        .fetch_all(self.db.pool())
        .await
        .unwrap()
    }
}

/// What the views show.
pub(crate) async fn published(db: &PgPool) -> Vec<Followed> {
    sqlx::query_as(
        "select firm, connection_id, kind, procore_id, md5(body::text), \
                gone_at is null and unavailable_at is null, change \
         from concierge_v1.change where not deleted \
         order by connection_id, kind, project_id, procore_id",
    )
    .fetch_all(db)
    .await
    .unwrap()
}
