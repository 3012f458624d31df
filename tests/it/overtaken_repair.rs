//! Another app takes a connection over while a webhook is being created for the one before.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use concierge::app::App;
use concierge::catalog::DataSet;
use concierge::flows::{Seen, replace_credentials};
use concierge::identity::FirmId;
use concierge::procore::{ClientId, ClientSecret};
use concierge::store::onboardings;
use futures_util::future::BoxFuture;
use http::Method;
use http::request::Parts;
use procore_sandbox::testing::{COMPANY_ID, Fail, SandboxOptions};

use crate::close_case::count;
use crate::harness::app::work_until_nothing_is_due;
use crate::harness::confirmed::admin;
use crate::harness::gate;
use crate::harness::live::Live;
use crate::harness::site::{choices, policy};

const SECRET: &str = "new-secret-0123456789-abcdefghijklmnopqrstu";
const SECOND_APP: &str = "second-client-0123456789-abcdefghijklmnopqr";
const THIRD_APP: &str = "third-client-0123456789-abcdefghijklmnopqrs";

/// When the third app comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// Procore has not been asked yet.
    BeforeProcoreCreates,
    /// Procore has created the webhook and not answered.
    BeforeProcoreAnswers,
}

/// The firm enters the details of another app.
async fn enter(app: &App, firm: FirmId, client: &str) {
    let mut conn = app.db.acquire().await.unwrap();
    let stored = onboardings::find_open(&mut conn, firm).await.unwrap();
    let onboarding = stored.unwrap().onboarding;
    drop(conn);
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    let client = ClientId::parse(client).unwrap();
    let secret = ClientSecret::parse(SECRET).unwrap();
    replace_credentials::run(app, &admin(firm), seen, &client, &secret)
        .await
        .unwrap();
}

/// A gate at which the third app takes over, at the moment at which the second creates its webhook.
async fn gate_with_third_app(live: &Live, moment: Moment) -> String {
    let (app, firm) = (live.site.app.clone(), live.site.firm);
    let is_over = Arc::new(AtomicBool::new(false));
    let take_over = move |request: &Parts| -> BoxFuture<'static, ()> {
        let path = request.uri.path();
        let creates = request.method == Method::POST && path.ends_with("/webhooks/hooks");
        if !creates || is_over.swap(true, Ordering::Relaxed) {
            return Box::pin(ready(()));
        }
        let app = app.clone();
        Box::pin(async move {
            enter(&app, firm, THIRD_APP).await;
            work_until_nothing_is_due(&app).await;
        })
    };
    let nothing = |_: &Parts| -> BoxFuture<'static, ()> { Box::pin(ready(())) };
    let procore = &live.site.sandbox.url;
    match moment {
        Moment::BeforeProcoreCreates => gate::open_around(procore, take_over, nothing).await,
        Moment::BeforeProcoreAnswers => gate::open_around(procore, nothing, take_over).await,
    }
}

async fn second_app_is_overtaken(moment: Moment, refuses: bool) -> Live {
    let settings = choices(&[DataSet::Offices]);
    let live = Live::connected(settings, SandboxOptions::default()).await;
    live.catch_up().await;
    live.site.advance(1).await;
    let companies = [COMPANY_ID];
    for client in [SECOND_APP, THIRD_APP] {
        let sandbox = &live.site.sandbox;
        sandbox.add_client(client, SECRET, &companies).await;
    }
    if refuses {
        let refused = Fail::status(403)
            .on("/rest/v2.0/companies")
            .method("DELETE");
        // Not the first app's webhook, which the second may remove.
        let refused = Fail { skip: 1, ..refused };
        live.site.sandbox.fail_next(refused.times(10)).await;
    }
    enter(&live.site.app, live.site.firm, SECOND_APP).await;
    let gate = gate_with_third_app(&live, moment).await;
    work_until_nothing_is_due(&live.site.app_before(&gate, policy())).await;
    live
}

#[tokio::test]
async fn an_overtaken_repair_leaves_no_webhook_with_the_old_app() {
    for moment in [Moment::BeforeProcoreCreates, Moment::BeforeProcoreAnswers] {
        let live = second_app_is_overtaken(moment, false).await;
        let hooks = live.site.sandbox.state().await.hooks;
        let owners: Vec<&str> = hooks.iter().map(|it| it.client_id.as_str()).collect();
        assert_eq!(owners, [THIRD_APP], "{moment:?}");
        let left = "select count(*) from hook where firm_id = $1 and left_with is not null";
        assert_eq!(count(&live.site, left).await, 0, "{moment:?}");
        let own = "select count(*) from hook where firm_id = $1 and removed_at is null
                   and pending is null and procore_id is not null";
        assert_eq!(count(&live.site, own).await, 1, "{moment:?}");
        let tokens =
            "select count(*) from procore_token t join credential c using (firm_id, credential_id)
                      where t.firm_id = $1 and c.state <> 'current' and t.token is not null";
        assert_eq!(count(&live.site, tokens).await, 0, "{moment:?}");
    }
}

#[tokio::test]
async fn a_webhook_that_an_overtaken_repair_may_not_remove_is_named() {
    for moment in [Moment::BeforeProcoreCreates, Moment::BeforeProcoreAnswers] {
        let live = second_app_is_overtaken(moment, true).await;
        let hooks = live.site.sandbox.state().await.hooks;
        let left: Vec<_> = hooks
            .iter()
            .filter(|it| it.client_id == SECOND_APP)
            .collect();
        let [left] = left.as_slice() else {
            panic!("{moment:?}: {hooks:?}")
        };
        let named = "select procore_id from hook where left_with = $1";
        let named: Vec<String> = sqlx::query_scalar(named)
            .bind(SECOND_APP)
            .fetch_all(live.db())
            .await
            .unwrap();
        assert_eq!(
            named.as_slice(),
            std::slice::from_ref(&left.id),
            "{moment:?}"
        );
    }
}

#[tokio::test]
async fn a_repair_that_stands_still_is_begun_once_by_the_new_app() {
    let live = Live::connected(choices(&[DataSet::Offices]), SandboxOptions::default()).await;
    live.catch_up().await;
    let companies = [COMPANY_ID];
    let sandbox = &live.site.sandbox;
    sandbox.add_client(SECOND_APP, SECRET, &companies).await;
    let stands = "insert into run (firm_id, run_id, connection_id, kind, state, code, started_at, started_by)
                  select firm_id, gen_random_uuid(), connection_id, 'repair', 'needs_person', 'PC-CREDENTIALS',
                         connected_at, 'Ada'
                  from connection";
    sqlx::query(stands).execute(live.db()).await.unwrap();
    enter(&live.site.app, live.site.firm, SECOND_APP).await;
    work_until_nothing_is_due(&live.site.app).await;
    for (told, times) in [("webhook.repair_asked", 1), ("webhook.repaired", 1)] {
        let activities = "select count(*) from activity where verb = $1";
        let activities = sqlx::query_scalar::<_, i64>(activities).bind(told);
        assert_eq!(
            activities.fetch_one(live.db()).await.unwrap(),
            times,
            "{told}"
        );
    }
}
