//! Another app takes the webhooks of projects over.

use concierge::catalog::DataSet;
use concierge::flows::replace_credentials;
use concierge::procore::{ClientId, ClientSecret};
use procore_sandbox::testing::COMPANY_ID;

use crate::harness::app::work_until_nothing_is_due;
use crate::harness::live::Live;

const OTHER: (&str, &str) = ("other-app-0123456789", "other-secret-0123456789-abcdef");
const HOOKS: &str = "/rest/v2.0/companies/{company_id}/projects/{project_id}/webhooks/hooks";

#[tokio::test]
async fn what_an_older_app_left_in_one_project_is_looked_up_by_one_list() {
    let (live, project) = Live::with_one(&[DataSet::Rfis]).await;
    let sandbox = &live.site.sandbox;
    sandbox
        .create_project_hook(
            project,
            "concierge-test",
            "https://elsewhere.example/hook",
            &[],
        )
        .await;
    // Two of ours that somebody removed in Procore.
    let removed = "update hook set procore_id = 'removed' where project_id = $1";
    let second = r#"insert into hook
        select (jsonb_populate_record(h, jsonb_build_object(
            'hook_id', gen_random_uuid(), 'procore_id', 'removed-too', 'payload_version', 'v2.0',
            'endpoint_hash', '\x01'))).* from hook h where project_id = $1"#;
    for sql in [removed, second] {
        let made = sqlx::query(sql).bind(project).execute(live.db()).await;
        assert_eq!(made.unwrap().rows_affected(), 1);
    }
    live.site.advance(1).await;
    sandbox.add_client(OTHER.0, OTHER.1, &[COMPANY_ID]).await;
    let (client, secret) = (ClientId::parse(OTHER.0), ClientSecret::parse(OTHER.1));
    let (client, secret) = (client.unwrap(), secret.unwrap());
    let (app, admin) = (&live.site.app, live.site.admin());
    replace_credentials::run(app, &admin, live.seen().await, &client, &secret)
        .await
        .unwrap();
    sandbox.reset_requests().await;
    work_until_nothing_is_due(app).await;
    assert_eq!(sandbox.requests("GET", HOOKS).await, 1);
    let left = "select count(*) from hook where left_with is not null";
    assert_eq!(live.count(left).await, 0, "both are gone");
}
