//! What is brought, and another choice; while a change is carried out, its ledger, live.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{check_choice, connected, pages};
use crate::app::App;
use crate::catalog::{Choice, DataSet};
use crate::connection::{Connection, Settings};
use crate::flows::change_settings;
use crate::help::{self, OwnPage};
use crate::identity::FirmId;
use crate::ledger::{RunKind, RunState};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::runs::{self, Run};
use crate::store::settings_changes;
use crate::store::{actions, checks};
use crate::text::settings as text;
use crate::text::setup::data_set as about_data_set;
use crate::verdict;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::{LedgerRow, Nav, Notice, NoticeKind, Remedy, Shell};
use crate::web::wizard::data_form::{self, DataSetBox};
use crate::web::wizard::ledger::{self, OverallProgress};
use crate::web::wizard::run::ShownChecks;

#[derive(Template)]
#[template(path = "integration/settings.html")]
struct IntegrationSettingsPage {
    shell: Shell,
    pages: Nav,
    here: String,
    form: FormState,
    sets: Vec<DataSetBox>,
    change: Option<RunningChange>,
    paused: bool,
}

impl IntegrationSettingsPage {
    /// Whether a change is carried out, without anybody's help.
    fn is_changing(&self) -> bool {
        let change = self.change.as_ref();
        change.is_some_and(|change| change.trouble.is_none())
    }

    /// Whether anything moves by itself, so that the page refreshes itself.
    fn is_moving(&self) -> bool {
        self.is_changing() && !self.paused
    }
}

/// A change that is being carried out.
struct RunningChange {
    /// What will be brought.
    coming: String,
    /// It is brought already; what is left is to be done.
    in_use: bool,
    notice: Notice,
    trouble: Option<ChangeTrouble>,
    overall: Option<OverallProgress>,
    rows: Vec<LedgerRow>,
}

/// What somebody has to fix.
struct ChangeTrouble {
    remedy: Option<Remedy>,
    said: Vec<String>,
    code: String,
    try_again: String,
    /// Where the choice in use is reviewed, to undo the change.
    undo: String,
}

/// The boxes of the form, and in addresses of the pages of a change.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ChoiceFields {
    /// Keys of the ticked data sets.
    #[serde(default)]
    data: Vec<String>,
    /// Ticked options, as `data set.option`.
    #[serde(default)]
    option: Vec<String>,
}

impl ChoiceFields {
    pub(super) fn parse(&self) -> (FormState, Option<Settings>) {
        data_form::parse(&self.data, &self.option)
    }
}

