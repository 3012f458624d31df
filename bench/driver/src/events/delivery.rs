//! An event as Procore delivers it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use serde_json::json;
use uuid::Uuid;

use crate::http::Connection;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Where Procore delivers for a firm, and the records that it announces.
#[derive(Clone, Debug)]
pub struct Target {
    pub firm: Uuid,
    pub hook: Uuid,
    pub company: i64,
    pub path: String,
    pub authorization: String,
    pub records: Vec<i64>,
}

/// Counts events, so that each has an id of its own.
#[derive(Default)]
pub struct Numbers(usize);

#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub body: String,
    pub target: Target,
}

impl Event {
    /// The `place`-th of a series: a record of the target that was updated just now.
    pub fn new(numbers: &mut Numbers, target: &Target, place: usize) -> Self {
        numbers.0 += 1;
        let id = format!("{}{:016}", now(), numbers.0);
        let record = target.records[place % target.records.len()];
        let body = json!({
            "id": numbers.0, "ulid": id, "resource_name": "Company Vendors",
            "event_type": "update", "resource_id": record, "company_id": target.company,
        });
        Self {
            id,
            body: body.to_string(),
            target: target.clone(),
        }
    }

    pub async fn deliver(&self, conn: &mut Connection) -> Result<()> {
        deliver(conn, &self.target, &self.body).await
    }
}

pub async fn deliver(conn: &mut Connection, to: &Target, body: &str) -> Result<()> {
    let answer = conn.deliver(&to.path, &to.authorization, body).await?;
    ensure!(
        answer.status == 204,
        "a delivery was answered {}",
        answer.status
    );
    Ok(())
}

/// The first ten letters of a ULID: milliseconds since 1970.
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis() as u64;
    (0..10)
        .rev()
        .map(|place| char::from(CROCKFORD[(millis >> (5 * place) & 31) as usize]))
        .collect()
}
