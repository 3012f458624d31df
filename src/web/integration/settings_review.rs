//! What another choice would do, before it is saved.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::settings::{ChoiceFields, as_if_chosen, find_open, query, review_address};
use super::{check_choice, connected, under};
use crate::app::App;
use crate::catalog::{Choice, DataSet};
use crate::connection::{Connection, Settings};
use crate::flows::{Error, change_settings};
use crate::help;
use crate::paths;
use crate::store::hooks::{self, Hook};
use crate::store::records::{self, RecordSet};
use crate::store::{projects, settings_changes};
use crate::text::count::{Noun, counted};
use crate::text::plan::records_to_read;
use crate::text::settings as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::view::{FixCard, Nav, Notice, Shell, XrayRow};
use crate::web::wizard::data_form;
use crate::web::wizard::ledger::expected;
use crate::web::wizard::rows::{by_urgency, xray_row};
use crate::web::wizard::run::{Progress, ShownChecks};
use crate::web::wizard::{SeenFields, SeenInput};

#[derive(Template)]
#[template(path = "integration/settings_review.html")]
struct SettingsReviewPage {
    shell: Shell,
    pages: Nav,
    here: String,
    seen: SeenFields,
    /// The choice, as the form carries it.
    fields: Vec<(&'static str, String)>,
    /// Where it is changed.
    back: String,
    added: Vec<String>,
    removed: Vec<String>,
    /// Kinds of record that the webhook announces from then on, and no longer.
    announced: Vec<String>,
    silent: Vec<String>,
    read: Option<String>,
    /// What is deleted of our copy: the data, and how many records.
    deleted: Vec<(String, String)>,
    progress: Progress,
    notice: Option<Notice>,
    card: Option<FixCard>,
    levels: Vec<XrayRow>,
    /// The choice in use was chosen again: nothing has to be proven.
    undoes: bool,
    /// New projects are integrated by themselves now, and no longer then.
    ends_wish: bool,
}

impl SettingsReviewPage {
    fn may_save(&self) -> bool {
        self.undoes || self.progress == Progress::Passed
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
    access.reload(&app).await?;
    let (connection, in_use) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let firm = access.firm.id;
    if connection.pause.is_some() {
        let back = see_other(paths::settings(firm));
        return Ok(back.with_message(text::PAUSED).into_response());
    }
    let (_, Some(chosen)) = asked.parse() else {
        return Ok(see_other(paths::settings(firm)).into_response());
    };
    let undoes = chosen == *in_use;
    if undoes && open.is_none() {
        let back = see_other(paths::settings(firm));
        return Ok(back.with_message(text::NOTHING_CHANGED).into_response());
    }
    let mut conn = app.db.acquire().await?;
    let of = (connection.firm_id, connection.id);
    let hook = hooks::find_of_company(&mut conn, of.0, of.1).await?;
    let wish = projects::find_wish(&mut conn, of).await?;
    drop(conn);
    let shell = access.shell(&app);
    let stored = as_if_chosen(access.onboarding()?, &chosen);
    let shown = match undoes {
        true => ShownChecks::none(),
        false => ShownChecks::of_choice(&app, connection, &chosen).await?,
    };
    let running = shown.is_running();
    let rows = shown.rows.iter();
    let mut levels: Vec<XrayRow> = rows
        .filter_map(|row| xray_row(&app, &shell, &stored, row, running))
        .collect();
    levels.sort_by_key(|row| by_urgency(row.state));
    let (announced, silent) = announcements(in_use, &chosen, hook.as_ref());
    ok(&SettingsReviewPage {
        pages: under(&shell, firm, "settings"),
        here: review_address(firm, &chosen),
        seen: (&stored.onboarding).into(),
        fields: data_form::fields(&chosen),
        back: format!("{}?{}", paths::settings(firm), query(&chosen)),
        added: not_in(&chosen, in_use),
        removed: not_in(in_use, &chosen),
        announced,
        silent,
        read: to_read(in_use, &chosen, &shown),
        deleted: to_delete(&app, connection, in_use, &chosen).await?,
        progress: shown.progress(),
        notice: shown.notice(&shell).filter(|_| !undoes),
        card: help::fix_card(&app, &stored, &shown.rows)
            .as_ref()
            .map(FixCard::from),
        levels,
        undoes,
        ends_wish: wish.is_some() && chosen.choice(DataSet::Projects).is_none(),
        shell,
    })
}

/// The choice with which pages the form was sent.
#[derive(Deserialize)]
pub(crate) struct ChangeForm {
    #[serde(flatten)]
    seen: SeenInput,
    #[serde(default)]
    data: Vec<String>,
    #[serde(default)]
    option: Vec<String>,
    /// *Check again*.
    #[serde(default)]
    check: Option<String>,
}

/// *Save changes*, and *Check again*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<ChangeForm>,
) -> Result<Response, PageError> {
    let firm = access.firm.id;
    let (_, Some(chosen)) = data_form::parse(&input.data, &input.option) else {
        return Err(PageError::Unreadable);
    };
    if input.check.is_some() {
        let review = review_address(firm, &chosen);
        return check_choice(&app, &access, &chosen, review).await;
    }
    match change_settings::run(&app, &access.actor, input.seen.seen()?, &chosen).await {
        Ok(()) => Ok(see_other(paths::settings(firm)).into_response()),
        Err(Error::Refused(_)) => {
            let again = see_other(review_address(firm, &chosen));
            Ok(again.with_message(text::NOT_PROVEN).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The choices of `these` that are not among `others`, as they are named on pages.
fn not_in(these: &Settings, others: &Settings) -> Vec<String> {
    let choices = these.choices().iter();
    let new = choices.filter(|choice| !others.choices().contains(choice));
    new.map(|choice| choice.label().to_owned()).collect()
}

/// What the webhook will announce besides, by kinds of record, and what no longer, with the changes that
/// it announces now.
fn announcements(
    before: &Settings,
    after: &Settings,
    hook: Option<&Hook>,
) -> (Vec<String>, Vec<String>) {
    let resources = |settings: &Settings| -> Vec<&'static str> {
        let choices = settings.choices().iter();
        choices
            .flat_map(|choice| choice.data_set.entry().webhooks())
            .collect()
    };
    let (before, after) = (resources(before), resources(after));
    let added = after.iter().filter(|name| !before.contains(name));
    let triggers = hook.map_or(&[][..], |hook| &hook.triggers);
    let removed = before.iter().filter(|name| !after.contains(name));
    let removed = removed.map(|name| {
        let of_kind = triggers
            .iter()
            .filter(|it| it.resource.eq_ignore_ascii_case(name));
        let events: Vec<&str> = of_kind.map(|it| it.event.as_str()).collect();
        text::announced(name, &events)
    });
    let added = added.map(|name| (*name).to_owned());
    (added.collect(), removed.collect())
}

/// How many records are read, about; none where nothing is.
fn to_read(before: &Settings, after: &Settings, shown: &ShownChecks) -> Option<String> {
    let read = after.to_read_after(before);
    if read.is_empty() {
        return None;
    }
    let amount = |choice: &Choice| expected(choice.data_set, &shown.rows);
    let uncounted = read.iter().filter(|choice| amount(choice).is_none());
    let uncounted: Vec<&str> = uncounted.map(|choice| choice.data_set.label()).collect();
    Some(records_to_read(
        read.iter().filter_map(amount).sum(),
        &uncounted,
    ))
}

/// How many records of our copy go, by data set.
async fn to_delete(
    app: &App,
    connection: &Connection,
    before: &Settings,
    after: &Settings,
) -> Result<Vec<(String, String)>, PageError> {
    let mut conn = app.db.acquire().await?;
    let counts = records::count_by_kind(&mut conn, connection.firm_id, connection.id).await?;
    let mut deleted: Vec<(DataSet, &str, u64)> = Vec::new();
    for set in after.left_out() {
        let of_set = counts.iter().filter(|count| count.data_set == set);
        let all: i64 = of_set.map(|count| count.there + count.gone).sum();
        deleted.push((set, set.label(), all.unsigned_abs()));
    }
    let mut others =
        settings_changes::list_left(&mut conn, connection.firm_id, connection.id).await?;
    others.push(before.clone());
    for set in after.narrowed_since(&others) {
        let read = set.entry().main_read();
        if let Some(field) = read.active_in {
            let of = RecordSet::of_company(connection, set, read.kind);
            let inactive = records::count_inactive(&mut conn, &of, field).await?;
            deleted.push((set, text::INACTIVE, inactive));
        }
    }
    let deleted = deleted.into_iter().filter(|(_, _, records)| *records > 0);
    Ok(deleted
        .map(|(set, what, records)| {
            let what = text::deleted(set, what);
            (what, counted(records, Noun::Record))
        })
        .collect())
}
