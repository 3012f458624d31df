//! `/procore/sign-in` and `/procore/callback`: to Procore and back.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::access::{FirmAccess, SignedIn, Visitor};
use super::answer::{SeeOther, see_other};
use super::cookie;
use super::error::PageError;
use super::view::NoticeKind;
use crate::app::App;
use crate::flows::hand_over::open;
use crate::flows::procore_sign_in::{self, Choice, Departure, ReturnOutcome, Visit};
use crate::identity::{OnboardingId, Who};
use crate::onboarding::Stage;
use crate::paths;
use crate::store::sign_ins::SignInHolder;
use crate::text::vendor as text;

/// What stands between what the browser keeps and the token of a colleague's link.
const BETWEEN: char = '.';

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::PROCORE_SIGN_IN, post(start))
        .route(paths::PROCORE_CALLBACK, get(back))
}

/// *Sign in with Procore*.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    pub onboarding: String,
    #[serde(default)]
    pub environment: String,
}

impl SignInForm {
    pub(super) fn onboarding(&self) -> Result<OnboardingId, PageError> {
        self.onboarding.parse().map_err(|_| PageError::Missing)
    }
}

/// Who is not signed in here is asked for that first.
async fn start(
    State(app): State<App>,
    _: SignedIn,
    access: FirmAccess,
    Form(input): Form<SignInForm>,
) -> Result<Response, PageError> {
    let holder = SignInHolder::Session(access.session.session_id);
    let (actor, id) = (&access.actor, input.onboarding()?);
    let departure = procore_sign_in::start(&app, actor, holder, id, &input.environment).await?;
    Ok(depart(&app, &departure, None))
}

/// Sends somebody to Procore; a colleague's browser keeps their link as well, to come back to it.
pub(super) fn depart(app: &App, departure: &Departure, link: Option<&SecretString>) -> Response {
    let mut kept = departure.browser.expose_secret().to_owned();
    if let Some(link) = link {
        kept.push(BETWEEN);
        kept.push_str(link.expose_secret());
    }
    let to = see_other(departure.to.to_string());
    (cookie::away(app, kept), to).into_response()
}

/// What Procore sends along.
#[derive(Deserialize)]
pub(super) struct BackQuery {
    #[serde(default)]
    state: String,
    code: Option<SecretString>,
    error: Option<String>,
}

/// Somebody comes back. Nothing of the address is shown, and it leads on in any case.
async fn back(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(query): Query<BackQuery>,
) -> Result<Response, PageError> {
    let (browser, link) = kept(&app, &headers);
    let opened = match &link {
        Some(link) => open::look(&app, link).await.ok(),
        None => None,
    };
    let source = visitor.source().0;
    let session = visitor.session.as_ref().map(|session| {
        let who = Who {
            id: session.person,
            name: session.name.clone(),
            source,
        };
        (session.session_id, who)
    });
    let visit = Visit {
        state: &SecretString::from(query.state),
        browser: &browser,
        session,
        link: opened,
        source,
    };
    let code = match (&query.error, &query.code) {
        (None, Some(code)) => Ok(code),
        (Some(error), _) => Err(error.as_str()),
        (None, None) => Err("no code"),
    };
    let returned = procore_sign_in::back(&app, &visit, code).await?;
    let signed_in = matches!(returned, Some((_, _, ReturnOutcome::SignedIn(_))));
    let returned_by_link = signed_in && link.is_some();
    let to = match (returned, &link) {
        (None, _) => see_other(paths::HOME).with_message(text::SIGN_IN_OVER),
        (Some((_, _, outcome)), Some(link)) => told(see_other(paths::handover(link)), outcome),
        (Some((firm, Stage::Done, outcome)), None) => {
            told(see_other(paths::replace_credentials(firm)), outcome)
        }
        (Some((firm, _, outcome)), None) => {
            told(see_other(paths::step(firm, Stage::Credentials)), outcome)
        }
    };
    // What a colleague proved counts in this browser alone, which is known by what it keeps.
    Ok(match returned_by_link {
        true => to.into_response(),
        false => (cookie::drop_away(&app), to).into_response(),
    })
}

/// What a browser keeps while it is away, and the token of the link that it came from.
fn kept(app: &App, headers: &HeaderMap) -> (SecretString, Option<SecretString>) {
    let kept = cookie::kept_while_away(app, headers).unwrap_or_default();
    match kept.split_once(BETWEEN) {
        Some((browser, link)) => (browser.into(), Some(link.into())),
        None => (kept.into(), None),
    }
}

/// What tells the browser of a colleague from others that have a link to the same task.
pub(super) fn browser(app: &App, headers: &HeaderMap) -> SecretString {
    kept(app, headers).0
}

fn told(to: SeeOther, outcome: ReturnOutcome) -> SeeOther {
    match outcome {
        ReturnOutcome::SignedIn(Choice::Usable) => to.with_success(text::SIGNED_IN),
        ReturnOutcome::SignedIn(Choice::Obstructed) => {
            to.with(NoticeKind::NeedsYou, text::NONE_USABLE)
        }
        ReturnOutcome::SignedIn(Choice::None) => to.with(NoticeKind::NeedsYou, text::NO_COMPANY),
        ReturnOutcome::Cancelled => to.with_message(text::CANCELLED),
        ReturnOutcome::CodeRefused => to.with_message(text::CODE_REFUSED),
        ReturnOutcome::Away => to.with(NoticeKind::Waiting, text::AWAY),
        ReturnOutcome::Ours => to.with(NoticeKind::NeedsYou, text::OURS),
    }
}
