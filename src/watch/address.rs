//! *Test our address*: sends an event of our own through the public address, as Procore would.

use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::connections::find_active;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{AddressTest, Connection};
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::paths;
use crate::procore::NoAnswer;
use crate::store::{activities, address_tests};
use crate::vault::{new_endpoint, random_token, token_hash};
use crate::work::{Lease, Task};

/// The kind of this work. The word is stored with what is due.
pub(crate) const KIND: &str = "test_address";

/// As long as Procore waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long the endpoint of a test is open at most.
const OPEN_FOR: TimeDelta = TimeDelta::minutes(1);

/// The work of testing the address for a connection.
pub(crate) fn task(firm_id: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: KIND,
        key: connection.0,
        firm: Some(firm_id),
    }
}

/// Tests it, and keeps the result as an entry of the timeline.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a test of no firm")?;
    let mut conn = app.db.acquire().await?;
    let connection = find_active(&mut conn, firm_id, ConnectionId(lease.key)).await?;
    drop(conn);
    let Some(connection) = connection else {
        return Ok(());
    };
    let answer = deliver(app, &connection).await?;
    let system = Actor::system_for(firm_id);
    let mut tx = app.db.begin().await?;
    let arrived = address_tests::end(&mut tx, (firm_id, connection.id)).await?;
    let tested = match answer {
        Ok((status, took)) => AddressTest::of_answer(status, arrived, took),
        Err(NoAnswer::NotSent(error)) => return Err(error.into()),
        Err(NoAnswer::Unreachable) => AddressTest::Unreachable,
        Err(NoAnswer::TimedOut) => AddressTest::TimedOut {
            seconds: PATIENCE.as_secs(),
        },
    };
    let facts = json!({ "connection": connection.id, "tested": tested });
    let activity = app.activity(&system, ActivityVerb::AddressTested);
    activities::record(&mut tx, &activity.with(facts)).await?;
    Ok(tx.commit().await?)
}

/// Opens an endpoint for the test, and delivers an event to it.
async fn deliver(
    app: &App,
    connection: &Connection,
) -> anyhow::Result<Result<(u16, Duration), NoAnswer>> {
    let (firm_id, now) = (connection.firm_id, app.clock.now());
    let (endpoint, token) = (new_endpoint(firm_id)?, random_token()?);
    let authorization = SecretString::from(format!("Bearer {}", token.expose_secret()));
    let mut conn = app.db.acquire_for_write().await?;
    let (address, secret) = (token_hash(&endpoint), token_hash(&authorization));
    let of = (firm_id, connection.id);
    address_tests::open(&mut conn, of, &address, &secret, now + OPEN_FOR).await?;
    conn.finish().await?;
    let event = json!({
        "id": app.clock.new_id::<uuid::Uuid>(),
        "timestamp": now,
        "reason": "update",
        "resource_type": "address_test",
        "company_id": connection.target.company_id.to_string(),
    });
    let to = app.config.public_url.join(&paths::webhook(&endpoint))?;
    let sent = app
        .procore
        .deliver_to_us(to, &authorization, event.to_string(), PATIENCE);
    Ok(sent.await)
}
