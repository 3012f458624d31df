//! Step 4: what to bring from Procore.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

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
    sets: Vec<DataSetChoice>,
}

/// One data set with its choices.
struct DataSetChoice {
    key: &'static str,
    id: String,
    label: &'static str,
    hint: String,
    options: Vec<DataSetOption>,
}

struct DataSetOption {
    value: String,
    id: String,
    label: &'static str,
    hint: &'static str,
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

impl SettingsForm {
    fn parse(&self) -> (FormState, Option<Settings>) {
        let mut form = FormState::default()
            .keep_all("data", self.data.clone())
            .keep_all("option", self.option.clone());
        let choices = self
            .data
            .iter()
            .filter_map(|key| DataSet::from_key(key))
            .map(|data_set| {
                let mut options = data_set.entry().options.iter();
                let include_inactive =
                    options.any(|option| self.option.contains(&option_value(data_set, option.key)));
                Choice {
                    data_set,
                    include_inactive,
                }
            });
        let settings = form.check("data", Settings::new(choices));
        (form, settings)
    }
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
    let settings = stored
        .settings()
        .cloned()
        .unwrap_or_else(Settings::suggested);
    let notice = resets(&stored.onboarding);
    ok(&build(&app, &access, stored, filled(&settings), notice).await?)
}

pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<SettingsForm>,
) -> Result<Response, PageError> {
    let stored = access.onboarding()?;
    let (form, settings) = input.parse();
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
        result => Ok(on_to(&access, result)?.into_response()),
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
    let sets = DataSet::ALL
        .into_iter()
        .map(|set| describe(set, &proven))
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

fn describe(set: DataSet, proven: &[DataSet]) -> DataSetChoice {
    let entry = set.entry();
    let first = set == DataSet::ALL[0];
    DataSetChoice {
        key: entry.key,
        id: if first {
            "data".to_owned()
        } else {
            format!("data-{}", entry.key)
        },
        label: entry.label,
        hint: text::data_set(set, proven.contains(&set)),
        options: entry
            .options
            .iter()
            .map(|option| DataSetOption {
                value: option_value(set, option.key),
                id: format!("option-{}-{}", entry.key, option.key),
                label: option.label,
                hint: option.hint,
            })
            .collect(),
    }
}

fn filled(settings: &Settings) -> FormState {
    let choices = settings.choices();
    let data = choices.iter().map(|choice| choice.data_set.key());
    let options = choices
        .iter()
        .filter(|choice| choice.include_inactive)
        .flat_map(|choice| {
            let options = choice.data_set.entry().options.iter();
            options.map(|option| option_value(choice.data_set, option.key))
        });
    FormState::default()
        .keep_all("data", data)
        .keep_all("option", options)
}

fn option_value(set: DataSet, option: &str) -> String {
    format!("{}.{option}", set.key())
}

/// Announces which answers a change here resets.
fn resets(onboarding: &Onboarding) -> Option<Notice> {
    let resets = onboarding.reset_by_changing(Stage::Settings);
    (!resets.is_empty()).then(|| Notice::info(text::CHOICE_RESETS))
}

/// The data sets that are saved, in words.
fn saved(stored: &Stored) -> Option<String> {
    let choices = stored.settings()?.choices().iter();
    let labels: Vec<&str> = choices.map(|choice| choice.data_set.label()).collect();
    Some(labels.join(", "))
}
