//! `/support`: every onboarding that is not done, in order of urgency.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::identity::DeskVerb;
use crate::onboarding::attention::WaitingOn;
use crate::store::queue::{self, Listed};
use crate::web::access::SupportAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::paths;
use crate::web::view::{Column, Shell, When, duration};

/// Onboardings on a page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "support/queue.html")]
struct Queue {
    shell: Shell,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    firm: String,
    company: Option<i64>,
    step: String,
    reason: String,
    code: Option<String>,
    waiting_on: &'static str,
    idle: String,
    due: Option<When>,
    assignee: Option<String>,
    contacted: Option<When>,
}

pub async fn get(State(app): State<App>, support: SupportAccess) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::SeeQueue)?;
    let shell = support.shell(&app);
    let mut conn = app.db.acquire().await?;
    let found = queue::list(&mut conn, PAGE).await?;
    drop(conn);
    let columns = [
        "Firm",
        "Step",
        "Reason",
        "Waiting on",
        "Idle",
        "Due",
        "Assignee",
        "Last contact",
    ];
    ok(&Queue {
        columns: columns.map(Column::text).into(),
        rows: found.into_iter().map(|it| row(&app, &shell, it)).collect(),
        shell,
    })
}

fn row(app: &App, shell: &Shell, it: Listed) -> Row {
    let idle = shell.now - it.progress_at;
    let cause = it.cause.after(idle >= app.config.stall_after);
    Row {
        href: paths::case(it.onboarding_id),
        firm: it.firm_name,
        company: it.company_id,
        step: format!("{}. {}", it.stage.number(), it.stage.label()),
        reason: cause.line(it.code),
        code: it.code.map(|code| code.to_string()),
        waiting_on: party(it.waiting_on),
        idle: duration(idle),
        due: it.due_at.map(|at| shell.when(at)),
        assignee: it.assignee,
        contacted: it.contacted_at.map(|at| shell.when(at)),
    }
}

fn party(waiting_on: WaitingOn) -> &'static str {
    match waiting_on {
        WaitingOn::Firm => "Firm",
        WaitingOn::ProcoreAdmin => "Their Procore admin",
        WaitingOn::Us => "Us",
        WaitingOn::Procore => "Procore",
        WaitingOn::Nobody => "Nobody",
    }
}
