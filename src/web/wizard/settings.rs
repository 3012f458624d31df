//! Step 4: what to bring from Procore.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::data_form::{self, DataSetBox, filled};
use super::step::{StepAccess, WizardStep};
use super::{SeenFields, SeenInput, changed_meanwhile, on_to, rail};
use crate::app::App;
use crate::catalog::{Choice, DataSet};
use crate::connection::Settings;
use crate::flows::{self, save_settings};
use crate::onboarding::{Onboarding, Stage};
use crate::store::checks;
use crate::store::onboardings::Stored;
use crate::text::setup as text;
use crate::verdict;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, page, refused};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{Notice, Rail, Shell};

#[derive(Template)]
#[template(path = "wizard/settings.html")]
struct SettingsPage {
    shell: Shell,
    rail: Rail,
    seen: SeenFields,
    form: FormState,
    notice: Option<Notice>,
    sets: Vec<DataSetBox>,
}

#[derive(Deserialize)]
pub(crate) struct SettingsForm {
    #[serde(flatten)]
    seen: SeenInput,
    /// Keys of the ticked data sets.
    #[serde(default)]
    data: Vec<String>,
    /// Ticked options, as `data set.option`.
    #[serde(default)]
    option: Vec<String>,
}

pub(crate) struct SettingsStep;

impl WizardStep for SettingsStep {
    const STAGE: Stage = Stage::Settings;
}

pub(super) async fn get(
    State(app): State<App>,
    StepAccess(access, _): StepAccess<SettingsStep>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let settings = stored.wanted().cloned();
    let settings = settings.unwrap_or_else(Settings::suggested);
    let notice = resets(&stored.onboarding);
    ok(&build(&app, &access, stored, filled(&settings), notice).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SettingsForm>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let (form, settings) = data_form::parse(&input.data, &input.option);
    let Some(settings) = settings else {
        let notice = resets(&stored.onboarding);
        return refused(&build(&app, &access, stored, form, notice).await?);
    };
    let seen = input.seen.seen()?;
    match save_settings::run(&app, &access.actor, seen, &settings).await {
        Err(flows::Error::Stale) => {
            let shell = access.shell(&app);
            let saved = saved(stored);
            let notice = Some(changed_meanwhile(&shell, stored, saved, text::OWN_CHOICE));
            let answer = build(&app, &access, stored, form, notice).await?;
            page(StatusCode::CONFLICT, &answer)
        }
        result => {
            let is_saved = result.is_ok();
            let answer = on_to(&access, result)?;
            let before = stored.wanted().map_or(&[][..], Settings::choices);
            let changes = verdict::changed_levels(before, settings.choices());
            Ok(match is_saved && !changes.is_empty() {
                true => answer
                    .with_message(text::levels_change(&changes))
                    .into_response(),
                false => answer.into_response(),
            })
        }
    }
}

async fn build(
    app: &App,
    access: &FirmAccess,
    stored: &Stored,
    form: FormState,
    notice: Option<Notice>,
) -> Result<SettingsPage, PageError> {
    let shell = access.shell(app);
    let proven = proven(app, stored).await?;
    let wanted = stored.wanted().cloned();
    let wanted = wanted.unwrap_or_else(Settings::suggested);
    let hint = |set| {
        let before = wanted.choices();
        let with_it = [before, &[Choice::of(set)]].concat();
        let changes = verdict::changed_levels(before, &with_it);
        text::data_set(set, proven.contains(&set), &changes)
    };
    let sets = DataSet::OF_COMPANY
        .into_iter()
        .map(|set| DataSetBox::new(set, hint(set)))
        .collect();
    Ok(SettingsPage {
        rail: rail(access, &shell, stored, Stage::Settings),
        seen: (&stored.onboarding).into(),
        form,
        notice,
        sets,
        shell,
    })
}

/// The data sets that the newest permission check could read.
async fn proven(app: &App, stored: &Stored) -> Result<Vec<DataSet>, PageError> {
    let connection = stored.connection.as_ref();
    let Some(connection) = connection.filter(|it| it.settings.is_some()) else {
        return Ok(Vec::new()); // permissions are checked for a choice, and there was none yet
    };
    let mut conn = app.db.acquire().await?;
    Ok(checks::list_readable(&mut conn, connection.firm_id, connection.id).await?)
}

/// Announces which answers a change here resets.
fn resets(onboarding: &Onboarding) -> Option<Notice> {
    let resets = onboarding.reset_by_changing(Stage::Settings);
    (!resets.is_empty()).then(|| Notice::info(text::CHOICE_RESETS))
}

/// The data sets that are saved, in words.
fn saved(stored: &Stored) -> Option<String> {
    stored.settings().map(Settings::labels)
}
