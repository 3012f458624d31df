//! What was chosen.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{connected, pages};
use crate::app::App;
use crate::catalog::DataSet;
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Nav, Shell};

#[derive(Template)]
#[template(path = "integration/settings.html")]
struct IntegrationSettingsPage {
    shell: Shell,
    pages: Nav,
    chosen: Vec<ChosenDataSet>,
    left_out: Vec<&'static str>,
}

struct ChosenDataSet {
    label: &'static str,
    consequence: &'static str,
    option: Option<&'static str>,
    tool: &'static str,
    level: &'static str,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (_, settings) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let shell = access.shell(&app);
    let chosen = settings.choices().iter().map(|choice| {
        let entry = choice.data_set.entry();
        let option = entry.options.first().filter(|_| choice.include_inactive);
        ChosenDataSet {
            label: entry.label,
            consequence: entry.consequence,
            option: option.map(|option| option.label),
            tool: entry.needs().tool.label(),
            level: entry.needs().level.label(),
        }
    });
    let left_out = DataSet::ALL
        .into_iter()
        .filter(|set| settings.choice(*set).is_none());
    ok(&IntegrationSettingsPage {
        pages: pages(&shell, access.firm.id),
        chosen: chosen.collect(),
        left_out: left_out.map(DataSet::label).collect(),
        shell,
    })
}
