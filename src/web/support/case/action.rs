//! Actions of support at a case that are asked about on a page of their own: each is a type with
//! this trait; page, form and responses are shared. See `in_place` for the others.

use std::future::Future;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::CaseAccess;
use super::ask::{Ask, AskInput};
use crate::app::App;
use crate::flows::Error;
use crate::flows::case::{CaseError, SeenCase};
use crate::help;
use crate::identity::{Remark, RemarkError};
use crate::onboarding::case::WhyNot;
use crate::paths;
use crate::text;
use crate::web::answer::{SeeOther, ok, page};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::support::reason;
use crate::web::view::{Notice, Shell};

/// One action at a case, with what its page shows.
pub(crate) trait CaseAction: Sized + Send + Sync + 'static {
    /// The heading of its page, and its button.
    const LABEL: &'static str;
    /// Its address below the case.
    const SLUG: &'static str;
    /// The class of its button.
    const STYLE: &'static str = "button";

    /// What its form sends besides the reason.
    type Fields: ActionFields;
    type Page: Template;

    /// Whether it applies, as far as the evidence tells.
    fn applies(access: &CaseAccess) -> Result<(), WhyNot>;

    /// Reads what the page shows besides the case.
    fn load(app: &App, access: &CaseAccess)
    -> impl Future<Output = Result<Self, PageError>> + Send;

    /// Whether it applies, with what was loaded.
    fn check(&self, access: &CaseAccess) -> Result<(), WhyNot> {
        Self::applies(access)
    }

    /// What will happen, point by point.
    fn effects(&self, app: &App, access: &CaseAccess) -> Vec<String>;

    /// Calls the flow. Returns where to go on.
    fn run(&self, call: Call<'_, Self>)
    -> impl Future<Output = Result<SeeOther, CaseError>> + Send;

    fn page(self, shell: Shell, ask: Ask) -> Self::Page;
}

/// What was sent, for the flow.
pub(crate) struct Call<'a, A: CaseAction> {
    pub app: &'a App,
    pub access: &'a CaseAccess,
    pub seen: SeenCase,
    pub input: <A::Fields as ActionFields>::Input,
    pub reason: Remark,
}

/// The fields of an action's form, as text.
pub(crate) trait ActionFields: DeserializeOwned + Send + 'static {
    /// The parsed fields.
    type Input: Send;

    /// Parses the fields; the form keeps the values and mistakes.
    fn read(self, app: &App, access: &CaseAccess, form: &mut FormState) -> Option<Self::Input>;
}

/// The fields of an action that asks only for the reason.
#[derive(Deserialize)]
pub(crate) struct NoFields {}

impl ActionFields for NoFields {
    type Input = ();

    fn read(self, _: &App, _: &CaseAccess, _: &mut FormState) -> Option<()> {
        Some(())
    }
}

/// The page of such an action.
#[derive(Template)]
#[template(path = "support/case/ask.html")]
pub(crate) struct AskPage {
    pub shell: Shell,
    pub ask: Ask,
}

#[derive(Deserialize)]
pub(super) struct ActionForm<Fields> {
    #[serde(flatten)]
    pub ask: AskInput,
    #[serde(flatten)]
    pub fields: Fields,
}

pub(super) fn route<A: CaseAction>() -> Router<App> {
    let path = paths::route(paths::CASE_ACTION, "action", A::SLUG);
    Router::new().route(&path, get(show::<A>).post(submit::<A>))
}

impl Ask {
    /// The page of an action as things stand.
    fn new<A: CaseAction>(app: &App, access: &CaseAccess, action: &A) -> Self {
        let case = &access.case;
        Self {
            label: A::LABEL,
            effects: action.effects(app, access),
            why_not: action.check(access).err().map(|why| why.to_string()),
            notice: None,
            form: FormState::default(),
            fields: access.seen(),
            firm: case.firm.name.clone(),
            step: access.onboarding().stage.label(),
            state: reason::sentence(
                case.line.situation.code,
                case.line.situation.reason,
                &help::values(app, Some(&case.stored)),
            ),
            here: access.at(A::SLUG),
            back: access.home(),
            style: A::STYLE,
        }
    }
}

async fn show<A: CaseAction>(
    State(app): State<App>,
    access: CaseAccess,
) -> Result<Response, PageError> {
    let action = A::load(&app, &access).await?;
    let ask = Ask::new(&app, &access, &action);
    ok(&action.page(access.shell(&app), ask))
}

async fn submit<A: CaseAction>(
    State(app): State<App>,
    access: CaseAccess,
    Form(sent): Form<ActionForm<A::Fields>>,
) -> Result<Response, PageError> {
    let action = A::load(&app, &access).await?;
    let shell = access.shell(&app);
    let mut form = sent.ask.form();
    let input = sent.fields.read(&app, &access, &mut form);
    let reason = sent.ask.reason(&mut form);
    let mut ask = Ask::new(&app, &access, &action);
    let status = match (input, reason) {
        (Some(input), Some(reason)) => {
            let call = Call {
                app: &app,
                access: &access,
                seen: sent.ask.seen()?,
                input,
                reason,
            };
            match action.run(call).await {
                Ok(answer) => return Ok(answer.into_response()),
                Err(error) => {
                    let (status, notice) = refuse(&shell, &mut form, error)?;
                    ask.notice = notice;
                    status
                }
            }
        }
        // The action no longer applies, and the page says so.
        _ if ask.why_not.is_some() => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    if ask.why_not.is_none() {
        ask.form = form;
    }
    page(status, &action.page(shell, ask))
}

/// How to say that a flow refused: at a field, or in a notice.
pub(super) fn refuse(
    shell: &Shell,
    form: &mut FormState,
    error: CaseError,
) -> Result<(StatusCode, Option<Notice>), PageError> {
    let text = match error {
        CaseError::NotNow(why) => text::case::not_done(&why.to_string()),
        CaseError::Overtaken(last) => super::ask::overtaken(shell, &last),
        CaseError::Flow(Error::HoldsSecret) => {
            // It is not shown again.
            form.set("reason", "");
            form.fail("reason", RemarkError::Secret.to_string());
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, None));
        }
        CaseError::Flow(error) => return Err(error.into()),
    };
    Ok((StatusCode::CONFLICT, Some(Notice::needs_you(text))))
}
