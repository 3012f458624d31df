//! Somebody comes back from Procore.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use sqlx::PgConnection;
use tokio::time::timeout;

use super::COUNTS;
use super::choose::obstacle_of;
use super::install::{self, Awaited};
use super::person::{self, Reading};
use super::revoke::InUse;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::flows::hand_over::OpenedLink;
use crate::flows::{Error, audit};
use crate::identity::{Actor, FirmId, SessionId, Who};
use crate::onboarding::Stage;
use crate::procore::{self, CodeError, CompanyId};
use crate::store::onboardings::Stored;
use crate::store::sign_ins::{self, Returned, SeenCompany, SignInHolder};
use crate::store::{claims, memberships, onboardings, vendor_installs};
use crate::vault;

/// How long reading what counts may take: a browser that gives up before the answer learns nothing.
const READING_TAKES: Duration = Duration::from_secs(20);

/// The browser that came back.
pub(crate) struct Visit<'a> {
    /// What Procore was told to send along.
    pub state: &'a SecretString,
    /// What the browser kept.
    pub browser: &'a SecretString,
    pub session: Option<(SessionId, Who)>,
    /// The link of a colleague's task, if it began there.
    pub link: Option<OpenedLink>,
    pub source: Option<IpAddr>,
}

impl Visit<'_> {
    /// Who acts, if it is the one who began.
    fn actor(&self, returned: &Returned, is_member: bool) -> Option<Actor> {
        match (returned.holder()?, &self.session, &self.link) {
            (SignInHolder::Session(began), Some((session, who)), _)
                if is_member && began == *session =>
            {
                Some(Actor::FirmAdmin {
                    firm: returned.firm,
                    who: who.clone(),
                })
            }
            (SignInHolder::HandOver(began), _, Some(link))
                if began == link.hand_over.id && link.state.is_open() =>
            {
                Some(link.actor(self.source))
            }
            _ => None,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnOutcome {
    /// We know who they are and what they administer.
    SignedIn(Choice),
    /// They did not let us in.
    Cancelled,
    /// Procore did not accept the code any more.
    CodeRefused,
    /// Procore does not answer, or asks to wait.
    Away,
    /// Procore does not accept the vendor's key, or answers in a way we do not know.
    Ours,
}

/// What the companies of somebody who signed in come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// At least one can be connected.
    Usable,
    /// Something is in the way of each.
    Obstructed,
    /// They see none.
    None,
}

impl Choice {
    /// `taken` are connected to other firms.
    fn among(companies: &[SeenCompany], taken: &[i64]) -> Self {
        let is_usable = |it: &SeenCompany| obstacle_of(it).is_none() && !taken.contains(&it.id);
        match companies {
            [] => Self::None,
            some if some.iter().any(is_usable) => Self::Usable,
            _ => Self::Obstructed,
        }
    }
}

/// Ends a sign-in: exchanges the code, reads what counts, and has the person's tokens revoked. Returns
/// for which firm, and where its setup stands; nothing where the sign-in is over, or another browser's.
pub(crate) async fn run(
    app: &App,
    visit: &Visit<'_>,
    code: Result<&SecretString, &str>,
) -> Result<Option<(FirmId, Stage, ReturnOutcome)>, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let returned = sign_ins::take(&mut tx, &vault::token_hash(visit.state), now).await?;
    let stored = match &returned {
        Some(it) => onboardings::find(&mut tx, it.firm, it.onboarding).await?,
        None => None,
    };
    // Who was removed while they were away has no right any more.
    let is_member = match (&returned, &visit.session) {
        (Some(it), Some((_, who))) => memberships::has(&mut tx, it.firm, who.id).await?,
        (None, _) | (_, None) => false,
    };
    tx.commit().await?;
    let (Some(returned), Some(stored)) = (returned, stored) else {
        return Ok(None);
    };
    let is_browser = vault::same_bytes(&returned.browser_hash, &vault::token_hash(visit.browser));
    let actor = visit.actor(&returned, is_member).filter(|_| is_browser);
    let Some(actor) = actor else {
        audit::stranger_refused(Some(returned.firm), visit.source);
        return Ok(None);
    };
    let outcome = match code {
        Ok(code) => sign_in(app, &actor, visit, (&returned, &stored), code).await?,
        Err("access_denied") => ReturnOutcome::Cancelled,
        Err(error) => {
            tracing::warn!(firm.id = %returned.firm, "Procore sent somebody back with an error of {} characters", error.len());
            ReturnOutcome::Ours
        }
    };
    Ok(Some((returned.firm, stored.onboarding.stage, outcome)))
}

