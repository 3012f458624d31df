//! `/sign-out`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::{Browser, sign_out};
use crate::paths;
use crate::text::notices;
use crate::web::answer::see_other;
use crate::web::cookie;
use crate::web::error::PageError;

pub(super) async fn post(State(app): State<App>, browser: Browser) -> Result<Response, PageError> {
    sign_out::here(&app, &browser).await?;
    let answer = see_other(paths::SIGN_IN).with_success(notices::SIGNED_OUT);
    Ok((cookie::drop_session(&app), answer).into_response())
}
