//! `/firms/{firm}/procore/disconnect`: what ends with the connection, and how the last one ended.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{connected, pages};
use crate::app::App;
use crate::connection::{Connection, Health};
use crate::flows::disconnect::{self, DisconnectOutcome};
use crate::paths;
use crate::store::{hooks, left_hooks, onboardings};
use crate::text::connection::disconnect as text;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::{FormState, clean};
use crate::web::removal::{LeftWithOldApp, RemovalStatus};
use crate::web::view::{Amount, Nav, Notice, Remedy, Shell, When};
use crate::web::wizard::done::Brought;
use crate::web::wizard::{SeenFields, SeenInput};

#[derive(Template)]
#[template(path = "integration/disconnect.html")]
struct DisconnectPage {
    shell: Shell,
    pages: Nav,
    form: FormState,
    company: String,
    hint: String,
    /// Our webhooks in Procore: Procore's id and the address, without its secret end.
    hooks: Vec<(String, String)>,
    /// Webhooks that an older app made and we can't remove, and how to do that in Procore.
    left: Option<LeftWithOldApp>,
    /// What was read, by data set.
    sets: Vec<Amount>,
    /// How our own app is uninstalled afterwards, where it gives access.
    uninstall: Option<Remedy>,
    seen: SeenFields,
    action: String,
    back: String,
}

#[derive(Template)]
#[template(path = "integration/disconnected.html")]
struct DisconnectedPage {
    shell: Shell,
    word: &'static str,
    company: String,
    by: String,
    at: Option<When>,
    removal: Notice,
    /// Whether it goes on, so that the page refreshes itself.
    is_moving: bool,
    here: String,
    by_hand: Vec<Remedy>,
    uninstall: Option<Remedy>,
    /// What was read is being deleted.
    is_deleting: bool,
    /// What of it is kept.
    sets: Vec<Amount>,
    /// Where a new setup begins, unless one has begun.
    connect: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DisconnectForm {
    #[serde(default)]
    company_name: String,
    delete_data: Option<String>,
    #[serde(flatten)]
    seen: SeenInput,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    match connected(&access) {
        Ok((connection, _)) => ok(&ask(&app, &access, connection, FormState::default()).await?),
        Err(elsewhere) => match ended(&app, &access).await? {
            Some(page) => ok(&page),
            None => Ok(elsewhere.into_response()),
        },
    }
}

/// `…/procore/removal`: how the last connection that ended is taken back, also beside a newer one.
pub(super) async fn removal(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    match ended(&app, &access).await? {
        Some(page) => ok(&page),
        None => Ok(see_other(paths::integration(access.firm.id)).into_response()),
    }
}

/// *Disconnect*.
pub(super) async fn post(
    State(app): State<App>,
    access: FirmAccess,
    Form(input): Form<DisconnectForm>,
) -> Result<Response, PageError> {
    let typed = clean(&input.company_name);
    let seen = input.seen.seen()?;
    let with_data = input.delete_data.is_some();
    match disconnect::run(&app, &access.actor, seen, &typed, with_data).await? {
        DisconnectOutcome::Ended => {
            Ok(see_other(paths::integration(access.firm.id)).into_response())
        }
        DisconnectOutcome::NotItsName => {
            let (connection, _) = match connected(&access) {
                Ok(connected) => connected,
                Err(elsewhere) => return Ok(elsewhere.into_response()),
            };
            let mut form = FormState::default().keep("company_name", typed);
            if with_data {
                form.set("delete_data", "yes");
            }
            form.fail("company_name", text::not_its_name(&connection.shown_name()));
            refused(&ask(&app, &access, connection, form).await?)
        }
    }
}

async fn ask(
    app: &App,
    access: &FirmAccess,
    connection: &Connection,
    form: FormState,
) -> Result<DisconnectPage, PageError> {
    let stored = access.onboarding()?;
    let mut conn = app.db.acquire().await?;
    let known = hooks::list_of_company(&mut conn, connection.firm_id, connection.id).await?;
    let brought = Brought::read(&mut conn, connection).await?;
    let shell = access.shell(app);
    let left = left_hooks::list(&mut conn, connection.firm_id, connection.id, shell.now).await?;
    drop(conn);
    let address = super::webhooks::address(app);
    let settings = connection.settings.as_ref();
    Ok(DisconnectPage {
        pages: pages(&shell, access.firm.id),
        form,
        hint: text::hint(&connection.shown_name()),
        company: connection.shown_name().into_owned(),
        hooks: known
            .into_iter()
            .filter_map(|hook| Some((hook.procore_id?, address.clone())))
            .collect(),
        left: LeftWithOldApp::new(app, stored, left),
        sets: settings.map_or_else(Vec::new, |settings| brought.amounts(&shell, settings)),
        uninstall: RemovalStatus::uninstall(app, stored),
        seen: SeenFields::from(&stored.onboarding),
        action: paths::integration_page(access.firm.id, "disconnect"),
        back: paths::integration(access.firm.id),
        shell,
    })
}

/// How the firm's last connection ended, where it has none now that is connected.
pub(super) async fn ended(
    app: &App,
    access: &FirmAccess,
) -> Result<Option<impl Template>, PageError> {
    let firm = access.firm.id;
    let mut conn = app.db.acquire().await?;
    let Some(stored) = onboardings::find_newest_disconnected(&mut conn, firm).await? else {
        return Ok(None);
    };
    let connection = stored.connection.as_ref().ok_or(PageError::Missing)?;
    let Some(removal) = RemovalStatus::load(&mut conn, connection).await? else {
        return Ok(None);
    };
    let brought = Brought::read(&mut conn, connection).await?;
    drop(conn);
    let shell = access.shell(app);
    let settings = connection.settings.as_ref();
    let is_deleting = removal.is_deleting_data();
    let settings = settings.filter(|_| !is_deleting);
    let sets = settings.map_or_else(Vec::new, |settings| brought.amounts(&shell, settings));
    Ok(Some(DisconnectedPage {
        word: Health::Disconnected.label(),
        company: connection.shown_name().into_owned(),
        at: stored.onboarding.archived_at.map(|at| shell.when(at)),
        removal: removal.notice(&shell, ""),
        is_moving: !removal.is_over(),
        here: paths::integration_page(firm, "removal"),
        by_hand: removal.by_hand(app, &stored),
        uninstall: RemovalStatus::uninstall(app, &stored),
        is_deleting,
        sets: sets.into_iter().filter(|set| set.count != "0").collect(),
        connect: match access.firm.onboarding {
            Some(_) => None,
            None => Some(paths::concierge(firm)),
        },
        by: stored.changed_by,
        shell,
    }))
}
