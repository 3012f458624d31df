//! *Someone else will do this*: one task goes to a colleague.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::hand_over_link::link_to_pass_on;
use super::handed::may_hand_over;
use super::{SeenFields, SeenInput, fixes, ledger, on_to_saying, to_missing_step};
use crate::app::App;
use crate::content;
use crate::flows;
use crate::flows::hand_over::send::{self, Ask};
use crate::flows::submit_credentials::CompanyId;
use crate::help::OwnPage;
use crate::identity::{Email, Remark, RemarkError, Task, parse_name};
use crate::onboarding::Stage;
use crate::onboarding::hand_over::{offered, open_tasks, purpose};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text::forms;
use crate::text::hand_over::{self as text, LinkShown};
use crate::verdict::Party;
use crate::web::access::FirmAccess;
use crate::web::answer::{SeeOther, ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::view::{FixCard, Shell};
use crate::web::wizard::run::ShownChecks;

#[derive(Template)]
#[template(path = "wizard/hand_over.html")]
struct HandOverPage {
    shell: Shell,
    form: FormState,
    seen: SeenFields,
    from: &'static str,
    /// The button that leads here.
    heading: &'static str,
    /// The form was reached as *Send these fixes to my Procore admin*.
    as_fixes: bool,
    /// Where the other tasks of the step are handed over, if this form is about one alone.
    others: Option<String>,
    tasks: Vec<TaskChoice>,
    /// Whether the Company ID is still unknown.
    asks_company: bool,
    /// Whether mails leave this machine.
    mails_leave: bool,
    /// What the mail will say about the checks that failed.
    card: Option<FixCard>,
    here: String,
    back: String,
}

struct TaskChoice {
    value: &'static str,
    id: &'static str,
    label: &'static str,
    hint: &'static str,
}

/// The step, and which of the two buttons led here.
#[derive(Deserialize)]
pub(crate) struct HandOverQuery {
    #[serde(default)]
    from: String,
    #[serde(default, rename = "as")]
    named: String,
}

#[derive(Deserialize)]
pub(crate) struct HandOverForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(flatten)]
    asked: HandOverQuery,
    #[serde(default)]
    task: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    company_id: String,
    #[serde(default)]
    message: String,
}

impl HandOverQuery {
    /// The step that the form was opened from. Steps without tasks are 404.
    fn step(&self) -> Result<Stage, PageError> {
        Stage::from_stored(&self.from)
            .filter(|step| !offered(*step).is_empty())
            .ok_or(PageError::Missing)
    }

    fn as_fixes(&self) -> bool {
        self.named == "fixes"
    }
}

