//! The table `activity`: who did what, when, from where. Append-only.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::activity::{ActivityVerb, Audience};
use crate::identity::{
    Access, ActivityId, Actor, ActorKind, ConnectionId, FirmId, Grant, OnboardingId, PersonId,
    Place,
};

/// An entry to be written. Details hold no secret, no token and no e-mail address.
#[derive(Clone, Debug)]
pub struct NewActivity<'a> {
    id: ActivityId,
    at: DateTime<Utc>,
    actor: &'a Actor,
    firm: Option<FirmId>,
    verb: ActivityVerb,
    subject: Option<String>,
    details: Value,
    audience: Audience,
    /// The account it was done with, or attempted with.
    account: Option<PersonId>,
    source: Option<IpAddr>,
}

impl<'a> NewActivity<'a> {
    /// An entry of `actor`, filed under the firm the actor works on. `id` comes from the clock and
    /// orders the entries.
    pub fn new(id: ActivityId, at: DateTime<Utc>, actor: &'a Actor, verb: ActivityVerb) -> Self {
        Self {
            id,
            at,
            actor,
            firm: actor.firm(),
            verb,
            subject: None,
            details: Value::Object(serde_json::Map::new()),
            audience: Audience::Firm,
            account: actor.person(),
            source: actor.source(),
        }
    }

    /// The object of the action.
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Details, as a JSON object.
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Files it under `firm` instead.
    pub(crate) fn at_firm(mut self, firm: FirmId) -> Self {
        self.firm = Some(firm);
        self
    }

    /// Hides it from the firm.
    pub(crate) fn for_staff_only(mut self) -> Self {
        self.audience = Audience::Staff;
        self
    }

    /// Files it under the account of `person`, with which somebody attempted it.
    pub(crate) fn at_account(mut self, person: PersonId) -> Self {
        self.account = Some(person);
        self
    }

    /// Says where it came from, if not from the actor.
    pub(crate) fn from(mut self, source: Option<IpAddr>) -> Self {
        self.source = source;
        self
    }

    pub(crate) fn verb(&self) -> ActivityVerb {
        self.verb
    }

    pub(crate) fn actor(&self) -> &Actor {
        self.actor
    }

    pub(crate) fn firm(&self) -> Option<FirmId> {
        self.firm
    }

    /// The entry's columns, for statements that write it together with something else.
    pub(super) fn row(&self) -> NewRow<'_> {
        NewRow {
            activity_id: self.id.0,
            firm_id: self.firm.map(|firm| firm.0),
            at: self.at,
            actor_kind: self.actor.kind().as_str(),
            actor_id: self.account.map(|person| person.0),
            actor_name: self.actor.name(),
            on_behalf_of: on_behalf_of(self.actor),
            verb: self.verb.as_str(),
            subject: self.subject.as_deref(),
            source: self.source.map(|source| source.to_string()),
            details: &self.details,
            visible_to: self.audience.as_str(),
        }
    }
}

/// The columns of a new entry.
pub(super) struct NewRow<'a> {
    pub activity_id: Uuid,
    pub firm_id: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub actor_kind: &'static str,
    pub actor_id: Option<Uuid>,
    pub actor_name: &'a str,
    pub on_behalf_of: Option<&'static str>,
    pub verb: &'static str,
    pub subject: Option<&'a str>,
    pub source: Option<String>,
    pub details: &'a Value,
    pub visible_to: &'static str,
}

/// A stored entry.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    pub activity_id: ActivityId,
    pub at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    pub actor_id: Option<PersonId>,
    pub actor_name: String,
    /// An [`ActivityVerb`] as it is stored, possibly one that another release wrote.
    pub verb: String,
    pub subject: Option<String>,
    pub source: Option<String>,
    pub details: Value,
    pub visible_to: Audience,
}