pub(super) async fn get(
    State(app): State<App>,
    mut access: FirmAccess,
    Query(asked): Query<ChoiceFields>,
) -> Result<Response, PageError> {
    let open = match connected(&access) {
        Ok((connection, _)) => find_open(&app, connection).await?,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    if !open.as_ref().is_some_and(goes_on) {
        access.reload(&app).await?;
    }
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let coming = open.as_ref().and_then(|run| run.settings.as_ref());
    let form = match asked.parse() {
        (form, Some(_)) => form,
        (_, None) => data_form::filled(coming.unwrap_or(settings)),
    };
    ok(&build(&app, &access, (connection, settings), open, form).await?)
}

/// *Review changes*.
pub(super) async fn post(
    State(app): State<App>,
    mut access: FirmAccess,
    Form(input): Form<ChoiceFields>,
) -> Result<Response, PageError> {
    let open = match connected(&access) {
        Ok((connection, _)) => find_open(&app, connection).await?,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    if !open.as_ref().is_some_and(goes_on) {
        access.reload(&app).await?;
    }
    let (connection, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    if connection.pause.is_some() {
        let back = see_other(paths::settings(access.firm.id));
        return Ok(back.with_message(text::PAUSED).into_response());
    }
    let (form, chosen) = input.parse();
    let Some(chosen) = chosen else {
        return refused(&build(&app, &access, (connection, settings), open, form).await?);
    };
    let firm = access.firm.id;
    if open.is_none() && chosen == *settings {
        let back = see_other(paths::settings(firm));
        return Ok(back.with_message(text::NOTHING_CHANGED).into_response());
    }
    let review = review_address(firm, &chosen);
    match chosen == *settings {
        true => Ok(see_other(review).into_response()),
        false => check_choice(&app, &access, &chosen, review).await,
    }
}

/// *Try again*.
pub(super) async fn try_again(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    change_settings::try_again(&app, &access.actor, onboarding).await?;
    Ok(see_other(paths::settings(access.firm.id)).into_response())
}

/// Whether a change goes on by itself, so that a page polls on.
fn goes_on(change: &Run) -> bool {
    matches!(change.state, RunState::Running | RunState::Waiting)
}

/// The change of a connection that is not over.
pub(super) async fn find_open(
    app: &App,
    connection: &Connection,
) -> Result<Option<Run>, PageError> {
    let (firm, id) = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    Ok(runs::find_open(&mut conn, firm, id, RunKind::Change).await?)
}

/// Where a choice is reviewed.
pub(super) fn review_address(firm: FirmId, settings: &Settings) -> String {
    format!("{}?{}", paths::settings_review(firm), query(settings))
}

/// A choice as the query of an address.
pub(super) fn query(settings: &Settings) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in data_form::fields(settings) {
        query.append_pair(name, &value);
    }
    query.finish()
}

async fn build(
    app: &App,
    access: &FirmAccess,
    (connection, settings): (&Connection, &Settings),
    open: Option<Run>,
    form: FormState,
) -> Result<IntegrationSettingsPage, PageError> {
    let shell = access.shell(app);
    let (firm, id) = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let proven = checks::list_readable(&mut conn, firm, id).await?;
    drop(conn);
    let hint = |set| {
        let before = settings.choices();
        let with_it = [before, &[Choice::of(set)]].concat();
        let changes = verdict::changed_levels(before, &with_it);
        about_data_set(set, proven.contains(&set), &changes)
    };
    let change = match open {
        Some(run) => Some(running(app, access, &shell, settings, run).await?),
        None => None,
    };
    Ok(IntegrationSettingsPage {
        pages: pages(&shell, firm),
        here: paths::settings(firm),
        sets: DataSet::OF_COMPANY
            .into_iter()
            .map(|set| DataSetBox::new(set, hint(set)))
            .collect(),
        form,
        change,
        paused: connection.pause.is_some(),
        shell,
    })
}

async fn running(
    app: &App,
    access: &FirmAccess,
    shell: &Shell,
    in_use: &Settings,
    run: Run,
) -> Result<RunningChange, PageError> {
    let (firm, coming) = (run.firm_id, run.settings.as_ref());
    let mut conn = app.db.acquire().await?;
    let entries = actions::list(&mut conn, firm, run.id).await?;
    drop(conn);
    let connection = access.onboarding()?.connection.as_ref();
    let found = match (connection, coming) {
        (Some(connection), Some(chosen)) => ShownChecks::of_choice(app, connection, chosen).await?,
        _ => ShownChecks::none(),
    };
    let needs_person = run.state == RunState::NeedsPerson;
    let before = settings_changes::replaced(&entries);
    let stored = as_if_chosen(access.onboarding()?, coming.unwrap_or(in_use));
    let trouble = run.code.filter(|_| needs_person).map(|code| {
        let stopped = entries.iter().filter(|entry| help::is_stopped(entry));
        let said = stopped.flat_map(ledger::said);
        ChangeTrouble {
            remedy: help::remedy_of_completion(app, &stored, &entries, code, OwnPage::RUN)
                .as_ref()
                .map(Remedy::from),
            said: said.filter_map(|said| said.quote()).collect(),
            code: code.to_string(),
            try_again: paths::try_change_again(firm),
            undo: review_address(firm, before.as_ref().unwrap_or(in_use)),
        }
    });
    Ok(RunningChange {
        coming: coming.map(Settings::labels).unwrap_or_default(),
        in_use: before.is_some(),
        notice: match needs_person {
            true if before.is_some() => Notice::new(NoticeKind::NeedsYou, text::STOPPED_IN_USE),
            true => Notice::new(NoticeKind::NeedsYou, text::STOPPED),
            false => ledger::notice(shell, &run, &entries),
        },
        trouble,
        overall: ledger::overall(shell, &run, &entries, &found.rows),
        rows: ledger::rows(shell, &entries),
    })
}

/// The setup as it would be with another choice, so that help texts name what that needs.
pub(super) fn as_if_chosen(stored: &Stored, settings: &Settings) -> Stored {
    let mut stored = stored.clone();
    if let Some(connection) = &mut stored.connection {
        connection.settings = Some(settings.clone());
    }
    stored
}
