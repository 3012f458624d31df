//! Creates a firm with its first onboarding.

use sqlx::PgConnection;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Settings;
use crate::identity::{Actor, DeskVerb, FirmId, OnboardingId};
use crate::onboarding::Onboarding;
use crate::store::firms::{self, Firm};
use crate::store::{activities, onboardings, queue_lines};

/// A firm to create.
#[derive(Clone, Debug)]
pub struct NewFirm {
    pub name: String,
    /// The host product's own id.
    pub external_reference: Option<String>,
    pub prefill: Prefill,
}

/// What the host product knows of the firm already.
#[derive(Clone, Debug, Default)]
pub struct Prefill {
    /// The company's number in Procore.
    pub company_id: Option<i64>,
    /// What the firm is likely to bring.
    pub draft: Option<Settings>,
}

/// The result of creating a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateFirmOutcome {
    Created(FirmId),
    /// Another firm has this external reference.
    ReferenceTaken,
}

/// Creates the firm and opens its onboarding, together or not at all.
pub async fn run(app: &App, actor: &Actor, new: &NewFirm) -> Result<CreateFirmOutcome, Error> {
    actor.may_at_desk(DeskVerb::CreateFirm)?;
    let id = app.clock.new_id();
    let mut tx = app.db.begin().await?;
    if create(&mut tx, app, actor, id, new).await?.is_none() {
        return Ok(CreateFirmOutcome::ReferenceTaken);
    }
    tx.commit().await?;
    Ok(CreateFirmOutcome::Created(id))
}

/// The same in the caller's transaction; returns the onboarding, or `None` if another firm has the
/// reference.
pub(super) async fn create(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    id: FirmId,
    new: &NewFirm,
) -> Result<Option<OnboardingId>, Error> {
    let now = app.clock.now();
    let firm = Firm {
        id,
        name: new.name.clone(),
        external_reference: new.external_reference.clone(),
        created_at: now,
    };
    if !firms::create(conn, &firm).await? {
        return Ok(None);
    }
    let onboarding = Onboarding {
        known_company_id: new.prefill.company_id,
        draft: new.prefill.draft.clone(),
        ..Onboarding::open(app.clock.new_id(), firm.id, now)
    };
    onboardings::create(conn, &onboarding).await?;
    queue_lines::refresh(conn, onboarding.firm_id, onboarding.id, now).await?;
    let activity = app
        .activity(actor, ActivityVerb::FirmCreated)
        .about(&firm.name);
    activities::record(conn, &activity.at_firm(firm.id)).await?;
    Ok(Some(onboarding.id))
}
