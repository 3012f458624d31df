//! Actions of support that are done from the case itself: no page in between, and a reason only
//! where somebody gives one.

use std::future::Future;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;

use super::CaseAccess;
use super::action::{ActionFields, ActionForm, refuse};
use super::page::{self, CaseQuery};
use crate::app::App;
use crate::flows::case::{CaseError, SeenCase};
use crate::identity::Remark;
use crate::onboarding::case::WhyNot;
use crate::paths;
use crate::text::case::not_done;
use crate::web::answer::{SeeOther, page as answer, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Notice;

/// One action that is done from the case.
pub(crate) trait InPlaceAction: Sized + Send + Sync + 'static {
    /// Its button.
    const LABEL: &'static str;
    /// Its address below the case.
    const SLUG: &'static str;

    /// What its form sends besides the reason.
    type Fields: ActionFields;

    /// Whether it applies.
    fn applies(access: &CaseAccess) -> Result<(), WhyNot>;

    /// Calls the flow. Returns where to go on.
    fn run(call: InPlaceCall<'_, Self>)
    -> impl Future<Output = Result<SeeOther, CaseError>> + Send;
}

/// What was sent, for the flow.
pub(crate) struct InPlaceCall<'a, A: InPlaceAction> {
    pub app: &'a App,
    pub access: &'a CaseAccess,
    pub seen: SeenCase,
    pub input: <A::Fields as ActionFields>::Input,
    pub reason: Option<Remark>,
}

pub(super) fn route<A: InPlaceAction>() -> Router<App> {
    let path = paths::route(paths::CASE_ACTION, "action", A::SLUG);
    Router::new().route(&path, get(back).post(submit::<A>))
}

/// There is no page to show, so its address leads to the case.
async fn back(access: CaseAccess) -> SeeOther {
    see_other(access.home())
}

async fn submit<A: InPlaceAction>(
    State(app): State<App>,
    access: CaseAccess,
    Form(sent): Form<ActionForm<A::Fields>>,
) -> Result<Response, PageError> {
    let mut form = sent.ask.form();
    let input = sent.fields.read(&app, &access, &mut form);
    let reason = sent.ask.optional_reason(&mut form);
    let (status, notice) = match (input, reason, A::applies(&access)) {
        // The flow knows best, and first of all whether somebody else was faster.
        (Some(input), Some(reason), _) => {
            let call = InPlaceCall {
                app: &app,
                access: &access,
                seen: sent.ask.seen()?,
                input,
                reason,
            };
            match A::run(call).await {
                Ok(answer) => return Ok(answer.into_response()),
                Err(error) => refuse(&access.shell(&app), &mut form, error)?,
            }
        }
        (_, _, Err(why)) => {
            form = FormState::default();
            let notice = Notice::needs_you(not_done(&why.to_string()));
            (StatusCode::CONFLICT, Some(notice))
        }
        (_, _, Ok(())) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let shown = page::build(&app, &access, CaseQuery::default(), form, notice).await?;
    answer(status, &shown)
}
