//! The webhook and what it announces.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::Days;
use sqlx::PgConnection;

use super::webhook_triggers::{self, TriggerRow};
use super::{connected, pages};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Health, ProbeSubject};
use crate::content::PathId;
use crate::flows::repair_webhook::{self, RepairStanding};
use crate::flows::{Error, check_connection, check_deliveries, test_address};
use crate::help;
use crate::identity::{ConnectionId, FirmId};
use crate::paths;
use crate::store::onboardings::Stored;
use crate::store::{StoreError, activities, events, hooks, incidents, left_hooks};
use crate::text::connection::{
    ADDRESS_PAUSED, REPAIR_BROKEN, REPAIR_PAUSED, address_tested, compared as compared_text,
    deliveries as text, events_lately, no_event,
};
use crate::text::health::about;
use crate::text::plan;
use crate::text::projects;
use crate::verdict::ReasonCode;
use crate::web::access::FirmAccess;
use crate::web::answer::{ok, see_other};
use crate::web::error::PageError;
use crate::web::removal::LeftWithOldApp;
use crate::web::view::{Link, Nav, Remedy, Shell, When};

/// Days of deliveries that are counted.
const DAYS: u64 = 7;
/// Webhooks left in projects that are named.
const NAMED: i64 = 20;

#[derive(Template)]
#[template(path = "integration/webhooks.html")]
struct IntegrationWebhooksPage {
    shell: Shell,
    pages: Nav,
    hook: Option<WebhookSummary>,
    /// There is none, and one is being made.
    making: bool,
    /// When a repair is tried again that could not be carried out.
    waits: Option<String>,
    /// Where that is tried at once, where there is none.
    remake: Option<String>,
    left: Option<LeftWithOldApp>,
    undeleted: Option<Undeleted>,
    drift: Option<WebhookDrift>,
    deliveries: DeliveriesPanel,
    test: AddressPanel,
    here: String,
}

impl IntegrationWebhooksPage {
    /// Whether anything moves by itself, so that the page refreshes itself.
    fn is_moving(&self) -> bool {
        let drift = self.drift.as_ref();
        self.making
            || self.deliveries.comparing
            || self.test.testing
            || drift.is_some_and(WebhookDrift::is_moving)
    }
}

/// Webhooks in removed projects that Procore does not let us delete.
struct Undeleted {
    text: String,
    hooks: Vec<(Link, String)>,
    more: Option<String>,
    by_hand: Option<Remedy>,
}

impl Undeleted {
    /// `None` where none is left.
    async fn find(
        conn: &mut PgConnection,
        app: &App,
        stored: &Stored,
        of: (FirmId, ConnectionId),
    ) -> Result<Option<Self>, StoreError> {
        let (found, count) = hooks::list_undeleted(conn, of, NAMED).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let more = count - found.len() as u64;
        let hooks = found.into_iter().map(|hook| {
            let title = projects::title(&hook.number, &hook.name, hook.project_id);
            let link = Link::new(title, paths::project(of.0, hook.project_id));
            (link, projects::webhook_in(hook.procore_id.as_deref()))
        });
        let path = help::path(
            PathId::DeleteProjectWebhook,
            &help::values(app, Some(stored)),
        );
        Ok(Some(Self {
            text: projects::webhooks_left(count),
            hooks: hooks.collect(),
            more: (more > 0).then(|| projects::more_left(more)),
            by_hand: path.as_ref().map(Remedy::from),
        }))
    }
}

/// The last comparison of Procore's deliveries with what came.
struct DeliveriesPanel {
    check: String,
    /// How many days are compared.
    days: i64,
    /// They are being compared.
    comparing: bool,
    /// Why they cannot be compared now.
    why_not: Option<&'static str>,
    last: Option<(When, String)>,
}

/// The last test of our address.
struct AddressPanel {
    start: String,
    /// Why it cannot be tested now.
    why_not: Option<&'static str>,
    /// It is being tested.
    testing: bool,
    last: Option<(When, String)>,
}

/// How the webhook differs from what we left, and the way to repair it.
struct WebhookDrift {
    about: String,
    repair: String,
    /// Why it cannot be repaired now.
    why_not: Option<&'static str>,
    /// It is being repaired.
    repairing: bool,
    /// Procore is being asked whether it still differs.
    looking: bool,
    /// It cannot be repaired now.
    is_off: bool,
}

impl WebhookDrift {
    fn is_moving(&self) -> bool {
        self.repairing || self.looking
    }
}

struct WebhookSummary {
    procore_id: String,
    namespace: String,
    /// Without its secret end.
    address: String,
    changed: When,
    received: String,
    last: Result<When, String>,
    triggers: Vec<TriggerRow>,
    /// When that was last compared with Procore.
    compared: Option<When>,
}

