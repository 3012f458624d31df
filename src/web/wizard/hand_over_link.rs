//! What the firm does about a task in a colleague's hands, and the page with its link.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::hand_over::card_of_task;
use super::{fixes, on_to_saying};
use crate::app::App;
use crate::flows;
use crate::flows::hand_over::{further_link, revoke, send};
use crate::identity::{FirmId, HandOverId, Task};
use crate::onboarding::Stage;
use crate::paths;
use crate::text::hand_over::{self as text, LinkShown};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "wizard/hand_over_link.html")]
struct HandOverLinkPage {
    shell: Shell,
    name: String,
    /// Whom it is passed on to, and why by the reader.
    lead: String,
    link: String,
    to_concierge: bool,
    back: String,
}

/// The page that a button of a hand-over was on.
#[derive(Default, Deserialize)]
pub(crate) struct CameFrom {
    #[serde(default)]
    back: String,
}

impl CameFrom {
    /// Back there, or to the step where the setup stands.
    fn address(&self, access: &FirmAccess, stage: Stage) -> String {
        let firm = access.firm.id;
        if self.back == CONCIERGE {
            return paths::concierge(firm);
        }
        let onboarding = access.onboarding().map(|stored| &stored.onboarding);
        let shown = Stage::from_stored(&self.back)
            .filter(|step| onboarding.is_ok_and(|it| it.may_show(*step).is_ok()));
        paths::step(firm, shown.unwrap_or(stage))
    }
}

/// What the tile calls its page in [`CameFrom`].
const CONCIERGE: &str = "concierge";

/// Back to where the button was, with a sentence on what was done.
fn back_saying(
    access: &FirmAccess,
    from: &CameFrom,
    result: Result<Stage, flows::Error>,
    done: &'static str,
) -> Result<Response, PageError> {
    let answer = match result {
        Ok(stage) => see_other(from.address(access, stage)).with_success(done),
        error => super::on_to(access, error)?,
    };
    Ok(answer.into_response())
}

/// The link itself, where no mail brings it.
pub(super) async fn link_to_pass_on(
    app: &App,
    access: &FirmAccess,
    (id, why): (HandOverId, LinkShown),
    back: String,
) -> Result<Response, PageError> {
    let copied = match further_link::copy(app, &access.actor, id).await {
        Ok(copied) => copied,
        Err(error) => return Ok(super::on_to(access, Err(error))?.into_response()),
    };
    ok(&HandOverLinkPage {
        shell: access.shell(app),
        lead: text::above_link(why, &copied.name),
        name: copied.name,
        link: copied.link.expose_secret().to_owned(),
        to_concierge: back == paths::concierge(access.firm.id),
        back,
    })
}

/// *Remind*: mails the colleague again.
pub(super) async fn remind(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, hand_over)): Path<(FirmId, HandOverId)>,
    Form(from): Form<CameFrom>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let step = stored.onboarding.stage;
    let card = card_of_task(&app, stored, Task::FixPermissions, step).await?;
    let fixes = card.as_ref().map(fixes::in_mail);
    match further_link::remind(&app, &access.actor, hand_over, fixes.as_ref()).await {
        Ok(stage) if !app.mails_leave() => {
            let back = from.address(&access, stage);
            link_to_pass_on(&app, &access, (hand_over, LinkShown::Reminded), back).await
        }
        result => back_saying(&access, &from, result, text::REMINDED),
    }
}

/// *Copy link*: shows a further link, this once.
pub(super) async fn copy_link(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, hand_over)): Path<(FirmId, HandOverId)>,
    Form(from): Form<CameFrom>,
) -> Result<Response, PageError> {
    let back = from.address(&access, access.onboarding()?.onboarding.stage);
    link_to_pass_on(&app, &access, (hand_over, LinkShown::Copied), back).await
}

pub(super) async fn take_back(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, hand_over)): Path<(FirmId, HandOverId)>,
    Form(from): Form<CameFrom>,
) -> Result<Response, PageError> {
    let result = revoke::run(&app, &access.actor, hand_over).await;
    back_saying(&access, &from, result, text::TAKEN_BACK)
}

pub(super) async fn send_again(
    State(app): State<App>,
    access: FirmAccess,
    Path((_, hand_over)): Path<(FirmId, HandOverId)>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let step = stored.onboarding.stage;
    let card = card_of_task(&app, stored, Task::FixPermissions, step).await?;
    let fixes = card.as_ref().map(fixes::in_mail);
    match send::again(&app, &access.actor, hand_over, fixes.as_ref()).await {
        Ok(sent) if !app.mails_leave() => {
            let back = paths::step(access.firm.id, sent.next);
            link_to_pass_on(&app, &access, (sent.id, LinkShown::SentAgain), back).await
        }
        result => {
            let next = result.map(|sent| sent.next);
            Ok(on_to_saying(&access, next, text::SENT_AGAIN)?.into_response())
        }
    }
}
