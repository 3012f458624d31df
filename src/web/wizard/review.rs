//! Step 1: what to bring, what that takes, and what will happen.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::data_form::{self, DataSetBox, filled};
use super::handed::Panel;
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, SeenInput, changed_meanwhile, on_to, rail};
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::Settings;
use crate::content::{ClickPath, PathId};
use crate::flows::{self, confirm_review};
use crate::help;
use crate::onboarding::Stage;
use crate::paths;
use crate::store::onboardings::Stored;
use crate::text::onboarding::step_name;
use crate::text::setup as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, page, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Notice, Rail, Shell};

#[derive(Template)]
#[template(path = "wizard/review.html")]
struct ReviewPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    form: FormState,
    notice: Option<Notice>,
    sets: Vec<DataSetBox>,
    effort: Effort,
    steps: [(&'static str, &'static str); 6],
    handed: Panel,
}

/// How long it takes in Procore to register and install an app, in minutes.
struct Effort {
    /// Without projects.
    without_projects: u32,
    with_projects: u32,
}

impl Effort {
    fn of(path: Option<ClickPath>) -> Self {
        let minutes = |projects| {
            let tasks = path.iter().flat_map(|path| &path.tasks);
            let tasks = tasks.filter(|task| projects || task.only_for.is_none());
            tasks.map(|task| task.minutes).sum()
        };
        Self {
            without_projects: minutes(false),
            with_projects: minutes(true),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct ReviewForm {
    #[serde(flatten)]
    seen: SeenInput,
    /// Keys of the ticked data sets.
    #[serde(default)]
    data: Vec<String>,
    /// Set by *Ask my Procore admin*.
    ask: Option<String>,
}

pub(crate) struct ReviewStep;

impl WizardStep for ReviewStep {
    const STAGE: Stage = Stage::Review;
}

pub(super) async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<ReviewStep>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let wanted = stored.wanted().cloned();
    let form = filled(&wanted.unwrap_or_else(Settings::suggested));
    ok(&build(&app, &access, stored, form, None).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<ReviewForm>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let (form, wanted) = data_form::parse(&input.data, &[]);
    let Some(wanted) = wanted else {
        return refused(&build(&app, &access, stored, form, None).await?);
    };
    let seen = input.seen.seen()?;
    match confirm_review::run(&app, &access.actor, seen, &wanted).await {
        Err(flows::Error::Stale) => {
            let shell = access.shell(&app);
            let saved = stored.wanted().map(Settings::labels);
            let notice = Some(changed_meanwhile(&shell, stored, saved, text::OWN_CHOICE));
            let answer = build(&app, &access, stored, form, notice).await?;
            page(StatusCode::CONFLICT, &answer)
        }
        Ok(_) if input.ask.is_some() => {
            Ok(see_other(paths::hand_over(access.firm.id, Stage::Review)).into_response())
        }
        result => Ok(on_to(&access, result)?.into_response()),
    }
}

async fn build(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    form: FormState,
    notice: Option<Notice>,
) -> Result<ReviewPage, PageError> {
    let shell = access.shell(app);
    let values = help::values(app, Some(stored));
    let way = stored.target().map(|target| target.access_way);
    Ok(ReviewPage {
        rail: rail(access, &shell, stored, Stage::Review),
        seen: (&stored.onboarding).into(),
        form,
        notice,
        sets: DataSet::OF_COMPANY
            .into_iter()
            .map(|set| DataSetBox::new(set, text::data_set_in_brief(set).to_owned()))
            .collect(),
        effort: Effort::of(help::path(PathId::OwnApp, &values)),
        steps: Stage::STEPS.map(|step| (step_name(step, way), step.summary())),
        handed: Panel::new(app, access, &shell, Stage::Review).await?,
        shell,
    })
}