pub(super) async fn get(
    State(app): State<App>,
    access: FirmAccess,
    Query(asked): Query<HandOverQuery>,
) -> Result<Response, PageError> {
    let step = asked.step()?;
    let stored = access.onboarding()?;
    if let Err(refused) = stored.onboarding.may_show(step) {
        return Ok(to_missing_step(&access, refused).into_response());
    }
    let tasks = match tasks(&access, stored, &asked, step)? {
        Ok(tasks) => tasks,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let likely = likely_task(&app, stored, step, &tasks).await?;
    let form = FormState::default().keep("task", likely.as_str());
    ok(&build(&app, &access, stored, step, asked.as_fixes(), &tasks, form).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<HandOverForm>,
) -> Result<Response, PageError> {
    let step = input.asked.step()?;
    let stored = access.onboarding()?;
    let tasks = match tasks(&access, stored, &input.asked, step)? {
        Ok(tasks) => tasks,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let mut form = FormState::default()
        .keep("task", input.task.as_str())
        .keep("name", input.name.trim())
        .keep("email", input.email.trim())
        .keep("company_id", clean(&input.company_id))
        .keep("message", clean(&input.message));
    let task = match tasks.as_slice() {
        [only] => Some(*only),
        several => {
            let chosen = Task::from_stored(&input.task).filter(|task| several.contains(task));
            form.check("task", chosen.ok_or(forms::TASK))
        }
    };
    let name = form.check("name", parse_name(&input.name));
    let email = form.check("email", Email::parse(&input.email));
    let company_id = match clean(&input.company_id).as_str() {
        "" => Some(None),
        typed => {
            let parsed = CompanyId::parse(typed, &app.config.procore_environments);
            form.check("company_id", parsed).map(Some)
        }
    };
    let message = own_sentence(&mut form, &input.message);
    let (Some(task), Some(name), Some(email), Some(company_id), Some(message)) =
        (task, name, email, company_id, message)
    else {
        let as_fixes = input.asked.as_fixes();
        return refused(&build(&app, &access, stored, step, as_fixes, &tasks, form).await?);
    };
    let seen = input.seen.seen()?;
    let card = card_of_task(&app, stored, task, step).await?;
    let fixes = card.as_ref().map(fixes::in_mail);
    let ask = Ask {
        task,
        step,
        name: name.clone(),
        email,
        company_id: company_id.map(CompanyId::get),
        message,
    };
    match send::run(
        &app,
        &access.actor,
        seen.onboarding_id,
        &ask,
        fixes.as_ref(),
    )
    .await
    {
        Err(flows::Error::HoldsSecret) => {
            form.set("message", "");
            form.fail("message", forms::SECRET_IN_MESSAGE);
            let as_fixes = input.asked.as_fixes();
            refused(&build(&app, &access, stored, step, as_fixes, &tasks, form).await?)
        }
        Ok(sent) if !app.mails_leave() => {
            let back = paths::step(access.firm.id, sent.next);
            link_to_pass_on(&app, &access, (sent.id, LinkShown::Sent), back).await
        }
        result => {
            let next = result.map(|sent| sent.next);
            Ok(on_to_saying(&access, next, text::sent(&name))?.into_response())
        }
    }
}

/// What the admin says in their own words, if anything; `None` where it was refused.
fn own_sentence(form: &mut FormState, typed: &str) -> Option<Option<Remark>> {
    match Remark::reason(&clean(typed)) {
        Ok(message) => Some(Some(message)),
        Err(RemarkError::NoReason | RemarkError::NoNote) => Some(None),
        Err(RemarkError::Secret) => {
            form.set("message", "");
            form.fail("message", forms::SECRET_IN_MESSAGE);
            None
        }
        Err(error @ RemarkError::TooLong(_)) => {
            form.fail("message", error.to_string());
            None
        }
    }
}

/// The tasks to choose from, or where to go if none is left.
fn tasks(
    access: &FirmAccess,
    stored: &Stored,
    asked: &HandOverQuery,
    step: Stage,
) -> Result<Result<Vec<Task>, SeeOther>, PageError> {
    if !may_hand_over(access) {
        return Err(PageError::Missing);
    }
    let mut tasks = open_tasks(step, &stored.onboarding);
    if asked.as_fixes() {
        tasks.retain(|task| *task == Task::FixPermissions);
    }
    if tasks.is_empty() {
        let step = see_other(paths::step(access.firm.id, step));
        return Ok(Err(step.with_message(text::NO_TASK_LEFT)));
    }
    Ok(Ok(tasks))
}

/// The task that the checks call for.
async fn likely_task(
    app: &App,
    stored: &Stored,
    step: Stage,
    tasks: &[Task],
) -> Result<Task, flows::Error> {
    let code = match step {
        Stage::Completing => ledger::newest(app, stored)
            .await?
            .and_then(|(run, _)| run.code),
        _ => {
            let checks = purpose(Task::FixPermissions, step);
            ShownChecks::newest(app, stored, checks).await?.code()
        }
    };
    let wanted = match code.map(|code| code.party()) {
        Some(Party::FirmAdmin) => Task::EnterCredentials,
        Some(Party::ProcoreAdmin) => Task::FixPermissions,
        Some(Party::Us | Party::Procore) | None => tasks[0],
    };
    Ok(if tasks.contains(&wanted) {
        wanted
    } else {
        tasks[0]
    })
}

/// What stands open, if the task is to fix it.
pub(super) async fn card_of_task(
    app: &App,
    stored: &Stored,
    task: Task,
    step: Stage,
) -> Result<Option<content::FixCard>, PageError> {
    match task {
        Task::EnterCredentials => Ok(None),
        Task::FixPermissions if step == Stage::Completing => {
            let newest = ledger::newest(app, stored).await?;
            Ok(newest.and_then(|(run, entries)| {
                fixes::of_completion(app, stored, &entries, run.code?, OwnPage::FIX)
            }))
        }
        Task::FixPermissions => fixes::newest(app, stored, purpose(task, step)).await,
    }
}

async fn build(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    step: Stage,
    as_fixes: bool,
    tasks: &[Task],
    form: FormState,
) -> Result<HandOverPage, PageError> {
    let firm = access.firm.id;
    let choices = tasks.iter().zip(["task", "task_other"]);
    Ok(HandOverPage {
        shell: access.shell(app),
        seen: (&stored.onboarding).into(),
        from: step.as_str(),
        heading: match step {
            _ if as_fixes => text::SEND_THESE_FIXES,
            Stage::Review | Stage::Credentials => text::ASK_MY_ADMIN,
            Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete
            | Stage::Completing
            | Stage::Done => text::SOMEONE_ELSE,
        },
        as_fixes,
        others: (as_fixes && open_tasks(step, &stored.onboarding).len() > tasks.len())
            .then(|| paths::hand_over(firm, step)),
        tasks: choices.map(|(task, id)| choice(*task, id)).collect(),
        asks_company: tasks.contains(&Task::EnterCredentials) && stored.target().is_none(),
        card: match tasks.contains(&Task::FixPermissions) {
            true => card_of_task(app, stored, Task::FixPermissions, step).await?,
            false => None,
        }
        .as_ref()
        .map(FixCard::from),
        mails_leave: app.mails_leave(),
        here: paths::hand_over_form(firm),
        back: paths::step(firm, step),
        form,
    })
}

fn choice(task: Task, id: &'static str) -> TaskChoice {
    TaskChoice {
        value: task.as_str(),
        id,
        label: task.label(),
        hint: task.hint(),
    }
}
