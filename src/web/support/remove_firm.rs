//! `/support/firms/{firm}/remove`: a lead removes a firm, and reads the receipt afterwards.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use chrono::TimeDelta;
use serde::Deserialize;

use crate::app::App;
use crate::connection::ProcoreTidying;
use crate::flows::remove_firm::{self, RemoveFirmOutcome};
use crate::identity::{DeskVerb, FirmId};
use crate::paths;
use crate::store::firms;
use crate::store::removals::{self, RemovalReceipt};
use crate::text::forms;
use crate::web::access::SupportAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::{Shell, When};

#[derive(Template)]
#[template(path = "support/remove_firm.html")]
struct RemoveFirmPage {
    shell: Shell,
    form: FormState,
    name: String,
    action: String,
}

#[derive(Template)]
#[template(path = "support/removed_firm.html")]
struct RemovedFirmPage {
    shell: Shell,
    removed: When,
    kept_until: Option<When>,
    receipt: RemovalReceipt,
}

#[derive(Deserialize)]
pub(crate) struct RemoveFirmForm {
    #[serde(default)]
    name: String,
}

pub(super) async fn get(
    State(app): State<App>,
    support: SupportAccess,
    Path(firm): Path<FirmId>,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::RemoveFirm)?;
    let mut conn = app.db.acquire().await?;
    if let Some(receipt) = removals::find_receipt(&mut conn, firm).await? {
        let shell = support.shell(&app);
        return ok(&RemovedFirmPage {
            removed: shell.when(receipt.removed_at),
            kept_until: receipt.access_kept_until.map(|until| shell.when(until)),
            receipt,
            shell,
        });
    }
    drop(conn);
    ok(&ask(&app, &support, firm, FormState::default()).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    support: SupportAccess,
    Path(firm): Path<FirmId>,
    Form(input): Form<RemoveFirmForm>,
) -> Result<Response, PageError> {
    let typed = clean(&input.name);
    let now = TimeDelta::zero();
    match remove_firm::run(&app, &support.actor, firm, &typed, now).await? {
        RemoveFirmOutcome::Removed(_) => Ok(see_other(paths::remove_firm(firm)).into_response()),
        RemoveFirmOutcome::NotItsName => {
            let mut form = FormState::default().keep("name", typed);
            form.fail("name", forms::NOT_ITS_NAME);
            refused(&ask(&app, &support, firm, form).await?)
        }
    }
}

async fn ask(
    app: &App,
    support: &SupportAccess,
    firm: FirmId,
    form: FormState,
) -> Result<RemoveFirmPage, PageError> {
    let mut conn = app.db.acquire().await?;
    let found = firms::find(&mut conn, firm).await?;
    Ok(RemoveFirmPage {
        shell: support.shell(app),
        form,
        name: found.ok_or(PageError::Missing)?.name,
        action: paths::remove_firm(firm),
    })
}
