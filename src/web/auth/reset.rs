//! `/reset`: a forgotten password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::sign_in::wait_until;
use crate::app::App;
use crate::flows::request_reset::{self, RequestResetOutcome};
use crate::identity::Email;
use crate::web::access::Visitor;
use crate::web::answer::{ok, refused};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "auth/reset.html")]
struct ResetPage {
    shell: Shell,
    form: FormState,
}

#[derive(Template)]
#[template(path = "auth/link_sent.html")]
pub(crate) struct LinkSent {
    pub shell: Shell,
    /// Whether it is certain that a mail was sent: to one's own address, never to a typed one.
    pub certain: bool,
}

#[derive(Deserialize)]
pub(crate) struct ResetForm {
    #[serde(default)]
    email: String,
}

pub(super) async fn get(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    ok(&ResetPage {
        shell: visitor.shell(&app),
        form: FormState::default(),
    })
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Form(input): Form<ResetForm>,
) -> Result<Response, PageError> {
    let shell = visitor.shell(&app);
    let mut form = FormState::default().keep("email", input.email.trim());
    let Some(email) = form.check("email", Email::parse(&input.email)) else {
        return refused(&ResetPage { shell, form });
    };
    match request_reset::run(&app, &email, visitor.source().0).await? {
        RequestResetOutcome::Taken => ok(&LinkSent {
            shell,
            certain: false,
        }),
        RequestResetOutcome::Wait(until) => {
            form.fail("email", wait_until(&app, until));
            refused(&ResetPage { shell, form })
        }
    }
}
