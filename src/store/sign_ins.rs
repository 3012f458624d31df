//! The table `procore_sign_in`: people on their way to Procore and back, and what they proved there.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::StoreError;
use crate::connection::ProcorePerson;
use crate::identity::{FirmId, HandOverId, OnboardingId, SessionId, SignInId};

/// Who may bring a sign-in to its end and use what it proved: the session or the link in which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInHolder {
    Session(SessionId),
    HandOver(HandOverId),
}

impl SignInHolder {
    fn session(self) -> Option<SessionId> {
        match self {
            Self::Session(session) => Some(session),
            Self::HandOver(_) => None,
        }
    }

    pub(crate) fn hand_over(self) -> Option<HandOverId> {
        match self {
            Self::Session(_) => None,
            Self::HandOver(hand_over) => Some(hand_over),
        }
    }
}

/// A sign-in that begins.
pub(crate) struct NewSignIn<'a> {
    pub id: SignInId,
    pub firm: FirmId,
    pub onboarding: OnboardingId,
    pub environment: &'a str,
    pub holder: SignInHolder,
    /// Hashes of what Procore sends back, and of what the browser keeps.
    pub state_hash: &'a [u8],
    pub browser_hash: &'a [u8],
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A sign-in that came back.
pub(crate) struct Returned {
    pub id: SignInId,
    pub firm: FirmId,
    pub onboarding: OnboardingId,
    pub environment: String,
    pub browser_hash: Vec<u8>,
    session: Option<SessionId>,
    hand_over: Option<HandOverId>,
}

impl Returned {
    /// Who began it.
    pub(crate) fn holder(&self) -> Option<SignInHolder> {
        let session = self.session.map(SignInHolder::Session);
        session.or(self.hand_over.map(SignInHolder::HandOver))
    }
}

/// A company that a person sees, as it stood when they signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenCompany {
    pub id: i64,
    pub name: String,
    /// Whether the vendor's app is installed there.
    pub installed: bool,
    /// Whether the person administers it.
    pub administered: bool,
    /// Whether Procore did not say, of this company alone.
    #[serde(default)]
    pub unanswered: bool,
    /// The projects that they see there, as far as there was time to ask.
    pub projects: Vec<SeenProject>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenProject {
    pub id: i64,
    pub name: String,
    pub number: Option<String>,
}

impl SeenProject {
    /// Its number and name.
    pub(crate) fn shown(&self) -> String {
        match &self.number {
            Some(number) => format!("{number} {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// What a person proved by signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub environment: String,
    pub person: ProcorePerson,
    pub companies: Vec<SeenCompany>,
    pub returned_at: DateTime<Utc>,
    /// The company that it was used for.
    pub used_for: Option<i64>,
}

impl SignIn {
    /// Whether it may give this company: each proves one.
    pub(crate) fn may_give(&self, company_id: i64) -> bool {
        self.used_for.is_none_or(|used| used == company_id)
    }
}

/// Begins a sign-in; an earlier one of the same holder at the same setup is dropped.
pub(crate) async fn begin(conn: &mut PgConnection, new: &NewSignIn<'_>) -> Result<(), StoreError> {
    let session = new.holder.session().map(|id| id.0);
    let hand_over = new.holder.hand_over().map(|id| id.0);
    sqlx::query!(
        r#"
        delete from procore_sign_in
        where firm_id = $1 and onboarding_id = $2
          and session_id is not distinct from $3 and hand_over_id is not distinct from $4
        "#,
        new.firm.0,
        new.onboarding.0,
        session,
        hand_over,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        insert into procore_sign_in (firm_id, sign_in_id, onboarding_id, environment, session_id,
                                     hand_over_id, state_hash, browser_hash, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        new.firm.0,
        new.id.0,
        new.onboarding.0,
        new.environment,
        session,
        hand_over,
        new.state_hash,
        new.browser_hash,
        new.now,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the sign-in that a state belongs to; nobody gets it a second time, or too late.
pub(crate) async fn take(
    conn: &mut PgConnection,
    state_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Returned>, StoreError> {
    let returned = sqlx::query_as!(
        Returned,
        r#"
        update procore_sign_in set returned_at = $2
        where state_hash = $1 and returned_at is null and expires_at > $2
        returning sign_in_id as "id: SignInId", firm_id as "firm: FirmId",
                  onboarding_id as "onboarding: OnboardingId", environment, browser_hash,
                  session_id as "session: SessionId", hand_over_id as "hand_over: HandOverId"
        "#,
        state_hash,
        now,
    );
    Ok(returned.fetch_optional(conn).await?)
}

/// Notes which company the sign-in of a holder was used for.
pub(crate) async fn use_for(
    conn: &mut PgConnection,
    (firm, onboarding): (FirmId, OnboardingId),
    holder: SignInHolder,
    company_id: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update procore_sign_in set company_id = $5
        where firm_id = $1 and onboarding_id = $2
          and session_id is not distinct from $3 and hand_over_id is not distinct from $4
        "#,
        firm.0,
        onboarding.0,
        holder.session().map(|id| id.0),
        holder.hand_over().map(|id| id.0),
        company_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records what a person proved, until `until`.
pub(crate) async fn finish(
    conn: &mut PgConnection,
    firm: FirmId,
    id: SignInId,
    person: &ProcorePerson,
    companies: &[SeenCompany],
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update procore_sign_in
        set person_id = $3, person_name = $4, person_login = $5, companies = $6, expires_at = $7
        where firm_id = $1 and sign_in_id = $2
        "#,
        firm.0,
        id.0,
        person.id,
        person.name,
        person.login,
        Json(companies) as _,
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the holder proved for a setup, while it counts. Others may have a link to the same task, and what
/// a colleague proved is theirs: it counts in the browser alone that signed in.
pub(crate) async fn find(
    conn: &mut PgConnection,
    (firm, onboarding): (FirmId, OnboardingId),
    holder: SignInHolder,
    browser_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<SignIn>, StoreError> {
    let row = sqlx::query!(
        r#"
        select environment, person_id as "person_id!", person_name as "person_name!",
               person_login as "person_login!", returned_at as "returned_at!",
               companies as "companies!: Json<Vec<SeenCompany>>", company_id as used_for
        from procore_sign_in
        where firm_id = $1 and onboarding_id = $2 and person_id is not null and expires_at > $5
          and session_id is not distinct from $3 and hand_over_id is not distinct from $4
          and (hand_over_id is null or browser_hash = $6)
        "#,
        firm.0,
        onboarding.0,
        holder.session().map(|id| id.0),
        holder.hand_over().map(|id| id.0),
        now,
        browser_hash,
    );
    let row = row.fetch_optional(conn).await?;
    Ok(row.map(|row| SignIn {
        environment: row.environment,
        person: ProcorePerson {
            id: row.person_id,
            name: row.person_name,
            login: row.person_login,
        },
        companies: row.companies.0,
        returned_at: row.returned_at,
        used_for: row.used_for,
    }))
}

/// Deletes what counts no longer.
pub(crate) async fn purge(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from procore_sign_in where expires_at <= $1", now)
        .execute(conn)
        .await?;
    Ok(())
}
