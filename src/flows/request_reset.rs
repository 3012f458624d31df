//! A person forgot their password and asks for a link.
//!
//! The page behaves the same whether the address is known or not: a worker handles the request and
//! writes the mail.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::slow_down::{self, Subject};
use super::{Error, links};
use crate::app::App;
use crate::identity::{Email, ResetRequestId, Throttle};
use crate::mail;
use crate::store::links::Purpose;
use crate::store::{people, reset_requests};
use crate::text::mails;
use crate::work::{self, Task};

/// The kind of the work that writes the mail.
pub(crate) const KIND: &str = "password_reset";

/// How long a link works.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// The result of a request, the same for known and unknown addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestResetOutcome {
    /// If the address is known, a mail is queued.
    Taken,
    /// Too many requests; the next one is possible then.
    Wait(DateTime<Utc>),
}

/// Stores the request.
pub(crate) async fn run(
    app: &App,
    email: &Email,
    source: Option<IpAddr>,
) -> Result<RequestResetOutcome, Error> {
    let limits = [
        (Throttle::LINK_SOURCE, Subject::Source(source)),
        (Throttle::LINK_ACCOUNT, Subject::Address(email)),
    ];
    if let Some(until) = slow_down::attempt(app, &limits).await? {
        return Ok(RequestResetOutcome::Wait(until));
    }
    let (now, id) = (app.clock.now(), app.clock.new_id::<ResetRequestId>());
    let task = Task {
        kind: KIND,
        key: id.0,
        firm: None,
    };
    let mut tx = app.db.begin().await?;
    reset_requests::create(&mut tx, id, email, now).await?;
    work::put(&mut tx, task, now).await?;
    tx.commit().await?;
    Ok(RequestResetOutcome::Taken)
}

/// Writes the mail, if the address belongs to a person who may sign in.
pub(crate) async fn send(app: &App, request: ResetRequestId) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let Some(email) = reset_requests::take(&mut tx, request).await? else {
        return Ok(());
    };
    let person = people::find_by_email(&mut tx, &email).await?;
    let Some(person) = person.filter(|person| person.disabled_at.is_none()) else {
        return Ok(tx.commit().await?);
    };
    let made = links::make(&mut tx, app, Purpose::ResetPassword, &email, None, LIFE).await?;
    let product = &app.config.product_name;
    let letter = mails::account::reset(product, &person.name, made.url);
    mail::queue(&mut tx, app, None, &email, &letter).await?;
    tx.commit().await?;
    Ok(())
}
