//! The case: where it stands and why, what can be done, and everything that is known.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::CaseAccess;
use super::actions::{self, Button};
use crate::app::App;
use crate::onboarding::attention::WaitingOn;
use crate::store::attention;
use crate::store::cases::Line;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::support::reason;
use crate::web::view::{Notice, NoticeKind, Shell, When};

#[derive(Template)]
#[template(path = "support/case/page.html")]
struct Page {
    shell: Shell,
    firm: String,
    step: &'static str,
    number: usize,
    state: Notice,
    /// The reference that the firm sees, too.
    code: Option<String>,
    facts: Facts,
    buttons: Vec<Button>,
}

/// What the header tells beside the reason.
struct Facts {
    reference: Option<String>,
    waiting_on: &'static str,
    since: When,
    progress: When,
    due: Option<When>,
    assignee: Option<String>,
    is_mine: bool,
    snoozed_until: Option<When>,
    contacted: Option<When>,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    let onboarding = access.onboarding();
    let mut conn = app.db.acquire().await?;
    let (firm_id, now) = (onboarding.firm_id, app.clock.now());
    let evidence = attention::evidence(&mut conn, firm_id, onboarding.id, now).await?;
    let evidence = evidence.ok_or(PageError::Missing)?;
    drop(conn);
    let shell = access.shell(&app);
    let line = &access.case.line;
    ok(&Page {
        firm: access.case.firm.name.clone(),
        step: onboarding.stage.label(),
        number: onboarding.stage.number(),
        state: state(line, &app.config.product_name),
        code: line.code.map(|code| code.to_string()),
        facts: facts(&shell, &access),
        buttons: actions::buttons(&access, &evidence),
        shell,
    })
}

fn state(line: &Line, product: &str) -> Notice {
    let kind = match line.waiting_on {
        WaitingOn::Us => NoticeKind::NeedsYou,
        WaitingOn::Firm | WaitingOn::ProcoreAdmin | WaitingOn::Procore => NoticeKind::Waiting,
        WaitingOn::Nobody => NoticeKind::Info,
    };
    Notice::new(kind, reason::sentence(line.reason, line.code, product))
}

fn facts(shell: &Shell, access: &CaseAccess) -> Facts {
    let line = &access.case.line;
    let later = |at: &chrono::DateTime<chrono::Utc>| *at > shell.now;
    Facts {
        reference: access.case.firm.external_reference.clone(),
        waiting_on: reason::waiting_on(line.waiting_on),
        since: shell.when(line.since),
        progress: shell.when(line.progress_at),
        due: line.due_at.map(|at| shell.when(at)),
        assignee: line.assignee.as_ref().map(|it| it.name.clone()),
        is_mine: access.is_mine(),
        snoozed_until: line.snoozed_until.filter(later).map(|at| shell.when(at)),
        contacted: line.contacted_at.map(|at| shell.when(at)),
    }
}
