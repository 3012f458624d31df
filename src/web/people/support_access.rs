//! `/firms/{firm}/support`: whether support may act for the firm, and who is on its pages.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::flows::consent;
use crate::identity::{Access, Verb};
use crate::paths;
use crate::store::consents::{self, Consent, ConsentRequest};
use crate::store::grants;
use crate::store::mails::MailState;
use crate::text::{notices, pages};
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{Shell, Since, When};

#[derive(Template)]
#[template(path = "people/support_access.html")]
struct SupportAccessPage {
    shell: Shell,
    firm: String,
    asked: Option<ConsentQuestion>,
    consent: Option<Given>,
    visits: Vec<Visit>,
    /// Support sees this page without its buttons: only the firm can agree.
    may_answer: bool,
    give: String,
    withdraw: String,
    back: String,
}

struct ConsentQuestion {
    who: String,
    what: String,
    at: When,
}

struct Given {
    by: String,
    /// Who wrote it down, and the words.
    recorded: Option<(String, String)>,
    /// When it begins, if it has not begun.
    begins: Option<String>,
    /// The lead who confirmed it.
    confirmed_by: Option<String>,
    until: When,
}

struct Visit {
    name: String,
    doing: &'static str,
    since: Since,
    until: When,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let firm = access.actor.may(Verb::Look)?;
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let asked = consents::find_request(&mut conn, firm, now - consent::QUESTION).await?;
    let consent = consents::find_open(&mut conn, firm, now).await?;
    let visits = grants::list_open(&mut conn, firm, now).await?;
    drop(conn);
    let shell = access.shell(&app);
    ok(&SupportAccessPage {
        firm: access.firm.name.clone(),
        asked: asked.map(|request| question(&shell, request)),
        consent: consent.map(|consent| given(&shell, consent, now)),
        visits: visits.into_iter().map(|it| visit(&shell, it)).collect(),
        may_answer: !access.is_visited(),
        give: paths::give_consent(firm),
        withdraw: paths::withdraw_consent(firm),
        back: paths::concierge(firm),
        shell,
    })
}

pub(super) async fn give(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    consent::give(&app, &access.actor).await?;
    Ok(see_other(paths::support_access(access.firm.id))
        .with_success(notices::CONSENT_GIVEN)
        .into_response())
}

pub(crate) async fn withdraw(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    consent::withdraw(&app, &access.actor).await?;
    Ok(see_other(paths::support_access(access.firm.id))
        .with_success(notices::CONSENT_WITHDRAWN)
        .into_response())
}

fn question(shell: &Shell, request: ConsentRequest) -> ConsentQuestion {
    ConsentQuestion {
        who: request.asked_by,
        what: request.reason,
        at: shell.when(request.asked_at),
    }
}

/// Why no mail about a recorded consent has left.
pub(crate) fn why_not_told(consent: &Consent) -> &'static str {
    match consent.recorded.as_ref().and_then(|it| it.told) {
        Some(MailState::Queued | MailState::Sent) => pages::CONSENT_MAIL_WAITS,
        Some(MailState::Kept) => pages::CONSENT_MAIL_KEPT,
        Some(MailState::Failed) => pages::CONSENT_MAIL_FAILED,
        None => pages::CONSENT_NOBODY_TOLD,
    }
}

fn given(shell: &Shell, consent: Consent, now: DateTime<Utc>) -> Given {
    let begins = (!consent.has_begun(now)).then(|| match consent.begins_at {
        Some(from) => pages::consent_begins(&shell.when(from).exact()),
        None => pages::consent_not_begun(why_not_told(&consent)),
    });
    let confirmed_by = consent.recorded.as_ref();
    Given {
        begins,
        confirmed_by: confirmed_by.and_then(|it| it.confirmed_by.clone()),
        by: consent.given_by,
        recorded: consent.recorded.map(|it| (it.by, it.quote)),
        until: shell.when(consent.expires_at),
    }
}

fn visit(shell: &Shell, visit: grants::Visit) -> Visit {
    Visit {
        name: visit.name,
        doing: match visit.access {
            Access::View => pages::LOOKS,
            Access::Act => pages::ACTS,
        },
        since: shell.when(visit.began_at).into(),
        until: shell.when(visit.until),
    }
}