/// Inserts an entry, in the transaction of the change it records.
pub(crate) async fn record(
    conn: &mut PgConnection,
    activity: &NewActivity<'_>,
) -> Result<(), StoreError> {
    let row = activity.row();
    sqlx::query!(
        r#"
        insert into activity (activity_id, firm_id, at, actor_kind, actor_id, actor_name,
                              on_behalf_of, verb, subject, source, details, visible_to)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        row.activity_id,
        row.firm_id,
        row.at,
        row.actor_kind,
        row.actor_id,
        row.actor_name,
        row.on_behalf_of,
        row.verb,
        row.subject,
        row.source,
        row.details,
        row.visible_to,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes the oldest entries from before `before`, at most `amount`; returns how many there were.
pub(crate) async fn expire(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    amount: i32,
) -> Result<i64, StoreError> {
    let expired = sqlx::query_scalar!(
        r#"select expire_activity($1, $2) as "expired!""#,
        before,
        amount,
    );
    Ok(expired.fetch_one(conn).await?)
}

fn on_behalf_of(actor: &Actor) -> Option<&'static str> {
    match actor {
        Actor::Support {
            place:
                Place::Visit(Grant {
                    access: Access::Act,
                    ..
                }),
            ..
        } => Some("the firm"),
        Actor::Support { .. }
        | Actor::FirmAdmin { .. }
        | Actor::Account { .. }
        | Actor::Colleague { .. }
        | Actor::System { .. } => None,
    }
}

/// A firm's entries, newest first, up to `limit`; `before` is the last id of the page above.
/// [`Audience::Firm`] leaves out what is for staff only; `kinds` are the kinds of actors, all if empty.
pub(crate) async fn list_of_firm(
    conn: &mut PgConnection,
    firm: FirmId,
    audience: Audience,
    kinds: &[ActorKind],
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Activity>, StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let entries = sqlx::query_as!(
        Activity,
        r#"
        select activity_id, at, actor_kind as "actor_kind: ActorKind",
               actor_id as "actor_id: PersonId", actor_name,
               verb, subject, source, details, visible_to as "visible_to: Audience"
        from activity
        where firm_id = $1
          and ($2 or visible_to = 'firm')
          and ($3::text[] = '{}' or actor_kind = any($3))
          and activity_id < coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        order by activity_id desc
        limit $5
        "#,
        firm.0,
        audience == Audience::Staff,
        &kinds as &[&str],
        before.map(|entry| entry.0),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(entries)
}

/// A firm's newest entries about one of its projects, as the firm may see them.
pub(crate) async fn list_of_project(
    conn: &mut PgConnection,
    firm: FirmId,
    project: i64,
    limit: i64,
) -> Result<Vec<Activity>, StoreError> {
    let entries = sqlx::query_as!(
        Activity,
        r#"
        select activity_id, at, actor_kind as "actor_kind: ActorKind",
               actor_id as "actor_id: PersonId", actor_name,
               verb, subject, source, details, visible_to as "visible_to: Audience"
        from activity
        where firm_id = $1 and visible_to = 'firm' and details ->> 'project' = $2
        order by activity_id desc
        limit $3
        "#,
        firm.0,
        project.to_string(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(entries)
}

/// The newest entry with this verb that is about a connection. One from before entries named it is about
/// the one that the firm had connected last by then.
pub(crate) async fn find_last_of(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    verb: ActivityVerb,
) -> Result<Option<Activity>, StoreError> {
    let named = sqlx::query_as!(
        Activity,
        r#"
        select activity_id, at, actor_kind as "actor_kind: ActorKind",
               actor_id as "actor_id: PersonId", actor_name,
               verb, subject, source, details, visible_to as "visible_to: Audience"
        from activity
        where firm_id = $1 and verb = $2 and details ->> 'connection' = $3
        order by activity_id desc
        limit 1
        "#,
        firm.0,
        verb.as_str(),
        connection.to_string(),
    );
    if let Some(named) = named.fetch_optional(&mut *conn).await? {
        return Ok(Some(named));
    }
    let unnamed = sqlx::query_as!(
        Activity,
        r#"
        select activity_id, at, actor_kind as "actor_kind: ActorKind",
               actor_id as "actor_id: PersonId", actor_name,
               verb, subject, source, details, visible_to as "visible_to: Audience"
        from activity
        where firm_id = $1 and verb = $2 and details ->> 'connection' is null
          and $3 = (
              select connection_id from connection c
              where c.firm_id = $1 and c.connected_at <= activity.at
              order by c.connected_at desc
              limit 1
          )
        order by activity_id desc
        limit 1
        "#,
        firm.0,
        verb.as_str(),
        connection.0,
    );
    Ok(unnamed.fetch_optional(conn).await?)
}

/// The facts of a firm's entries with these verbs since a moment, oldest first.
pub(crate) async fn list_facts(
    conn: &mut PgConnection,
    firm: FirmId,
    verbs: &[ActivityVerb],
    since: DateTime<Utc>,
) -> Result<Vec<Value>, StoreError> {
    let verbs: Vec<String> = verbs.iter().map(|verb| verb.as_str().to_owned()).collect();
    let facts = sqlx::query_scalar!(
        r#"
        select details
        from activity
        where firm_id = $1 and verb = any($2) and at >= $3
        order by activity_id
        "#,
        firm.0,
        &verbs,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(facts)
}

/// What happened to a person's account, newest first, up to `limit`.
pub(crate) async fn list_of_account(
    conn: &mut PgConnection,
    person: PersonId,
    limit: i64,
) -> Result<Vec<Activity>, StoreError> {
    let entries = sqlx::query_as!(
        Activity,
        r#"
        select activity_id, at, actor_kind as "actor_kind: ActorKind",
               actor_id as "actor_id: PersonId", actor_name,
               verb, subject, source, details, visible_to as "visible_to: Audience"
        from activity
        where actor_id = $1
          and (verb like 'account.%' or verb in ('invitation.accepted', 'access.refused'))
        order by activity_id desc
        limit $2
        "#,
        person.0,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(entries)
}

/// Support's last action on a case; such entries name their onboarding.
pub(crate) async fn find_last_at_case(
    conn: &mut PgConnection,
    firm: FirmId,
    onboarding_id: OnboardingId,
) -> Result<Option<Activity>, StoreError> {
    let entry = sqlx::query_as!(
        Activity,
        r#"
        select activity_id, at, actor_kind as "actor_kind: ActorKind",
               actor_id as "actor_id: PersonId", actor_name,
               verb, subject, source, details, visible_to as "visible_to: Audience"
        from activity
        where firm_id = $1 and verb like 'case.%' and details->>'onboarding' = $2
        order by activity_id desc
        limit 1
        "#,
        firm.0,
        onboarding_id.to_string(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(entry)
}
