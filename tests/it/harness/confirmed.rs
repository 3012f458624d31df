//! A firm on its way to a confirmed plan, without the pages.

use concierge::app::App;
use concierge::connection::{AccessWay, Connection, Settings, Target};
use concierge::flows::{Seen, start_completion};
use concierge::identity::{Actor, CheckRunId, ConnectionId, CredentialId, FirmId, PersonId, Who};
use concierge::onboarding::CheckPurpose;
use concierge::onboarding::Evidence;
use concierge::procore::ClientSecret;
use concierge::store::checks::{CheckOutcome, CheckRun};
use concierge::store::credentials::{Credential, StoredAccess};
use concierge::store::{checks, connections, credentials, onboardings};
use concierge::vault::Purpose;
use uuid::Uuid;

use procore_sandbox::testing::{CLIENT_ID, CLIENT_SECRET, COMPANY_ID, COMPANY_NAME};

/// Walks a firm with an open onboarding to the confirmed plan; gives the credential's id.
pub(crate) async fn confirm(app: &App, firm: FirmId, settings: Settings) -> CredentialId {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await.unwrap();
    let stored = onboardings::find_open(&mut conn, firm).await.unwrap();
    let mut onboarding = stored.expect("an open onboarding").onboarding;
    let id = ConnectionId(Uuid::new_v4());
    let target = Target {
        environment: "production".to_owned(),
        company_id: COMPANY_ID,
        access_way: AccessWay::OwnApp,
    };
    onboarding.confirm_review(now).unwrap();
    let mut connection = Connection::open(id, firm, target.clone(), now);
    onboarding
        .submit_credentials(&mut connection, target, false, now)
        .unwrap();
    onboarding
        .name_company(&mut connection, COMPANY_NAME, now)
        .unwrap();
    onboarding
        .confirm_verification(None, Evidence::Passed, now)
        .unwrap();
    onboarding
        .save_settings(&mut connection, settings.clone(), now)
        .unwrap();
    onboarding
        .confirm_permissions(Evidence::Passed, now)
        .unwrap();
    connections::save(&mut conn, &connection).await.unwrap();
    onboardings::save(&mut conn, &mut onboarding, "Ada")
        .await
        .unwrap();
    let credential = enter_secret(app, firm, id, CLIENT_SECRET).await;
    for purpose in [CheckPurpose::Verify, CheckPurpose::Permissions] {
        let run = CheckRun {
            id: CheckRunId(Uuid::new_v4()),
            firm_id: firm,
            connection_id: id,
            credential_id: credential,
            purpose,
            settings: (purpose == CheckPurpose::Permissions).then(|| settings.clone()),
            elsewhere: Vec::new(),
            started_by: "Ada".to_owned(),
            started_at: now,
            finished_at: None,
            outcome: None,
            code: None,
            retry_at: None,
        };
        checks::create(&mut conn, &run, &[]).await.unwrap();
        let passed = Some(CheckOutcome::Passed);
        checks::finish(&mut conn, &run, passed, None, None, now)
            .await
            .unwrap();
    }
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    start_completion::run(app, &admin(firm), seen)
        .await
        .unwrap();
    credential
}

pub(crate) async fn enter_secret(
    app: &App,
    firm: FirmId,
    connection: ConnectionId,
    secret: &str,
) -> CredentialId {
    let secret = ClientSecret::parse(secret).unwrap();
    let sealed = app
        .vault
        .seal(Purpose::ProcoreSecret, firm, secret.secret());
    let credential = Credential {
        id: CredentialId(Uuid::new_v4()),
        firm_id: firm,
        connection_id: connection,
        client_id: CLIENT_ID.to_owned(),
        secret: sealed.unwrap(),
        fingerprint: app.vault.fingerprint(secret.secret()),
        created_by: "Ada".to_owned(),
        created_at: app.clock.now(),
    };
    let mut conn = app.db.acquire().await.unwrap();
    let access = StoredAccess::FirmClient(credential.clone());
    credentials::replace_current(&mut conn, &access)
        .await
        .unwrap();
    credential.id
}

pub(crate) fn admin(firm: FirmId) -> Actor {
    Actor::FirmAdmin {
        firm,
        who: Who {
            id: PersonId(Uuid::nil()),
            name: "Ada".to_owned(),
            source: None,
        },
    }
}