pub(super) async fn get(State(app): State<App>, access: FirmAccess) -> Result<Response, PageError> {
    let (connection, _) = match connected(&access) {
        Ok(connected) => connected,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let shell = access.shell(&app);
    let firm_id = connection.firm_id;
    let mut conn = app.db.acquire().await?;
    // What may be running is read before its result.
    let repair = repair_webhook::standing(&mut conn, connection, shell.now).await?;
    let is_asked = check_connection::is_under_way(&mut conn, connection, shell.now).await?;
    let comparing = check_deliveries::is_under_way(&mut conn, connection).await?;
    let testing = test_address::is_under_way(&mut conn, &app, connection).await?;
    let looked = incidents::looked_at(&mut conn, firm_id, connection.id).await?;
    let looked = looked.get(&ProbeSubject::Webhook).copied();
    let open = incidents::list_open(&mut conn, firm_id, connection.id).await?;
    let drift = open.iter().find(|it| it.code == ReasonCode::Hook);
    let hook = match hooks::find_of_company(&mut conn, firm_id, connection.id).await? {
        Some(hook) => {
            let since = shell.now - Days::new(DAYS);
            let day = since.date_naive();
            let received = events::count_since(&mut conn, firm_id, hook.id, day).await?;
            Some(WebhookSummary {
                triggers: webhook_triggers::rows(&hook, drift.map(|it| &it.finding)),
                procore_id: hook.procore_id.unwrap_or_default(),
                namespace: app.config.webhook_namespace.clone(),
                address: address(&app),
                changed: shell.when(hook.updated_at),
                received: events_lately(received.count, DAYS),
                last: match received.last_at {
                    Some(at) => Ok(shell.when(at)),
                    None => Err(no_event(Some(hook.created_at), since, DAYS)),
                },
                compared: looked.map(|at| shell.when(at)),
            })
        }
        None => None,
    };
    let left = left_hooks::list(&mut conn, firm_id, connection.id, shell.now).await?;
    let of = (firm_id, connection.id);
    let undeleted = Undeleted::find(&mut conn, &app, access.onboarding()?, of).await?;
    let compared = ActivityVerb::DeliveriesCompared;
    let compared = activities::find_last_of(&mut conn, firm_id, connection.id, compared).await?;
    let tested = ActivityVerb::AddressTested;
    let tested = activities::find_last_of(&mut conn, firm_id, connection.id, tested).await?;
    drop(conn);
    let codes: Vec<_> = open.iter().map(|it| it.code).collect();
    let health = Health::of(connection, &codes);
    let is_paused = connection.pause.is_some();
    let is_off = is_paused || health == Some(Health::Broken);
    let waits = match repair {
        Some(RepairStanding::GoesOnAt(at, code)) => {
            Some(plan::waiting(code, &shell.when(at).time()))
        }
        Some(RepairStanding::Running) | None => None,
    };
    ok(&IntegrationWebhooksPage {
        pages: pages(&shell, access.firm.id),
        making: hook.is_none() && repair == Some(RepairStanding::Running),
        remake: (hook.is_none() && waits.is_some() && !is_off).then(|| paths::repair(firm_id)),
        left: LeftWithOldApp::new(&app, access.onboarding()?, left),
        undeleted,
        hook,
        drift: drift.map(|incident| WebhookDrift {
            about: about(&incident.finding).unwrap_or_default(),
            repair: paths::repair(firm_id),
            why_not: match health.filter(|_| waits.is_none()) {
                Some(Health::Paused) => Some(REPAIR_PAUSED),
                Some(Health::Broken) => Some(REPAIR_BROKEN),
                Some(Health::Healthy | Health::Degraded | Health::Disconnected) | None => None,
            },
            repairing: repair == Some(RepairStanding::Running),
            looking: is_asked && looked.is_none() && health == Some(Health::Degraded),
            is_off,
        }),
        deliveries: DeliveriesPanel {
            check: paths::check_deliveries(firm_id),
            days: check_deliveries::days(app.config.event_retention),
            comparing,
            why_not: why_not_compared(health),
            last: compared.map(|it| (shell.when(it.at), compared_text(&it.details["compared"]))),
        },
        test: AddressPanel {
            start: paths::test_address(firm_id),
            why_not: is_paused.then_some(ADDRESS_PAUSED),
            testing,
            last: tested.and_then(|it| {
                let found = address_tested(&it.details["tested"])?;
                Some((shell.when(it.at), found))
            }),
        },
        waits,
        here: paths::integration_page(firm_id, "webhooks"),
        shell,
    })
}

/// Why Procore is not asked for its deliveries now.
fn why_not_compared(health: Option<Health>) -> Option<&'static str> {
    match health {
        Some(Health::Paused) => Some(text::PAUSED),
        Some(Health::Broken) => Some(text::BROKEN),
        Some(Health::Healthy | Health::Degraded | Health::Disconnected) | None => None,
    }
}

/// *Repair*.
pub(super) async fn repair(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    repair_webhook::run(&app, &access.actor, onboarding).await?;
    Ok(see_other(paths::integration_page(access.firm.id, "webhooks")).into_response())
}

/// *Check deliveries*.
pub(super) async fn check_deliveries(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let connection = match connected(&access) {
        Ok((connection, _)) => connection,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    match check_deliveries::run(&app, &access.actor, connection).await {
        // Where they cannot be compared now, the page says why.
        Ok(()) | Err(Error::Stale) => {
            Ok(see_other(paths::integration_page(access.firm.id, "webhooks")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// *Test our address*.
pub(super) async fn test_address(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let connection = match connected(&access) {
        Ok((connection, _)) => connection,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    test_address::run(&app, &access.actor, connection).await?;
    Ok(see_other(paths::integration_page(access.firm.id, "webhooks")).into_response())
}

/// Where Procore delivers, without the secret end.
pub(super) fn address(app: &App) -> String {
    let public = app.config.public_url.origin().ascii_serialization();
    public + &paths::route(paths::WEBHOOK, "token", "…")
}