async fn sign_in(
    app: &App,
    actor: &Actor,
    visit: &Visit<'_>,
    (returned, stored): (&Returned, &Stored),
    code: &SecretString,
) -> Result<ReturnOutcome, Error> {
    let vendor = app.vendor_access(&returned.environment, CompanyId::NONE);
    let Ok(vendor) = vendor else {
        return Ok(ReturnOutcome::Ours);
    };
    let redirect = app.config.sign_in_redirect();
    let signed_in = app
        .procore
        .sign_in(vendor.clone(), code, &redirect, visit.browser)
        .await;
    let api = match signed_in {
        Ok(api) => api,
        Err(CodeError::Refused) => return Ok(ReturnOutcome::CodeRefused),
        Err(CodeError::Procore(error)) => return Ok(failed(&error)),
    };
    let in_use = InUse::keep(app, &returned.environment, api.token()).await;
    let in_use = match in_use {
        Ok(in_use) => in_use,
        // What is not kept cannot be revoked later: now or never.
        Err(error) => {
            if let Err(error) = api.end().await {
                tracing::error!("A person's token could be neither kept nor revoked: {error}");
            }
            return Err(error);
        }
    };
    let read = timeout(READING_TAKES, person::read(app, vendor, &api)).await;
    in_use.end(app, api).await?;
    let reading = match read {
        Ok(Ok(reading)) => reading,
        Ok(Err(error)) => return Ok(failed(&error)),
        Err(_) => return Ok(ReturnOutcome::Away),
    };
    let (person, companies) = (&reading.person, &reading.companies);
    let (firm, now) = (returned.firm, app.clock.now());
    let mut tx = app.db.begin().await?;
    let until = now + COUNTS;
    sign_ins::finish(&mut tx, firm, returned.id, person, companies, until).await?;
    let ids: Vec<i64> = companies.iter().map(|it| it.id).collect();
    let taken = claims::list_taken(&mut tx, firm, &returned.environment, &ids).await?;
    let choice = Choice::among(companies, &taken);
    wait_for_app(&mut tx, app, (returned, stored), &reading, choice).await?;
    let administered = companies.iter().filter(|it| it.administered).count();
    let facts = json!({
        "name": person.name, "login": person.login,
        "companies": companies.len(), "administered": administered,
    });
    let activity = app
        .activity(actor, ActivityVerb::ProcoreSignedIn)
        .with(facts);
    audit::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(ReturnOutcome::SignedIn(choice))
}

/// Sees to it that an install is seen by itself, where none of their companies can be used yet.
async fn wait_for_app(
    conn: &mut PgConnection,
    app: &App,
    (returned, stored): (&Returned, &Stored),
    reading: &Reading,
    choice: Choice,
) -> Result<(), Error> {
    let Some(vendor) = app.config.vendor_app(&returned.environment) else {
        return Ok(());
    };
    let companies = &reading.companies;
    let is_open = choice != Choice::Usable && stored.onboarding.archived_at.is_none();
    let mut without = companies.iter().filter(|company| !company.installed);
    // Of several only the person knows which one it is about: they type its number.
    let only = without.next().filter(|_| without.next().is_none());
    let awaited = only.filter(|_| is_open).map(|company| Awaited {
        id: company.id,
        name: &company.name,
        is_absent: true,
    });
    let hand_over = match returned.holder() {
        Some(SignInHolder::HandOver(id)) => Some(id),
        Some(SignInHolder::Session(_)) | None => None,
    };
    // The waits are written before the installs, as by the look at them.
    install::begin(conn, app, vendor, stored, hand_over, awaited.into_iter()).await?;
    let now = app.clock.now();
    if let Some(listed) = &reading.listed {
        install::note(conn, vendor, listed, now).await?;
    }
    if !reading.listed.as_ref().is_some_and(|it| it.is_whole) {
        // What the list does not tell, their own calls into these companies did.
        let there = companies.iter().filter(|it| it.administered);
        let there: Vec<i64> = there.map(|it| it.id).collect();
        vendor_installs::note_present(conn, &vendor.environment, &there, now).await?;
    }
    Ok(())
}

fn failed(error: &procore::Error) -> ReturnOutcome {
    match error {
        procore::Error::Unavailable { .. }
        | procore::Error::Busy { .. }
        | procore::Error::RateLimited { .. } => ReturnOutcome::Away,
        procore::Error::BadCredentials(_)
        | procore::Error::TokenRejected(_)
        | procore::Error::NotConnected(_)
        | procore::Error::NotPermitted(_)
        | procore::Error::NotVisible(_)
        | procore::Error::Conflict(_)
        | procore::Error::Validation(_)
        | procore::Error::Unexpected(_)
        | procore::Error::Ours { .. } => {
            tracing::error!("A sign-in with Procore failed: {error}");
            ReturnOutcome::Ours
        }
    }
}
