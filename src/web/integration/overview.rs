//! The overview: state in one sentence, and everything at a glance.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{connected, pages};
use crate::app::App;
use crate::onboarding::ledger::IntegrationState;
use crate::paths;
use crate::store::integrations::Integration;
use crate::store::{credentials, hooks, memberships, records};
use crate::web::access::FirmAccess;
use crate::web::answer::ok;
use crate::web::error::PageError;
use crate::web::view::{Nav, Notice, Shell, When, counted};
use crate::web::wizard::{done, help};

#[derive(Template)]
#[template(path = "integration/overview.html")]
struct IntegrationOverviewPage {
    shell: Shell,
    pages: Nav,
    state: Notice,
    company: String,
    company_id: i64,
    environment: String,
    reference: String,
    read_at: Option<When>,
    sets: Vec<(&'static str, String, String)>,
    hook: String,
    missing: Vec<String>,
    fingerprint: String,
    secret_at: Option<When>,
    people: Vec<String>,
    people_page: String,
    webhooks_page: String,
    credentials_page: String,
}

pub async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let integration = match connected(&app, &access).await? {
        Ok(integration) => integration,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (firm, firm_id) = (access.firm.id, integration.firm_id);
    let mut conn = app.db.acquire().await?;
    let counts = records::count_by_kind(&mut conn, firm_id, integration.id).await?;
    let hook = hooks::find_of_company(&mut conn, firm_id, integration.id).await?;
    let credential = credentials::find(&mut conn, firm_id, integration.credential_id).await?;
    let members = memberships::list(&mut conn, firm).await?;
    drop(conn);

    let shell = access.shell(&app);
    let sets = integration.settings.choices().iter().map(|choice| {
        let set = choice.data_set;
        let amount = done::amount(set, &counts);
        (set.label(), amount, paths::data_set(firm, set))
    });
    ok(&IntegrationOverviewPage {
        pages: pages(&shell, firm),
        state: state(&shell, &integration),
        sets: sets.collect(),
        hook: hook.as_ref().map_or_else(
            || "There is none.".to_owned(),
            |hook| {
                let kinds = counted(hook.triggers.len(), "kind");
                format!("One webhook, which announces {kinds} of change.")
            },
        ),
        missing: hook.map(|hook| hook.missing).unwrap_or_default(),
        fingerprint: credential
            .as_ref()
            .map(|credential| credential.fingerprint.clone())
            .unwrap_or_default(),
        secret_at: credential.map(|credential| shell.when(credential.created_at)),
        people: members.into_iter().map(|member| member.name).collect(),
        reference: done::reference(&integration),
        environment: help::environment_label(&integration.environment),
        company_id: integration.company_id,
        read_at: integration.last_sync_at.map(|at| shell.when(at)),
        company: integration.company_name,
        people_page: paths::people(firm),
        webhooks_page: paths::integration_page(firm, "webhooks"),
        credentials_page: paths::integration_page(firm, "credentials"),
        shell,
    })
}

fn state(shell: &Shell, integration: &Integration) -> Notice {
    let company = integration.company_name.replace(['*', '`'], " ");
    let since = integration
        .connected_at
        .map(|at| format!(" since {}", shell.when(at).day()))
        .unwrap_or_default();
    match integration.state {
        IntegrationState::Connected => {
            Notice::success(format!("**{company}** is connected{since}."))
        }
        IntegrationState::Paused => Notice::waiting(format!("**{company}** is paused.")),
        IntegrationState::SettingUp | IntegrationState::Disconnected => {
            Notice::info(format!("**{company}** is not connected."))
        }
    }
}
