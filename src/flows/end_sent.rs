//! Ends what a person sent to others, with their access.

use serde_json::json;
use sqlx::PgConnection;

use super::{Error, audit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, FirmId, PersonId};
use crate::store::{firms, hand_overs, links, queue_lines};

/// Ends the open invitations and hand-overs that a person sent for one firm.
pub(super) async fn at_firm(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    firm: FirmId,
    person: PersonId,
) -> Result<(), Error> {
    let now = app.clock.now();
    links::end_sent_by(conn, person, Some(firm), now).await?;
    for ended in hand_overs::end_sent_by(conn, firm, person, now).await? {
        let activity = app
            .activity(actor, ActivityVerb::HandOverRevoked)
            .at_firm(firm)
            .about(&ended.name)
            .with(json!({ "hand_over": ended.id, "task": ended.task }));
        audit::record(conn, &activity).await?;
        queue_lines::refresh(conn, firm, ended.onboarding, now).await?;
    }
    Ok(())
}

/// The same for every firm of theirs, and for support.
pub(super) async fn everywhere(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    person: PersonId,
) -> Result<(), Error> {
    for firm in firms::list_of_person(conn, person).await? {
        at_firm(conn, app, actor, firm.id, person).await?;
    }
    links::end_sent_by(conn, person, None, app.clock.now()).await?;
    Ok(())
}
