//! `/support/mail`: every mail with its state, and one of them as it reads.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::flows::{read_mail, send_mail_again};
use crate::identity::{DeskVerb, MailId};
use crate::paths;
use crate::store::mails::{self, ListedMail, MailState};
use crate::text::count::{Noun, counted};
use crate::text::{notices, pages};
use crate::web::access::SupportAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{Pager, Shell, Signal, When};

/// Mails on a page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "support/mails.html")]
struct MailListPage {
    shell: Shell,
    mails: Vec<MailRow>,
    pager: Pager,
    /// Whether mail is sent at all.
    has_smtp: bool,
}

struct MailRow {
    subject: String,
    href: String,
    recipient: String,
    firm: Option<String>,
    created: When,
    signal: Signal,
    state: &'static str,
    failure: Option<String>,
}

#[derive(Template)]
#[template(path = "support/mail.html")]
struct MailPage {
    shell: Shell,
    subject: String,
    recipient: String,
    created: When,
    sent: Option<When>,
    attempts: i32,
    signal: Signal,
    state: &'static str,
    failure: Option<String>,
    text: String,
    /// Where it can be sent again, if it was not delivered.
    again: Option<String>,
    back: &'static str,
}

#[derive(Template)]
#[template(path = "support/mail_again.html")]
struct MailAgainPage {
    shell: Shell,
    subject: String,
    recipient: String,
    failure: Option<String>,
    action: String,
    back: String,
}

#[derive(Deserialize)]
pub(crate) struct MailQuery {
    before: Option<MailId>,
}

pub(super) async fn list(
    State(app): State<App>,
    support: SupportAccess,
    Query(at): Query<MailQuery>,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::SeeMail)?;
    let shell = support.shell(&app);
    let mut conn = app.db.acquire().await?;
    // One more than is shown tells whether there is a next page.
    let mut found = mails::list(&mut conn, None, at.before, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| more).map(|last| last.id);
    ok(&MailListPage {
        pager: Pager {
            showing: counted(found.len(), Noun::Mail),
            // Back leads to the newest: earlier pages shift as mails arrive.
            previous: None,
            first: at.before.map(|_| paths::SUPPORT_MAIL.to_owned()),
            next: next.map(|id| format!("{}?before={id}", paths::SUPPORT_MAIL)),
        },
        mails: found.into_iter().map(|mail| row(&shell, mail)).collect(),
        has_smtp: app.mails_leave(),
        shell,
    })
}

pub(super) async fn one(
    State(app): State<App>,
    support: SupportAccess,
    Path(id): Path<MailId>,
) -> Result<Response, PageError> {
    let (mail, text) = read_mail::run(&app, &support.actor, id).await?;
    let shell = support.shell(&app);
    let (signal, state) = state(mail.state);
    ok(&MailPage {
        subject: mail.subject,
        recipient: mail.recipient.as_str().to_owned(),
        created: shell.when(mail.created_at),
        sent: mail.sent_at.map(|at| shell.when(at)),
        attempts: mail.attempts,
        signal,
        state,
        failure: mail.failure,
        text,
        again: (mail.state == MailState::Failed).then(|| paths::send_mail_again(mail.id)),
        back: paths::SUPPORT_MAIL,
        shell,
    })
}

/// Asks whether to send a mail again.
pub(super) async fn ask(
    State(app): State<App>,
    support: SupportAccess,
    Path(id): Path<MailId>,
) -> Result<Response, PageError> {
    let (mail, _) = read_mail::run(&app, &support.actor, id).await?;
    if mail.state != MailState::Failed {
        return Ok(see_other(paths::mail(id)).into_response());
    }
    ok(&MailAgainPage {
        shell: support.shell(&app),
        subject: mail.subject,
        recipient: mail.recipient.as_str().to_owned(),
        failure: mail.failure,
        action: paths::send_mail_again(id),
        back: paths::mail(id),
    })
}

pub(super) async fn again(
    State(app): State<App>,
    support: SupportAccess,
    Path(id): Path<MailId>,
) -> Result<Response, PageError> {
    send_mail_again::run(&app, &support.actor, id).await?;
    let answer =
        see_other(paths::mail(id)).with_success(notices::mail_sent_again(app.mails_leave()));
    Ok(answer.into_response())
}

fn row(shell: &Shell, mail: ListedMail) -> MailRow {
    let (signal, state) = state(mail.state);
    MailRow {
        href: paths::mail(mail.id),
        subject: mail.subject,
        recipient: mail.recipient.as_str().to_owned(),
        firm: mail.firm_name,
        created: shell.when(mail.created_at),
        signal,
        state,
        failure: mail.failure,
    }
}

/// The state of a mail in a word.
pub(super) fn state(state: MailState) -> (Signal, &'static str) {
    match state {
        MailState::Queued => (Signal::Waiting, pages::ON_ITS_WAY),
        MailState::Sent => (Signal::Done, pages::SENT),
        MailState::Failed => (Signal::Needed, pages::NOT_DELIVERED),
        MailState::Kept => (Signal::Idle, pages::KEPT),
    }
}
