//! A setup is closed: the company is released, what it created in Procore goes, then the secret.

use concierge::catalog::DataSet;
use concierge::flows::case::{CaseError, SeenCase};
use concierge::flows::{Seen, close_case, retry_case, retry_run};
use concierge::identity::{Actor, FirmId, PersonId, Place, Remark, SupportRole, Who};
use concierge::ledger::{ActionState, RunKind, RunState};
use concierge::onboarding::case::WhyNot;
use concierge::onboarding::situation::{SituationCode, WaitingOn};
use concierge::procore::NewHook;
use concierge::store::cases;
use concierge::vault::new_endpoint;
use concierge::verdict::ReasonCode;
use concierge::work::LEASE;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use crate::harness::dying;
use crate::harness::faults::EndAt;
use crate::harness::site::{NAMESPACE, PUBLIC_URL, Site, choices};
use procore_sandbox::testing::{Fail, SandboxOptions};

/// A firm whose completion created its webhook, read something, and needs a person.
pub(crate) async fn parked() -> Site {
    let site = Site::confirmed(settings(), SandboxOptions::default()).await;
    park(&site).await;
    site
}

fn settings() -> concierge::connection::Settings {
    choices(&[DataSet::Departments, DataSet::Offices])
}

async fn park(site: &Site) {
    let gone = json!({"errors": ["App is not connected to this company."]});
    let fail = Fail::status(403).on("/rest/v1.0/offices").body(gone);
    site.sandbox.fail_next(fail).await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    let hooks = site.sandbox.state().await.hooks.into_iter();
    let ours = hooks.filter(|it| it.destination_url.starts_with(PUBLIC_URL));
    assert_eq!(ours.count(), 1);
}

fn support(firm: FirmId) -> Actor {
    Actor::Support {
        role: SupportRole::Staff,
        place: Place::Case(firm),
        who: Who {
            id: PersonId(Uuid::nil()),
            name: "Sam".to_owned(),
            source: None,
        },
    }
}

/// Support closes the case as it stands.
pub(crate) async fn close(site: &Site) -> Result<(), CaseError> {
    let reason = Remark::reason("They gave up").unwrap();
    close_case::run(&site.app, &support(site.firm), page(site).await, &reason).await
}

/// Support has the removal tried again.
pub(crate) async fn retry(site: &Site) -> Result<(), CaseError> {
    retry_case::run(&site.app, &support(site.firm), page(site).await, None).await
}

/// What a page of the case shows now.
async fn page(site: &Site) -> SeenCase {
    let mut conn = site.db.pool().acquire().await.unwrap();
    let case = cases::find(&mut conn, site.onboarding)
        .await
        .unwrap()
        .unwrap();
    SeenCase {
        seen: Seen {
            onboarding_id: site.onboarding,
            version: case.stored.onboarding.version,
        },
        revision: case.line.revision,
    }
}

/// Situation, whom it waits for, and the reason of the case's line.
async fn line(site: &Site) -> (SituationCode, WaitingOn, Option<ReasonCode>) {
    let mut conn = site.db.pool().acquire().await.unwrap();
    let case = cases::find(&mut conn, site.onboarding)
        .await
        .unwrap()
        .unwrap();
    let situation = case.line.situation;
    (situation.code, situation.party, situation.reason)
}

pub(crate) async fn count(site: &Site, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .bind(site.firm)
        .fetch_one(site.db.pool())
        .await
        .unwrap()
}

/// Nothing of the firm's that opens anything, or that another firm could run into.
pub(crate) async fn assert_forgotten(site: &Site, about: &str) {
    assert_ended(site, about).await;
    assert_eq!(count(site, HOOKS).await, 0, "{about}");
}

const HOOKS: &str = "select count(*) from hook where firm_id = $1";

/// The same, where a webhook may be left in Procore: nothing can be delivered to it.
async fn assert_ended(site: &Site, about: &str) {
    for sql in [
        "select count(*) from credential where firm_id = $1 and (secret is not null or state = 'current')",
        "select count(*) from procore_token where firm_id = $1",
        "select count(*) from company_claim where firm_id = $1",
        "select count(*) from record where firm_id = $1",
        "select count(*) from hook where firm_id = $1 and (closed_at is null or pending is not null)",
        "select count(*) from connection where firm_id = $1 and state <> 'disconnected'",
    ] {
        assert_eq!(count(site, sql).await, 0, "{about}: {sql}");
    }
}

fn hook(destination: &str) -> NewHook {
    NewHook {
        namespace: NAMESPACE.to_owned(),
        destination_url: destination.parse().unwrap(),
        authorization: "Bearer another".into(),
    }
}

