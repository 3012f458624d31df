//! *Use this company*: one that the person who signed in with Procore administers.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::json;

use super::proven;
use crate::app::App;
use crate::connection::{AccessWay, Connection, Target};
use crate::flows::onboarding::{Seen, check_version, lock};
use crate::flows::submit_credentials::{self, Entered};
use crate::flows::{Error, hand_over, replace_credentials};
use crate::identity::{Actor, Verb};
use crate::onboarding::Stage;
use crate::store::claims::{self, Claim};
use crate::store::credentials::{self, Proof, StoredAccess};
use crate::store::sign_ins::{self, SeenCompany, SignIn, SignInHolder};
use crate::store::{install_waits, projects_seen};
use crate::verdict::ReasonCode;

/// The same choice within this time is a form that was sent twice.
const TWICE_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// Why a company was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChooseError {
    /// Nobody signed in with Procore, or too long ago.
    #[error("nobody signed in with Procore")]
    NotSignedIn,
    /// The person may not give it, or it is another firm's.
    #[error("the company cannot be used: {0}")]
    NotUsable(ReasonCode),
    /// The connection leads to another company, which stays.
    #[error("the connection leads to another company")]
    AnotherCompany,
    #[error(transparent)]
    Flow(Error),
}

impl<E: Into<Error>> From<E> for ChooseError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

/// What stands in the way of a company that the person sees; nothing, if they may use it.
pub(crate) fn obstacle(sign_in: &SignIn, company_id: i64) -> Option<ReasonCode> {
    let mut companies = sign_in.companies.iter();
    match companies.find(|company| company.id == company_id) {
        Some(company) => obstacle_of(company),
        None => Some(ReasonCode::NotYours),
    }
}

pub(super) fn obstacle_of(company: &SeenCompany) -> Option<ReasonCode> {
    if !company.installed {
        return Some(ReasonCode::NotInstalled);
    }
    if company.unanswered {
        return Some(ReasonCode::Unreachable);
    }
    (!company.administered).then_some(ReasonCode::NotYours)
}

/// Takes a company by the proof of who administers it. In the setup it is checked like typed details; once
/// connected, the proof takes the place of what is in use after every check passed.
///
/// Only what Procore said counts: the sign-in is read here, of this holder and this setup, and never from
/// what the form sends. The proof names its company, and opens no other.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    (holder, browser): (SignInHolder, &SecretString),
    seen: Seen,
    company_id: i64,
) -> Result<Stage, ChooseError> {
    let firm_id = actor.may(Verb::SubmitCredentials)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm_id, seen).await?;
    let (onboarding, known) = (stored.onboarding, stored.connection);
    let task = hand_over::of(&mut tx, app, actor, &onboarding).await?;
    let at = (firm_id, onboarding.id);
    let sign_in = proven(&mut tx, at, (holder, browser), now).await?;
    let sign_in = sign_in.filter(|it| it.may_give(company_id));
    let sign_in = sign_in.ok_or(ChooseError::NotSignedIn)?;
    if let Some(obstacle) = obstacle(&sign_in, company_id) {
        return Err(ChooseError::NotUsable(obstacle));
    }
    let environment = sign_in.environment.as_str();
    if claims::holder(&mut tx, firm_id, environment, company_id).await? == Claim::Taken {
        return Err(ChooseError::NotUsable(ReasonCode::Taken));
    }
    let target = Target {
        environment: environment.to_owned(),
        company_id,
        access_way: AccessWay::VendorApp,
    };
    let current = match &known {
        Some(known) => credentials::find_access(&mut tx, known).await?,
        None => None,
    };
    let is_done = onboarding.stage == Stage::Done;
    let sent_twice = current.is_some_and(|it| is_just_given(&sign_in, &target, &it, now));
    if !is_done && sent_twice {
        return Ok(onboarding.stage);
    }
    check_version(&onboarding, seen)?;
    let connection = known.unwrap_or_else(|| {
        let id = app.clock.new_id();
        Connection::open(id, firm_id, target.clone(), now)
    });
    if is_done && !connection.target.is_same_company(&target) {
        return Err(ChooseError::AnotherCompany);
    }
    let vendor = app.config.vendor_app(environment);
    let vendor = vendor.ok_or(ChooseError::NotSignedIn)?;
    let proof = app.clock.new_id();
    let access = StoredAccess::VendorClient(Proof {
        id: proof,
        firm_id,
        connection_id: connection.id,
        environment: target.environment.clone(),
        company_id,
        client_id: vendor.client_id.as_str().to_owned(),
        person: sign_in.person.clone(),
        created_by: actor.name().to_owned(),
        created_at: now,
    });
    let connection_id = connection.id;
    let stage = if is_done {
        actor.may(Verb::ReplaceCredentials)?;
        replace_credentials::propose(&mut tx, app, actor, &access).await?;
        Stage::Done
    } else {
        let person = &sign_in.person;
        let entered = Entered {
            target,
            access,
            facts: json!({ "proven_by": { "name": person.name, "login": person.login } }),
        };
        let walk = (onboarding, connection);
        submit_credentials::enter(&mut tx, app, actor, walk, task.as_ref(), entered).await?
    };
    let company = sign_in.companies.iter().find(|it| it.id == company_id);
    let projects = company.map_or(&[][..], |company| &company.projects);
    let of = (firm_id, connection_id, proof);
    projects_seen::replace(&mut tx, of, projects, now).await?;
    install_waits::forget(&mut tx, at).await?;
    sign_ins::use_for(&mut tx, at, holder, company_id).await?;
    tx.commit().await?;
    Ok(stage)
}

/// Whether the access in use is what would be given now, and was given a moment ago by the same sign-in.
/// Who signed in again wants it to be tried again.
fn is_just_given(
    sign_in: &SignIn,
    target: &Target,
    current: &StoredAccess,
    now: DateTime<Utc>,
) -> bool {
    match current {
        StoredAccess::VendorClient(proof) => {
            proof.is_for(target)
                && proof.person == sign_in.person
                && proof.created_at >= sign_in.returned_at
                && now - proof.created_at < TWICE_WITHIN
        }
        StoredAccess::FirmClient(_) => false,
    }
}
