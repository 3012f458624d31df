//! The task of entering the Procore details.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Form;

use super::holder::Holder;
use super::page::{Refusals, TaskFrame, back_to_page, show};
use crate::app::App;
use crate::flows::submit_credentials::{self, SubmitError};
use crate::flows::{Error, Seen, start_checks};
use crate::onboarding::CheckPurpose;
use crate::paths;
use crate::store::credentials;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{CheckRow, Notice, SavedSecret, Shell};
use crate::web::wizard::details::{DetailsInput, Offer, blank};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::verify::elsewhere;
use crate::web::wizard::{help, rows};

#[derive(Template)]
#[template(path = "handover/enter.html")]
pub struct EnterDetailsPage {
    shell: Shell,
    frame: TaskFrame,
    details: String,
    form: FormState,
    offer: Offer,
    saved: Option<SavedSecret>,
    /// The checks of the details that were entered with this link.
    checks: Option<Checks>,
}

struct Checks {
    progress: Progress,
    notice: Option<Notice>,
    rows: Vec<CheckRow>,
    elsewhere: Vec<(String, String)>,
}

/// The page. The colleague sees and corrects their own details; those of others are not shown.
pub async fn page(
    app: &App,
    holder: &Holder,
    refusals: Refusals,
) -> Result<EnterDetailsPage, PageError> {
    let hand_over = &holder.held.hand_over;
    let stored = &holder.held.stored;
    let shell = holder.shell(app);
    let mut conn = app.db.acquire().await?;
    let current = match &stored.connection {
        Some(it) => credentials::find_current(&mut conn, it.firm_id, it.id).await?,
        None => None,
    };
    drop(conn);
    let own = current.filter(|current| Some(current.id) == hand_over.credential_id);
    let form = match refusals.details {
        Some(form) => form,
        None => {
            let client_id = own.as_ref().map_or("", |own| own.client_id.as_str());
            let form = blank(stored.target(), None, client_id);
            match (stored.target(), hand_over.company_id) {
                (None, Some(known)) => form.keep("company_id", known.to_string()),
                (None, None) | (Some(_), _) => form,
            }
        }
    };
    let values = help::values(app, Some(stored));
    let offer = Offer::new(app, &values, &form, |text| holder.stuck(text));
    let checks = match &own {
        None => None,
        Some(_) => {
            let shown = ShownChecks::newest(app, stored, CheckPurpose::Verify).await?;
            let rows = shown.rows.iter();
            Some(Checks {
                progress: shown.progress(),
                notice: shown.notice(&shell),
                rows: rows
                    .map(|row| rows::check_row(app, &shell, stored, row, shown.is_running()))
                    .map(|row| row.stuck_at(|code| holder.stuck(code)))
                    .collect(),
                elsewhere: elsewhere(app, &shown, stored),
            })
        }
    };
    Ok(EnterDetailsPage {
        frame: TaskFrame::new(app, holder, refusals.answer),
        details: paths::handover_details(&holder.token),
        form,
        offer,
        saved: own.map(|own| SavedSecret {
            at: shell.when(own.created_at),
            fingerprint: own.fingerprint,
            is_refused: checks
                .as_ref()
                .is_some_and(|checks| checks.progress == Progress::Failed),
        }),
        checks,
        shell,
    })
}

/// Saves the details and starts checking them.
pub async fn post(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<DetailsInput>,
) -> Result<Response, PageError> {
    let (mut form, details) = input.parse(&app);
    let Some(details) = details else {
        return show(&app, &holder, refused(form)).await;
    };
    let onboarding = &holder.held.stored.onboarding;
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    let actor = holder.actor();
    match submit_credentials::run(&app, &actor, seen, &details).await {
        Ok(_) => {}
        Err(SubmitError::SecretMissing) => {
            form.fail("client_secret", SubmitError::SecretMissing.to_string());
            return show(&app, &holder, refused(form)).await;
        }
        Err(SubmitError::Flow(Error::Stale)) => {
            let said = "The setup was changed in the meantime. Nothing of what you sent was saved.";
            return Ok(axum::response::IntoResponse::into_response(
                holder.back().with_message(said),
            ));
        }
        Err(SubmitError::Flow(error)) => return back_to_page(&holder, Err(error)),
    }
    let purpose = CheckPurpose::Verify;
    let started = start_checks::run(&app, &actor, onboarding.id, purpose, Vec::new()).await;
    back_to_page(&holder, started.map(drop))
}

fn refused(form: FormState) -> Refusals {
    Refusals {
        details: Some(form),
        answer: FormState::default(),
    }
}
