//! A further link to a task that a colleague has not answered: for the admin to pass on, or by mail as
//! a reminder. The links before it stay good, and all of them live for another week.

use secrecy::SecretString;
use serde_json::json;
use sqlx::PgConnection;

use super::super::{Error, slow_down};
use super::letter::Fixes;
use super::send;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, HandOverId, Verb};
use crate::mail;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::LIFE;
use crate::store::hand_overs::{self, HandOver};
use crate::store::{activities, firms, queue_lines};
use crate::{paths, vault};

/// A link for the admin to pass on, and the colleague whom it is for.
#[derive(Debug)]
pub struct CopiedLink {
    pub link: SecretString,
    pub name: String,
}

/// Makes a link that the admin passes on. Only an admin of the firm gets one, never support.
pub async fn copy(app: &App, actor: &Actor, id: HandOverId) -> Result<CopiedLink, Error> {
    let mut tx = app.db.begin().await?;
    let (hand_over, _) = open_task(&mut tx, app, actor, id).await?;
    let link = add(&mut tx, app, &hand_over).await?;
    record(
        &mut tx,
        app,
        actor,
        &hand_over,
        ActivityVerb::HandOverLinkCopied,
    )
    .await?;
    tx.commit().await?;
    Ok(CopiedLink {
        link,
        name: hand_over.name,
    })
}

/// Mails the colleague again; `fixes` are what stands open by now. Returns the step where the setup
/// stands.
pub async fn remind(
    app: &App,
    actor: &Actor,
    id: HandOverId,
    fixes: Option<&Fixes>,
) -> Result<Stage, Error> {
    let mut tx = app.db.begin().await?;
    let (hand_over, stage) = open_task(&mut tx, app, actor, id).await?;
    slow_down::mail(&mut tx, app, actor, hand_over.firm).await?;
    let firm = firms::find(&mut tx, hand_over.firm).await?;
    let firm = firm.ok_or(Error::Missing)?;
    let link = add(&mut tx, app, &hand_over).await?;
    let letter = send::letter(app, &firm.name, &hand_over.asked(), fixes, link);
    mail::queue(
        &mut tx,
        app,
        Some(hand_over.firm),
        &hand_over.email,
        &letter,
    )
    .await?;
    record(
        &mut tx,
        app,
        actor,
        &hand_over,
        ActivityVerb::HandOverReminded,
    )
    .await?;
    queue_lines::refresh(
        &mut tx,
        hand_over.firm,
        hand_over.onboarding_id,
        app.clock.now(),
    )
    .await?;
    tx.commit().await?;
    Ok(stage)
}

/// The task, locked with its onboarding, if the colleague can still do something about it.
async fn open_task(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    id: HandOverId,
) -> Result<(HandOver, Stage), Error> {
    let firm = actor.may(Verb::HandOver)?;
    let (hand_over, stage) = send::lock(conn, app, firm, id).await?;
    match hand_over.state(app.clock.now()).is_open() {
        true => Ok((hand_over, stage)),
        false => Err(Error::Stale),
    }
}

pub(in crate::flows) async fn add(
    conn: &mut PgConnection,
    app: &App,
    hand_over: &HandOver,
) -> Result<SecretString, Error> {
    let now = app.clock.now();
    let token = vault::new_endpoint(hand_over.firm)?;
    let hash = vault::token_hash(&token);
    hand_overs::add_link(conn, hand_over, &hash, now, now + LIFE).await?;
    Ok(app.link(&paths::handover(&token)))
}

async fn record(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    hand_over: &HandOver,
    verb: ActivityVerb,
) -> Result<(), Error> {
    let activity = app
        .activity(actor, verb)
        .about(&hand_over.name)
        .with(json!({ "hand_over": hand_over.id, "task": hand_over.task }));
    Ok(activities::record(conn, &activity).await?)
}