#[tokio::test]
async fn what_we_created_goes_and_what_is_others_stays() {
    let site = parked().await;
    assert!(count(&site, "select count(*) from record where firm_id = $1").await > 0);
    let webhooks = site.api().webhooks();
    let elsewhere = hook("https://elsewhere.example/hooks");
    let elsewhere = webhooks.create_hook(&elsewhere).await.unwrap().id;
    let endpoint = new_endpoint(FirmId(Uuid::new_v4())).unwrap();
    let another = format!("{PUBLIC_URL}/webhooks/procore/{}", endpoint.expose_secret());
    let another = webhooks.create_hook(&hook(&another)).await.unwrap().id;
    let stray = hook(&format!("{PUBLIC_URL}/webhooks/procore/forgotten"));
    webhooks.create_hook(&stray).await.unwrap();

    close(&site).await.unwrap();
    assert_eq!(line(&site).await.0, SituationCode::Closing);
    let early = "select count(*) from mail where firm_id = $1 and kind = 'closed' \
                 and text not like '%As soon as it is removed, the Client ID and secret%'";
    assert_eq!(count(&site, early).await, 0, "nothing is wiped yet");
    let claims = "select count(*) from company_claim where firm_id = $1";
    assert_eq!(count(&site, claims).await, 0, "released at once");
    assert_eq!(site.work_to_the_end().await, RunState::Done);

    let run = site.run().await;
    assert_eq!(run.kind, RunKind::Removal);
    let mut left: Vec<String> = site
        .sandbox
        .state()
        .await
        .hooks
        .into_iter()
        .map(|it| it.id)
        .collect();
    left.sort();
    let mut expected = vec![elsewhere, another];
    expected.sort();
    assert_eq!(left, expected);
    assert_forgotten(&site, "closed").await;
    assert_eq!(
        line(&site).await,
        (SituationCode::Closed, WaitingOn::Nobody, None)
    );
    site.sandbox.assert_no_violations().await;
}

#[tokio::test]
async fn a_removal_that_is_cut_short_anywhere_ends_as_if_nothing_had_happened() {
    let mut site = parked().await;
    close(&site).await.unwrap();
    let all = EndAt::new(usize::MAX);
    site.work_under(all.as_ref()).await;
    assert_eq!(site.run().await.state, RunState::Done);
    let points = all.seen().len();
    assert!(points > 12, "{:?}", all.seen());

    for point in 0..points {
        begin_again(&mut site).await;
        close(&site).await.unwrap();
        let ended = EndAt::new(point);
        site.work_under(ended.as_ref()).await;
        assert!(ended.has_ended(), "point {point} comes");
        site.advance(LEASE.num_seconds() + 1).await;

        let state = site.work_to_the_end().await;

        let place = format!("after {:?}", ended.seen().pop());
        assert_eq!(state, RunState::Done, "{place}");
        assert!(site.sandbox.state().await.hooks.is_empty(), "{place}");
        assert_forgotten(&site, &place).await;
    }
    site.sandbox.assert_no_violations().await;
}

/// Another firm connects the same company, and gets as stuck as the first: it can, since the
/// company was released.
pub(crate) async fn begin_again(site: &mut Site) {
    site.sandbox.forget_tokens().await; // another credential of ours asks for its own
    site.confirm(settings()).await;
    park(site).await;
}

#[tokio::test]
async fn processes_that_are_killed_in_the_middle_leave_nothing_behind() {
    let site = parked().await;
    close(&site).await.unwrap();
    let run = site.run().await.id;
    let mut survived = Vec::new();
    while let Some(point) = dying::die_once(&site, run, &survived).await {
        survived.push(point);
        site.advance(LEASE.num_seconds() + 1).await;
    }
    for point in ["BeforeCall(\"delete hook\")", "AfterCall(\"delete hook\")"] {
        assert!(survived.contains(&point.to_owned()), "{survived:?}");
    }
    assert_eq!(site.run().await.state, RunState::Done);
    assert!(site.sandbox.state().await.hooks.is_empty());
    assert_forgotten(&site, "killed").await;
}

#[tokio::test]
async fn an_outage_is_waited_out() {
    let site = parked().await;
    site.sandbox.down().await;
    close(&site).await.unwrap();
    site.work().await;
    let expected = (
        SituationCode::Closing,
        WaitingOn::Procore,
        Some(ReasonCode::Unreachable),
    );
    assert_eq!(line(&site).await, expected);
    site.advance(3600).await;
    site.sandbox.up().await;
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_forgotten(&site, "after the outage").await;
}

#[tokio::test]
async fn what_procore_refuses_is_retried_or_left_to_people() {
    let site = parked().await;
    site.sandbox.revoke_secret().await;
    close(&site).await.unwrap();
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    let refused = (
        SituationCode::Closing,
        WaitingOn::Us,
        Some(ReasonCode::Credentials),
    );
    assert_eq!(line(&site).await, refused);
    let mails = "select count(*) from mail where firm_id = $1 and kind = 'needs_person'";
    let before = count(&site, mails).await;

    retry_run::run(&site.app, &Actor::system_for(site.firm), site.onboarding)
        .await
        .unwrap();
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    assert_eq!(
        count(&site, mails).await,
        before,
        "it is not the firm's to fix"
    );

    close(&site).await.unwrap();
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(site.entry("remove_hooks").await.state, ActionState::Partial);
    assert_eq!(
        site.sandbox.state().await.hooks.len(),
        1,
        "nobody let us remove it"
    );
    assert_ended(&site, "given up").await;
    assert_eq!(
        count(&site, HOOKS).await,
        1,
        "known to be no other connection's"
    );
    assert_eq!(
        line(&site).await,
        (SituationCode::Closed, WaitingOn::Nobody, None)
    );
}

#[tokio::test]
async fn a_plan_that_is_being_carried_out_is_not_closed_and_one_that_is_done_is_disconnected() {
    let site = Site::confirmed(settings(), SandboxOptions::default()).await;
    let refused = close(&site).await;
    assert!(
        matches!(refused, Err(CaseError::NotNow(WhyNot::CarriedOut))),
        "{refused:?}"
    );
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    close(&site).await.unwrap();
    assert_eq!(line(&site).await.0, SituationCode::Closing);
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    let records = "select count(*) from record where firm_id = $1";
    assert!(count(&site, records).await > 0, "the firm's data stays");
    assert!(site.sandbox.state().await.hooks.is_empty());
    assert_eq!(line(&site).await.0, SituationCode::Closed);
}
